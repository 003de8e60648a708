-- The grantees of the current actor: set once per request, empty outside of one.
create or replace function access_grantees() returns uuid[]
language sql stable parallel safe as
$$ select coalesce(nullif(current_setting('enrs.grantees', true), ''), '{}')::uuid[] $$;

-- `access.rules.PAST_DENIALS`: what an opposition does not stop.
create or replace function access_past_denials() returns text[]
language sql immutable parallel safe as
$$ select array['break_glass', 'centre_15', 'identity'] $$;

-- Did this patient say no to one of the current actor's grantees? Whatever their grants, they then
-- hold no right, but for an emergency's.
create or replace function access_denied(p uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
declare
  v_mine constant uuid[] := access_grantees();
begin
  return exists (
      select 1 from access_denial
      where patient_id = p and grantee_id = any (v_mine)
        and valid_from <= statement_timestamp() and valid_until > statement_timestamp())
    and not exists (
      select 1 from access_grant
      where patient_id = p and grantee_id = any (v_mine) and purpose = any (access_past_denials())
        and valid_from <= statement_timestamp() and valid_until > statement_timestamp());
end
$$;

-- Every patient of whom `access_denied` is true, for what starts from the grants: asked once per list.
create or replace function access_denials() returns setof uuid
language plpgsql stable security definer rows 10 set search_path = public, pg_temp as
$$
begin
  return query
  select d.patient_id from access_denial d
  where d.grantee_id = any (access_grantees())
    and d.valid_from <= statement_timestamp() and d.valid_until > statement_timestamp()
    and access_denied(d.patient_id);
end
$$;

-- The reader of row security: does the current actor hold a valid grant on this patient?
-- The clock is that of the statement, so that a right given in this transaction serves at once.
-- The denials are probed here first: a call per row costs as much as the reading of the grant.
-- plpgsql keeps its plan; security definer lets it read the grants without meeting their own policy.
create or replace function access_reads(p uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return exists (
    select 1 from access_grant
    where patient_id = p
      and grantee_id = any (coalesce(nullif(current_setting('enrs.grantees', true), ''), '{}')::uuid[])
      and valid_from <= statement_timestamp() and valid_until > statement_timestamp())
    and (not exists (
      select 1 from access_denial
      where patient_id = p
        and grantee_id = any (coalesce(nullif(current_setting('enrs.grantees', true), ''), '{}')::uuid[]))
      or not access_denied(p));
end
$$;

-- Does the current actor stand for this patient? Some rows of a record are no proxy's, whatever else they may read.
create or replace function access_is_proxy(p uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return exists (
    select 1 from access_grant
    where patient_id = p and purpose = 'proxy' and grantee_id = any (access_grantees())
      and valid_from <= statement_timestamp() and valid_until > statement_timestamp());
end
$$;

-- A change of the matrix is in force with the transaction that wrote it (`access.commands.change_matrix`).
create or replace function access_apply_change() returns trigger
language plpgsql security definer set search_path = public, pg_temp as
$$
begin
  update access_matrix set may_read = new.after <> '', may_write = new.after = 'rw'
  where role = new.role and category = new.category;
  return null;
end
$$;
create or replace trigger access_apply_change after insert on access_matrix_change
  for each row execute function access_apply_change();

-- Is this account one of the exploitation's, a session open or not?
create or replace function access_runs(who uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return exists (
    select 1 from account_position p join account_user u on u.id = p.user_id
    where p.user_id = who and u.is_active and p.role = 'operator'
      and (p.valid_until is null or p.valid_until > now()));
end
$$;

-- The exploitation session that an account has open; asked before row security knows who acts.
create or replace function access_open_session(who uuid)
returns table (id uuid, valid_until timestamptz, reason text)
language plpgsql stable security definer rows 1 set search_path = public, pg_temp as
$$
#variable_conflict use_column
begin
  return query
  select s.id, s.valid_until, s.reason::text from access_operating_session s
  where s.user_id = who and s.ended_at is null
    and s.opened_at <= statement_timestamp() and s.valid_until > statement_timestamp();
end
$$;

-- Has the current user the exploitation's power now? The one condition of every table that only it reads or
-- writes, whatever the room: an account and its position are not enough, a session must be open.
create or replace function access_operates() returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
declare
  v_me constant uuid := nullif(current_setting('enrs.user', true), '')::uuid;
begin
  return v_me is not null and access_runs(v_me) and exists (select from access_open_session(v_me));
end
$$;

-- Who reads the sessions of all: the exploitation, session or not, and who controls it.
create or replace function access_watches() returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return exists (
    select 1 from account_position p join account_user u on u.id = p.user_id
    where p.user_id = nullif(current_setting('enrs.user', true), '')::uuid and u.is_active
      and p.role in ('operator', 'auditor') and (p.valid_until is null or p.valid_until > now()));
end
$$;

-- Is the current user the data-protection officer of the region?
create or replace function access_controls() returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return exists (
    select 1 from account_position p join account_user u on u.id = p.user_id
    where p.user_id = nullif(current_setting('enrs.user', true), '')::uuid and u.is_active
      and p.role = 'auditor' and (p.valid_until is null or p.valid_until > statement_timestamp()));
end
$$;

-- What the holder of a session did for the exploitation while it was open, newest first after a position. It
-- names no patient: the journal of a record is its own page. What they did meanwhile in another profession is
-- no act of the session.
create or replace function access_session_lines(p_session uuid, before_at timestamptz, before_id uuid, size integer)
returns table (id uuid, at timestamptz, action text, outcome text, reason text)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
#variable_conflict use_column
begin
  return query
  select l.id, l.at, l.action::text, l.outcome::text, l.reason::text
  from access_operating_session s
  join audit_line l on l.actor_id = s.user_id and l.at >= s.opened_at
    and l.at <= least(coalesce(s.ended_at, s.valid_until), s.valid_until)
  where s.id = p_session and l.actor_role in ('operator', 'standby')
    and (s.user_id = nullif(current_setting('enrs.user', true), '')::uuid or access_watches())
    and (before_at is null or (l.at, l.id) < (before_at, before_id))
  order by l.at desc, l.id desc limit least(size, 1000);
end
$$;

-- A session is what was said at its opening: its end alone is written later, once.
create or replace function access_session_stands() returns trigger
language plpgsql as
$$
begin
  if old.ended_at is not null
    or (new.id, new.user_id, new.user_name, new.reason, new.ticket, new.proof, new.opened_at, new.valid_until)
      is distinct from
      (old.id, old.user_id, old.user_name, old.reason, old.ticket, old.proof, old.opened_at, old.valid_until)
  then
    raise exception 'an exploitation session is not written again';
  end if;
  return new;
end
$$;

-- One opens a session for oneself, now, and ends one's own; a colleague's with one of one's own. A page that
-- forgot to ask would write nothing, nor change the matrix.
do $$
declare
  v_me constant text := 'user_id = nullif(current_setting(''enrs.user'', true), '''')::uuid';
begin
  if to_regclass('access_operating_session') is not null then
    alter table access_operating_session enable row level security;
    create or replace trigger access_session_stands before update on access_operating_session
      for each row execute function access_session_stands();
    drop policy if exists app_reads on access_operating_session;
    drop policy if exists app_adds on access_operating_session;
    drop policy if exists app_changes on access_operating_session;
    drop policy if exists feed_all on access_operating_session;
    execute format('create policy app_reads on access_operating_session for select to enrs_app
      using (%s or (select access_watches()))', v_me);
    execute format('create policy app_adds on access_operating_session for insert to enrs_app
      with check (%s and (select access_runs(user_id)) and ended_at is null
        and opened_at between now() - interval ''5 minutes'' and statement_timestamp() + interval ''5 minutes'')',
      v_me);
    execute format('create policy app_changes on access_operating_session for update to enrs_app
      using (%s or (select access_operates()))', v_me);
    create policy feed_all on access_operating_session for all to enrs_feed using (true) with check (true);
  end if;
  if to_regclass('access_matrix_change') is not null then
    alter table access_matrix_change enable row level security;
    drop policy if exists app_reads on access_matrix_change;
    drop policy if exists app_adds on access_matrix_change;
    drop policy if exists feed_all on access_matrix_change;
    create policy app_reads on access_matrix_change for select to enrs_app using (true);
    create policy app_adds on access_matrix_change for insert to enrs_app with check ((select access_operates()));
    create policy feed_all on access_matrix_change for all to enrs_feed using (true) with check (true);
  end if;
end
$$;
