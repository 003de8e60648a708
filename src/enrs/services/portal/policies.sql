-- The rights of somebody of the local register go to the national person whom they became. Pages do not see
-- the grants of others: this moves them, and nothing unless the register says so.
create or replace function portal_follow_rights(former uuid, heir uuid) returns integer
language plpgsql security definer set search_path = public, pg_temp as
$$
declare
  moved integer;
begin
  if not exists (select from portal_local_person where id = former and merged_into = heir) then
    raise exception 'not merged';
  end if;
  insert into access_grant (patient_id, grantee_id, source_id, source_kind, scope, purpose, level,
      valid_from, valid_until, created_at)
    select patient_id, heir, source_id, source_kind, scope, purpose, level, valid_from, valid_until, now()
    from access_grant where grantee_id = former and valid_until > now()
    on conflict do nothing;
  update access_grant set valid_until = now() where grantee_id = former and valid_until > now();
  get diagnostics moved = row_count;
  insert into access_denial (patient_id, grantee_id, source_id, valid_from, valid_until)
    select patient_id, heir, source_id, valid_from, valid_until
    from access_denial where grantee_id = former and valid_until > now()
    on conflict do nothing;
  -- A stay is a place beside another, never instead of it.
  update circle_member m set practitioner_id = heir
    where m.practitioner_id = former and m.ended_at is null and (m.basis = 'stay' or not exists (
      select from circle_member o where o.patient_id = m.patient_id and o.practitioner_id = heir
        and o.ended_at is null and o.basis <> 'stay'));
  update circle_consent set grantee_id = heir where grantee_id = former and withdrawn_at is null;
  update circle_opposition o set grantee_id = heir where o.grantee_id = former and o.lifted_at is null
    and not exists (select from circle_opposition h where h.patient_id = o.patient_id and h.grantee_id = heir
      and h.lifted_at is null);
  -- Both asked for the same record: one request is answered, the other closed.
  update circle_access_request r set grantee_id = heir where r.grantee_id = former and r.outcome = ''
    and not exists (select from circle_access_request o where o.patient_id = r.patient_id and o.grantee_id = heir
      and o.outcome = '');
  update circle_access_request set outcome = 'declined', answered_at = now(),
      answer = 'Même demande que celle du compte national, qui attend sa réponse.'
    where grantee_id = former and outcome = '';
  -- Who was taken out of a conversation by one account, and is in it by the other, is in it.
  update thread_membership o set left_at = null from thread_membership m
    where m.thread_id = o.thread_id and m.grantee_id = former and m.left_at is null
      and o.grantee_id = heir and o.left_at is not null;
  update thread_membership m set grantee_id = heir where m.grantee_id = former
    and not exists (select from thread_membership o where o.thread_id = m.thread_id and o.grantee_id = heir);
  update thread_membership set left_at = now() where grantee_id = former and left_at is null;
  -- A task names the person itself: its next step would else rebuild its boards from the former identifier.
  update task t set assignee_id = heir where t.assignee_id = former
    and t.id in (select p.task_id from task_party p where p.grantee_id = former and p.ended_at is null);
  update task t set requester_grantee_id = heir where t.requester_grantee_id = former
    and t.id in (select p.task_id from task_party p where p.grantee_id = former and p.ended_at is null);
  update task_addressee a set grantee_id = heir where a.grantee_id = former
    and (a.answer in ('withdrawn', 'closed', 'declined') or not exists (
      select from task_addressee o where o.task_id = a.task_id and o.grantee_id = heir
        and o.answer not in ('withdrawn', 'closed', 'declined')));
  update task_party o set ended_at = null, state = p.state, is_open = p.is_open, rank = p.rank, turn = p.turn
    from task_party p where p.task_id = o.task_id and p.part = o.part and p.grantee_id = former
      and p.ended_at is null and o.grantee_id = heir and o.ended_at is not null;
  update task_party p set grantee_id = heir where p.grantee_id = former and not exists (
    select from task_party o where o.task_id = p.task_id and o.grantee_id = heir and o.part = p.part);
  update task_party set ended_at = now() where grantee_id = former and ended_at is null;
  -- One agenda of a person each: what is booked in a second one stays there, and the heir writes in it.
  update agenda a set owner_id = heir where a.owner_id = former and (a.kind <> 'person' or not exists (
    select from agenda o where o.owner_id = heir and o.kind = 'person'));
  update agenda_share s set level = 3 from agenda a
    where a.id = s.agenda_id and a.owner_id = former and s.grantee_id = heir and s.ended_at is null;
  insert into agenda_share (id, agenda_id, grantee_id, display, level, shared_at)
    select gen_random_uuid(), a.id, heir, a.label, 3, now() from agenda a where a.owner_id = former
    on conflict do nothing;
  update agenda_share s set grantee_id = heir where s.grantee_id = former and s.ended_at is null
    and not exists (select from agenda_share o where o.agenda_id = s.agenda_id and o.grantee_id = heir
      and o.ended_at is null);
  update appointment_participant p set grantee_id = heir where p.grantee_id = former and not exists (
    select from appointment_participant o where o.appointment_id = p.appointment_id and o.grantee_id = heir);
  update roster_shift set grantee_id = heir where grantee_id = former and ended_at is null;
  update roster_absence set grantee_id = heir where grantee_id = former and ended_at is null;
  update offer_referent r set grantee_id = heir where r.grantee_id = former and r.ended_at is null
    and not exists (select from offer_referent o where o.site_id = r.site_id and o.grantee_id = heir
      and o.ended_at is null);
  return moved;
