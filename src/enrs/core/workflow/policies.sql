-- Is the current actor a party to this task, by a part that has not ended?
create or replace function task_is_mine(p_task uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return exists (
    select 1 from task_party
    where task_id = p_task and ended_at is null and grantee_id = any (access_grantees()));
end
$$;

-- May the current actor read this task? About a patient: who may read the record; else its parties.
create or replace function task_reads(p_task uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
declare
  v_patient uuid;
begin
  select patient_id into v_patient from task where id = p_task;
  if not found then
    return false;
  end if;
  return case when v_patient is null then task_is_mine(p_task) else access_reads(v_patient) end;
end
$$;

-- Who won a task that the current actor was asked too, and no longer sees: a name and a moment, no more.
create or replace function task_lost_to(p_task uuid, out by_name text, out at timestamptz)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  if exists (
    select 1 from task_addressee
    where task_id = p_task and answer = 'closed' and grantee_id = any (access_grantees())) then
    select s.by_name, s.at into by_name, at from task_step s
    where s.task_id = p_task and s.is_claim and s.undone_at is null order by s.version desc limit 1;
  end if;
end
$$;

-- The narrow rows follow their task to another patient when a link of identities changes.
create or replace function task_follow() returns trigger
language plpgsql security definer set search_path = public, pg_temp as
$$
begin
  update task_party set patient_id = new.patient_id where task_id = new.id;
  return new;
end
$$;

-- `task` itself is guarded as every clinical fact; here are its rows without a patient, the rows that
-- hang on it, and each person's own filters.
do $$
declare
  v_table text;
  v_mine constant text := 'user_id = nullif(current_setting(''enrs.user'', true), '''')::uuid';
begin
  if to_regclass('task') is null then
    return;
  end if;
  drop trigger if exists task_follow on task;
  create trigger task_follow after update of patient_id on task for each row
    when (old.patient_id is distinct from new.patient_id) execute function task_follow();
  drop policy if exists party_reads on task;
  drop policy if exists party_adds on task;
  drop policy if exists party_changes on task;
  create policy party_reads on task for select to enrs_app using (patient_id is null and task_is_mine(id));
  create policy party_adds on task for insert to enrs_app with check (patient_id is null);
  create policy party_changes on task for update to enrs_app
    using (patient_id is null and task_is_mine(id)) with check (true);
  foreach v_table in array array['task_addressee', 'task_step', 'task_deadline', 'task_reminder'] loop
    execute format('alter table %I enable row level security', v_table);
    execute format('drop policy if exists app_reads on %I', v_table);
    execute format('drop policy if exists app_adds on %I', v_table);
    execute format('drop policy if exists app_changes on %I', v_table);
    execute format('drop policy if exists feed_all on %I', v_table);
    execute format('create policy app_reads on %I for select to enrs_app using (task_reads(task_id))', v_table);
    execute format('create policy app_adds on %I for insert to enrs_app with check (task_reads(task_id))', v_table);
    execute format('create policy app_changes on %I for update to enrs_app using (task_reads(task_id)) with check (true)', v_table);
    execute format('create policy feed_all on %I for all to enrs_feed using (true) with check (true)', v_table);
  end loop;
  alter table task_party enable row level security;
  drop policy if exists app_reads on task_party;
  drop policy if exists app_adds on task_party;
  drop policy if exists app_changes on task_party;
  drop policy if exists feed_all on task_party;
  create policy app_reads on task_party for select to enrs_app
    using (grantee_id = any (access_grantees()) or task_reads(task_id));
  create policy app_adds on task_party for insert to enrs_app with check (true);
  create policy app_changes on task_party for update to enrs_app
    using (grantee_id = any (access_grantees()) or task_reads(task_id)) with check (true);
  create policy feed_all on task_party for all to enrs_feed using (true) with check (true);
  foreach v_table in array array['board_filter', 'board_columns'] loop
    execute format('alter table %I enable row level security', v_table);
    execute format('drop policy if exists app_reads on %I', v_table);
    execute format('drop policy if exists app_adds on %I', v_table);
    execute format('drop policy if exists app_changes on %I', v_table);
    execute format('drop policy if exists feed_all on %I', v_table);
    execute format('create policy app_reads on %I for select to enrs_app using (%s)', v_table, v_mine);
    execute format('create policy app_adds on %I for insert to enrs_app with check (%s)', v_table, v_mine);
    execute format('create policy app_changes on %I for update to enrs_app using (%s) with check (%s)', v_table, v_mine, v_mine);
    execute format('create policy feed_all on %I for all to enrs_feed using (true) with check (true)', v_table);
  end loop;
end
$$;
