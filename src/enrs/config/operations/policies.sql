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
        'is_replica', pg_is_in_recovery()));
end
$$;
revoke all on function operations_state() from public;
grant execute on function operations_state() to enrs_owner, enrs_app, enrs_feed;
