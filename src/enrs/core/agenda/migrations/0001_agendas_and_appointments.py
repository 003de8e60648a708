import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.utils.timezone
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("subjects", "0001_patients"),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="Feed",
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
                ("user_id", models.UUIDField(db_index=True)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("label", models.CharField(blank=True, max_length=100)),
                ("shows_initials", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "agenda_feed",
            },
        ),
        migrations.CreateModel(
            name="Agenda",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("person", "Personne"),
                            ("place", "Structure ou équipe"),
                            ("room", "Salle ou matériel"),
                        ],
                        default="person",
                        max_length=10,
                    ),
                ),
                ("owner_id", models.UUIDField()),
                ("label", models.CharField(max_length=200)),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "db_table": "agenda",
                "indexes": [models.Index(fields=["owner_id"], name="agenda_owner")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "person")),
                        fields=("owner_id",),
                        name="agenda_one_of_a_person",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Series",
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
                ("rule", models.CharField(max_length=300)),
                ("starts_on", models.DateField()),
                ("starts_at", models.TimeField()),
                ("minutes", models.PositiveIntegerField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "agenda",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agenda.agenda",
                    ),
                ),
            ],
            options={
                "db_table": "agenda_series",
            },
        ),
        migrations.CreateModel(
            name="Slot",
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
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("kind", models.CharField(blank=True, max_length=20)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "agenda",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slots",
                        to="agenda.agenda",
                    ),
                ),
            ],
            options={
                "db_table": "agenda_slot",
            },
        ),
        migrations.CreateModel(
            name="Appointment",
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
                ("version", models.PositiveIntegerField(default=1)),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("starts_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposé"),
                            ("booked", "Prévu"),
                            ("arrived", "Sur place"),
                            ("fulfilled", "Honoré"),
                            ("noshow", "Absent"),
                            ("cancelled", "Annulé"),
                        ],
                        default="booked",
                        max_length=12,
                    ),
                ),
                ("kind", models.CharField(default="consultation", max_length=20)),
                ("title", models.CharField(blank=True, max_length=200)),
                ("place", models.CharField(blank=True, max_length=200)),
                ("comment", models.TextField(blank=True)),
                ("subject_kind", models.CharField(blank=True, max_length=40)),
                ("subject_id", models.UUIDField(blank=True, null=True)),
                ("is_busy_only", models.BooleanField(default=False)),
                ("source", models.CharField(blank=True, max_length=100)),
                ("external_uid", models.CharField(blank=True, max_length=300)),
                ("author_id", models.UUIDField(blank=True, null=True)),
                ("author_name", models.CharField(blank=True, max_length=200)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("cancelled_reason", models.CharField(blank=True, max_length=400)),
                (
                    "agenda",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="agenda.agenda",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subjects.patient",
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="agenda.series",
                    ),
                ),
                (
                    "slot",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="agenda.slot",
                    ),
                ),
            ],
            options={
                "db_table": "appointment",
            },
        ),
        migrations.CreateModel(
            name="AgendaShare",
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
                ("grantee_id", models.UUIDField(db_index=True)),
                ("display", models.CharField(max_length=200)),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "Voir les heures occupées"),
                            (2, "Lire"),
                            (3, "Lire et écrire"),
                        ],
                        default=2,
                    ),
                ),
                ("shared_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "agenda",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shares",
                        to="agenda.agenda",
                    ),
                ),
            ],
            options={
                "db_table": "agenda_share",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("agenda", "grantee_id"),
                        name="agenda_share_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Participant",
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
                ("grantee_id", models.UUIDField()),
                ("display", models.CharField(max_length=200)),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("needs-action", "Sans réponse"),
                            ("accepted", "Accepté"),
                            ("declined", "Décliné"),
                            ("tentative", "Peut-être"),
                        ],
                        default="needs-action",
                        max_length=14,
                    ),
                ),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                (
                    "appointment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participants",
                        to="agenda.appointment",
                    ),
                ),
            ],
            options={
                "db_table": "appointment_participant",
                "indexes": [
                    models.Index(
                        fields=["grantee_id", "appointment"], name="appointment_participant_of"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("appointment", "grantee_id"), name="appointment_participant_once"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("closed_at", None)),
                expressions=[("agenda", "="), ("period", "&&")],
                name="agenda_slot_one_at_a_time",
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(fields=["agenda", "starts_at", "id"], name="appointment_in_agenda"),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                fields=["patient", "starts_at", "id"], name="appointment_of_patient"
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("subject_id__isnull", False)),
                fields=["subject_id", "starts_at"],
                name="appointment_about",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(
                    ("status__in", ["booked", "arrived", "fulfilled"]),
                    ("is_busy_only", False),
                    ("withdrawn_at", None),
                ),
                expressions=[("agenda", "="), ("period", "&&")],
                name="appointment_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["proposed", "booked", "arrived", "fulfilled"])),
                fields=("slot",),
                name="appointment_slot_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("patient__isnull", False), ("agenda__isnull", False), _connector="OR"
                ),
                name="appointment_of_somebody",
            ),
        ),
    ]
