"""The decisions on which those in charge of protected adults stand; who was « tuteur » is by a tutelle."""

import django.db.models.deletion
from django.db import migrations, models

import enrs.core.ids

# Until now one word covered every measure, and opened what a tutelle opens: nobody loses what they had.
NAME = """
update circle_member set ground = 'tutelle' where basis = 'proxy' and ground = 'guardian'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("circles", "0002_denials_and_bounded_stays"),
        ("subjects", "0001_patients"),
    ]

    operations = [
        migrations.RunSQL(NAME, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Mandate",
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
                ("kind", models.CharField(max_length=30)),
                ("authority", models.CharField(max_length=200, verbose_name="décision de")),
                ("decided_on", models.DateField(verbose_name="date de la décision")),
                ("ends_on", models.DateField(verbose_name="fin de la mesure")),
                ("term", models.CharField(max_length=12)),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("replaced_at", models.DateTimeField(blank=True, null=True)),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                ("recorded_by", models.CharField(blank=True, max_length=200)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mandates",
                        to="circles.member",
                    ),
                ),
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
                "db_table": "circle_mandate",
                "indexes": [
                    models.Index(
                        condition=models.Q(("replaced_at", None)),
                        fields=["ends_on"],
                        name="circle_mandate_end",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("replaced_at", None)),
                        fields=("member",),
                        name="circle_mandate_current",
                    )
                ],
            },
        ),
    ]
