-- The FHIR API's round trips. Each function takes the token's hash and leaves one audit line; all but
-- the few that say so run as their caller, under row security.

-- What SMART scopes give for one type: 'user' (also for system/…), 'patient' (one patient only) or NULL.
-- Version 1 (.read, .write) and version 2 (.rs, .cud) forms; `p_want` is one letter of cruds; a scope with a query (?…) is narrower than we can
-- tell, and gives nothing.
create or replace function fhir_scope(p_scopes text, p_type text, p_want text) returns text
language sql immutable parallel safe as
$$
  select case when bool_or(context in ('user', 'system')) then 'user'
              when bool_or(context = 'patient') then 'patient' end
  from (
    select split_part(s, '/', 1) as context, split_part(split_part(s, '/', 2), '.', 1) as kind,
      split_part(s, '.', 2) as may
    from unnest(regexp_split_to_array(p_scopes, '\s+')) s
  ) x
  where kind in ('*', p_type)
    and (may = '*' or (may = 'read' and p_want in ('r', 's')) or (may = 'write' and p_want in ('c', 'u', 'd'))
      or (may ~ '^c?r?u?d?s?$' and position(p_want in may) > 0))
$$;

-- Who holds this token: `user_id` is NULL when it is unknown, expired or its account is closed. Tells row
-- security for the rest of the transaction. `role` is as `accounts.queries.actor_of` gives it;
-- `launch_patient` is the one that patient/… scopes mean.
drop function if exists fhir_enter(text);
create function fhir_enter(
  p_token text, out user_id uuid, out name text, out role text, out grantees uuid[], out organisation_id uuid,
  out scopes text, out launch_patient uuid, out kind text, out organisation_name text, out label text)
language plpgsql volatile as
$$
begin
  select u.id, u.name, case when u.kind in ('patient', 'relative') then 'person' else coalesce(p.role, 'anonymous') end,
    array_remove(array[u.grantee_id, p.organisation_id], null), p.organisation_id, t.scopes,
    coalesce((t.data ->> 'patient')::uuid, case when u.kind = 'patient' then u.grantee_id end),
    case when u.kind in ('patient', 'relative') then 'person' else u.kind end, coalesce(p.organisation_name, ''),
    coalesce(p.label, '')
  into user_id, name, role, grantees, organisation_id, scopes, launch_patient, kind, organisation_name, label
  from allauth_idp_oidc_token t
  join account_user u on u.id = t.user_id and u.is_active
  left join lateral (
    select c.role, c.organisation_id, c.organisation_name, c.label from account_position c
    where c.user_id = u.id and u.kind not in ('patient', 'relative')
      and (c.valid_until is null or c.valid_until > now())
    order by (c.id::text = t.data ->> 'position') desc nulls last, c.is_default desc, c.organisation_name, c.id
    limit 1) p on true
  where t.type = 'at' and t.hash = p_token and (t.expires_at is null or t.expires_at > now());
  if found then
    perform set_config('enrs.grantees', grantees::text, true), set_config('enrs.user', user_id::text, true);
    if role = 'operator' then
      role := 'standby';  -- A session of the exploitation is opened in a browser, and stays there.
    end if;
  end if;
end
$$;

-- The access decision for reading (`access.rules.decide` and `sees_document`), on a patient's resource.
-- `why` is the purpose of the right when allowed, else the code of the refusal.
create or replace function fhir_decide(
  p_role text, p_grantees uuid[], p_patient uuid, p_category text, p_marks integer,
  out allowed boolean, out why text, out played text)
language plpgsql stable as
$$
declare v_purpose text;
begin
  allowed := false;
  played := p_role;
  select g.purpose into v_purpose from access_grant g
  where g.patient_id = p_patient and g.grantee_id = any (p_grantees)
    and g.valid_from <= statement_timestamp() and g.valid_until > statement_timestamp()
  order by g.level desc, g.purpose = 'self' desc, g.purpose limit 1;
  -- The denials are probed here first, as in `access_reads`.
  if not found or (exists (select 1 from access_denial n where n.patient_id = p_patient and n.grantee_id = any (p_grantees))
      and access_denied(p_patient)) then
    why := 'outside_circle';
    return;
  end if;
  if p_role = 'person' then
    played := case v_purpose when 'self' then 'patient' when 'proxy' then 'proxy' else 'anonymous' end;
  end if;
  if not exists (select 1 from access_matrix m where m.role = played and m.category = p_category and m.may_read) then
    why := 'profession';
  elsif p_marks & fhir_blind(played) <> 0 then
    why := 'marks';
  else
    allowed := true;
    why := v_purpose;
  end if;
