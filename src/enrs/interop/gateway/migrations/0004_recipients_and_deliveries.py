"""Partners that are told of changes of numbers, and what was told to each."""

import django.db.models.deletion
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("gateway", "0003_who_may_ask"),
    ]

    operations = [
        migrations.CreateModel(
            name="Recipient",
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
                ("host", models.CharField(max_length=200, verbose_name="adresse")),
                ("port", models.PositiveIntegerField(default=2575, verbose_name="port")),
                ("is_encrypted", models.BooleanField(default=True, verbose_name="TLS")),
                (
                    "domain",
                    models.CharField(
                        blank=True, max_length=120, verbose_name="domaine de ses patients"
                    ),
                ),
                ("wants_numbers", models.BooleanField(default=True, verbose_name="numéros (A31)")),
                ("wants_merges", models.BooleanField(default=True, verbose_name="fusions (A40)")),
                (
                    "wants_links",
                    models.BooleanField(default=False, verbose_name="rapprochements (A24, A37)"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="actif")),
                ("failures", models.PositiveIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.CharField(blank=True, default="", max_length=300)),
                (
                    "partner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recipient",
                        to="gateway.partner",
                    ),
                ),
            ],
            options={
                "db_table": "partner_recipient",
            },
        ),
        migrations.CreateModel(
            name="Delivery",
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
                            ("A31", "Numéros d’un patient"),
                            ("A40", "Deux patients devenus un"),
                            ("A24", "Deux numéros d’une même personne"),
                            ("A37", "Deux numéros de personnes différentes"),
                        ],
                        max_length=3,
                    ),
                ),
                ("patient_id", models.UUIDField()),
                ("former_id", models.UUIDField(blank=True, null=True)),
                ("numbers", models.JSONField(blank=True, default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "En attente"),
                            ("sent", "Reçue"),
                            ("refused", "Refusée"),
                            ("void", "Sans objet"),
                        ],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.CharField(blank=True, default="", max_length=300)),
                ("body", models.BinaryField(default=b"")),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="gateway.recipient",
                    ),
                ),
            ],
            options={
                "db_table": "partner_delivery",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["recipient", "id"],
                        name="partner_delivery_waiting",
                    ),
                    models.Index(fields=["patient_id"], name="partner_delivery_patient"),
                    models.Index(fields=["state", "id"], name="partner_delivery_state"),
                ],
            },
        ),
    ]
