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