end
$$;

-- The marks that hide a document from a role: 1 from professionals, 2 from the patient, 4 from proxies.
create or replace function fhir_blind(p_role text) returns integer
language sql immutable parallel safe as
$$ select case p_role when 'patient' then 2 when 'proxy' then 6 else 1 end $$;

-- Is this a document that one of these grantees wrote, by their national number? Its author reads it past its marks
-- (CI-SIS, MASQUE_PS), as on the pages. It is asked of what is marked alone.
create or replace function fhir_wrote(p_type text, p_id uuid, p_grantees uuid[]) returns boolean
language plpgsql stable as
$$
begin
  return p_type = 'DocumentReference' and exists (
    select 1 from document d join directory_practitioner w on w.idnat = d.author_idnat
    where d.id = p_id and d.author_idnat <> '' and w.id = any (p_grantees));
end
$$;

-- Whose resource this is, for the line of a refusal: an identifier only, past row security.
create or replace function fhir_patient_of(p_type text, p_id uuid) returns uuid
language sql stable security definer set search_path = public, pg_temp as
$$ select patient_id from fhir_resource where type = p_type and id = p_id and is_current $$;

-- Count one miss of a user in this minute; true when there were too many (someone tries identifiers).
create or replace function fhir_miss(p_user uuid) returns boolean
language plpgsql volatile as
$$
declare v_minute constant timestamptz := date_trunc('minute', now());
begin
  insert into fhir_misses as m (user_id, minute, misses) values (p_user, v_minute, 1)
  on conflict (user_id) do update
    set misses = case when m.minute = v_minute then m.misses + 1 else 1 end, minute = v_minute;
  return (select misses > 120 from fhir_misses where user_id = p_user);
end
$$;

-- Read one resource (its current version, or `p_version`): token, actor, scope, decision and audit line.
-- `p_label` is the type that the client asked for, when it is not `p_type` (Binary of a document);
-- `p_is_public` types need no scope. An old version obeys the decision on the current one, and is gone
-- with it: what was withdrawn is read in no version.
-- status: 200, 401, 403 (scope), 404 (absent or refused), 410 (deleted), 429 (too many misses).
create or replace function fhir_read(
  p_token text, p_type text, p_is_public boolean, p_id uuid, p_version integer, p_label text,
  p_line uuid, p_at timestamptz, p_key bytea,
  out status integer, out body text, out version integer, out updated_at timestamptz)
language plpgsql volatile as
$$
declare
  a record;
  r record;
  d record;
  l audit_line;
  v_scope text := 'user';
  v_gone boolean;
begin
  a := fhir_enter(p_token);
  if a.user_id is null then
    status := 401;
    return;
  end if;
  l.id := p_line; l.at := p_at; l.action := 'fhir.read'; l.outcome := 'done'; l.actor_id := a.user_id;
  l.actor_name := a.name; l.actor_role := a.role; l.organisation_id := a.organisation_id; l.patient_ids := '{}';
  l.object_kind := p_label; l.object_id := p_id::text; l.purpose := ''; l.reason := ''; l.channel := 'fhir';
  l.details := case when p_version is null then '' else format('{"version": %s}', p_version) end;
  status := 200;
  if not p_is_public then
    v_scope := fhir_scope(a.scopes, p_label, 'r');
  end if;
  if v_scope is null then
    status := 403;
    l.reason := 'scope';
  else
    select c.patient_id, c.category, c.marks, c.version, c.updated_at, c.body, c.is_deleted into r
    from fhir_resource c where c.type = p_type and c.id = p_id and c.is_current;
    if not found then
      status := 404;
      l.patient_id := fhir_patient_of(p_type, p_id);
      l.reason := case when l.patient_id is null then 'unknown' else 'outside_circle' end;
    elsif r.patient_id is not null then
      l.patient_id := r.patient_id;
      d := fhir_decide(a.role, a.grantees, r.patient_id, r.category, r.marks);
      if d.why = 'marks' and a.role <> 'person' and fhir_wrote(p_type, p_id, a.grantees) then
        d := fhir_decide(a.role, a.grantees, r.patient_id, r.category, 0);
      end if;
      l.actor_role := d.played;
      if not d.allowed then
        status := 404;
        l.reason := d.why;
      elsif v_scope = 'patient' and r.patient_id is distinct from a.launch_patient then
        status := 404;
        l.reason := 'scope';
      else
        l.purpose := d.why;
      end if;
    end if;
  end if;
  -- `r` has no row unless the status is 200: it is read inside this branch alone, since an `and` may read both sides.
  if status = 200 then
    v_gone := r.is_deleted;
    if p_version is not null and p_version <> r.version then
      select c.version, c.updated_at, c.body, c.is_deleted into r
      from fhir_resource c where c.type = p_type and c.id = p_id and c.version = p_version;
      if not found then
        status := 404;
        l.reason := 'unknown';
      end if;
    end if;
  end if;
  if status = 200 then
    if v_gone or r.is_deleted then
      status := 410;
    else
      body := r.body; version := r.version; updated_at := r.updated_at;
    end if;
  else
    l.outcome := 'refused';
    if status = 404 and fhir_miss(a.user_id) then
      status := 429;
    end if;
  end if;
  perform audit_write(l, p_key);
