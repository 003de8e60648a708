"""Lines of accesses that a referent marked, and what was said of them."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0004_heirs"),
        ("subjects", "0001_patients"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccessReview",
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
                    "state",
                    models.CharField(
                        choices=[
                            ("seen", "Vu, rien à dire"),
                            ("asked", "À expliquer"),
                            ("explained", "Explication reçue"),
                        ],
                        max_length=10,
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("organisation_name", models.CharField(max_length=300)),
                ("user_id", models.UUIDField()),
                ("user_name", models.CharField(max_length=200)),
                ("reference", models.CharField(max_length=20)),
                ("act_count", models.PositiveIntegerField()),
                ("day_count", models.PositiveIntegerField()),
                ("first_at", models.DateTimeField()),
                ("until_at", models.DateTimeField()),
                ("signs", models.CharField(blank=True, max_length=60)),
                ("asked_by_id", models.UUIDField(blank=True, null=True)),
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
                "db_table": "rights_access_review",
                "indexes": [
                    models.Index(
                        fields=["organisation_id", "user_id", "patient", "-id"],
                        name="rights_access_review_line",
                    ),
                    models.Index(fields=["state", "id"], name="rights_access_review_state"),
                    models.Index(fields=["user_id", "id"], name="rights_access_review_opener"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["asked", "explained"])),
                        fields=("organisation_id", "user_id", "patient"),
                        name="rights_access_review_waits_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AccessReviewAct",
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
                            ("seen", "Vu, rien à dire"),
                            ("asked", "Demande d’explication"),
                            ("explained", "Explication"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("by_id", models.UUIDField()),
                ("by_name", models.CharField(max_length=200)),
                ("text", models.TextField(blank=True)),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="rights.accessreview",
                    ),
                ),
            ],
            options={
                "db_table": "rights_access_review_act",
                "ordering": ["at", "id"],
            },
        ),
    ]
