-- Who works at the exploitation, in a session: the only people who see what leaves.
create or replace function sendings_reader() returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return access_operates();
end
$$;

-- A notice, a preference and what waits for a digest are their reader's alone. The worker writes notices
-- and digests; pages mark notices as read and save preferences.
do $$
declare
  name text;
begin
  foreach name in array array['notice', 'notice_preference', 'notice_delivery', 'notice_digest_item']
  loop
    if to_regclass(name) is not null then
      execute format('alter table %I enable row level security', name);
      execute format('drop policy if exists app_reads on %I', name);
      execute format('drop policy if exists app_adds on %I', name);
      execute format('drop policy if exists app_changes on %I', name);
      execute format('drop policy if exists feed_all on %I', name);
      execute format('create policy app_reads on %I for select to enrs_app
        using (user_id = nullif(current_setting(''enrs.user'', true), '''')::uuid)', name);
      execute format('create policy app_changes on %I for update to enrs_app
        using (user_id = nullif(current_setting(''enrs.user'', true), '''')::uuid)
        with check (user_id = nullif(current_setting(''enrs.user'', true), '''')::uuid)', name);
      execute format('create policy feed_all on %I for all to enrs_feed using (true) with check (true)', name);
      if name in ('notice_preference', 'notice_delivery') then
        execute format('create policy app_adds on %I for insert to enrs_app
          with check (user_id = nullif(current_setting(''enrs.user'', true), '''')::uuid)', name);
      end if;
    end if;
  end loop;
end
$$;

-- What leaves is seen by the exploitation, by the member whose key is used (`enrs.sms_account`), and by the
-- gateway that gives a receipt for it (`enrs.provider_id`). Any act may add to it.
do $$
declare
  seen constant text := '(select sendings_reader())
    or account_id = nullif(current_setting(''enrs.sms_account'', true), '''')::uuid
    or (provider_id <> '''' and provider_id = nullif(current_setting(''enrs.provider_id'', true), ''''))';
begin
  if to_regclass('sending') is not null then
    alter table sending enable row level security;
    drop policy if exists app_reads on sending;
    drop policy if exists app_adds on sending;
    drop policy if exists app_changes on sending;
    drop policy if exists feed_all on sending;
    execute format('create policy app_reads on sending for select to enrs_app using (%s)', seen);
    create policy app_adds on sending for insert to enrs_app with check (true);
    execute format('create policy app_changes on sending for update to enrs_app using (%s)', seen);
    create policy feed_all on sending for all to enrs_feed using (true) with check (true);
  end if;
  if to_regclass('stand_in_message') is not null then
    alter table stand_in_message enable row level security;
    drop policy if exists app_reads on stand_in_message;
    drop policy if exists feed_all on stand_in_message;
    create policy app_reads on stand_in_message for select to enrs_app using ((select sendings_reader()));
    create policy feed_all on stand_in_message for all to enrs_feed using (true) with check (true);
  end if;
  if to_regclass('sms_stop') is not null then
    alter table sms_stop enable row level security;
    drop policy if exists app_reads on sms_stop;
    drop policy if exists app_adds on sms_stop;
    drop policy if exists app_changes on sms_stop;
    drop policy if exists feed_all on sms_stop;
    create policy app_reads on sms_stop for select to enrs_app
      using ((select sendings_reader()) or phone = nullif(current_setting('enrs.phone', true), ''));
    create policy app_adds on sms_stop for insert to enrs_app
      with check ((select sendings_reader()) or phone = nullif(current_setting('enrs.phone', true), ''));
    create policy app_changes on sms_stop for update to enrs_app
      using ((select sendings_reader()) or phone = nullif(current_setting('enrs.phone', true), ''));
    create policy feed_all on sms_stop for all to enrs_feed using (true) with check (true);
  end if;
end
$$;
