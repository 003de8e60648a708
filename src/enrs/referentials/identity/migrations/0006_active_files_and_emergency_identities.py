"""Active files of sources, and identities of an emergency without a trait."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0005_probe_files"),
    ]

    operations = [
        migrations.RunSQL(
            "create sequence identity_emergency_rank", "drop sequence identity_emergency_rank"
        ),
        migrations.AlterField(
            model_name="workitem",
            name="kind",
            field=models.CharField(
                choices=[
                    ("discordant_traits", "Traits discordants"),
                    ("birth_place_differs", "Lieu de naissance différent"),
                    ("merge_across_patients", "Fusion locale entre deux patients"),
                    ("ins_on_two_patients", "INS portée par deux patients"),
                    ("possible_duplicate", "Doublon possible"),
                    ("ins_refused", "INS refusée au contrôle"),
                    ("declared_link", "Rapprochement déclaré par une source"),
                    ("declared_parting", "Séparation déclarée par une source"),
                    ("overlay", "Écrasement possible d’une identité"),
                    ("emergency_known", "Identité d’urgence reconnue"),
                ],
                max_length=24,
            ),
        ),
        migrations.CreateModel(
            name="ActiveFile",
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
                ("user_id", models.UUIDField()),
                ("author_name", models.CharField(max_length=200)),
                ("system", models.CharField(max_length=120)),
                ("source_name", models.CharField(max_length=200)),
                ("file_name", models.CharField(max_length=200)),
                ("extracted_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reading", "Lecture"),
                            ("checking", "Essai à blanc"),
                            ("checked", "À confirmer"),
                            ("running", "Import en cours"),
                            ("done", "Importé"),
                            ("cancelled", "Abandonné"),
                        ],
                        default="reading",
                        max_length=10,
                    ),
                ),
                ("content", models.BinaryField(default=b"")),
                ("line_count", models.PositiveIntegerField()),
                ("batches", models.PositiveIntegerField(default=0)),
                ("step_count", models.PositiveIntegerField(default=0)),
                ("foreseen", models.JSONField(default=dict)),
                ("report", models.JSONField(default=dict)),
                ("stepped_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("checked_at", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("started_by", models.CharField(blank=True, max_length=200)),
                ("finished_at", models.DateTimeField(null=True)),
                ("erased_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "identity_active_file",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("reading", "checking", "running"))),
                        fields=["stepped_at"],
                        name="identity_active_file_work",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("done", "cancelled")), _negated=True),
                        fields=("system",),
                        name="identity_active_file_one",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ActiveLine",
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
                ("number", models.PositiveIntegerField()),
                ("value", models.CharField(blank=True, max_length=80)),
                ("traits", models.JSONField(default=dict)),
                ("told_at", models.DateTimeField(null=True)),
                (
                    "keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("cells", models.JSONField(default=dict)),
                ("batch", models.PositiveIntegerField(null=True)),
                ("foreseen", models.CharField(blank=True, max_length=12)),
                ("outcome", models.CharField(blank=True, max_length=12)),
                ("is_told_foreseen", models.BooleanField(default=False)),
                ("is_told", models.BooleanField(default=False)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("identity_id", models.UUIDField(db_index=True, null=True)),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="identity.activefile",
                    ),
                ),
            ],
            options={
                "db_table": "identity_active_line",
                "indexes": [
                    models.Index(
                        fields=["file", "batch", "number"], name="identity_active_line_batch"
                    ),
                    models.Index(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True),
                            ("foreseen", "aside"),
                            ("outcome", "aside"),
                            ("is_told", True),
                            ("is_told_foreseen", True),
                            _connector="OR",
                        ),
                        fields=["file", "number"],
                        name="identity_active_line_said",
                    ),
                    models.Index(fields=["value"], name="identity_active_line_value"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("file", "number"), name="identity_active_line_number"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EmergencyIdentity",
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
                ("rank", models.BigIntegerField(unique=True)),
                ("name", models.CharField(max_length=60, unique=True)),
                ("sex", models.CharField(default="U", max_length=1)),
                ("age", models.PositiveSmallIntegerField(null=True)),
                ("circumstance", models.TextField()),
                ("place_id", models.UUIDField()),
                ("place_name", models.CharField(max_length=200)),
                ("by_id", models.UUIDField(null=True)),
                ("by", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                ("claim", models.TextField(blank=True)),
                ("claimed_by", models.CharField(blank=True, max_length=200)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("is_open", models.BooleanField(default=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "identity",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="emergency",
                        to="identity.sourceidentity",
                    ),
                ),
            ],
            options={
                "db_table": "identity_emergency",
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_open", True)),
                        fields=["made_at", "id"],
                        name="identity_emergency_open",
                    )
                ],
            },
        ),
    ]
