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

-- Who holds a right on a record today, with the profession of each of their positions: what a change of the matrix is
-- tried on. For the data-protection officer alone, who reads nothing of the record by it. Somebody named has their own
-- line; whoever comes by their place of work alone is counted, by profession. An opposition stops what it stops.
create or replace function circle_holders(asked uuid, roles text[])
returns table (is_place boolean, name text, role text, accounts bigint,
  kinds text[], purposes text[], scopes text[], levels smallint[])
language plpgsql stable security definer set search_path = public, pg_temp as
$$
#variable_conflict use_column
begin
  if not access_controls() then
    return;
  end if;
  return query
  with held as materialized (
    select g.grantee_id, g.source_kind, g.purpose, g.scope, g.level from access_grant g
    where g.patient_id = asked and g.valid_from <= statement_timestamp() and g.valid_until > statement_timestamp()
  ), refused as materialized (
    select d.grantee_id from access_denial d
    where d.patient_id = asked and d.valid_from <= statement_timestamp() and d.valid_until > statement_timestamp()
  ), people as (
    select u.id, u.name, u.grantee_id, p.organisation_id, p.organisation_name, p.role,
      u.grantee_id in (select h.grantee_id from held h) as is_named,
      exists (select 1 from refused r where r.grantee_id in (u.grantee_id, p.organisation_id)) as is_refused
    from account_position p join account_user u on u.id = p.user_id
    where u.is_active and p.role = any (roles) and (p.valid_until is null or p.valid_until > now())
      and (u.grantee_id in (select h.grantee_id from held h)
        or p.organisation_id in (select h.grantee_id from held h))
  ), groups as (
    select not o.is_named as is_place,
      case when o.is_named then o.name else o.organisation_name end as name, o.role,
      o.grantee_id, o.organisation_id, count(distinct o.id) as accounts, o.is_refused
    from (select q.id, q.name, q.organisation_name, q.role, q.organisation_id, q.is_named, q.is_refused,
        case when q.is_named then q.grantee_id end as grantee_id from people q) o
    group by o.is_named, case when o.is_named then o.name else o.organisation_name end, o.role, o.grantee_id,
      o.organisation_id, o.is_refused
  )
  select w.is_place, w.name::text, w.role::text, w.accounts, array_agg(h.source_kind::text), array_agg(h.purpose::text),
    array_agg(h.scope::text), array_agg(h.level)
  from groups w join held h on h.grantee_id in (w.grantee_id, w.organisation_id)
  where not w.is_refused or h.purpose = any (access_past_denials())
  group by w.is_place, w.name, w.role, w.accounts, w.grantee_id, w.organisation_id, w.is_refused
  order by w.is_place, w.name, w.role;
end
$$;
revoke all on function circle_holders from public;
grant execute on function circle_holders to enrs_app, enrs_feed;
