-- Who holds an agenda: whoever acts for its owner, or for a grantee to whom it is open at `wanted` at least.
-- Levels: 1 busy hours, 2 read, 3 write.
create or replace function agenda_held(a uuid, wanted smallint) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return exists (select 1 from agenda where id = a and owner_id = any (access_grantees()))
    or exists (
      select 1 from agenda_share
      where agenda_id = a and grantee_id = any (access_grantees()) and level >= wanted
        and ended_at is null);
end
$$;

-- May the actor read this appointment? By the patient, or without one by the agenda or a place in it.
create or replace function appointment_reads(one uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
declare
  v_patient uuid;
  v_agenda uuid;
begin
  select patient_id, agenda_id into v_patient, v_agenda from appointment where id = one;
  if not found then
    return false;
  end if;
  if v_patient is not null then
    return access_reads(v_patient);
  end if;
  return agenda_held(v_agenda, 2::smallint) or exists (
    select 1 from appointment_participant
    where appointment_id = one and grantee_id = any (access_grantees()) and left_at is null);
end
$$;

-- Occupied hours of an agenda that the actor holds, whoever they are with: the periods and nothing else.
create or replace function agenda_busy(agendas uuid[], since timestamptz, until timestamptz)
returns table (id uuid, agenda_id uuid, period tstzrange)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
#variable_conflict use_column
begin
  return query
  select p.id, p.agenda_id, p.period from appointment p
  where p.agenda_id in (select a from unnest(agendas) as a where agenda_held(a, 1::smallint))
    and p.status in ('booked', 'arrived', 'fulfilled') and p.withdrawn_at is null
    and p.starts_at < until and p.starts_at > since - interval '31 days'
    and p.period && tstzrange(since, until)
  order by p.starts_at, p.id
  limit 2000;
end
$$;

-- Which appointments between two moments count some grantees among those who did not decline: ids alone,
-- which the caller reads under row security. Asked one by one of it, years of invitations would be slow.
create or replace function agenda_invited(
  grantees uuid[], since timestamptz, until timestamptz, size integer, newest boolean)
returns table (id uuid)
language plpgsql stable security definer set search_path = public, pg_temp
set plan_cache_mode = force_custom_plan as  -- A plan for any dates would read what everybody has on them.
$$
#variable_conflict use_column
begin
  return query
  select p.id from appointment p
  where p.id in (
      select g.appointment_id from appointment_participant g
      where g.grantee_id = any (grantees) and g.left_at is null and g.answer <> 'declined')
    and p.withdrawn_at is null and p.starts_at < until and p.starts_at > since - interval '31 days'
    and p.period && tstzrange(since, until)
  order by case when newest then p.starts_at end desc, case when newest then p.id end desc,
    p.starts_at, p.id
  limit size;
end
$$;

-- The next free slots of some agendas: a bookable hour names nobody, so whoever may book may see it.
create or replace function agenda_free_slots(agendas uuid[], since timestamptz, size integer)
returns table (id uuid)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
#variable_conflict use_column
begin
  return query
  select s.id from agenda_slot s
  where s.agenda_id = any (agendas) and s.closed_at is null and lower(s.period) >= since
    and not exists (
      select 1 from appointment p
      where p.agenda_id = s.agenda_id and p.period && s.period and p.withdrawn_at is null
        and (p.status in ('booked', 'arrived', 'fulfilled') or p.slot_id = s.id and p.status = 'proposed'))
  order by lower(s.period), s.id
  limit size;
end
$$;

do $$
begin
  if to_regclass('appointment_participant') is not null then
    -- These stand beside the general ones of a clinical fact, for the appointments without patient.
    drop policy if exists own_reads on appointment;
    drop policy if exists own_adds on appointment;
    drop policy if exists own_changes on appointment;
    create policy own_reads on appointment for select to enrs_app
      using (patient_id is null and (agenda_held(agenda_id, 2::smallint) or appointment_reads(id)));
    create policy own_adds on appointment for insert to enrs_app
      with check (patient_id is null and agenda_held(agenda_id, 3::smallint));
    create policy own_changes on appointment for update to enrs_app
      using (patient_id is null and agenda_held(agenda_id, 3::smallint));

    alter table appointment_participant enable row level security;
    drop policy if exists app_reads on appointment_participant;
    drop policy if exists app_adds on appointment_participant;
    drop policy if exists app_changes on appointment_participant;
    drop policy if exists feed_all on appointment_participant;
    create policy app_reads on appointment_participant for select to enrs_app
      using (appointment_reads(appointment_id));
    create policy app_adds on appointment_participant for insert to enrs_app
      with check (appointment_reads(appointment_id));
    create policy app_changes on appointment_participant for update to enrs_app
      using (appointment_reads(appointment_id));
    create policy feed_all on appointment_participant for all to enrs_feed using (true) with check (true);
  end if;
end
$$;
