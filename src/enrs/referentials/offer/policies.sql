-- Does the current actor's place of work regulate the calls of the centre 15 (`queries.rights.is_regulation`)?
create or replace function offer_regulates() returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return exists (
    select 1 from offer_healthcare_service s
    where s.site_id = any (access_grantees()) and s.activity_code = 'regulation-samu' and s.state = 'published');
end
$$;

-- The purpose of the regulation passes a person's opposition (`access_past_denials`): no page gives it, nor turns a
-- right into it, but where these calls are regulated (L1111-17). A page that forgot to ask would write nothing.
do $$
begin
  if to_regclass('access_grant') is not null then
    drop policy if exists regulation_gives on access_grant;
    drop policy if exists regulation_changes on access_grant;
    create policy regulation_gives on access_grant as restrictive for insert to enrs_app
      with check (purpose <> 'centre_15' or (select offer_regulates()));
    create policy regulation_changes on access_grant as restrictive for update to enrs_app
      using (true) with check (purpose <> 'centre_15' or (select offer_regulates()));
  end if;
end
$$;