end
$$;

-- A search. `p_sql` is composed by `queries.search` and runs as the caller, under row security, with
-- $1 its values, $2 the grantees, $3 the categories that the role may read, $4 the marks that blind it,
-- $5 the role ('person' is asked patient by patient) and $6 the one patient of patient/… scopes. It gives rows
-- (id, body, sort, patient_id). `p_total_sql`, when given, counts them all. `is_public` types need no scope.
-- The commonest search of all, one identifier, comes as the word 'identifier' with its value and how many
-- rows are wanted: its query stands here, so that it is planned once and not at each call.
create or replace function fhir_search(
  p_token text, p_type text, p_is_public boolean, p_sql text, p_total_sql text, p_values text[],
  p_details text, p_line uuid, p_at timestamptz, p_key bytea,
  out status integer, out ids uuid[], out bodies text[], out sorts text[], out total bigint)
language plpgsql volatile as
$$
declare
  a record;
  l audit_line;
  v_scope text := 'user';
  v_categories text[];
  v_blind integer := 0;
  v_one uuid;
begin
  a := fhir_enter(p_token);
  if a.user_id is null then
    status := 401;
    return;
  end if;
  l.id := p_line; l.at := p_at; l.action := 'fhir.search'; l.outcome := 'done'; l.actor_id := a.user_id;
  l.actor_name := a.name; l.actor_role := a.role; l.organisation_id := a.organisation_id; l.patient_ids := '{}';
  l.object_kind := p_type; l.object_id := ''; l.purpose := ''; l.reason := ''; l.channel := 'fhir';
  l.details := p_details;
  status := 200;
  if not p_is_public then
    v_scope := fhir_scope(a.scopes, p_type, 's');
    if v_scope is null then
      status := 403;
      l.outcome := 'refused';
      l.reason := 'scope';
      perform audit_write(l, p_key);
      return;
    end if;
    v_categories := array(select m.category from access_matrix m where m.may_read and (m.role = a.role
      or (a.role = 'person' and m.role in ('patient', 'proxy'))));
    v_blind := case when a.role = 'person' then 0 else fhir_blind(a.role) end;
  end if;
  if v_scope = 'patient' then
    v_one := coalesce(a.launch_patient, '00000000-0000-0000-0000-000000000000');
  end if;
  if p_total_sql <> '' then
    execute p_total_sql into total using p_values, a.grantees, v_categories, v_blind, a.role, v_one;
  end if;
  if p_sql = 'identifier' then
    select array_agg(q.id), array_agg(q.body), array_agg(q.sort), array_agg(q.patient_id)
      into ids, bodies, sorts, l.patient_ids
    from (
      select r.id, r.body, r.updated_at::text as sort, r.patient_id
      from fhir_key k join fhir_resource r on r.type = k.type and r.id = k.id and r.is_current and not r.is_deleted
      where k.type = p_type and k.param = 'identifier' and k.value = p_values[1]
        and (p_is_public or (r.category = any (v_categories) and (r.marks & v_blind = 0 or fhir_wrote(r.type, r.id, a.grantees))
          and (v_one is null or r.patient_id = v_one)
          and (a.role <> 'person' or (fhir_decide(a.role, a.grantees, r.patient_id, r.category, r.marks)).allowed)))
      order by r.updated_at desc, r.id desc limit p_values[2]::integer) q;
  elsif p_sql <> '' then
    execute 'select array_agg(q.id), array_agg(q.body), array_agg(q.sort), array_agg(q.patient_id) from (' || p_sql || ') q'
      into ids, bodies, sorts, l.patient_ids
      using p_values, a.grantees, v_categories, v_blind, a.role, v_one;
  end if;
  l.patient_ids := array(select distinct p from unnest(l.patient_ids) p where p is not null order by p);
  perform audit_write(l, p_key);
