-- A roster names no patient and is read by every professional; only its organisation's people write it.
create or replace function roster_held(r uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return exists (
    select 1 from roster where id = r and organisation_id = any (access_grantees()));
end
$$;

do $$
declare
  v_table text;
begin
  if to_regclass('roster_absence') is not null then
    foreach v_table in array array['roster', 'roster_shift', 'roster_absence'] loop
      execute format('alter table %I enable row level security', v_table);
      execute format('drop policy if exists app_reads on %I', v_table);
      execute format('drop policy if exists app_adds on %I', v_table);
      execute format('drop policy if exists app_changes on %I', v_table);
      execute format('drop policy if exists feed_all on %I', v_table);
      execute format('create policy feed_all on %I for all to enrs_feed using (true) with check (true)', v_table);
    end loop;
    foreach v_table in array array['roster', 'roster_absence'] loop
      execute format('create policy app_adds on %I for insert to enrs_app '
        'with check (organisation_id = any (access_grantees()))', v_table);
      execute format('create policy app_changes on %I for update to enrs_app '
        'using (organisation_id = any (access_grantees()))', v_table);
    end loop;
    create policy app_reads on roster for select to enrs_app using (true);
    create policy app_reads on roster_shift for select to enrs_app using (true);
    create policy app_reads on roster_absence for select to enrs_app using (true);
    create policy app_adds on roster_shift for insert to enrs_app with check (roster_held(roster_id));
    create policy app_changes on roster_shift for update to enrs_app using (roster_held(roster_id));
  end if;
end
$$;
