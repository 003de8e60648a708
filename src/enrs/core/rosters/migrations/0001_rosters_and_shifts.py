import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.utils.timezone
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="Absence",
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
                ("organisation_id", models.UUIDField(db_index=True)),
                ("grantee_id", models.UUIDField(db_index=True)),
                ("display", models.CharField(max_length=200)),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "roster_absence",
            },
        ),
        migrations.CreateModel(
            name="Roster",
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
                ("organisation_id", models.UUIDField(db_index=True)),
                ("organisation_name", models.CharField(max_length=200)),
                ("label", models.CharField(max_length=200, verbose_name="nom")),
                (
                    "coverage",
                    models.CharField(
                        choices=[
                            ("always", "Jour et nuit, tous les jours"),
                            ("nights", "Nuits et week-ends"),
                            ("days", "En journée, du lundi au vendredi"),
                        ],
                        default="always",
                        max_length=8,
                        verbose_name="heures couvertes",
                    ),
                ),
                ("day_starts", models.TimeField(verbose_name="début du jour")),
                ("night_starts", models.TimeField(verbose_name="début de la nuit")),
                (
                    "ranks",
                    models.PositiveSmallIntegerField(default=1, verbose_name="rangs à pourvoir"),
                ),
                ("note", models.CharField(blank=True, max_length=400, verbose_name="consigne")),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "db_table": "roster",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ranks__gte", 1), ("ranks__lte", 9)),
                        name="roster_ranks",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Shift",
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
                ("rank", models.PositiveSmallIntegerField(default=1)),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("grantee_id", models.UUIDField()),
                ("display", models.CharField(max_length=200)),
                ("phone", models.CharField(blank=True, max_length=30)),
                ("author_name", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_reason", models.CharField(blank=True, max_length=200)),
                (
                    "replaces",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replacements",
                        to="rosters.shift",
                    ),
                ),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shifts",
                        to="rosters.roster",
                    ),
                ),
            ],
            options={
                "db_table": "roster_shift",
                "indexes": [models.Index(fields=["grantee_id"], name="roster_shift_of")],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("ended_at", None)),
                        expressions=[("roster", "="), ("rank", "="), ("period", "&&")],
                        name="roster_shift_one_per_rank",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rank__gte", 1), ("rank__lte", 9)),
                        name="roster_shift_rank",
                    ),
                ],
            },
        ),
    ]
