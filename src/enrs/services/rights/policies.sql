-- Where the current user answers for the accounts of a structure, and still works: the same as
-- `portal.queries.people.places_answered_for`.
create or replace function rights_places() returns table (organisation_id uuid, organisation_name text)
language plpgsql stable security definer rows 5 set search_path = public, pg_temp as
$$
#variable_conflict use_column
declare
  who constant uuid := nullif(current_setting('enrs.user', true), '')::uuid;
begin
  return query
  select r.organisation_id, min(r.organisation_name)::text
  from portal_referent r
  where r.user_id = who and r.valid_from <= statement_timestamp() and (r.valid_until is null or r.valid_until > statement_timestamp())
    and exists (select 1 from account_position p join account_user u on u.id = p.user_id
      where p.user_id = who and u.is_active and p.organisation_id = r.organisation_id
        and (p.valid_until is null or p.valid_until > statement_timestamp()))
  group by r.organisation_id;
end
$$;

-- Who answers for a structure: told of what is to be read again there.
create or replace function rights_referents(place uuid) returns setof uuid
language sql stable as
$$
  select user_id from portal_referent
  where organisation_id = place and valid_from <= statement_timestamp() and (valid_until is null or valid_until > statement_timestamp())
$$;

-- What was done with one record, by who opened it, while the glass was broken: sentences of the journal,
-- never what they speak of. For the reviewer, and for the opener whose acts these are.
create or replace function rights_glass_lines(asked uuid, size integer)
returns table (at timestamptz, action text, outcome text, actor_role text)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
#variable_conflict use_column
declare
  g rights_glass;
begin
  select * into g from rights_glass r where r.id = asked
    and (r.user_id = nullif(current_setting('enrs.user', true), '')::uuid or access_controls()
      or r.organisation_id in (select p.organisation_id from rights_places() p));
  if g.id is null then
    return;
  end if;
  return query
  select l.at, l.action::text, l.outcome::text, l.actor_role::text
  from audit_line l
  where l.actor_id = g.user_id and l.at between g.opened_at - interval '1 minute' and g.closes_at
    and (l.patient_id = g.patient_id or l.patient_ids @> array[g.patient_id])
  order by l.at, l.id limit size;
end
$$;

-- Who of a place opened which record, for the referent who answers for that place: one line for each person and
-- record, with counts and what is unusual about it, never what was read. At most so many lines of the journal are
-- read, the newest of the period, whatever the size of the place: `cut_at` is the oldest of them when there are
-- more. What the desk of rights does itself, and what was refused, opened nothing.
--
-- Night is what the zone says; a person who often works then (three nights, half of their acts) is at home in it.
-- `is_alone` says nothing where one person works alone. `seen_until` is how far somebody has looked at that line.
create or replace function rights_openings(place uuid, since timestamptz, until timestamptz, zone text,
  night_from integer, night_until integer, many integer, most integer)
returns table (user_id uuid, user_name text, user_role text, patient_id uuid, act_count bigint, day_count bigint,
  first_at timestamptz, last_at timestamptz, is_glass boolean, is_night boolean, is_alone boolean, is_many boolean,
  review_id uuid, review_state text, seen_until timestamptz, cut_at timestamptz)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
