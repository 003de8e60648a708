-- What was done to a dose follows it to another patient when a link of identities changes.
create or replace function vaccination_act_follow() returns trigger
language plpgsql security definer set search_path = public, pg_temp as
$$
begin
  update vaccination_act_change set patient_id = new.patient_id where act_id = new.id;
  return new;
end
$$;

do $$
begin
  if to_regclass('vaccination_act') is not null then
    drop trigger if exists vaccination_act_follow on vaccination_act;
    create trigger vaccination_act_follow after update of patient_id on vaccination_act for each row
      when (old.patient_id is distinct from new.patient_id) execute function vaccination_act_follow();
  end if;
end
$$;

-- Whether an attestation was made here, for whoever holds its code: its digest, which says nothing without what the
-- paper says, the day it was made, and whether it still stands. No name, no vaccine.
create or replace function vaccination_attestation_state(attestation uuid)
returns table (digest text, made_at timestamptz, is_withdrawn boolean)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return query
  select a.digest::text, a.made_at, a.withdrawn_at is not null
  from vaccination_attestation a where a.id = attestation;
end
$$;

-- What the region's team follows of its campaigns: counts alone, whoever was vaccinated.
create or replace function vaccination_counts()
returns table (campaign_id uuid, acts bigint, places bigint, this_week bigint, events bigint, serious bigint)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return query
  select a.campaign_id, count(*), count(distinct a.organisation_id),
    count(*) filter (where a.given_at > now() - interval '7 days'),
    coalesce(sum(e.events), 0)::bigint, coalesce(sum(e.serious), 0)::bigint
  from vaccination_act a
  left join lateral (
    select count(*) as events, count(*) filter (where v.seriousness = 'serious') as serious
    from vaccination_event v where v.act_id = a.id and v.withdrawn_at is null) e on true
  where a.withdrawn_at is null
  group by a.campaign_id;
end
$$;
