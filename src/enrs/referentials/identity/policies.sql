-- What the hot path needs to know of a message about a number, in one round trip. The row of a known
-- identity is locked, so that nobody files facts under a patient it is leaving; a new number or a new
-- INS takes advisory locks, so that two workers never make two patients for one INS.
-- `same`: the message says what the newest one said, and is newer: its moment is kept here, nothing else
-- is to do. `own`: the known row. `carrier`: others with this INS, qualified. `near`: for a new number,
-- those who share a blocking key.
create or replace function identity_find(
  p_system text, p_value text, p_ins text, p_digest text, p_told_at timestamptz, p_told_by text, p_keys bigint[])
returns table (kind text, body jsonb)
language plpgsql volatile set search_path = public, pg_temp as
$$
declare own source_identity;
begin
  select * into own from source_identity where system = p_system and value = p_value
    for no key update;
  if own.id is not null and own.digest = p_digest and (p_told_at, p_told_by) >= (own.told_at, own.told_by) then
    if (p_told_at, p_told_by) > (own.told_at, own.told_by) then
      update source_identity set told_at = p_told_at, told_by = p_told_by where id = own.id;
    end if;
    return query select 'same'::text, to_jsonb(own);
    return;
  end if;
  if own.id is null or (p_ins <> '' and (own.ins <> p_ins or own.status <> 'qualified')) then
    perform pg_advisory_xact_lock(w.k) from (
      select distinct hashtextextended(t, 7) as k
      from unnest(array['number ' || p_system || '|' || p_value, 'ins ' || nullif(p_ins, '')]) as t
      where t is not null order by 1 offset 0) w;
    if own.id is null then
      select * into own from source_identity where system = p_system and value = p_value
        for no key update;
    end if;
  end if;
  if p_ins <> '' then
    return query select 'carrier'::text, jsonb_build_object('id', s.id) from source_identity s
      where s.ins = p_ins and s.ins <> '' and s.status = 'qualified' and s.id is distinct from own.id;
  end if;
  if own.id is not null then
    return query select 'own'::text, to_jsonb(own);
  else
    return query select 'near'::text, to_jsonb(n) from identity_near(p_keys, null) n;
  end if;
end
$$;

-- Who shares a blocking key, but for those that too many share: what matching compares, for the engine alone.
-- The limit is above what a dozen keys hold before they are too common: it cuts nobody off at random.
create or replace function identity_near(p_keys bigint[], p_self uuid)
returns table (
  identity_id uuid, birth_name text, used_name text, given text, root text, others text, birth_date text,
  sex text, birth_place text, home text, phone text, ins text, twin text, is_barred boolean)
language sql stable security definer set search_path = public, pg_temp as
$$
  select f.identity_id, f.birth_name, f.used_name, f.given, f.root, f.others, f.birth_date,
    f.sex, f.birth_place, f.home, f.phone, f.ins, f.twin, f.is_barred
  from identity_feature f
  where f.keys && (
      select coalesce(array_agg(k), '{}') from unnest(p_keys) as k
      where not exists (select from identity_hot_key h where h.key = k))
    and f.identity_id is distinct from p_self
  limit 5000
$$;

-- What is compared of an identity, and the pairs that came of it, in place of what stood before. A pair of
-- which a person decided stays, with its new weight.
create or replace function identity_compare(p_identity uuid, p_feature jsonb, p_pairs jsonb) returns void
language plpgsql volatile security definer set search_path = public, pg_temp as
$$
begin
  if p_feature is null then
    delete from identity_feature where identity_id = p_identity;
  else
    insert into identity_feature
      select r.* from jsonb_populate_record(null::identity_feature, p_feature) r where r.identity_id = p_identity
    on conflict (identity_id) do update set
      birth_name = excluded.birth_name, used_name = excluded.used_name, given = excluded.given,
      root = excluded.root, others = excluded.others, birth_date = excluded.birth_date, sex = excluded.sex,
      birth_place = excluded.birth_place, home = excluded.home, phone = excluded.phone, ins = excluded.ins,
      twin = excluded.twin, is_barred = excluded.is_barred, keys = excluded.keys;
  end if;
  delete from identity_pair p
    where (p.first_id = p_identity or p.second_id = p_identity) and p.decision = ''
      and not exists (
        select from jsonb_to_recordset(p_pairs) as n (first_id uuid, second_id uuid)
        where n.first_id = p.first_id and n.second_id = p.second_id);
  insert into identity_pair (
      id, first_id, second_id, weight, levels, barrier, model, decision, decided_by, reason, history)
    select n.id, n.first_id, n.second_id, n.weight, n.levels, n.barrier, n.model, '', '', '', '[]'
    from jsonb_to_recordset(p_pairs) as n (
      id uuid, first_id uuid, second_id uuid, weight float8, levels text, barrier text, model text)
    where p_identity in (n.first_id, n.second_id)
  on conflict (first_id, second_id) do update set
    weight = excluded.weight, levels = excluded.levels, barrier = excluded.barrier, model = excluded.model;
