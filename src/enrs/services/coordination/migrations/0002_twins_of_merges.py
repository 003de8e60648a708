"""A merge may bring a second open case of one team."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0001_cases"),
        ("subjects", "0001_patients"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="case",
            name="coordination_case_one_open",
        ),
        migrations.AddField(
            model_name="case",
            name="is_twin",
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None), ("is_twin", False), ("withdrawn_at", None)),
                fields=("patient", "organisation_id"),
                name="coordination_case_one_open",
            ),
        ),
    ]
