-- The rights of somebody of the local register go to the national person whom they became. Pages do not see
-- the grants of others: this moves them, and nothing unless the register says so.
create or replace function portal_follow_rights(former uuid, heir uuid) returns integer
language plpgsql security definer set search_path = public, pg_temp as
$$
declare
  moved integer;
begin
  if not exists (select from portal_local_person where id = former and merged_into = heir) then
    raise exception 'not merged';
  end if;
  insert into access_grant (patient_id, grantee_id, source_id, source_kind, scope, purpose, level,
      valid_from, valid_until, created_at)
    select patient_id, heir, source_id, source_kind, scope, purpose, level, valid_from, valid_until, now()
    from access_grant where grantee_id = former and valid_until > now()
    on conflict do nothing;
  update access_grant set valid_until = now() where grantee_id = former and valid_until > now();
  get diagnostics moved = row_count;
  insert into access_denial (patient_id, grantee_id, source_id, valid_from, valid_until)
    select patient_id, heir, source_id, valid_from, valid_until
    from access_denial where grantee_id = former and valid_until > now()
    on conflict do nothing;
  update circle_member m set practitioner_id = heir
    where m.practitioner_id = former and m.ended_at is null and not exists (
      select from circle_member o where o.patient_id = m.patient_id and o.practitioner_id = heir
        and o.ended_at is null);
  return moved;
end
$$;
