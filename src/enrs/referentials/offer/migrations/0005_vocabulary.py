import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("offer", "0004_special_openings"),
    ]

    operations = [
        migrations.CreateModel(
            name="VocabularyEntry",
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
                (
                    "kind",
                    models.CharField(
                        choices=[("theme", "Thème"), ("need", "Besoin")], max_length=10
                    ),
                ),
                ("key", models.CharField(max_length=80)),
                ("content", models.JSONField(blank=True, null=True)),
                ("is_hidden", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "offer_vocabulary",
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "key"), name="offer_vocabulary_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="VocabularyChange",
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
                    "act",
                    models.CharField(
                        choices=[
                            ("added", "Ajouté"),
                            ("changed", "Modifié"),
                            ("hidden", "Retiré"),
                            ("shown", "Remis"),
                            ("undone", "Dernier changement annulé"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("by", models.CharField(max_length=200)),
                ("by_id", models.UUIDField(blank=True, null=True)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="offer.vocabularyentry",
                    ),
                ),
            ],
            options={
                "db_table": "offer_vocabulary_change",
                "indexes": [models.Index(fields=["entry", "-id"], name="offer_vocabulary_changes")],
            },
        ),
    ]
