-- A file of an older tool names people without a record: its organisation alone sees it.
do $$
begin
  if to_regclass('coordination_import') is not null then
    alter table coordination_import enable row level security;
    drop policy if exists app_all on coordination_import;
    drop policy if exists feed_all on coordination_import;
    create policy app_all on coordination_import for all to enrs_app
      using (organisation_id = any (access_grantees())) with check (organisation_id = any (access_grantees()));
    create policy feed_all on coordination_import for all to enrs_feed using (true) with check (true);
  end if;
end
$$;

-- What indicators need of an organisation's cases, without anybody's name nor identifier: the cases of those
-- who left count too, whose record is closed to the team.
create or replace function coordination_lines(place uuid, since timestamptz)
returns table (
  requested_at timestamptz, first_contact_at timestamptz, first_visit_at timestamptz, minutes integer,
  closed_code text)
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return query
  select c.requested_at, c.first_contact_at, c.first_visit_at, c.minutes::integer, c.closed_code::text
  from coordination_case c
  where c.organisation_id = place and c.organisation_id = any (access_grantees())
    and c.requested_at >= since and c.withdrawn_at is null;
end
$$;
