-- An agency that is asked holds no right on the record: it is a party to what is asked of it (a task without a
-- patient), and these functions say which rows that opens. A person who opposes it closes them.

-- May the current actor read this return as a fact of its record?
create or replace function home_support_reads(p_return uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return exists (select 1 from home_return r where r.id = p_return and access_reads(r.patient_id));
end
$$;

-- Is the current actor of the agency to which this was sent, which has not refused it nor lost it? What ended with
-- the return stays readable for thirty days.
create or replace function home_support_asked(p_ask uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return exists (
    select 1 from home_ask a join home_return r on r.id = a.home_return_id
    join task t on t.id = a.task_id
    where (t.state in ('sent', 'more', 'accepted')
        or (t.state = 'ended' and coalesce(r.ended_at, t.closed_at) > now() - interval '30 days'))
      and a.id = p_ask and a.agency_id = any (access_grantees()) and task_is_mine(a.task_id)
      and r.withdrawn_at is null and not access_denied(r.patient_id));
end
$$;

-- Was this visit asked of the current actor's agency?
create or replace function home_support_visit_asked(p_visit uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return exists (select 1 from home_asked_visit v where v.visit_id = p_visit and home_support_asked(v.ask_id));
end
$$;

-- May the current actor read the line as a part of the return?
create or replace function home_support_visit_kept(p_visit uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return exists (select 1 from home_visit v where v.id = p_visit and home_support_reads(v.home_return_id));
end
$$;

create or replace function home_support_visit_read(p_visit uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return home_support_visit_kept(p_visit) or home_support_visit_asked(p_visit);
end
$$;

-- Does the current actor's agency hold a visit through this, of a return that is open?
create or replace function home_support_holds(p_ask uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return home_support_asked(p_ask) and exists (
    select 1 from home_slot s join home_ask a on a.id = s.ask_id
    join home_return r on r.id = a.home_return_id and r.ended_at is null
    where s.ask_id = p_ask);
end
$$;

-- What an agency knows of the person: where they live, how old they are and what they need; the name, the
-- address, the ward and how to come in once it holds a visit of an open return, and no longer. The birth date never.
drop function if exists home_support_known(uuid);
create or replace function home_support_known(p_task uuid)
returns table (
  ask_id uuid, return_id uuid, patient_id uuid, leaving_at timestamptz, home_at timestamptz, ended_at timestamptz,
  city text, needs jsonb, place_name text, unit text, sex text, age integer, is_held boolean, birth_name text,
  used_name text, first_given_name text, used_given_name text, address text, postal_code text, phone text,
  contact_name text, contact_link text, contact_phone text, access_notes text)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
#variable_conflict use_column
begin
  return query
  select a.id, r.id, r.patient_id, r.leaving_at, r.home_at, r.ended_at, r.city::text, r.needs, r.place_name::text,
    case when h.held then r.unit::text else '' end, i.sex::text,
    case when i.birth_date::text ~ '^[0-9]{4}' then extract(year from now())::integer
      - left(i.birth_date::text, 4)::integer
      - (length(i.birth_date::text) = 10 and right(i.birth_date::text, 5) > to_char(now(), 'MM-DD'))::integer end,
    h.held,
    case when h.held then i.birth_name::text else '' end, case when h.held then i.used_name::text else '' end,
    case when h.held then i.first_given_name::text else '' end,
    case when h.held then i.used_given_name::text else '' end,
    case when h.held then r.address::text else '' end, case when h.held then r.postal_code::text else '' end,
    case when h.held then r.phone::text else '' end, case when h.held then r.contact_name::text else '' end,
    case when h.held then r.contact_link::text else '' end,
    case when h.held then r.contact_phone::text else '' end, case when h.held then r.access_notes else '' end
  from home_ask a
  join home_return r on r.id = a.home_return_id
  left join regional_identity i on i.patient_id = r.patient_id
  cross join lateral (
    select r.ended_at is null and exists (select 1 from home_slot s where s.ask_id = a.id) as held) h
  where a.task_id = p_task and home_support_asked(a.id);
end
$$;

do $$
declare
  v_table text;
begin
  if to_regclass('home_return') is null then
    return;
  end if;
  foreach v_table in array array['home_visit', 'home_ask', 'home_asked_visit', 'home_slot', 'home_report'] loop
    execute format('alter table %I enable row level security', v_table);
    execute format('drop policy if exists app_reads on %I', v_table);
    execute format('drop policy if exists app_adds on %I', v_table);
    execute format('drop policy if exists app_changes on %I', v_table);
    execute format('drop policy if exists feed_all on %I', v_table);
    execute format('create policy feed_all on %I for all to enrs_feed using (true) with check (true)', v_table);
  end loop;
  -- Whoever reads the return reads where each agency stands; what was said with it stays between both sides.
  drop policy if exists home_support_reads on task;
  create policy home_support_reads on task for select to enrs_app
    using (patient_id is null and workflow = 'home_support.ask' and home_support_reads(subject_id));
  create policy app_reads on home_visit for select to enrs_app
    using (home_support_reads(home_return_id) or home_support_visit_asked(id));
  create policy app_adds on home_visit for insert to enrs_app with check (home_support_reads(home_return_id));
  create policy app_changes on home_visit for update to enrs_app
    using (home_support_reads(home_return_id)) with check (home_support_reads(home_return_id));
  create policy app_reads on home_ask for select to enrs_app
    using (home_support_reads(home_return_id) or home_support_asked(id));
  create policy app_adds on home_ask for insert to enrs_app with check (home_support_reads(home_return_id));
  create policy app_changes on home_ask for update to enrs_app
    using (home_support_reads(home_return_id) or home_support_asked(id)) with check (true);
  create policy app_reads on home_asked_visit for select to enrs_app
    using (home_support_asked(ask_id) or home_support_visit_kept(visit_id));
  create policy app_adds on home_asked_visit for insert to enrs_app
    with check (home_support_visit_kept(visit_id));
  create policy app_reads on home_slot for select to enrs_app using (home_support_visit_read(visit_id));
  create policy app_adds on home_slot for insert to enrs_app with check (home_support_visit_kept(visit_id));
  -- An agency takes what is free and gives back what it holds: what another holds it cannot even lock, and it
  -- confirms nothing.
  create policy app_changes on home_slot for update to enrs_app
    using (home_support_visit_kept(visit_id)
      or ((ask_id is null or home_support_asked(ask_id)) and home_support_visit_asked(visit_id)))
    with check (home_support_visit_kept(visit_id)
      or ((ask_id is null or home_support_asked(ask_id)) and home_support_visit_asked(visit_id)
        and retained_at is null));
  -- What a person says of an absence goes to the agency that should have come, while it still comes, and to no other.
  create policy app_reads on home_report for select to enrs_app
    using (home_support_visit_kept(visit_id) or (kind = 'started' and home_support_asked(ask_id))
      or home_support_holds(ask_id));
  create policy app_adds on home_report for insert to enrs_app
    with check (home_support_visit_kept(visit_id) or (kind = 'started' and home_support_holds(ask_id)));
end
$$;
