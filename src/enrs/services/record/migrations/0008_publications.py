import django.db.models.deletion
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0001_blobs_and_documents"),
        ("record", "0007_authors_of_filed_documents"),
        ("subjects", "0001_patients"),
    ]

    operations = [
        migrations.CreateModel(
            name="Publication",
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
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "En attente"),
                            ("sent", "Publié"),
                            ("refused", "Refusé"),
                            ("void", "Sans objet"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(blank=True, null=True)),
                ("code", models.CharField(blank=True, default="", max_length=60)),
                ("error", models.CharField(blank=True, default="", max_length=300)),
                ("entry_id", models.CharField(blank=True, default="", max_length=100)),
                ("labels", models.JSONField(blank=True, default=list)),
                ("asked_by_id", models.UUIDField(blank=True, null=True)),
                ("asked_by", models.CharField(max_length=200)),
                ("organisation_id", models.UUIDField(blank=True, null=True)),
                ("asked_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "document",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="publication",
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
            ],
            options={
                "db_table": "record_publication",
            },
        ),
        migrations.AddIndex(
            model_name="publication",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["id"],
                name="record_publication_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="publication",
            index=models.Index(
                fields=["organisation_id", "state", "-id"], name="record_publication_place"
            ),
        ),
        migrations.AddIndex(
            model_name="publication",
            index=models.Index(
                fields=["asked_by_id", "state", "-id"], name="record_publication_asker"
            ),
        ),
        migrations.AddIndex(
            model_name="publication",
            index=models.Index(
                fields=["organisation_id", "-id"], name="record_publication_of_place"
            ),
        ),
        migrations.AddIndex(
            model_name="publication",
            index=models.Index(fields=["asked_by_id", "-id"], name="record_publication_of_asker"),
        ),
    ]
