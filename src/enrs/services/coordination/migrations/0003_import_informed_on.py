"""The day by which the people of a file were told of the sharing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0002_twins_of_merges"),
    ]

    operations = [
        migrations.AddField(
            model_name="import",
            name="informed_on",
            field=models.DateField(blank=True, null=True),
        ),
    ]
