"""Calendars of outside followed at their address."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("agenda", "0002_identifiers_of_appointments"),
    ]

    operations = [
        migrations.CreateModel(
            name="Followed",
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
                ("source", models.CharField(max_length=100)),
                ("address", models.CharField(max_length=1000)),
                ("added_by", models.CharField(max_length=200)),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("next_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                ("tag", models.CharField(blank=True, max_length=300)),
                ("count", models.PositiveIntegerField(default=0)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("fault", models.CharField(blank=True, max_length=20)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "agenda",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followed",
                        to="agenda.agenda",
                    ),
                ),
            ],
            options={
                "db_table": "agenda_followed",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at", None)),
                        fields=["next_at", "id"],
                        name="agenda_followed_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("agenda", "source"),
                        name="agenda_followed_once",
                    )
                ],
            },
        ),
    ]
