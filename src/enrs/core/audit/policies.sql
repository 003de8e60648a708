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
language plpgsql volatile as
$$
begin
  insert into audit_line (id, at, action, outcome, actor_id, actor_name, actor_role, organisation_id,
    patient_id, patient_ids, object_kind, object_id, purpose, reason, channel, details, mac)
  values (l.id, l.at, l.action, l.outcome, l.actor_id, l.actor_name, l.actor_role, l.organisation_id,
    l.patient_id, l.patient_ids, l.object_kind, l.object_id, l.purpose, l.reason, l.channel, l.details,
    sha256(line_key || sha256(line_key || audit_content(l))));
end
$$;

-- The part that the current actor plays for this patient: `proxy`, `patient`, or nothing for a professional.
create or replace function audit_part(p uuid) returns text
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return case when access_is_proxy(p) then 'proxy' else coalesce((
    select 'patient' from access_grant
    where patient_id = p and purpose = 'self' and grantee_id = any (access_grantees())
      and valid_from <= statement_timestamp() and valid_until > statement_timestamp() limit 1), '') end;
end
$$;
revoke all on function audit_part from public;

-- Acts of which a part is told nothing, then or later: a proxy of secrets, professionals of what is masked from them.
create or replace function audit_hides(part text, action text) returns boolean
language sql immutable parallel safe as
$$
  select case when part = 'proxy' then action like 'record.secret%'
    when part = 'patient' then false else action like 'record.mask.%' end
$$;

-- The journal of one patient, newest first after a position, for somebody who holds a right on them
-- (the page's own permission asks the category). Lists and searches name their patients in an array.
-- A part reads no line of what is hidden from it: `audit_unsaid`, of the record, gives what those speak of.
create or replace function audit_of_patient(p uuid, before_at timestamptz, before_id uuid, size integer)
returns table (id uuid, at timestamptz, action text, outcome text, actor_name text, actor_role text,
  organisation_id uuid, purpose text, reason text, channel text)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
#variable_conflict use_column
declare
  v_part constant text := audit_part(p);
  v_unsaid constant text[] := audit_unsaid(p, v_part);
begin
  if not access_reads(p) then
    return;
  end if;
  return query
  select * from (
    (select l.id, l.at, l.action::text, l.outcome::text, l.actor_name::text, l.actor_role::text,
       l.organisation_id, l.purpose::text, l.reason::text, l.channel::text
     from audit_line l
     where l.patient_id = p and (before_at is null or (l.at, l.id) < (before_at, before_id))
       and not audit_hides(v_part, l.action) and not (l.object_id = any (v_unsaid))
     order by l.at desc, l.id desc limit size)
    union all
    (select l.id, l.at, l.action::text, l.outcome::text, l.actor_name::text, l.actor_role::text,
       l.organisation_id, l.purpose::text, l.reason::text, l.channel::text
     from audit_line l
     where l.patient_ids <> '{}' and l.patient_ids @> array[p] and l.patient_id is distinct from p
       and (before_at is null or (l.at, l.id) < (before_at, before_id))
     order by l.at desc, l.id desc limit size)
  ) lines
  order by at desc, id desc limit size;
end
$$;

-- What the current user did, newest first after a position.
create or replace function audit_of_actor(before_at timestamptz, before_id uuid, size integer)
returns table (id uuid, at timestamptz, action text, outcome text, actor_name text, actor_role text,
  organisation_id uuid, purpose text, reason text, channel text)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
#variable_conflict use_column
begin
  return query
  select l.id, l.at, l.action::text, l.outcome::text, l.actor_name::text, l.actor_role::text,
    l.organisation_id, l.purpose::text, l.reason::text, l.channel::text
  from audit_line l
  where l.actor_id = nullif(current_setting('enrs.user', true), '')::uuid
    and (before_at is null or (l.at, l.id) < (before_at, before_id))
  order by l.at desc, l.id desc limit size;
end
$$;
