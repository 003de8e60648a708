"""Restrictions of processing that were granted."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0005_accesses_of_a_place"),
        ("subjects", "0001_patients"),
    ]

    operations = [
        migrations.AlterField(
            model_name="requestact",
            name="kind",
            field=models.CharField(
                choices=[
                    ("received", "Demande reçue"),
                    ("identity", "Identité vérifiée"),
                    ("extended", "Délai prolongé"),
                    ("answered", "Réponse envoyée"),
                    ("refused", "Demande refusée"),
                    ("wish", "Volonté de la personne recherchée"),
                    ("restricted", "Traitement limité"),
                    ("lifted", "Limitation levée"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="Restriction",
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
                ("placed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("placed_by", models.CharField(max_length=200)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_by", models.CharField(blank=True, max_length=200)),
                ("lift_reason", models.TextField(blank=True)),
                (
                    "asked",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="restriction",
                        to="rights.rightsrequest",
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
                "db_table": "rights_restriction",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at", None)),
                        fields=("patient",),
                        name="rights_restriction_one",
                    )
                ],
            },
        ),
    ]
