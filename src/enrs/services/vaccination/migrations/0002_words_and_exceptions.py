"""A dose keeps the words of its vaccine; a doctor may set a rule of number or delay aside."""

import django.contrib.postgres.fields
from django.db import migrations, models

WORDS = """
update vaccination_act a set vaccine_name = v.name, vaccine_disease = v.disease
from vaccination_vaccine v where v.id = a.vaccine_id
"""


class Migration(migrations.Migration):
    dependencies = [("vaccination", "0001_campaigns_and_acts")]

    operations = [
        migrations.AddField(
            "act",
            "vaccine_name",
            models.CharField(max_length=200, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "act",
            "vaccine_disease",
            models.CharField(max_length=120, default=""),
            preserve_default=False,
        ),
        migrations.RunSQL(WORDS, migrations.RunSQL.noop),
        migrations.AddField(
            "prescription", "exception", models.CharField(blank=True, max_length=200, default="")
        ),
        migrations.AddField(
            "prescription",
            "lifted",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            "prescription",
            "known",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=21), blank=True, default=list, size=None
            ),
        ),
    ]
