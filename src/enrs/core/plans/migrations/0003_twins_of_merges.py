"""A merge may bring a second open plan."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("plans", "0002_identifiers_of_plans"),
        ("subjects", "0001_patients"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="plan",
            name="plan_one_open",
        ),
        migrations.AddField(
            model_name="plan",
            name="is_twin",
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("is_twin", False), ("status__in", ("draft", "active")), ("withdrawn_at", None)
                ),
                fields=("patient", "kind"),
                name="plan_one_open",
            ),
        ),
    ]
