import django.db.models.deletion
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0001_blobs_and_documents"),
        ("rights", "0001_openings_and_requests"),
        ("subjects", "0001_patients"),
    ]

    operations = [
        migrations.CreateModel(
            name="DataCopy",
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
                    "person_name",
                    models.CharField(max_length=300, verbose_name="personne concernée"),
                ),
                ("asked_by_id", models.UUIDField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("preparing", "En préparation"),
                            ("ready", "Prête"),
                            ("expired", "Expirée"),
                            ("failed", "Non préparée"),
                        ],
                        default="preparing",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("next_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("ready_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("size", models.PositiveBigIntegerField(default=0)),
                (
                    "asked",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
                "db_table": "rights_copy",
            },
        ),
        migrations.CreateModel(
            name="CopyPiece",
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
                (
                    "blob",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.blob",
                    ),
                ),
                (
                    "made",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pieces",
                        to="rights.datacopy",
                    ),
                ),
            ],
            options={
                "db_table": "rights_copy_piece",
            },
        ),
        migrations.AddIndex(
            model_name="datacopy",
            index=models.Index(fields=["asked_by_id", "id"], name="rights_copy_asker"),
        ),
        migrations.AddIndex(
            model_name="datacopy",
            index=models.Index(
                condition=models.Q(("state", "preparing")),
                fields=["next_at", "id"],
                name="rights_copy_due",
            ),
        ),
        migrations.AddIndex(
            model_name="datacopy",
            index=models.Index(
                condition=models.Q(("state", "ready")),
                fields=["expires_at", "id"],
                name="rights_copy_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="datacopy",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["preparing", "ready"])),
                fields=("patient", "asked_by_id"),
                name="rights_copy_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="copypiece",
            constraint=models.UniqueConstraint(
                fields=("made", "number"), name="rights_copy_piece_number"
            ),
        ),
    ]
