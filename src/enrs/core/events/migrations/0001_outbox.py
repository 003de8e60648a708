"""The outbox, ordered by transaction, and its readers' marks."""

import django.contrib.postgres.fields
from django.db import migrations, models

OUTBOX = """
create table event (
    id uuid primary key,
    at timestamptz not null,
    epoch integer not null default enrs_epoch(),
    xid xid8 not null default pg_current_xact_id(),
    kind text not null,
    patient_id uuid,
    topics text[] not null,
    payload jsonb not null
);
create index event_order on event (epoch, xid, id);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("audit", "0001_lines_and_seals")]
    operations = [
        migrations.RunSQL(OUTBOX, "drop table event"),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("kind", models.TextField()),
                ("patient_id", models.UUIDField(null=True)),
                (
                    "topics",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                ("payload", models.JSONField()),
            ],
            options={"db_table": "event", "managed": False},
        ),
        migrations.CreateModel(
            name="Cursor",
            fields=[
                ("subscriber", models.CharField(max_length=50, primary_key=True, serialize=False)),
                ("epoch", models.IntegerField(default=0)),
                ("xid", models.BigIntegerField(default=0)),
                ("event_id", models.UUIDField(null=True)),
            ],
            options={"db_table": "event_cursor"},
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "event_id",
                        "subscriber",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("event_id", models.UUIDField()),
                ("subscriber", models.CharField(max_length=50)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"db_table": "event_receipt"},
        ),
    ]
