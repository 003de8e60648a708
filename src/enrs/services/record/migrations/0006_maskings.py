import django.db.models.deletion
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("record", "0005_last_movements_of_hospitals"),
        ("subjects", "0001_patients"),
    ]

    operations = [
        migrations.CreateModel(
            name="Masking",
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
                    "mark",
                    models.CharField(
                        choices=[
                            ("masked_from_professionals", "Masqué aux professionnels"),
                            ("hidden_from_patient", "Non visible par le patient"),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("document", "Document"), ("report", "Résultats")], max_length=10
                    ),
                ),
                ("object_id", models.UUIDField()),
                ("act_id", models.UUIDField(db_index=True)),
                ("was_marked", models.BooleanField(default=False)),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="motif")),
                ("author_id", models.UUIDField()),
                ("author_name", models.CharField(max_length=200)),
                ("author_label", models.CharField(blank=True, max_length=200)),
                ("masked_at", models.DateTimeField()),
                ("lifted_by_id", models.UUIDField(blank=True, null=True)),
                ("lifted_by", models.CharField(blank=True, max_length=200)),
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
                "db_table": "record_masking",
            },
        ),
        migrations.AddIndex(
            model_name="masking",
            index=models.Index(
                condition=models.Q(("withdrawn_at", None)),
                fields=["patient"],
                name="record_masking_standing",
            ),
        ),
        migrations.AddConstraint(
            model_name="masking",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("object_id", "mark"),
                name="record_masking_once",
            ),
        ),
    ]
