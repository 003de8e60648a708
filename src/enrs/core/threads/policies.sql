-- Is the actor a member of this conversation, by themselves or by their place of work?
create or replace function thread_member(t uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return exists (
    select 1 from thread_membership
    where thread_id = t and grantee_id = any (access_grantees()) and left_at is null);
end
$$;

-- A conversation without members yet: its author writes the first ones, in one statement.
create or replace function thread_is_new(t uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return not exists (select 1 from thread_membership where thread_id = t);
end
$$;

-- May the actor read this conversation? A right on its patient first, when it has one; then a place in it,
-- or an audience wider than its members.
create or replace function thread_reads(t uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
declare
  v_patient uuid;
  v_audience text;
begin
  select patient_id, audience into v_patient, v_audience from thread where id = t;
  if not found or (v_patient is not null and not access_reads(v_patient)) then
    return false;
  end if;
  return (v_patient is not null and v_audience <> 'members') or thread_member(t);
end
$$;

do $$
declare
  v_table text;
begin
  if to_regclass('thread_read_mark') is not null then
    -- A conversation without patient is its members'; one about a patient narrows the general policy.
    drop policy if exists own_reads on thread;
    drop policy if exists own_adds on thread;
    drop policy if exists own_changes on thread;
    drop policy if exists members_only on thread;
    create policy own_reads on thread for select to enrs_app
      using (patient_id is null and thread_member(id));
    create policy own_adds on thread for insert to enrs_app with check (patient_id is null);
    create policy own_changes on thread for update to enrs_app
      using (patient_id is null and thread_member(id));
    create policy members_only on thread as restrictive for select to enrs_app
      using (audience <> 'members' or thread_member(id));

    foreach v_table in array array['thread_message', 'thread_read_mark'] loop
      execute format('alter table %I enable row level security', v_table);
      execute format('drop policy if exists app_reads on %I', v_table);
      execute format('drop policy if exists app_adds on %I', v_table);
      execute format('drop policy if exists app_changes on %I', v_table);
      execute format('drop policy if exists feed_all on %I', v_table);
      execute format('create policy app_reads on %I for select to enrs_app using (thread_reads(thread_id))', v_table);
      execute format('create policy app_adds on %I for insert to enrs_app with check (thread_reads(thread_id))', v_table);
      execute format('create policy app_changes on %I for update to enrs_app using (thread_reads(thread_id))', v_table);
      execute format('create policy feed_all on %I for all to enrs_feed using (true) with check (true)', v_table);
    end loop;

    -- The first members are written with the conversation, before anybody reads it.
    alter table thread_membership enable row level security;
    drop policy if exists app_reads on thread_membership;
    drop policy if exists app_adds on thread_membership;
    drop policy if exists app_changes on thread_membership;
    drop policy if exists feed_all on thread_membership;
    create policy app_reads on thread_membership for select to enrs_app
      using (grantee_id = any (access_grantees()) or thread_reads(thread_id));
    create policy app_adds on thread_membership for insert to enrs_app
      with check (thread_reads(thread_id) or thread_is_new(thread_id));
    create policy app_changes on thread_membership for update to enrs_app
      using (thread_reads(thread_id)) with check (true);
    create policy feed_all on thread_membership for all to enrs_feed using (true) with check (true);

    foreach v_table in array array['thread_former_text', 'thread_attachment'] loop
      execute format('alter table %I enable row level security', v_table);
      execute format('drop policy if exists app_reads on %I', v_table);
      execute format('drop policy if exists app_adds on %I', v_table);
      execute format('drop policy if exists feed_all on %I', v_table);
      execute format('create policy app_reads on %I for select to enrs_app using (exists ('
        'select 1 from thread_message m where m.id = message_id))', v_table);
      execute format('create policy app_adds on %I for insert to enrs_app with check (exists ('
        'select 1 from thread_message m where m.id = message_id))', v_table);
      execute format('create policy feed_all on %I for all to enrs_feed using (true) with check (true)', v_table);
    end loop;
  end if;
end
$$;
