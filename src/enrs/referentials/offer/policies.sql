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

-- The region's themes and words of needs name no patient, and every search reads them. The exploitation alone
-- writes them and reads their history; what was written once stays written (`APPEND_ONLY`).
do $$
declare
  name text;
begin
  foreach name in array array['offer_vocabulary', 'offer_vocabulary_change'] loop
    if to_regclass(name) is not null then
      execute format('alter table %I enable row level security', name);
      execute format('drop policy if exists app_reads on %I', name);
      execute format('drop policy if exists app_adds on %I', name);
      execute format('drop policy if exists app_changes on %I', name);
      execute format('drop policy if exists feed_all on %I', name);
      execute format('create policy app_reads on %I for select to enrs_app using (%s)', name,
        case when name = 'offer_vocabulary' then 'true' else '(select access_operates())' end);
      execute format('create policy app_adds on %I for insert to enrs_app with check ((select access_operates()))', name);
      execute format('create policy app_changes on %I for update to enrs_app using ((select access_operates()))', name);
      execute format('create policy feed_all on %I for all to enrs_feed using (true) with check (true)', name);
    end if;
  end loop;
end
$$;

-- What an import of the ROR put in an offer names no patient, and only the platform's imports write it.
do $$
begin
  if to_regclass('offer_imported') is not null then
    alter table offer_imported enable row level security;
    drop policy if exists app_reads on offer_imported;
    drop policy if exists feed_all on offer_imported;
    create policy app_reads on offer_imported for select to enrs_app using (true);
    create policy feed_all on offer_imported for all to enrs_feed using (true) with check (true);
  end if;
end
$$;
