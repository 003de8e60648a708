-- A line's canonical bytes: the same as `audit.rules.content`. NULL is written as nothing.
create or replace function audit_content(l audit_line) returns bytea
language sql stable parallel safe as
$$
  select convert_to(array_to_string(array[
    l.id::text, (extract(epoch from l.at) * 1000000)::bigint::text, l.action, l.outcome, l.actor_id::text,
    l.actor_name, l.actor_role, l.organisation_id::text, l.patient_id::text,
    array_to_string(l.patient_ids, ','), l.object_kind, l.object_id, l.purpose, l.reason, l.channel,
    l.details], chr(31), ''), 'UTF8')
$$;

-- Insert one line with its keyed hash, for acts that the database decides in one round trip. The key
-- is that of this line alone (`audit.rules.line_key`): the database never holds the master key.
create or replace function audit_write(l audit_line, line_key bytea) returns void
language plpgsql volatile set search_path = public, pg_temp as
$$
begin
  insert into audit_line (id, at, action, outcome, actor_id, actor_name, actor_role, organisation_id,
    patient_id, patient_ids, object_kind, object_id, purpose, reason, channel, details, mac)
  values (l.id, l.at, l.action, l.outcome, l.actor_id, l.actor_name, l.actor_role, l.organisation_id,
    l.patient_id, l.patient_ids, l.object_kind, l.object_id, l.purpose, l.reason, l.channel, l.details,
    sha256(line_key || sha256(line_key || audit_content(l))));
end
$$;
