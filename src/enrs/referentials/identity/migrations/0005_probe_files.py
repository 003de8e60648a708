"""Files of people whom somebody looks for, without anybody being created."""

from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0004_desk_of_the_identity_unit"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProbeFile",
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
                ("user_id", models.UUIDField()),
                ("author_name", models.CharField(max_length=200)),
                ("role", models.CharField(max_length=40)),
                ("grantee_id", models.UUIDField(null=True)),
                ("organisation_id", models.UUIDField(null=True)),
                ("file_name", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "En cours"),
                            ("done", "Terminé"),
                            ("erased", "Effacé"),
                        ],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("line_count", models.PositiveIntegerField()),
                ("done_count", models.PositiveIntegerField(default=0)),
                ("found_count", models.PositiveIntegerField(default=0)),
                ("content", models.BinaryField(default=b"")),
                ("result", models.BinaryField(default=b"")),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "identity_probe_file",
                "indexes": [
                    models.Index(fields=["user_id", "-id"], name="identity_probe_file_own")
                ],
            },
        ),
    ]
