-- What the operation watches: numbers and ages in seconds, never a row, a name or an identifier of a person.
-- Security definer: pages may count what they may not read. Counts stop at 100,000, to stay cheap.
create or replace function operations_state() returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp as
$$
declare
  inbox_state jsonb;
  outbox jsonb;
  unsealed double precision;
  seal_age double precision;
begin
  select jsonb_build_object(
    'received', count(*) filter (where state = 'received'),
    'waiting', count(*) filter (where state = 'waiting'),
    'received_age', coalesce(extract(epoch from now() - min(received_at) filter (where state = 'received')), 0),
    'waiting_age', coalesce(extract(epoch from now() - min(received_at) filter (where state = 'waiting')), 0),
    'parked', (select count(*) from (select from inbox where state = 'parked' limit 100000) p))
  into inbox_state
  from (select state, received_at from inbox where state in ('received', 'waiting') limit 100000) i;

  select coalesce(jsonb_object_agg(c.subscriber, coalesce(extract(epoch from now() - e.at), 0)), '{}')
  into outbox
  from event_cursor c left join lateral (
    select at from event
    where (epoch, xid, id) > (c.epoch, c.xid::text::xid8, coalesce(c.event_id, '00000000-0000-0000-0000-000000000000'))
    order by epoch, xid, id limit 1) e on true;

  select extract(epoch from now() - s.at), (
    select extract(epoch from now() - l.at) from audit_line l
    where (l.epoch, l.xid) >= (s.epoch, s.upper_xid::text::xid8) order by l.epoch, l.xid limit 1)
  into seal_age, unsealed
  from audit_seal s order by s.sequence desc limit 1;

  return jsonb_build_object(
    'inbox', inbox_state,
    'outbox', outbox,
    'seals', jsonb_build_object('age', seal_age, 'lag', coalesce(unsealed, 0)),
    'jobs', (select coalesce(jsonb_object_agg(name, jsonb_build_object(
        'age', extract(epoch from now() - ran_at), 'failures', failures,
        'late', greatest(0, extract(epoch from now() - due_at)))), '{}') from periodic_job),
    'sendings', (select coalesce(jsonb_object_agg(state, n), '{}') from (
        select state, count(*) as n from sending where state in ('waiting', 'leaving', 'uncertain')
        group by state) s),
    'sendings_late', (select coalesce(extract(epoch from now() - min(next_at)), 0) from sending
        where state = 'waiting' and next_at < now()),
    'database', jsonb_build_object('bytes', pg_database_size(current_database()),
        'connections', (select count(*) from pg_stat_activity where datname = current_database()),
        'most_connections', current_setting('max_connections')::integer,
        'is_replica', pg_is_in_recovery()),
    -- The lag is told to an owner who may see it (pg_monitor), and is null otherwise.
    'replicas', (select jsonb_build_object('count', count(*), 'lag', max(extract(epoch from replay_lag)))
      from pg_stat_replication));
end
$$;
revoke all on function operations_state() from public;
grant execute on function operations_state() to enrs_owner, enrs_app, enrs_feed;

-- What has had its time and that no role may delete by hand. Each takes one bounded batch, keeps at least
-- thirty days (a day for bytes that nothing refers to) whatever it is asked, and gives how many went.

-- Days of the inbox, whole, whose messages are all applied or refused for good: one that waits, or that was
-- put aside, keeps its day.
create or replace function inbox_day_is_open(day text) returns boolean
language plpgsql stable set search_path = public, pg_temp as
$$
declare
  is_open boolean;
begin
  execute format('select exists (select from %I where state in (''received'', ''waiting''))
    or exists (select from %I where state = ''parked'')', day, day) into is_open;
  return is_open;
end
$$;

create or replace function inbox_days_past(kept_days integer) returns table(day text, messages bigint, bytes bigint)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
declare
  part record;
begin
  for part in select c.oid, c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'public.inbox'::regclass and c.relname ~ '^inbox_p[0-9]{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') + greatest(kept_days, 30) < (now() at time zone 'UTC')::date
    order by c.relname
  loop
    if not inbox_day_is_open(part.relname) then
      execute format('select count(*) from %I', part.relname) into messages;
      day := part.relname;
      bytes := pg_total_relation_size(part.oid);
      return next;
    end if;
  end loop;
end
$$;

create or replace function prune_inbox(kept_days integer) returns bigint
language plpgsql security definer set search_path = public, pg_temp as
$$
declare
  oldest record;
begin
  select * into oldest from inbox_days_past(kept_days) limit 1;
  if oldest.day is null then
    return 0;
  end if;
  -- For the moment of the drop the inbox is ours, and a message that was just set to be applied again is
  -- seen. Who holds the inbox long is not waited for: the job comes back.
  set local lock_timeout = '3s';
  lock table inbox in access exclusive mode;
  if inbox_day_is_open(oldest.day) then
    return 0;
  end if;
  execute format('drop table %I', oldest.day);
  return greatest(oldest.messages, 1);
end
$$;

-- Events that every reader has passed, with their receipts; the oldest first, in the order of delivery.
create or replace function events_past(kept_days integer, readers text[], most integer) returns setof uuid
language sql stable security definer set search_path = public, pg_temp as
$$
  with mark as (
    select c.epoch, c.xid::text::xid8 as xid from event_cursor c where c.subscriber = any (readers)
    order by c.epoch, c.xid limit 1)
  select e.id from (select id, at, epoch, xid from event order by epoch, xid, id limit most) e, mark
  where e.at < now() - greatest(kept_days, 30) * interval '1 day' and (e.epoch, e.xid) < (mark.epoch, mark.xid)
    and (select count(*) from event_cursor c where c.subscriber = any (readers)) = cardinality(readers)
$$;

create or replace function prune_events(kept_days integer, readers text[], most integer) returns bigint
language plpgsql security definer set search_path = public, pg_temp as
$$
declare
  gone uuid[];
begin
  select array_agg(id) into gone from events_past(kept_days, readers, most) id;
  delete from event_receipt where event_id = any (gone);
  delete from event where id = any (gone);
  return coalesce(cardinality(gone), 0);
end
$$;

-- Bytes that no row refers to, among those named. Keys of other tables refuse by themselves; the answers to
-- forms, which name their files in their values, are asked here.
create or replace function prune_blobs(named bytea[]) returns bigint
language plpgsql security definer set search_path = public, pg_temp as
$$
declare
  gone bigint;
begin
  with past as (
    select address, encode(address, 'hex') as name from blob
    where address = any (named) and created_at < now() - interval '1 day' for update skip locked)
  delete from blob using past where blob.address = past.address
    and not exists (select from form_answer a where a.items::text like '%' || past.name || '%')
    and not exists (select from form_answer_version v where v.items::text like '%' || past.name || '%');
  get diagnostics gone = row_count;
  return gone;
end
$$;
revoke all on function inbox_day_is_open(text), inbox_days_past(integer), prune_inbox(integer), events_past(integer, text[], integer),
  prune_events(integer, text[], integer), prune_blobs(bytea[]) from public;
grant execute on function inbox_days_past(integer), prune_inbox(integer), events_past(integer, text[], integer),
  prune_events(integer, text[], integer), prune_blobs(bytea[]) to enrs_owner, enrs_feed;