end
$$;

-- The versions of one resource, newest first, before `p_before`: the decision is that of its current
-- state, and row security applies to each version besides. What is deleted now gives no body of before.
create or replace function fhir_history(
  p_token text, p_type text, p_is_public boolean, p_id uuid, p_before integer, p_limit integer,
  p_line uuid, p_at timestamptz, p_key bytea,
  out status integer, out versions integer[], out deletions boolean[], out bodies text[], out moments timestamptz[])
language plpgsql volatile as
$$
declare
  v_gone boolean;
begin
  select f.status into status from fhir_read(p_token, p_type, p_is_public, p_id, null, p_type, p_line, p_at, p_key) f;
  if status not in (200, 410) then
    return;
  end if;
  v_gone := status = 410;
  status := 200;
  select array_agg(v.version), array_agg(v.is_deleted), array_agg(case when not v_gone then v.body end), array_agg(v.updated_at)
  into versions, deletions, bodies, moments
  from (
    select r.version, r.is_deleted, r.body, r.updated_at from fhir_resource r
    where r.type = p_type and r.id = p_id and r.version < p_before
    order by r.version desc limit p_limit) v;
end
$$;

-- The journal of one patient (or the one line `p_id`), newest first: past the application's rights on
-- the journal, for whoever may read the category `journal` of that patient. Each line names the asked
-- patient only, never the others of its list.
create or replace function fhir_journal(
  p_token text, p_patient uuid, p_id uuid, p_from timestamptz, p_to timestamptz,
  p_before_at timestamptz, p_before_id uuid, p_limit integer,
  p_line uuid, p_at timestamptz, p_key bytea,
  out status integer, out lines jsonb)
language plpgsql volatile security definer set search_path = public, pg_temp as
$$
declare
  a record;
  d record;
  l audit_line;
  v_patient uuid := p_patient;
  v_scope text;
  v_near timestamptz;
  v_unsaid text[] := '{}';
