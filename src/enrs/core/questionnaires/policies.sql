-- The former versions of an answer follow it to another patient when a link of identities changes.
create or replace function form_answer_follow() returns trigger
language plpgsql security definer set search_path = public, pg_temp as
$$
begin
  update form_answer_version set patient_id = new.patient_id where answer_id = new.id;
  return new;
end
$$;

-- An answer about no patient is its author's, their place of work's, and that of whoever it was shared with.
do $$
begin
  if to_regclass('form_answer') is not null then
    alter table form_answer enable row level security;
    drop trigger if exists form_answer_follow on form_answer;
    create trigger form_answer_follow after update of patient_id on form_answer for each row
      when (old.patient_id is distinct from new.patient_id) execute function form_answer_follow();
    drop policy if exists without_patient on form_answer;
    create policy without_patient on form_answer for all to enrs_app
      using (patient_id is null and (
        author_id = nullif(current_setting('enrs.user', true), '')::uuid
        or organisation_id = any (access_grantees()) or readers && access_grantees()))
      with check (patient_id is null and (
        author_id = nullif(current_setting('enrs.user', true), '')::uuid
        or organisation_id = any (access_grantees()) or readers && access_grantees()));
  end if;
  if to_regclass('form_answer_version') is not null then
    alter table form_answer_version enable row level security;
    drop policy if exists without_patient on form_answer_version;
    create policy without_patient on form_answer_version for all to enrs_app
      using (patient_id is null and exists (select from form_answer a where a.id = answer_id))
      with check (patient_id is null and exists (select from form_answer a where a.id = answer_id));
  end if;
end
$$;
