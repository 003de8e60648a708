-- Makes the partitions of a range-partitioned table from the current period to `ahead` periods later.
-- Rows that fell into the default partition meanwhile are moved. Security definer: the worker may
-- call it without owning tables. Returns how many were made.
create or replace function ensure_partitions(parent text, unit text, ahead integer) returns integer
language plpgsql security definer set search_path = public, pg_temp as
$$
declare
  step interval;
  start timestamptz;
  stop timestamptz;
  name text;
  key text;
  made integer := 0;
begin
  if unit not in ('day', 'month') then
    raise exception 'unit is day or month';
  end if;
  select pg_get_partkeydef(c.oid) into key from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'p' and n.nspname = 'public' and c.relname = parent;
  if key is null or key !~ '^RANGE \([a-z_]+\)$' then
    raise exception 'not a partitioned table: %', parent;
  end if;
  key := substring(key from '^RANGE \(([a-z_]+)\)$');
  step := ('1 ' || unit)::interval;
  perform pg_advisory_xact_lock(hashtext('ensure_partitions'), hashtext(parent));
  for i in 0..least(ahead, 400) loop
    start := (date_trunc(unit, now() at time zone 'UTC') + i * step) at time zone 'UTC';
    stop := (date_trunc(unit, now() at time zone 'UTC') + (i + 1) * step) at time zone 'UTC';
    name := parent || '_p' || to_char(start at time zone 'UTC', case unit when 'day' then 'YYYYMMDD' else 'YYYYMM' end);
    if to_regclass(quote_ident(name)) is null then
      execute format('create table %I (like %I including all)', name, parent);
      execute format(
        'with moved as (delete from %I where %I >= %L and %I < %L returning *) insert into %I select * from moved',
        parent || '_default', key, start, key, stop, name);
      execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, name, start, stop);
      made := made + 1;
    end if;
  end loop;
  -- Rights and row security are those of the parent: nobody reads a partition by its own name.
  for name in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = to_regclass(quote_ident(parent))
  loop
    execute format('revoke all on %I from enrs_app, enrs_feed', name);
  end loop;
  return made;
end
$$;
revoke all on function ensure_partitions(text, text, integer) from public;
grant execute on function ensure_partitions(text, text, integer) to enrs_owner, enrs_feed;

-- The inbox holds raw messages about everybody: under the application's role operators alone see it, in a session.
create or replace function inbox_reader() returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return access_operates();
end
$$;

do $$
begin
  if to_regclass('public.inbox') is not null then
    alter table inbox enable row level security;
    drop policy if exists operators_read on inbox;
    drop policy if exists operators_change on inbox;
    drop policy if exists feed_all on inbox;
    create policy operators_read on inbox for select to enrs_app using (inbox_reader());
    create policy operators_change on inbox for update to enrs_app using (inbox_reader()) with check (inbox_reader());
    create policy feed_all on inbox for all to enrs_feed using (true) with check (true);
  end if;
end
$$;

-- Deliveries name patients and what was told of them: operators alone, in a session.
do $$
declare name text;
begin
  foreach name in array array['partner_recipient', 'partner_delivery'] loop
    if to_regclass('public.' || name) is not null then
      execute format('alter table %I enable row level security', name);
      execute format('drop policy if exists operators_all on %I', name);
      execute format('drop policy if exists feed_all on %I', name);
      execute format(
        'create policy operators_all on %I for all to enrs_app using (inbox_reader()) with check (inbox_reader())', name);
      execute format('create policy feed_all on %I for all to enrs_feed using (true) with check (true)', name);
    end if;
  end loop;
end
$$;
