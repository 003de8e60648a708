-- The grantees of the current actor: set once per request, empty outside of one.
create or replace function access_grantees() returns uuid[]
language sql stable parallel safe as
$$ select coalesce(nullif(current_setting('enrs.grantees', true), ''), '{}')::uuid[] $$;

-- The reader of row security: does the current actor hold a valid grant on this patient?
-- The clock is that of the statement, so that a right given in this transaction serves at once.
-- plpgsql keeps its plan; security definer lets it read the grants without meeting their own policy.
create or replace function access_reads(p uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as
$$
begin
  return exists (
    select 1 from access_grant
    where patient_id = p
      and grantee_id = any (coalesce(nullif(current_setting('enrs.grantees', true), ''), '{}')::uuid[])
      and valid_from <= statement_timestamp() and valid_until > statement_timestamp());
end
$$;