#variable_conflict use_column
begin
  if place is null or place not in (select p.organisation_id from rights_places() p) then
    return;
  end if;
  return query
  with newest as materialized (
    select l.actor_id, l.actor_name, l.actor_role, l.patient_id, l.at,
      l.purpose in ('break_glass', 'centre_15') or l.action = 'access.glass.broken' as by_glass,
      (l.at at time zone zone)::date as day, extract(hour from l.at at time zone zone) as hour
    from audit_line l
    where l.organisation_id = place and l.patient_id is not null and l.actor_id is not null
      and l.at >= since and l.at < until and l.outcome <> 'refused' and l.action not like 'rights.%'
    order by l.at desc limit most
  ), lines as materialized (
    select n.*, n.hour >= night_from or n.hour < night_until as by_night from newest n
  ), people as (
    select l.actor_id, count(distinct l.day) filter (where l.by_night) >= 3
      and 2 * count(*) filter (where l.by_night) >= count(*) as works_at_night
    from lines l group by l.actor_id
  ), days as (
    select l.actor_id, l.day from lines l group by l.actor_id, l.day having count(distinct l.patient_id) >= many
  ), grouped as (
    select l.actor_id, max(l.actor_name) as actor_name, max(l.actor_role) as actor_role, l.patient_id,
      count(*) as acts, count(distinct l.day) as days, min(l.at) as first_at, max(l.at) as last_at,
      bool_or(l.by_glass) as by_glass, bool_or(l.by_night) as by_night,
      bool_or((l.actor_id, l.day) in (select d.actor_id, d.day from days d)) as by_many
    from lines l group by l.actor_id, l.patient_id
  )
  select g.actor_id, g.actor_name, g.actor_role, g.patient_id, g.acts, g.days, g.first_at, g.last_at, g.by_glass,
    g.by_night and not w.works_at_night,
    count(*) over (partition by g.patient_id) = 1 and (select count(*) from people) > 1,
    g.by_many, v.id, v.state::text, v.until_at,
    (select min(n.at) from newest n having count(*) >= most)
  from grouped g join people w using (actor_id)
  left join lateral (select r.id, r.state, r.until_at from rights_access_review r
    where r.organisation_id = place and r.user_id = g.actor_id and r.patient_id = g.patient_id
    order by r.id desc limit 1) v on true;
end
$$;

-- The name of who a marked line is about, for the officer, who answers to them, and for who opened their record.
-- The referent who marked it has no part in it: they are told a reference.
create or replace function rights_reviewed_names(asked uuid[]) returns table (id uuid, name text)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
#variable_conflict use_column
begin
  return query
  select v.id, btrim(i.birth_name || ' ' || i.first_given_name)
    || case when i.used_name not in ('', i.birth_name) then ' (usage : ' || i.used_name || ')' else '' end
  from rights_access_review v join regional_identity i on i.patient_id = v.patient_id
  where v.id = any (asked)
    and (v.user_id = nullif(current_setting('enrs.user', true), '')::uuid or access_controls());
end
$$;

-- Which records are restricted (GDPR art. 18), and since when: of those named, or of the region when none is. A record
-- takes what was said of another that was merged into it. It names no request nor person, and opens nothing: what
-- leaves a record out must ask about people of whom it holds no right.
create or replace function rights_restricted(asked uuid[]) returns table (patient_id uuid, since timestamptz)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
#variable_conflict use_column
begin
  return query
  with recursive standing as (
    select r.patient_id, r.placed_at from rights_restriction r where r.lifted_at is null
    union
    select i.replaced_by_id, s.placed_at from regional_identity i join standing s on s.patient_id = i.patient_id
    where i.replaced_by_id is not null
  )
  select s.patient_id, min(s.placed_at) from standing s
  where asked is null or s.patient_id = any (asked) group by s.patient_id;
end
$$;

