"""Partners, the inbox partitioned by day, what was seen, filed documents, DMP consents."""

import django.db.models.deletion
from django.db import migrations, models

import enrs.core.ids

INBOX = """
create table inbox (
    id uuid not null,
    received_at timestamptz not null,
    sender text not null,
    flow text not null,
    control_id text not null,
    message_type text not null,
    patient_key text not null,
    lane smallint not null,
    other_key text not null default '',
    other_lane smallint,
    body bytea not null,
    body_hash bytea not null,
    size integer not null,
    remote text not null default '',
    state text not null check (state in ('received', 'applied', 'waiting', 'parked', 'refused', 'duplicate')),
    ack_code text not null,
    is_reused_id boolean not null default false,
    attempts smallint not null default 0,
    next_try_at timestamptz,
    error_code text not null default '',
    error_where text not null default '',
    error_text text not null default '',
    effects jsonb not null default '{}',
    patient_id uuid,
    applied_at timestamptz,
    primary key (received_at, id)
) partition by range (received_at);
create table inbox_default partition of inbox default;
create index inbox_lane on inbox (lane, id) where state in ('received', 'waiting');
create index inbox_waiting on inbox (lane, sender, patient_key) where state = 'waiting';
create index inbox_other on inbox (other_lane, id) where other_lane is not null and state in ('received', 'waiting');
create index inbox_screen on inbox (received_at desc, id desc);
create index inbox_errors on inbox (received_at desc, id desc) where state in ('parked', 'refused', 'waiting');
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("subjects", "0001_patients")]
    operations = [
        migrations.RunSQL(INBOX, "drop table inbox"),
        migrations.CreateModel(
            name="Inbox",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("received_at", models.DateTimeField()),
                ("sender", models.TextField()),
                ("flow", models.TextField()),
                ("control_id", models.TextField()),
                ("message_type", models.TextField()),
                ("patient_key", models.TextField()),
                ("lane", models.SmallIntegerField()),
                ("other_key", models.TextField()),
                ("other_lane", models.SmallIntegerField(null=True)),
                ("body", models.BinaryField()),
                ("body_hash", models.BinaryField()),
                ("size", models.IntegerField()),
                ("remote", models.TextField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("received", "Reçu"),
                            ("applied", "Appliqué"),
                            ("waiting", "En attente"),
                            ("parked", "Mis de côté"),
                            ("refused", "Refusé"),
                            ("duplicate", "Doublon"),
                        ]
                    ),
                ),
                ("ack_code", models.TextField()),
                ("is_reused_id", models.BooleanField()),
                ("attempts", models.SmallIntegerField()),
                ("next_try_at", models.DateTimeField(null=True)),
                ("error_code", models.TextField()),
                ("error_where", models.TextField()),
                ("error_text", models.TextField()),
                ("effects", models.JSONField()),
                ("patient_id", models.UUIDField(null=True)),
                ("applied_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "inbox", "managed": False},
        ),
        migrations.CreateModel(
            name="Partner",
            fields=[
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "id",
                    models.UUIDField(
                        default=enrs.core.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "sender",
                    models.CharField(max_length=300, unique=True, verbose_name="clé d'émetteur"),
                ),
                ("application", models.CharField(max_length=150)),
                ("facility", models.CharField(max_length=150)),
                ("name", models.CharField(max_length=200, verbose_name="nom affiché")),
                (
                    "finess",
                    models.CharField(blank=True, max_length=9, verbose_name="numéro FINESS"),
                ),
                (
                    "zone",
                    models.CharField(
                        default="Europe/Paris", max_length=60, verbose_name="fuseau horaire"
                    ),
                ),
                (
                    "trusted_identity_system",
                    models.CharField(blank=True, max_length=200, verbose_name="domaine d'identité"),
                ),
                (
                    "environment",
                    models.CharField(
                        choices=[("production", "Production"), ("test", "Essais")],
                        default="production",
                        max_length=10,
                        verbose_name="environnement",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="actif")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"db_table": "partner", "ordering": ["name", "id"]},
        ),
        migrations.CreateModel(
            name="Seen",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "sender",
                        "control_id",
                        "body_hash",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("sender", models.TextField()),
                ("control_id", models.TextField()),
                ("body_hash", models.BinaryField()),
                ("first_at", models.DateTimeField()),
            ],
            options={"db_table": "inbox_seen"},
        ),
        migrations.CreateModel(
            name="FiledDocument",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "sender",
                        "number",
                        "rank",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("sender", models.CharField(max_length=300)),
                ("number", models.CharField(max_length=300)),
                ("rank", models.PositiveSmallIntegerField()),
                ("unique_id", models.CharField(max_length=200)),
            ],
            options={"db_table": "inbox_filed_document"},
        ),
        migrations.CreateModel(
            name="DmpConsent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=enrs.core.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("identity_id", models.UUIDField(blank=True, db_index=True, null=True)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200)),
                ("status", models.CharField(blank=True, max_length=20)),
                ("publication_code", models.CharField(blank=True, max_length=10)),
                ("publication_at", models.DateTimeField(blank=True, null=True)),
                ("consultation_code", models.CharField(blank=True, max_length=10)),
                ("consultation_at", models.DateTimeField(blank=True, null=True)),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subjects.patient",
                    ),
                ),
            ],
            options={
                "db_table": "dmp_consent",
                "constraints": [
                    models.UniqueConstraint(fields=("identity_id",), name="dmp_consent_identity")
                ],
            },
        ),
    ]
