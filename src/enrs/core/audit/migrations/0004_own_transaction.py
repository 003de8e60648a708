"""The transaction that asks has not ended either: the horizon stops at it."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("enrs.core.audit.migrations.0002_horizon").HORIZON

# A snapshot does not list its own transaction among the running ones. Without its number, a reader of
# the outbox would pass over the events that it is about to write, once a later transaction had ended.
HORIZON = """
create or replace function enrs_horizon() returns xid8 language plpgsql stable as $$
declare
    seen constant pg_snapshot := pg_current_snapshot();
    ours constant oid := (select oid from pg_database where datname = current_database());
    own constant xid8 := pg_current_xact_id_if_assigned();
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
    return least(oldest, own, pg_snapshot_xmax(seen));
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_lines_of_a_place")]
    operations = [
        migrations.RunSQL(HORIZON, BEFORE.replace("create function", "create or replace function"))
    ]
