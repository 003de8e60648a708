import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("offer", "0005_vocabulary"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportedOffer",
            fields=[
                (
                    "service",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="imported",
                        serialize=False,
                        to="offer.healthcareservice",
                    ),
                ),
                ("system", models.CharField(blank=True, max_length=200)),
                ("value", models.CharField(max_length=200)),
                ("values", models.JSONField(default=dict)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "db_table": "offer_imported",
                "constraints": [
                    models.UniqueConstraint(fields=("system", "value"), name="offer_imported_once")
                ],
            },
        ),
    ]
