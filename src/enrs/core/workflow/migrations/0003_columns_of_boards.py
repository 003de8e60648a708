from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("workflow", "0002_identifiers_of_tasks"),
    ]

    operations = [
        migrations.CreateModel(
            name="BoardColumns",
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
                ("board", models.CharField(max_length=80)),
                ("hidden", models.JSONField(default=list)),
            ],
            options={
                "db_table": "board_columns",
                "constraints": [
                    models.UniqueConstraint(fields=("user_id", "board"), name="board_columns_once")
                ],
            },
        ),
    ]
