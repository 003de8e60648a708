-- A notice is its reader's alone; the worker writes them, pages only mark them as read.
do $$
begin
  if to_regclass('notice') is not null then
    alter table notice enable row level security;
    drop policy if exists app_reads on notice;
    drop policy if exists app_changes on notice;
    drop policy if exists feed_all on notice;
    create policy app_reads on notice for select to enrs_app
      using (user_id = nullif(current_setting('enrs.user', true), '')::uuid);
    create policy app_changes on notice for update to enrs_app
      using (user_id = nullif(current_setting('enrs.user', true), '')::uuid)
      with check (user_id = nullif(current_setting('enrs.user', true), '')::uuid);
    create policy feed_all on notice for all to enrs_feed using (true) with check (true);
  end if;
end
$$;