begin
  a := fhir_enter(p_token);
  if a.user_id is null then
    status := 401;
    return;
  end if;
  l.id := p_line; l.at := p_at; l.action := case when p_id is null then 'fhir.search' else 'fhir.read' end;
  l.outcome := 'done'; l.actor_id := a.user_id; l.actor_name := a.name; l.actor_role := a.role;
  l.organisation_id := a.organisation_id; l.patient_ids := '{}'; l.object_kind := 'AuditEvent';
  l.object_id := coalesce(p_id::text, ''); l.purpose := ''; l.reason := ''; l.channel := 'fhir'; l.details := '';
  status := 200;
  if p_id is not null then
    -- The first 48 bits of a UUIDv7 are its moment: they lead to the partition.
    v_near := to_timestamp(('x' || left(replace(p_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0);
    select x.patient into v_patient
    from (
      select unnest(case when j.patient_id is null then j.patient_ids else array[j.patient_id] end) as patient
      from audit_line j where j.id = p_id and j.at between v_near - interval '1 minute' and v_near + interval '1 minute') x
    order by (select c.allowed from fhir_decide(a.role, a.grantees, x.patient, 'journal', 0) c) desc, x.patient limit 1;
  end if;
  v_scope := fhir_scope(a.scopes, 'AuditEvent', case when p_id is null then 's' else 'r' end);
  d := fhir_decide(a.role, a.grantees, v_patient, 'journal', 0);
  l.patient_id := v_patient;
  l.actor_role := d.played;
  l.purpose := case when d.allowed then d.why else '' end;
  v_unsaid := audit_unsaid(v_patient, d.played);
  if v_scope is null then
    status := 403; l.reason := 'scope';
  elsif not d.allowed or (v_scope = 'patient' and v_patient is distinct from a.launch_patient) then
    status := 404; l.reason := case when d.allowed then 'scope' else d.why end;
  end if;
  if status <> 200 then
    l.outcome := 'refused';
    if status = 404 and fhir_miss(a.user_id) then
      status := 429;
    end if;
  elsif p_id is not null then
    select jsonb_agg(to_jsonb(j) - 'mac' - 'patient_ids' || jsonb_build_object('patient_id', v_patient)) into lines
    from audit_line j where j.id = p_id and j.at between v_near - interval '1 minute' and v_near + interval '1 minute'
      and not audit_hides(d.played, j.action) and not (j.object_id = any (v_unsaid));
    if lines is null then
      status := 404;
    end if;
  else
    select jsonb_agg(to_jsonb(u) - 'mac' - 'patient_ids' || jsonb_build_object('patient_id', v_patient)
      order by u.at desc, u.id desc) into lines
    from (
      select * from (
        (select * from audit_line j where j.patient_id = v_patient
          and j.at >= p_from and j.at < p_to and (j.at, j.id) < (p_before_at, p_before_id)
          and not audit_hides(d.played, j.action) and not (j.object_id = any (v_unsaid))
          order by j.at desc, j.id desc limit p_limit)
        union all
        (select * from audit_line j where j.patient_ids @> array[v_patient] and j.patient_id is distinct from v_patient
          and j.at >= p_from and j.at < p_to and (j.at, j.id) < (p_before_at, p_before_id)
          order by j.at desc, j.id desc limit p_limit)) both_kinds
      order by at desc, id desc limit p_limit) u;
  end if;
  perform audit_write(l, p_key);
end
$$;

-- The text of a resource as it is kept: its head by the database, which knows the version, then the rest.
create or replace function fhir_body(
  p_type text, p_id uuid, p_version integer, p_stamp text, p_profile text, p_rest text) returns text
language sql immutable parallel safe as
$$
  select '{"resourceType":"' || p_type || '","id":"' || p_id::text || '","meta":{"versionId":"' || p_version::text
    || '","lastUpdated":"' || p_stamp || '"' || case when p_profile = '' then '' else ',"profile":' || p_profile end
    || case when p_rest = '}' then '}' else '},' end || p_rest
$$;

-- Write the current state of resources and their keys. Past row security, so that an act which ends its
-- author's own right (leaving a circle), or the identity unit's, still publishes what it changed;
-- the command has decided before. Returns nothing, so that nothing is read this way.
-- The resources come as arrays of their columns; a key as its parameter, its value and the place (from 1)
-- of its resource among them.
drop function if exists fhir_publish(json, json, text, timestamptz);
drop function if exists fhir_publish(text[], uuid[], uuid[], text[], integer[], text[], text[], boolean[], text,
  timestamptz, text[], text[], text[], uuid[], uuid[]);
-- Planned once: the server would plan anew at each call, for the lengths of its lists, what is always the same.
create or replace function fhir_publish(p_types text[], p_ids uuid[], p_patients uuid[], p_categories text[],
  p_marks integer[], p_rests text[], p_profiles text[], p_deleted boolean[], p_owners integer[], p_params text[],
  p_values text[], p_stamp text, p_now timestamptz) returns void
language plpgsql volatile security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as
$$
begin
  -- What is new has no former version to look for, which costs as much as writing it. Who publishes the same
  -- one meanwhile meets `fhir_resource_current`, as they would below.
  if not exists (
    select 1 from unnest(p_types, p_ids) as g (type, id)
    join fhir_resource r on r.type = g.type and r.id = g.id and r.is_current) then
    insert into fhir_resource (type, id, version, patient_id, category, marks, body, updated_at, is_current, is_deleted)
    select g.type, g.id, 1, g.patient_id, g.category, g.marks,
      fhir_body(g.type, g.id, 1, p_stamp, g.profile, g.rest), p_now, true, g.is_deleted
    from unnest(p_types, p_ids, p_patients, p_categories, p_marks, p_rests, p_profiles, p_deleted)
      as g (type, id, patient_id, category, marks, rest, profile, is_deleted);
  else
    with given as materialized (
      select * from unnest(p_types, p_ids, p_patients, p_categories, p_marks, p_rests, p_profiles, p_deleted)
        as g (type, id, patient_id, category, marks, rest, profile, is_deleted)
    ), old as (
      update fhir_resource r set is_current = false from given g
      where r.type = g.type and r.id = g.id and r.is_current
      returning r.type, r.id, r.version
    ), forgotten as (
      delete from fhir_key k using old o where k.type = o.type and k.id = o.id
    )
    insert into fhir_resource (type, id, version, patient_id, category, marks, body, updated_at, is_current, is_deleted)
    select g.type, g.id, coalesce(o.version, 0) + 1, g.patient_id, g.category, g.marks,
      fhir_body(g.type, g.id, coalesce(o.version, 0) + 1, p_stamp, g.profile, g.rest), p_now, true, g.is_deleted
    from given g left join old o on o.type = g.type and o.id = g.id;
  end if;
  insert into fhir_key (type, param, value, id, patient_id)
  select p_types[k.owner], k.param, k.value, p_ids[k.owner], p_patients[k.owner]
  from unnest(p_owners, p_params, p_values) as k (owner, param, value)
  on conflict do nothing;
end
$$;

-- Publish anew under another patient what is published under one: these ids, or all without them, but these types.
-- It is `fhir_publish` that writes: texts, keys and versions are what `publish` would have given one by one; former
-- versions follow. Under row security: who does not read the one patient moves nothing of theirs. Returns what went.
create or replace function fhir_rebind(p_source uuid, p_target uuid, p_ids uuid[], p_besides text[], p_stamp text,
  p_now timestamptz) returns table (type text, id uuid)
language plpgsql volatile set plan_cache_mode = force_generic_plan as
$$
#variable_conflict use_column
declare
  v_old constant text := 'Patient/' || p_source::text;
  v_new constant text := 'Patient/' || p_target::text;
  v_types text[];
  v_ids uuid[];
  v_categories text[];
  v_marks integer[];
  v_rests text[];
  v_profiles text[];
  v_deleted boolean[];
  v_owners integer[];
  v_params text[];
  v_values text[];
  v_are_ours boolean;
begin
  -- A text is the head that `fhir_body` wrote, perhaps profiles, and the rest. Cut where they were joined, they are
  -- joined again as they were, whatever the profiles hold.
  with moved as materialized (
    select r.type, r.id, r.category, r.marks, r.is_deleted, h.head, starts_with(r.body, h.head) as is_ours,
      substr(r.body, length(h.head) + 1) as text
    from fhir_resource r, lateral (
      select '{"resourceType":"' || r.type || '","id":"' || r.id || '","meta":{"versionId":"' || r.version
        || '","lastUpdated":"' as head) h
    where r.patient_id = p_source and r.is_current and r.type <> all (p_besides)
      and (p_ids is null or r.id in (select unnest(p_ids)))
  ), dated as materialized (
    select *, replace(substr(m.text, position('"' in m.text) + 1), v_old, v_new) as tail from moved m
  ), cut as materialized (
    select *, case when starts_with(d.tail, ',"profile":[') then
      coalesce(nullif(position(']},' in d.tail), 0), length(d.tail) - 2) else 0 end as at
    from dated d
  )
  select array_agg(c.type order by c.type, c.id), array_agg(c.id order by c.type, c.id),
    array_agg(c.category order by c.type, c.id), array_agg(c.marks::integer order by c.type, c.id),
    array_agg(case substr(c.tail, c.at + 2) when '}' then '}' else substr(c.tail, c.at + 3) end order by c.type, c.id),
    array_agg(case c.at when 0 then '' else substr(c.tail, 12, c.at - 11) end order by c.type, c.id),
    array_agg(c.is_deleted order by c.type, c.id), bool_and(c.is_ours)
  into v_types, v_ids, v_categories, v_marks, v_rests, v_profiles, v_deleted, v_are_ours
  from cut c;
  if v_ids is null then
    return;
  elsif not v_are_ours then
    raise exception 'a resource of patient % was not published by fhir_publish', p_source;
  end if;
  select array_agg(g.place::integer), array_agg(k.param), array_agg(left(case k.value
    when v_old then v_new when p_source::text then p_target::text else k.value end, 300))
  into v_owners, v_params, v_values
  from unnest(v_types, v_ids, v_deleted) with ordinality g (type, id, is_deleted, place)
  join fhir_key k on k.type = g.type and k.id = g.id
  where not g.is_deleted;
  perform fhir_publish(v_types, v_ids, array_fill(p_target, array[cardinality(v_ids)]), v_categories, v_marks, v_rests,
    v_profiles, v_deleted, coalesce(v_owners, '{}'), coalesce(v_params, '{}'), coalesce(v_values, '{}'), p_stamp, p_now);
  update fhir_resource r set patient_id = p_target from unnest(v_types, v_ids) g (type, id)
  where r.type = g.type and r.id = g.id and r.patient_id = p_source and not r.is_current;
  return query select * from unnest(v_types, v_ids);
end
$$;

revoke all on function fhir_patient_of, fhir_journal, fhir_publish, fhir_rebind from public;
grant execute on function fhir_patient_of, fhir_journal to enrs_app;
grant execute on function fhir_publish, fhir_rebind to enrs_app, enrs_feed;
