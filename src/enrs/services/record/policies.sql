-- Lists and rounds are their owner's alone; a file of patients is its place's, whose user the page has.
do $$
declare own constant text := 'user_id = nullif(current_setting(''enrs.user'', true), '''')::uuid';
begin
  if to_regclass('patient_list') is not null then
    alter table patient_list enable row level security;
    drop policy if exists app_own on patient_list;
    drop policy if exists feed_all on patient_list;
    execute 'create policy app_own on patient_list for all to enrs_app using (' || own || ') with check (' || own || ')';
    create policy feed_all on patient_list for all to enrs_feed using (true) with check (true);
  end if;
  if to_regclass('intake') is not null then
    alter table intake enable row level security;
    drop policy if exists app_own on intake;
    drop policy if exists feed_all on intake;
    create policy app_own on intake for all to enrs_app
      using (organisation_id = any (access_grantees())) with check (organisation_id = any (access_grantees()));
    create policy feed_all on intake for all to enrs_feed using (true) with check (true);
    alter table intake_line enable row level security;
    drop policy if exists app_own on intake_line;
    drop policy if exists feed_all on intake_line;
    create policy app_own on intake_line for all to enrs_app
      using (exists (select 1 from intake i where i.id = intake_id))
      with check (exists (select 1 from intake i where i.id = intake_id));
    create policy feed_all on intake_line for all to enrs_feed using (true) with check (true);
  end if;
end
$$;

-- Whom the current actor follows: valid grants, less the denials, with what their reader keeps of each.
-- The functions below start from it, past row security, and give identifiers only: the page reads the
-- rows themselves under row security.
create or replace function record_followed(p_favourites boolean, p_list uuid, p_day integer)
returns table (patient_id uuid, seen_at timestamptz)
language plpgsql stable security definer rows 500 set search_path = public, pg_temp as
$$
declare
  v_user constant uuid := nullif(current_setting('enrs.user', true), '')::uuid;
  v_mine constant uuid[] := access_grantees();
begin
  return query
  select p.patient_id, m.seen_at
  from (select distinct g.patient_id from access_grant g
    where g.grantee_id = any (v_mine) and g.valid_from <= statement_timestamp()
      and g.valid_until > statement_timestamp()) p
  left join record_mark m on m.patient_id = p.patient_id and m.user_id = v_user
  where p.patient_id not in (select access_denials())
    and (not p_favourites or m.is_favourite)
    and (p_list is null or exists (
      select 1 from round_entry e join patient_list l on l.id = e.of_list_id
      where e.of_list_id = p_list and l.user_id = v_user and l.removed_at is null
        and e.patient_id = p.patient_id and e.removed_at is null
        and (p_day = 0 or e.days = '[]'::jsonb or e.days @> to_jsonb(p_day))));
end
$$;

-- What is new for everybody whom one follows, newest first, after a position.
create or replace function record_news(
  p_documents boolean, p_results boolean, p_notes boolean, p_care_notes boolean, p_unread boolean,
  p_favourites boolean, p_since timestamptz, p_before timestamptz, p_before_id uuid, p_limit integer)
returns table (kind text, id uuid, patient_id uuid, at timestamptz, is_unread boolean)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
declare
  v_user constant uuid := nullif(current_setting('enrs.user', true), '')::uuid;
  v_before constant timestamptz := coalesce(p_before, 'infinity');
  v_id constant uuid := coalesce(p_before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
begin
  return query
  select n.kind, n.id, f.patient_id, n.at, n.arrived > coalesce(f.seen_at, '-infinity')
  from record_followed(p_favourites, null, 0) f cross join lateral (
    (select 'document'::text, d.id, d.happened_at, d.recorded_at from document d
      where p_documents and d.patient_id = f.patient_id and d.status = 'current'
        and not d.masked_from_professionals and d.happened_at >= p_since
        and (d.happened_at, d.id) < (v_before, v_id)
        and (not p_unread or d.recorded_at > coalesce(f.seen_at, '-infinity'))
      order by d.happened_at desc, d.id desc limit p_limit)
    union all
    (select 'result', r.id, r.issued_at, r.recorded_at from report r
      where p_results and r.patient_id = f.patient_id and r.withdrawn_at is null
        and not r.masked_from_professionals and r.issued_at >= p_since
        and (r.issued_at, r.id) < (v_before, v_id)
        and (not p_unread or r.recorded_at > coalesce(f.seen_at, '-infinity'))
      order by r.issued_at desc, r.id desc limit p_limit)
    union all
    (select 'note', o.id, o.written_at, o.recorded_at from note o
      where p_notes and o.patient_id = f.patient_id and o.withdrawn_at is null
        and (p_care_notes or o.audience = 'shared') and o.written_at >= p_since
        and o.author_id is distinct from v_user
        and (o.written_at, o.id) < (v_before, v_id)
        and (not p_unread or o.recorded_at > coalesce(f.seen_at, '-infinity'))
      order by o.written_at desc, o.id desc limit p_limit)
  ) n (kind, id, at, arrived)
  order by n.at desc, n.id desc limit p_limit;
end
$$;

-- Whom one follows in the order of a list: by name, by what is newest, by place of the stay.
create or replace function record_patients(
  p_sort text, p_favourites boolean, p_list uuid, p_day integer, p_reads_news boolean,
  p_after text, p_after_id uuid, p_limit integer)
returns table (patient_id uuid, key text)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return query
  select k.patient_id, k.key from (
    select f.patient_id, (case p_sort
      when 'news' then coalesce((
        select lpad((99999999999 - extract(epoch from max(n.at))::bigint)::text, 11, '0') from (
          (select d.happened_at as at from document d where p_reads_news and d.patient_id = f.patient_id
            and d.status = 'current' and not d.masked_from_professionals
            order by d.happened_at desc, d.id desc limit 1)
          union all
          (select r.issued_at from report r where p_reads_news and r.patient_id = f.patient_id
            and r.withdrawn_at is null and not r.masked_from_professionals
            order by r.issued_at desc, r.id desc limit 1)) n), '~')
      when 'stay' then coalesce((
        select concat_ws('/', e.organisation_name, e.unit, lpad(e.room, 8, '0'), e.bed) from encounter e
        where e.patient_id = f.patient_id and e.withdrawn_at is null and e.status = 'in-progress'
        order by e.admitted_at desc, e.id desc limit 1), '~')
      else '' end || ' ' || i.name_key || ' ' || i.given_key) collate "C" as key
    from record_followed(p_favourites, p_list, p_day) f
    join regional_identity i on i.patient_id = f.patient_id and i.replaced_by_id is null) k
  where p_after_id is null or (k.key, k.patient_id) > (p_after collate "C", p_after_id)
  order by k.key, k.patient_id limit p_limit;
end
$$;
revoke all on function record_followed, record_news, record_patients from public;
grant execute on function record_news, record_patients to enrs_app, enrs_feed;

-- What a minor keeps secret: no proxy sees that there is something, whatever they read of the record.
do $$
begin
  if to_regclass('record_secret') is not null then
    alter table record_secret enable row level security;
    drop policy if exists unseen_by_proxies on record_secret;
    create policy unseen_by_proxies on record_secret as restrictive for all to enrs_app
      using (not access_is_proxy(patient_id)) with check (not access_is_proxy(patient_id));
    alter table record_secret_item enable row level security;
    drop policy if exists of_secret on record_secret_item;
    drop policy if exists feed_all on record_secret_item;
    create policy of_secret on record_secret_item for all to enrs_app
      using (exists (select 1 from record_secret s where s.id = secret_id))
      with check (exists (select 1 from record_secret s where s.id = secret_id));
    create policy feed_all on record_secret_item for all to enrs_feed using (true) with check (true);
  end if;
end
$$;

-- What the journal that a proxy reads says nothing of: what is hidden by a standing secret, with its values.
create or replace function audit_secrets(p uuid) returns text[]
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return array(
    select i.object_id::text from record_secret s join record_secret_item i on i.secret_id = s.id
      where s.patient_id = p and s.withdrawn_at is null
    union all
    select o.id::text from record_secret s join record_secret_item i on i.secret_id = s.id
      join observation o on o.report_id = i.object_id
      where s.patient_id = p and s.withdrawn_at is null and i.kind = 'report');
end
$$;
revoke all on function audit_secrets from public, enrs_app, enrs_feed;

-- Is the current actor the person of this record, or somebody who stands for them?
create or replace function record_is_person(p uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return exists (
    select 1 from access_grant
    where patient_id = p and purpose in ('self', 'proxy') and grantee_id = any (access_grantees())
      and valid_from <= statement_timestamp() and valid_until > statement_timestamp());
end
$$;

-- What waits for an announcement: its reason is read by professionals alone, neither by the person nor by proxies.
do $$
begin
  if to_regclass('record_masking') is not null then
    drop policy if exists unseen_before_disclosure on record_masking;
    create policy unseen_before_disclosure on record_masking as restrictive for all to enrs_app
      using (mark <> 'hidden_from_patient' or not record_is_person(patient_id))
      with check (mark <> 'hidden_from_patient' or not record_is_person(patient_id));
  end if;
end
$$;

-- What a journal says nothing of to a part: what a minor's secret hides from proxies, what an act hides from the
-- person and proxies or from professionals, while it stands.
create or replace function audit_unsaid(p uuid, part text) returns text[]
language plpgsql stable security definer set search_path = public, pg_temp as
$$
declare
  v_mark constant text := case when part in ('patient', 'proxy') then 'hidden_from_patient'
    else 'masked_from_professionals' end;
  v_found text[] := array(
    select m.object_id::text from record_masking m
      where m.patient_id = p and m.withdrawn_at is null and m.mark = v_mark
    union all
    select o.id::text from record_masking m join observation o on o.report_id = m.object_id
      where m.patient_id = p and m.withdrawn_at is null and m.mark = v_mark and m.kind = 'report');
begin
  v_found := v_found || case when part = 'proxy' then audit_secrets(p) else '{}' end;
  -- What hides the document of a prescription hides the lines of its draft too.
  return v_found || array(
    select r.id::text from record_prescription r
      where r.patient_id = p and r.document_id is not null and r.document_id::text = any(v_found));
end
$$;
revoke all on function audit_unsaid from public, enrs_app, enrs_feed;

-- The lines of a prescription follow it to another patient when a link of identities changes.
create or replace function record_prescription_follow() returns trigger
language plpgsql security definer set search_path = public, pg_temp as
$$
begin
  update record_prescription_line set patient_id = new.patient_id where prescription_id = new.id;
  return new;
end
$$;

do $$
begin
  if to_regclass('record_prescription') is not null then
    drop trigger if exists record_prescription_follow on record_prescription;
    create trigger record_prescription_follow after update of patient_id on record_prescription for each row
      when (old.patient_id is distinct from new.patient_id) execute function record_prescription_follow();
  end if;
end
$$;
