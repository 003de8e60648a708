"""The journal: lines partitioned by month, seals over them."""

import django.contrib.postgres.fields
from django.db import migrations, models

LINES = """
create table enrs_epoch (one boolean primary key default true check (one), epoch integer not null, system text not null default '');
insert into enrs_epoch (epoch) values (1);
create function enrs_epoch() returns integer language sql stable as 'select epoch from enrs_epoch';

create table audit_line (
    id uuid not null,
    at timestamptz not null,
    epoch integer not null default enrs_epoch(),
    xid xid8 not null default pg_current_xact_id(),
    action text not null,
    outcome text not null,
    actor_id uuid,
    actor_name text not null,
    actor_role text not null,
    organisation_id uuid,
    patient_id uuid,
    patient_ids uuid[] not null default '{}',
    object_kind text not null,
    object_id text not null,
    purpose text not null,
    reason text not null,
    channel text not null,
    details text not null,
    mac bytea not null,
    primary key (at, id)
) partition by range (at);
create table audit_line_default partition of audit_line default;
create index audit_line_xid on audit_line (epoch, xid, id);
create index audit_line_patient on audit_line (patient_id, at desc, id) where patient_id is not null;
create index audit_line_actor on audit_line (actor_id, at desc, id) where actor_id is not null;
create index audit_line_list on audit_line using gin (patient_ids) where patient_ids <> '{}';
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            LINES, "drop table audit_line; drop function enrs_epoch; drop table enrs_epoch"
        ),
        migrations.CreateModel(
            name="AuditLine",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("action", models.TextField()),
                ("outcome", models.TextField()),
                ("actor_id", models.UUIDField(null=True)),
                ("actor_name", models.TextField()),
                ("actor_role", models.TextField()),
                ("organisation_id", models.UUIDField(null=True)),
                ("patient_id", models.UUIDField(null=True)),
                (
                    "patient_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None
                    ),
                ),
                ("object_kind", models.TextField()),
                ("object_id", models.TextField()),
                ("purpose", models.TextField()),
                ("reason", models.TextField()),
                ("channel", models.TextField()),
                ("details", models.TextField()),
                ("mac", models.BinaryField()),
            ],
            options={"db_table": "audit_line", "managed": False},
        ),
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                ("sequence", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("epoch", models.IntegerField()),
                ("first_xid", models.BigIntegerField()),
                ("upper_xid", models.BigIntegerField()),
                (
                    "line_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None
                    ),
                ),
                ("root", models.BinaryField()),
                ("previous", models.BinaryField()),
                ("hash", models.BinaryField()),
            ],
            options={"db_table": "audit_seal"},
        ),
    ]
