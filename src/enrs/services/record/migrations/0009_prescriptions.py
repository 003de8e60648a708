import django.db.models.deletion
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0002_what_a_document_tells_of"),
        ("record", "0008_publications"),
        ("subjects", "0001_patients"),
    ]

    operations = [
        migrations.CreateModel(
            name="Prescription",
            fields=[
                ("identity_id", models.UUIDField(blank=True, db_index=True, null=True)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200)),
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
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "À signer"),
                            ("signed", "En vigueur"),
                            ("replaced", "Remplacée"),
                            ("cancelled", "Annulée"),
                        ],
                        default="draft",
                        max_length=9,
                    ),
                ),
                ("author_id", models.UUIDField()),
                ("author_name", models.CharField(max_length=200)),
                ("author_label", models.CharField(blank=True, max_length=200)),
                ("author_role", models.CharField(max_length=20)),
                ("organisation_id", models.UUIDField(blank=True, null=True)),
                ("organisation_name", models.CharField(blank=True, max_length=300)),
                ("remarks", models.TextField(blank=True)),
                ("alerts", models.JSONField(blank=True, default=list)),
                ("written_at", models.DateTimeField()),
                ("signed_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_by", models.CharField(blank=True, max_length=200)),
                ("ended_reason", models.CharField(blank=True, max_length=200)),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
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
                (
                    "renews",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="renewals",
                        to="record.prescription",
                    ),
                ),
                (
                    "replaces",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="record.prescription",
                    ),
                ),
            ],
            options={
                "db_table": "record_prescription",
            },
        ),
        migrations.CreateModel(
            name="PrescriptionLine",
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
                ("patient_id", models.UUIDField()),
                ("display", models.CharField(max_length=200)),
                ("code", models.CharField(blank=True, max_length=40)),
                ("code_system", models.CharField(blank=True, max_length=100)),
                (
                    "dose",
                    models.DecimalField(blank=True, decimal_places=3, max_digits=8, null=True),
                ),
                ("dose_unit", models.CharField(blank=True, max_length=20)),
                ("route", models.CharField(blank=True, max_length=12)),
                ("times", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("period", models.CharField(blank=True, max_length=4)),
                ("moments", models.CharField(blank=True, max_length=120)),
                ("is_as_needed", models.BooleanField(default=False)),
                ("lasts", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("lasts_unit", models.CharField(blank=True, max_length=4)),
                ("quantity", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("refills", models.PositiveSmallIntegerField(default=0)),
                ("no_substitution", models.CharField(blank=True, max_length=4)),
                ("is_long_term", models.BooleanField(default=False)),
                ("comment", models.CharField(blank=True, max_length=500)),
                ("to_pharmacist", models.CharField(blank=True, max_length=300)),
                ("treatment_id", models.UUIDField(blank=True, null=True)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "prescription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="record.prescription",
                    ),
                ),
            ],
            options={
                "db_table": "record_prescription_line",
            },
        ),
        migrations.AddIndex(
            model_name="prescription",
            index=models.Index(
                fields=["patient", "-written_at", "-id"], name="record_prescription_timeline"
            ),
        ),
        migrations.AddIndex(
            model_name="prescription",
            index=models.Index(
                condition=models.Q(("status", "draft"), ("withdrawn_at", None)),
                fields=["patient", "author_id"],
                name="record_prescription_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="prescription",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["signed", "replaced"])),
                fields=("replaces",),
                name="record_prescription_one_after",
            ),
        ),
    ]
