"""Below which transaction nothing of this database is still running."""

from django.db import migrations

HORIZON = """
create function enrs_horizon() returns xid8 language plpgsql stable as $$
declare
    seen constant pg_snapshot := pg_current_snapshot();
    ours constant oid := (select oid from pg_database where datname = current_database());
    oldest xid8;
begin
    if pg_snapshot_xmin(seen) = pg_snapshot_xmax(seen) then
        return pg_snapshot_xmax(seen);
    end if;
    select running into oldest from pg_snapshot_xip(seen) as running
    where not exists (
        select from pg_locks join pg_stat_activity using (pid)
        where locktype = 'transactionid' and granted and mode = 'ExclusiveLock'
          and transactionid = running::xid and datid <> ours
    )
    order by running limit 1;
    return coalesce(oldest, pg_snapshot_xmax(seen));
end $$;
comment on function enrs_horizon() is
    'Transactions of this database below this one have ended. The snapshot counts those of every '
    'database of the server; one whose lock shows it at work in another database cannot write here. '
    'One that ended since the snapshot shows no lock and still counts.';
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_lines_and_seals")]
    operations = [migrations.RunSQL(HORIZON, "drop function enrs_horizon")]