do $$
declare
  own constant text := 'user_id = nullif(current_setting(''enrs.user'', true), '''')::uuid or (select access_controls())'
    ' or organisation_id in (select organisation_id from rights_places())';
begin
  if to_regclass('public.rights_glass') is not null then
    alter table rights_glass enable row level security;
    drop policy if exists desk_reads on rights_glass;
    drop policy if exists desk_changes on rights_glass;
    drop policy if exists feed_all on rights_glass;
    execute 'create policy desk_reads on rights_glass for select to enrs_app using (' || own || ')';
    execute 'create policy desk_changes on rights_glass for update to enrs_app using (' || own || ')';
    create policy feed_all on rights_glass for all to enrs_feed using (true) with check (true);
    alter table rights_glass_act enable row level security;
    drop policy if exists desk_reads on rights_glass_act;
    drop policy if exists desk_adds on rights_glass_act;
    drop policy if exists feed_all on rights_glass_act;
    create policy desk_reads on rights_glass_act for select to enrs_app
      using (exists (select 1 from rights_glass g where g.id = glass_id));
    create policy desk_adds on rights_glass_act for insert to enrs_app
      with check (exists (select 1 from rights_glass g where g.id = glass_id));
    create policy feed_all on rights_glass_act for all to enrs_feed using (true) with check (true);
  end if;
  -- A line of accesses that a referent marked: theirs, the officer's, and that of who opened the record once they
  -- are asked about it. What was merely looked at stays between the desk and itself.
  if to_regclass('public.rights_access_review') is not null then
    alter table rights_access_review enable row level security;
    drop policy if exists desk_reads on rights_access_review;
    drop policy if exists desk_adds on rights_access_review;
    drop policy if exists desk_changes on rights_access_review;
    drop policy if exists feed_all on rights_access_review;
    create policy desk_reads on rights_access_review for select to enrs_app
      using ((select access_controls()) or organisation_id in (select organisation_id from rights_places())
        or (user_id = nullif(current_setting('enrs.user', true), '')::uuid and asked_by_id is not null));
    create policy desk_adds on rights_access_review for insert to enrs_app
      with check (organisation_id in (select organisation_id from rights_places())
        and user_id <> nullif(current_setting('enrs.user', true), '')::uuid);
    create policy desk_changes on rights_access_review for update to enrs_app
      using ((select access_controls()) or organisation_id in (select organisation_id from rights_places())
        or (user_id = nullif(current_setting('enrs.user', true), '')::uuid and asked_by_id is not null));
    create policy feed_all on rights_access_review for all to enrs_feed using (true) with check (true);
    alter table rights_access_review_act enable row level security;
    drop policy if exists desk_reads on rights_access_review_act;
    drop policy if exists desk_adds on rights_access_review_act;
    drop policy if exists feed_all on rights_access_review_act;
    create policy desk_reads on rights_access_review_act for select to enrs_app
      using (exists (select 1 from rights_access_review v where v.id = review_id));
    create policy desk_adds on rights_access_review_act for insert to enrs_app
      with check (exists (select 1 from rights_access_review v where v.id = review_id)
        and by_id = nullif(current_setting('enrs.user', true), '')::uuid);
    create policy feed_all on rights_access_review_act for all to enrs_feed using (true) with check (true);
  end if;
  if to_regclass('public.rights_request') is not null then
    alter table rights_request enable row level security;
    drop policy if exists desk_reads on rights_request;
    drop policy if exists desk_adds on rights_request;
    drop policy if exists desk_changes on rights_request;
    drop policy if exists feed_all on rights_request;
    create policy desk_reads on rights_request for select to enrs_app
      using (asked_by_id = nullif(current_setting('enrs.user', true), '')::uuid or (select access_controls()));
    create policy desk_adds on rights_request for insert to enrs_app
      with check (asked_by_id = nullif(current_setting('enrs.user', true), '')::uuid or (select access_controls()));
    create policy desk_changes on rights_request for update to enrs_app
      using ((select access_controls()));
    create policy feed_all on rights_request for all to enrs_feed using (true) with check (true);
    alter table rights_request_act enable row level security;
    drop policy if exists desk_reads on rights_request_act;
    drop policy if exists desk_adds on rights_request_act;
    drop policy if exists feed_all on rights_request_act;
    create policy desk_reads on rights_request_act for select to enrs_app
      using (exists (select 1 from rights_request r where r.id = asked_id));
    create policy desk_adds on rights_request_act for insert to enrs_app
      with check (exists (select 1 from rights_request r where r.id = asked_id));
    create policy feed_all on rights_request_act for all to enrs_feed using (true) with check (true);
  end if;
  -- A restriction is the officer's; who asked for it sees it.
  if to_regclass('public.rights_restriction') is not null then
    alter table rights_restriction enable row level security;
    drop policy if exists desk_reads on rights_restriction;
    drop policy if exists desk_adds on rights_restriction;
    drop policy if exists desk_changes on rights_restriction;
    drop policy if exists feed_all on rights_restriction;
    create policy desk_reads on rights_restriction for select to enrs_app
      using (exists (select 1 from rights_request q where q.id = asked_id));
    create policy desk_adds on rights_restriction for insert to enrs_app with check ((select access_controls()));
    create policy desk_changes on rights_restriction for update to enrs_app using ((select access_controls()));
    create policy feed_all on rights_restriction for all to enrs_feed using (true) with check (true);
  end if;
  -- A copy of somebody's data is seen by who asked it alone; the officer who grants one adds its row, and never
  -- sees it. It is moved by the platform only.
  if to_regclass('public.rights_copy') is not null then
    alter table rights_copy enable row level security;
    drop policy if exists asker_reads on rights_copy;
    drop policy if exists asker_adds on rights_copy;
    drop policy if exists feed_all on rights_copy;
    create policy asker_reads on rights_copy for select to enrs_app
      using (asked_by_id = nullif(current_setting('enrs.user', true), '')::uuid);
    create policy asker_adds on rights_copy for insert to enrs_app
      with check ((select access_controls())
        or (asked_by_id = nullif(current_setting('enrs.user', true), '')::uuid and access_reads(patient_id)));
    create policy feed_all on rights_copy for all to enrs_feed using (true) with check (true);
    alter table rights_copy_piece enable row level security;
    drop policy if exists asker_reads on rights_copy_piece;
    drop policy if exists feed_all on rights_copy_piece;
    create policy asker_reads on rights_copy_piece for select to enrs_app
      using (exists (select 1 from rights_copy c where c.id = made_id));
    create policy feed_all on rights_copy_piece for all to enrs_feed using (true) with check (true);
  end if;
  -- What is due, kept back or approved: the officers' alone. The log of what was erased names nobody.
  if to_regclass('public.rights_retention') is not null then
    alter table rights_retention enable row level security;
    drop policy if exists desk_reads on rights_retention;
    drop policy if exists desk_changes on rights_retention;
    drop policy if exists feed_all on rights_retention;
    create policy desk_reads on rights_retention for select to enrs_app using ((select access_controls()));
    create policy desk_changes on rights_retention for update to enrs_app using ((select access_controls()));
    create policy feed_all on rights_retention for all to enrs_feed using (true) with check (true);
    alter table rights_approval enable row level security;
    drop policy if exists desk_reads on rights_approval;
    drop policy if exists desk_adds on rights_approval;
    drop policy if exists feed_all on rights_approval;
    create policy desk_reads on rights_approval for select to enrs_app using ((select access_controls()));
    create policy desk_adds on rights_approval for insert to enrs_app with check ((select access_controls())
      and by_id = nullif(current_setting('enrs.user', true), '')::uuid);
    create policy feed_all on rights_approval for all to enrs_feed using (true) with check (true);
    alter table rights_elimination enable row level security;
    drop policy if exists desk_reads on rights_elimination;
    drop policy if exists feed_all on rights_elimination;
    create policy desk_reads on rights_elimination for select to enrs_app using ((select access_controls()));
    create policy feed_all on rights_elimination for all to enrs_feed using (true) with check (true);
    alter table rights_sweep enable row level security;
    drop policy if exists desk_reads on rights_sweep;
    drop policy if exists feed_all on rights_sweep;
    create policy desk_reads on rights_sweep for select to enrs_app using ((select access_controls()));
    create policy feed_all on rights_sweep for all to enrs_feed using (true) with check (true);
  end if;
end
$$;

-- Erase one record whose destruction a person approved two days ago or more (`rules.retention.GRACE`): the one
-- door to `subjects_erase`, for the worker alone. What was merged into it goes with it. Nobody adds a row to the
-- record meanwhile: that would wait for this lock, then fail for want of the anchor.
create or replace function rights_erase(asked uuid)
returns table (label text, held_in text, row_count bigint, digest text)
language plpgsql volatile security definer set search_path = public, pg_temp as
$$
declare
  r rights_retention;
  who uuid[];
begin
  select * into r from rights_retention x where x.id = asked for update;
  if r.id is null or r.state <> 'approved' or not exists (
    select 1 from rights_approval a where a.id = r.approval_id and a.at <= now() - interval '48 hours') then
    raise exception 'nobody approved this, or not two days ago';
  end if;
  with recursive merged as (
    select r.patient_id as id
    union select i.patient_id from regional_identity i join merged m on i.replaced_by_id = m.id
  ) select array_agg(id) into who from merged;
  perform 1 from patient where id = any(who) for update;
  -- A person may have kept back, meanwhile, a record that was merged into this one: its appeal holds for both.
  perform 1 from rights_retention x where x.patient_id = any(who) for update;
  if exists (select 1 from rights_retention x where x.patient_id = any(who) and x.state = 'kept'
    and (x.hold_until is null or x.hold_until >= current_date)) then
    raise exception 'a record that was merged into this one is kept back' using table = 'rights_retention';
  end if;
  -- Nor is anything erased while its processing is restricted (GDPR art. 18): the person may want it kept.
  if exists (select 1 from rights_restricted(who)) then
    raise exception 'its processing is restricted' using table = 'rights_restriction';
  end if;
  return query select * from subjects_erase(who);
end
$$;
revoke all on function rights_erase from public, enrs_app;
grant execute on function rights_erase to enrs_feed;
