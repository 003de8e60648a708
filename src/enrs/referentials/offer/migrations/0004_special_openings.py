from django.db import migrations, models

import enrs.referentials.offer.fields


class Migration(migrations.Migration):
    dependencies = [
        ("offer", "0003_asked_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="healthcareservice",
            name="special_openings",
            field=models.JSONField(
                blank=True, default=list, verbose_name="ouvertures exceptionnelles"
            ),
        ),
        migrations.AddField(
            model_name="searchrow",
            name="special_days",
            field=enrs.referentials.offer.fields.DateMultirangeField(null=True),
        ),
        migrations.AddField(
            model_name="searchrow",
            name="special_times",
            field=enrs.referentials.offer.fields.TimestampMultirangeField(null=True),
        ),
    ]
