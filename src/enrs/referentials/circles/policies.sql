-- A request of access is written by somebody who may not read the patient: its own row security.
do $$
begin
  if to_regclass('circle_access_request') is not null then
    alter table circle_access_request enable row level security;
    drop policy if exists app_reads on circle_access_request;
    drop policy if exists app_adds on circle_access_request;
    drop policy if exists app_changes on circle_access_request;
    drop policy if exists feed_all on circle_access_request;
    create policy app_reads on circle_access_request for select to enrs_app
      using (grantee_id = any (access_grantees()) or access_reads(patient_id));
    create policy app_adds on circle_access_request for insert to enrs_app
      with check (grantee_id = any (access_grantees()));
    create policy app_changes on circle_access_request for update to enrs_app
      using (access_reads(patient_id)) with check (true);
    create policy feed_all on circle_access_request for all to enrs_feed using (true) with check (true);
  end if;
end
$$;

-- « Mes patients »: one page of the patients on whom the actor (or one of their grantees) holds a
-- grant, in order of name, as identifiers only. Under row security the join would ask access_reads
-- for each patient; here it starts from the grant index. What is asked is cut to the actor's own.
create or replace function circle_patients(
  asked uuid[], prefix text, after_name text, after_given text, after_id uuid, size integer)
returns table (patient_id uuid, purpose text, level smallint, name_key text, given_key text)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
#variable_conflict use_column
begin
  return query
  with mine as (
    select g.patient_id, max(g.level) as level,
      ((array_agg(g.purpose order by g.level desc, g.purpose))[1])::text as purpose
    from access_grant g
    where g.grantee_id = any (asked) and g.grantee_id = any (access_grantees())
      and g.valid_from <= statement_timestamp() and g.valid_until > statement_timestamp()
      and g.patient_id not in (select access_denials())
    group by g.patient_id)
  select m.patient_id, m.purpose, m.level, i.name_key::text, i.given_key::text
  from mine m join regional_identity i on i.patient_id = m.patient_id
  where i.replaced_by_id is null
    and (prefix = '' or starts_with(i.name_key, prefix) or starts_with(i.used_key, prefix))
    and (after_id is null or (i.name_key, i.given_key, i.patient_id) > (after_name, after_given, after_id))
  order by i.name_key, i.given_key, i.patient_id
  limit size;
end
$$;