end
$$;

-- Everybody whom evidence ties to some identities, near or far: same patient, same qualified INS, a merge of
-- their source, a decision, a likeness above the threshold. Ids alone; their rows are locked.
create or replace function identity_neighbours(p_seeds uuid[], p_automatic float8)
returns table (identity_id uuid, patient_id uuid)
language plpgsql volatile security definer set search_path = public, pg_temp as
$$
declare
  -- Each once: the search is over when as many are found as were known.
  known uuid[] := array(select distinct unnest(p_seeds));
  more uuid[];
  is_locked boolean := false;
begin
  loop
    select array_agg(distinct w.id) into more from (
      select t.id from source_identity s join source_identity t on t.patient_id = s.patient_id
        where s.id = any (known)
      union all
      select t.id from source_identity s join source_identity t on t.ins = s.ins and t.ins <> ''
        where s.id = any (known) and s.ins <> '' and s.status = 'qualified' and t.status = 'qualified'
      union all
      select t.id from source_identity s join source_identity t on t.id = s.absorbed_told_into
        where s.id = any (known)
      union all
      select t.id from source_identity t where t.absorbed_told_into = any (known)
      union all
      select p.second_id from identity_pair p
        where p.first_id = any (known) and (p.decision <> '' or (p.weight >= p_automatic and p.barrier = ''))
      union all
      select p.first_id from identity_pair p
        where p.second_id = any (known) and (p.decision <> '' or (p.weight >= p_automatic and p.barrier = ''))
      union all
      select unnest(known)) w;
    if cardinality(more) is not distinct from cardinality(known) then
      exit when is_locked;
      -- Locked, then gathered once more: another worker may have brought somebody meanwhile.
      perform 1 from source_identity s where s.id = any (known) order by s.id for no key update;
      is_locked := true;
      continue;
    end if;
    is_locked := false;
    if cardinality(more) > 2000 then
      raise exception 'identity: more than 2000 identities hang together' using errcode = 'program_limit_exceeded';
    end if;
    known := more;
  end loop;
  return query select s.id, s.patient_id from source_identity s where s.id = any (known) order by s.id;