end
$$;

-- A national number to verify is for whoever answers for the structure, and for the person themselves.
create or replace function portal_verifies(local uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
declare
  me uuid := nullif(current_setting('enrs.user', true), '')::uuid;
begin
  return exists (
    select from portal_local_person p where p.id = local and (
      exists (select from portal_referent r where r.organisation_id = p.organisation_id and r.user_id = me
        and r.valid_from <= clock_timestamp() and (r.valid_until is null or r.valid_until > clock_timestamp()))
      or exists (select from account_user u where u.id = me and u.grantee_id in (p.id, p.merged_into))));
end
$$;

do $$
begin
  if to_regclass('portal_number_match') is not null then
    alter table portal_number_match enable row level security;
    drop policy if exists app_verifies on portal_number_match;
    drop policy if exists app_answers on portal_number_match;
    drop policy if exists feed_all on portal_number_match;
    create policy app_verifies on portal_number_match for select to enrs_app using (portal_verifies(person_id));
    create policy app_answers on portal_number_match for update to enrs_app using (portal_verifies(person_id));
    create policy feed_all on portal_number_match for all to enrs_feed using (true) with check (true);
  end if;
end
$$;

-- What somebody puts first on their kiosk is theirs alone.
do $$
declare own constant text := 'user_id = nullif(current_setting(''enrs.user'', true), '''')::uuid';
begin
  if to_regclass('portal_favourite') is not null then
    alter table portal_favourite enable row level security;
    drop policy if exists app_own on portal_favourite;
    drop policy if exists feed_all on portal_favourite;
    execute 'create policy app_own on portal_favourite for all to enrs_app using (' || own || ') with check (' || own || ')';
    create policy feed_all on portal_favourite for all to enrs_feed using (true) with check (true);
  end if;
end
$$;

-- Whether the current account is one of the exploitation's, in a session.
create or replace function portal_operator() returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return access_operates();
end
$$;

-- Announcements and the opening of services name no patient, and each page asks for them: they may be read. The exploitation
-- alone writes them and reads their history; what was written once stays written (`APPEND_ONLY`).
do $$
declare
  name text;
begin
  foreach name in array array['portal_announcement', 'portal_announcement_change',
    'portal_service_opening', 'portal_service_opening_change'] loop
    if to_regclass(name) is not null then
      execute format('alter table %I enable row level security', name);
      execute format('drop policy if exists app_reads on %I', name);
      execute format('drop policy if exists app_adds on %I', name);
      execute format('drop policy if exists app_changes on %I', name);
      execute format('drop policy if exists feed_all on %I', name);
      execute format('create policy app_reads on %I for select to enrs_app using (%s)', name,
        case when name in ('portal_announcement', 'portal_service_opening') then 'true' else '(select portal_operator())' end);
      execute format('create policy app_adds on %I for insert to enrs_app with check ((select portal_operator()))', name);
      execute format('create policy app_changes on %I for update to enrs_app using ((select portal_operator()))', name);
      execute format('create policy feed_all on %I for all to enrs_feed using (true) with check (true)', name);
    end if;
  end loop;
end
$$;