end
$$;
-- A neighbourhood with all that decides of it: its rows, the pairs that count, when each identity first
-- claimed the INS it carries (by its source's clock), the first patient of each. Under the reader's own rights.
-- A likeness that another model weighed ties those whom it tied already, and nobody else before the next pass.
drop function if exists identity_around(uuid[], float8);
create or replace function identity_around(p_seeds uuid[], p_automatic float8, p_model text)
returns table (kind text, body jsonb)
language plpgsql volatile set search_path = public, pg_temp as
$$
declare ids uuid[];
begin
  select array_agg(n.identity_id) into ids from identity_neighbours(p_seeds, p_automatic) n;
  return query select 'identity'::text, to_jsonb(s) from source_identity s where s.id = any (ids);
  return query select 'pair'::text, to_jsonb(p) from identity_pair p
    where p.first_id = any (ids) and p.second_id = any (ids)
      and (p.decision <> '' or p.barrier <> '' or (p.weight >= p_automatic and (p.model = p_model or exists (
        select from source_identity a join source_identity b on b.patient_id = a.patient_id
        where a.id = p.first_id and b.id = p.second_id))));
  return query select 'claim'::text, jsonb_build_object('id', v.identity_id, 'at', min(v.told_at))
    from identity_version v join source_identity s on s.id = v.identity_id
    where v.identity_id = any (ids) and s.ins <> '' and v.ins = s.ins and v.status = 'qualified'
    group by v.identity_id;
  return query select distinct on (l.identity_id) 'home'::text,
      jsonb_build_object('id', l.identity_id, 'patient_id', l.patient_id, 'is_tied', exists (
        select from identity_link o where o.identity_id = l.identity_id and o.until is null and o.rule = 'score'))
    from identity_link l where l.identity_id = any (ids) order by l.identity_id, l.at, l.id;
end
$$;
revoke all on function identity_near, identity_compare, identity_neighbours, identity_around from public;
grant execute on function identity_near, identity_compare, identity_neighbours, identity_around
  to enrs_app, enrs_feed;

-- Search inside the actor's circle. EXECUTE plans each call for its own values: a rare name starts
-- from the keys, a common one from the grants. Keys have collation C, so prefixes are btree ranges.
-- Returns identifiers only, in the order of the keys, after the given one.
create or replace function identity_search(
  p_name text, p_given text, p_birth text, p_ins text, p_local text, p_limit integer,
  p_after_name text, p_after_given text, p_after uuid)
returns table (patient_id uuid)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
declare
  high constant text := chr(1114111);
  grantees uuid[] := access_grantees();
  wanted text := ' r.replaced_by_id is null'
    ' and exists (select 1 from access_grant g where g.patient_id = r.patient_id and g.grantee_id = any ($1)'
    ' and g.valid_from <= now() and g.valid_until > now())'
    ' and r.patient_id not in (select access_denials())';
  start text := '';
begin
  if cardinality(grantees) = 0 then
    return;
  end if;
  if p_ins <> '' then
    return query execute 'select r.patient_id from regional_identity r where r.ins <> '''' and r.ins = $2 and'
      || wanted || ' limit 25' using grantees, p_ins;
    return;
  end if;
  if p_local <> '' then
    return query execute 'select distinct r.patient_id from source_identity s join regional_identity r'
      ' on r.patient_id = s.patient_id where s.value = $2 and' || wanted || ' limit 25'
      using grantees, p_local;
    return;
  end if;
  if p_birth <> '' then
    start := start || case when length(p_birth) = 10 then ' r.birth_date = $5 and'
      else ' r.birth_date >= $5 and r.birth_date < $5 || $9 and' end;
  end if;
  if p_given <> '' then
    start := start || ' r.given_key >= $4 and r.given_key < $4 || $9 and';
  end if;
  if p_after is not null then
    start := start || ' (r.name_key, r.given_key, r.patient_id) > ($6, $7, $8) and';
  end if;
  if p_name = '' then
    return query execute 'select r.patient_id from regional_identity r where' || start || wanted
      || ' order by r.name_key, r.given_key, r.patient_id limit $10'
      using grantees, p_ins, p_name, p_given, p_birth, p_after_name, p_after_given, p_after, high, p_limit;
    return;
  end if;
  return query execute
    'select u.patient_id from ('
    '(select r.patient_id, r.name_key, r.given_key from regional_identity r'
    ' where r.name_key >= $3 and r.name_key < $3 || $9 and' || start || wanted
    || ' order by r.name_key, r.given_key, r.patient_id limit $10)'
    ' union '
    '(select r.patient_id, r.name_key, r.given_key from regional_identity r'
    ' where r.used_key <> '''' and r.used_key >= $3 and r.used_key < $3 || $9 and' || start || wanted
    || ' order by r.name_key, r.given_key, r.patient_id limit $10)'
    ') u order by u.name_key, u.given_key, u.patient_id limit $10'
    using grantees, p_ins, p_name, p_given, p_birth, p_after_name, p_after_given, p_after, high, p_limit;
end
$$;

-- The exact search: who answers, whether or not they are in the actor's circle. Identifiers only.
create or replace function identity_exact(p_ins text, p_name text, p_given text, p_birth text, p_sex text)
returns table (patient_id uuid, is_inside boolean)
language sql stable security definer set search_path = public, pg_temp as
$$
  select r.patient_id, access_reads(r.patient_id)
  from regional_identity r
  where r.replaced_by_id is null
    and ((p_ins <> '' and r.ins <> '' and r.ins = p_ins)
      or (p_ins = '' and p_name <> '' and p_given <> '' and length(p_birth) = 10
        and r.birth_date = p_birth and r.name_key = p_name and r.given_key = p_given and r.sex = p_sex))
  limit 5
$$;

-- Whether the current user holds a position of the identity unit now.
create or replace function identity_is_officer() returns boolean
language sql stable security definer set search_path = public, pg_temp as
$$
  select exists (
    select 1 from account_position
    where user_id = nullif(current_setting('enrs.user', true), '')::uuid
      and role = 'identity_officer' and (valid_until is null or valid_until > now()))
$$;

-- The identities named by work items, for the identity unit alone, who is in nobody's circle.
create or replace function identity_of_work(p_items uuid[])
returns table (item_id uuid, body jsonb)
language sql stable security definer set search_path = public, pg_temp as
$$
  select w.id, to_jsonb(s)
  from identity_work_item w
  cross join lateral unnest(w.identity_ids) with ordinality as i (id, place)
  join source_identity s on s.id = i.id
  where w.id = any (p_items) and identity_is_officer()
  order by w.id, i.place
$$;

revoke all on function identity_search, identity_exact, identity_is_officer, identity_of_work from public;
grant execute on function identity_search, identity_exact, identity_is_officer, identity_of_work
  to enrs_app, enrs_feed;

-- The identities that give patients their traits, by id only: for a work item on possible twins.
create or replace function identity_sources(p_patients uuid[])
returns setof uuid
language sql stable security definer set search_path = public, pg_temp as
$$ select source_id from regional_identity where patient_id = any (p_patients) and source_id is not null $$;
revoke all on function identity_sources from public;
grant execute on function identity_sources to enrs_app, enrs_feed;

-- A new identity, its first version, its link and its patient's regional identity, from one JSON value:
-- a function keeps its plans, where the same inserts as one text are planned at each call.
create or replace function identity_insert(p jsonb) returns void
language plpgsql volatile set search_path = public, pg_temp as
$$
begin
  if p ? 'patient' then
    insert into patient select * from jsonb_populate_record(null::patient, p->'patient');
  end if;
  insert into source_identity select * from jsonb_populate_record(null::source_identity, p->'identity');
  insert into identity_version select * from jsonb_populate_record(null::identity_version, p->'version');
  if p ? 'feature' then
    perform identity_compare((p->'identity'->>'id')::uuid, p->'feature', p->'pairs');
  end if;
  insert into identity_link select * from jsonb_populate_record(null::identity_link, p->'link');
  insert into regional_identity as r
    select * from jsonb_populate_record(null::regional_identity, p->'regional')
  on conflict (patient_id) do update set
    birth_name = excluded.birth_name, first_given_name = excluded.first_given_name,
    given_names = excluded.given_names, used_name = excluded.used_name,
    used_given_name = excluded.used_given_name, birth_date = excluded.birth_date, sex = excluded.sex,
    birth_place_code = excluded.birth_place_code, ins = excluded.ins, ins_oid = excluded.ins_oid,
    status = excluded.status, address = excluded.address, postal_code = excluded.postal_code,
    city = excluded.city, phone = excluded.phone, email = excluded.email,
    deceased_at = excluded.deceased_at, multiple_birth = excluded.multiple_birth, proof = excluded.proof,
    collected_by = excluded.collected_by, attribute = excluded.attribute, source_id = excluded.source_id,
    name_key = excluded.name_key, used_key = excluded.used_key, given_key = excluded.given_key,
    replaced_by_id = excluded.replaced_by_id, changed_at = excluded.changed_at, version = r.version + 1;
end
$$;

-- `rules.plain`, for what is compared inside the database so that no trait leaves it.
create or replace function identity_plain(p text) returns text
language sql immutable parallel safe set search_path = public, pg_temp as
$$
  select btrim(regexp_replace(
    upper(regexp_replace(
      normalize(
        replace(replace(replace(replace(translate(p, 'ØøŁłĐđ', 'OOLLDD'), 'œ', 'OE'), 'Œ', 'OE'), 'æ', 'AE'), 'Æ', 'AE'),
        NFKD),
      '[\u0300-\u036F]', '', 'g') collate "C"),
    '[^A-Z0-9]+', ' ', 'g'))
$$;

-- The patient whose qualified identity has exactly these strict traits, when nobody else of the region has
-- them, whatever their status, and no account is opened on that patient: else nothing, whatever the reason.
create or replace function identity_of_civil_status(
  p_name text, p_given text, p_birth text, p_sex text, p_place text)
returns uuid
language sql stable security definer set search_path = public, pg_temp as
$$
  with same as (
    select r.patient_id,
      r.status = 'qualified' and r.ins <> '' and r.attribute = '' and r.deceased_at is null as is_sure
    from regional_identity r
    where r.replaced_by_id is null and p_name <> '' and p_given <> '' and length(p_birth) = 10
      and p_sex in ('F', 'M') and p_place <> ''
      and r.name_key = p_name and r.birth_date = p_birth and r.sex = p_sex and r.birth_place_code = p_place
      and identity_plain(r.given_names) = p_given)
  select patient_id from same
  where is_sure and (select count(*) from same) = 1 and not exists (
    select from account_user u
    where u.grantee_id = same.patient_id or u.grantee_id in (
      select o.patient_id from regional_identity o where o.replaced_by_id = same.patient_id))
$$;

-- Whether a birth date and a sex are those of a patient, as far as they are known there.
create or replace function identity_may_be(p_patient uuid, p_birth text, p_sex text) returns boolean
language sql stable security definer set search_path = public, pg_temp as
$$
  select coalesce(bool_and(
    left(p_birth, length(r.birth_date)) = r.birth_date and (r.sex not in ('F', 'M') or r.sex = p_sex)), true)
  from regional_identity r where r.patient_id = p_patient
$$;
revoke all on function identity_of_civil_status, identity_may_be from public;
grant execute on function identity_of_civil_status, identity_may_be to enrs_app, enrs_feed;

-- The traits that matching compares stand for the whole region: read by its own functions alone.
alter table identity_feature enable row level security;
drop policy if exists feed_all on identity_feature;
create policy feed_all on identity_feature for all to enrs_feed using (true) with check (true);

-- The patients of some identities, by ids alone.
create or replace function identity_patients(p_identities uuid[])
returns table (identity_id uuid, patient_id uuid)
language sql stable security definer set search_path = public, pg_temp as
$$ select id, source_identity.patient_id from source_identity where id = any (p_identities) $$;
revoke all on function identity_patients from public;
grant execute on function identity_patients to enrs_app, enrs_feed;
-- A question to the national service follows its identity: seen by whoever sees that one.
alter table identity_ins_check enable row level security;
drop policy if exists app_reads on identity_ins_check;
drop policy if exists app_adds on identity_ins_check;
drop policy if exists app_changes on identity_ins_check;
drop policy if exists feed_all on identity_ins_check;
create policy app_reads on identity_ins_check for select to enrs_app
  using (exists (select from source_identity s where s.id = identity_id));
create policy app_adds on identity_ins_check for insert to enrs_app
  with check (exists (select from source_identity s where s.id = identity_id));
create policy app_changes on identity_ins_check for update to enrs_app
  using (exists (select from source_identity s where s.id = identity_id)) with check (true);
create policy feed_all on identity_ins_check for all to enrs_feed using (true) with check (true);

-- Whether another patient shows an INS, for who may not see them.
create or replace function identity_ins_elsewhere(p_ins text, p_patient uuid) returns boolean
language sql stable security definer set search_path = public, pg_temp as
$$
  select exists (select from regional_identity where ins = p_ins and ins <> '' and patient_id <> p_patient)
$$;
revoke all on function identity_ins_elsewhere from public;
grant execute on function identity_ins_elsewhere to enrs_app, enrs_feed;
-- The domains of the place where the current actor works: its own team is told the numbers that it gave.
create or replace function identity_own_domains() returns text[]
language sql stable security definer set search_path = public, pg_temp as
$$
  select coalesce(array_agg(distinct 'urn:finess:' || n.finess), '{}')
  from directory_organisation o
  cross join lateral unnest(array[o.finess_eg, o.finess_ej]) n (finess)
  where o.id = any (access_grantees()) and n.finess <> ''
$$;

-- Of patients that a probe found: whether they are in the actor's circle, and the living numbers that the
-- actor's own place gave them. Nothing else leaves, whoever asks.
create or replace function identity_told_of(p_patients uuid[])
returns table (patient_id uuid, is_inside boolean, numbers jsonb)
language sql stable security definer set search_path = public, pg_temp as
$$
  select k.id, access_reads(k.id), coalesce(n.numbers, '[]'::jsonb)
  from unnest(p_patients) with ordinality k (id, place)
  cross join (select identity_own_domains() as domains offset 0) d
  left join lateral (
    select jsonb_agg(jsonb_build_array(s.system, s.value) order by s.id) as numbers from source_identity s
    where s.patient_id = k.id and s.absorbed_into_id is null and s.system = any (d.domains)
  ) n on true
  order by k.place
$$;

-- Whose number this is, for somebody in the patient's circle, or of the place that gave the number; else nothing.
-- `is_domain` says whether the domain is one that is known here.
create or replace function identity_of_number(p_system text, p_value text, p_region text,
  out patient_id uuid, out is_inside boolean, out is_domain boolean)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
declare is_own boolean := p_system = any (identity_own_domains());
begin
  is_domain := is_own or p_system = p_region or p_system like 'urn:oid:1.2.250.1.213.1.4.%'
    or exists (select 1 from source_identity s where s.system = p_system);
  if p_system = p_region then
    select coalesce(r.replaced_by_id, r.patient_id) into patient_id from regional_identity r
      where r.patient_id = case when p_value ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then p_value::uuid end;
  elsif p_system like 'urn:oid:1.2.250.1.213.1.4.%' then
    select r.patient_id into patient_id from regional_identity r
      where r.ins = p_value and r.ins <> '' and 'urn:oid:' || r.ins_oid = p_system and r.replaced_by_id is null;
  else
    select s.patient_id into patient_id from source_identity s where s.system = p_system and s.value = p_value;
  end if;
  is_inside := patient_id is not null and access_reads(patient_id);
  if not is_inside and not is_own then
    patient_id := null;
  end if;
end
$$;
revoke all on function identity_own_domains, identity_told_of, identity_of_number from public;
grant execute on function identity_own_domains, identity_told_of, identity_of_number to enrs_app, enrs_feed;

-- A file of people to look for is its owner's alone, and the worker's.
do $$
begin
  if to_regclass('public.identity_probe_file') is not null then
    alter table identity_probe_file enable row level security;
    drop policy if exists app_own on identity_probe_file;
    drop policy if exists feed_all on identity_probe_file;
    create policy app_own on identity_probe_file for all to enrs_app
      using (user_id = nullif(current_setting('enrs.user', true), '')::uuid)
      with check (user_id = nullif(current_setting('enrs.user', true), '')::uuid);
    create policy feed_all on identity_probe_file for all to enrs_feed using (true) with check (true);
  end if;
end
$$;

-- The active file of a source is the unit's, and the worker's.
do $$
declare name text;
begin
  foreach name in array array['identity_active_file', 'identity_active_line']
  loop
    continue when to_regclass('public.' || name) is null;
    execute format('alter table %I enable row level security', name);
    execute format('drop policy if exists app_unit on %I', name);
    execute format('drop policy if exists feed_all on %I', name);
    execute format('create policy app_unit on %I for all to enrs_app using ((select identity_is_officer())) '
      'with check ((select identity_is_officer()))', name);
    execute format('create policy feed_all on %I for all to enrs_feed using (true) with check (true)', name);
  end loop;
end
$$;

-- What was seen of somebody without a trait: for whoever may read that identity (row security answers in the
-- inner query), and the unit.
do $$
declare reads constant text := '(select identity_is_officer()) or exists ('
  'select from source_identity s where s.id = identity_id)';
begin
  if to_regclass('public.identity_emergency') is not null then
    alter table identity_emergency enable row level security;
    drop policy if exists app_reads on identity_emergency;
    drop policy if exists app_adds on identity_emergency;
    drop policy if exists app_changes on identity_emergency;
    drop policy if exists feed_all on identity_emergency;
    execute 'create policy app_reads on identity_emergency for select to enrs_app using (' || reads || ')';
    execute 'create policy app_adds on identity_emergency for insert to enrs_app with check (' || reads || ')';
    execute 'create policy app_changes on identity_emergency for update to enrs_app using (' || reads
      || ') with check (true)';
    create policy feed_all on identity_emergency for all to enrs_feed using (true) with check (true);
  end if;
end
$$;

-- --- the identity unit's desk ---------------------------------------------------------------------------

-- The systems for whose identities the current user answers, as one of the source's identity team: while they
-- have a work, and not once they left the very place that keeps the source.
create or replace function identity_teams() returns setof text
language sql stable security definer set search_path = public, pg_temp as
$$
  select s.system::text from identity_contact c join identity_source s on s.id = c.source_id
  where c.user_id = nullif(current_setting('enrs.user', true), '')::uuid
    and (c.until is null or c.until > now())
    and exists (
      select from account_position p join account_user u on u.id = p.user_id
      where p.user_id = c.user_id and u.is_active and (p.valid_until is null or p.valid_until > now()))
    and not exists (
      select from account_position p where p.user_id = c.user_id and p.organisation_id = s.organisation_id
      having count(*) > 0 and count(*) filter (where p.valid_until is null or p.valid_until > now()) = 0)
$$;

-- An item knows from which systems its identities come, whoever writes it: one source's work is then found
-- through an index.
create or replace function identity_item_systems() returns trigger
language plpgsql security definer set search_path = public, pg_temp as
$$
begin
  new.systems := coalesce(new.systems, (
    select array_agg(distinct s.system order by s.system) from source_identity s
    where s.id = any (new.identity_ids)));
  return new;
end
$$;
drop trigger if exists identity_item_systems on identity_work_item;
create trigger identity_item_systems before insert on identity_work_item
  for each row execute function identity_item_systems();

-- An item that closes, by a rule or by whomever, takes back what was proposed of it: nobody confirms it later.
create or replace function identity_item_closed() returns trigger
language plpgsql security definer set search_path = public, pg_temp as
$$
declare why constant text := 'Une mise à jour des identités';
begin
  with dropped as (
    update identity_proposal set settled_at = clock_timestamp(), settled_by = why
    where item_id = new.id and settled_at is null returning outcome)
  insert into identity_item_act (id, item_id, kind, by, at, outcome, text)
    select gen_random_uuid(), new.id, 'refused', why, clock_timestamp(), d.outcome, '' from dropped d;
  return null;
end
$$;
drop trigger if exists identity_item_closed on identity_work_item;
create trigger identity_item_closed after update of closed_at on identity_work_item
  for each row when (old.closed_at is null and new.closed_at is not null) execute function identity_item_closed();

-- Every identity of some patients, with its open link, for the identity unit alone.
create or replace function identity_of_unit(p_patients uuid[])
returns table (body jsonb, link jsonb)
language sql stable security definer set search_path = public, pg_temp as
$$
  select to_jsonb(s), to_jsonb(l)
  from source_identity s
  left join identity_link l on l.identity_id = s.id and l.until is null
  where s.patient_id = any (p_patients) and identity_is_officer()
  order by s.id
$$;

-- Identities by their ids, with where each was linked before, the newest first; for the unit alone.
create or replace function identity_links_of(p_identities uuid[])
returns table (body jsonb, former jsonb)
language sql stable security definer set search_path = public, pg_temp as
$$
  select to_jsonb(s), coalesce((
    select jsonb_agg(to_jsonb(l) order by l.until desc, l.id desc) from identity_link l
    where l.identity_id = s.id and l.until is not null), '[]'::jsonb)
  from source_identity s
  where s.id = any (p_identities) and identity_is_officer()
  order by s.id
$$;

-- Who has exactly this INS or this local number, and a regional identity by its patient: the unit alone.
create or replace function identity_unit_find(p_text text) returns setof uuid
language sql stable security definer set search_path = public, pg_temp as
$$
  select distinct patient_id from (
    (select s.patient_id from source_identity s where s.value = p_text limit 20)
    union (select s.patient_id from source_identity s where s.ins = p_text and s.ins <> '' limit 20)) f
  where identity_is_officer() and p_text <> ''
$$;
create or replace function identity_unit_regional(p_patient uuid) returns jsonb
language sql stable security definer set search_path = public, pg_temp as
$$ select to_jsonb(r) from regional_identity r where r.patient_id = p_patient and identity_is_officer() $$;

-- What a source's team sees of a question, or of a pair to mend: its own identities, nobody else's.
create or replace function identity_of_team(p_items uuid[])
returns table (item_id uuid, body jsonb)
language sql stable security definer set search_path = public, pg_temp as
$$
  select w.id, to_jsonb(s)
  from identity_work_item w
  cross join lateral unnest(w.identity_ids) with ordinality as i (id, place)
  join source_identity s on s.id = i.id
  where w.id = any (p_items) and s.system in (select identity_teams())
  order by w.id, i.place
$$;

revoke all on function identity_teams, identity_of_unit, identity_links_of, identity_unit_find,
  identity_unit_regional, identity_of_team from public;
grant execute on function identity_teams, identity_of_unit, identity_links_of, identity_unit_find,
  identity_unit_regional, identity_of_team to enrs_app, enrs_feed;

-- The desk's own rows are the unit's; a source's team sees its questions, its contacts and its figures. Who
-- writes an act is who is signed in. Traits in quarantine are added by whatever receives a message.
do $$
declare
  name text;
  unit constant text := '(select identity_is_officer())';
  own constant text := 'nullif(current_setting(''enrs.user'', true), '''')::uuid';
  reads text;
  adds text;
  changes text;
begin
  foreach name in array array['identity_source', 'identity_contact', 'identity_item_act', 'identity_question',
    'identity_proposal', 'identity_quarantine', 'identity_source_day',
    'identity_mend_line']
  loop
    reads := unit;
    adds := unit;
    changes := unit;
    if name in ('identity_source', 'identity_question', 'identity_source_day', 'identity_mend_line') then
      reads := unit || ' or system in (select identity_teams())';
    elsif name = 'identity_contact' then
      reads := unit || ' or user_id = ' || own;
    end if;
    if name = 'identity_question' then
      changes := reads;
    elsif name = 'identity_item_act' then
      adds := 'by_id = ' || own;
      changes := 'false';
    elsif name = 'identity_quarantine' then
      adds := 'true';
    end if;
    execute format('alter table %I enable row level security', name);
    execute format('drop policy if exists app_reads on %I', name);
    execute format('drop policy if exists app_adds on %I', name);
    execute format('drop policy if exists app_changes on %I', name);
    execute format('drop policy if exists feed_all on %I', name);
    execute format('create policy app_reads on %I for select to enrs_app using (%s)', name, reads);
    execute format('create policy app_adds on %I for insert to enrs_app with check (%s)', name, adds);
    execute format('create policy app_changes on %I for update to enrs_app using (%s) with check (true)', name, changes);
    execute format('create policy feed_all on %I for all to enrs_feed using (true) with check (true)', name);
  end loop;
end
$$;

-- Who resembles whom, and what the unit wrote of it: the unit's. Pairs are written by `identity_compare`.
alter table identity_pair enable row level security;
drop policy if exists app_reads on identity_pair;
drop policy if exists app_adds on identity_pair;
drop policy if exists app_changes on identity_pair;
drop policy if exists feed_all on identity_pair;
create policy app_reads on identity_pair for select to enrs_app using ((select identity_is_officer()));
create policy app_adds on identity_pair for insert to enrs_app with check ((select identity_is_officer()));
create policy app_changes on identity_pair for update to enrs_app
  using ((select identity_is_officer())) with check (true);
create policy feed_all on identity_pair for all to enrs_feed using (true) with check (true);

-- The governance of identity: the unit's. Who answers for a source reads the charter, what that source signed,
-- its audits and its actions, and says which are done. An adverse event is read by the unit and by who declared
-- it, of a patient whom they may see or of nobody. Who writes an act is who is signed in.
do $$
declare
  name text;
  unit constant text := '(select identity_is_officer())';
  own constant text := 'nullif(current_setting(''enrs.user'', true), '''')::uuid';
  team constant text := 'source_id in (select s.id from identity_source s where s.system in (select identity_teams()))';
  reads text;
  adds text;
  changes text;
begin
  foreach name in array array['identity_charter', 'identity_charter_signing', 'identity_source_audit',
    'identity_source_action', 'identity_incident', 'identity_governance_act']
  loop
    continue when to_regclass('public.' || name) is null;
    reads := unit;
    adds := unit;
    changes := unit;
    if name = 'identity_charter' then
      reads := unit || ' or exists (select identity_teams())';
      changes := 'false';
    elsif name = 'identity_incident' then
      reads := unit || ' or declared_by_id = ' || own;
      adds := 'declared_by_id = ' || own || ' and (patient_id is null or access_reads(patient_id) or ' || unit || ')';
    elsif name = 'identity_governance_act' then
      adds := 'by_id = ' || own;
      changes := 'false';
    else
      reads := unit || ' or ' || team;
    end if;
    if name = 'identity_source_action' then
      changes := reads;
    end if;
    execute format('alter table %I enable row level security', name);
    execute format('drop policy if exists app_reads on %I', name);
    execute format('drop policy if exists app_adds on %I', name);
    execute format('drop policy if exists app_changes on %I', name);
    execute format('drop policy if exists feed_all on %I', name);
    execute format('create policy app_reads on %I for select to enrs_app using (%s)', name, reads);
    execute format('create policy app_adds on %I for insert to enrs_app with check (%s)', name, adds);
    execute format('create policy app_changes on %I for update to enrs_app using (%s) with check (true)', name, changes);
    execute format('create policy feed_all on %I for all to enrs_feed using (true) with check (true)', name);
  end loop;
end
$$;

-- Which of some identities are namesakes, by their source, by a person of their place or by the unit's decision:
-- an identity may be that and doubtful. Told of those whom one may see.
create or replace function identity_namesakes(p_identities uuid[]) returns setof uuid
language sql stable security definer set search_path = public, pg_temp as
$$
  select s.id from source_identity s
  where s.id = any (p_identities) and (identity_is_officer() or access_reads(s.patient_id))
    and ('homonym' in (s.attribute, s.own_attribute, s.marked)
      or exists (select from identity_pair p where p.first_id = s.id and p.decision = 'namesake')
      or exists (select from identity_pair p where p.second_id = s.id and p.decision = 'namesake'))
$$;
revoke all on function identity_namesakes from public;
grant execute on function identity_namesakes to enrs_app, enrs_feed;
