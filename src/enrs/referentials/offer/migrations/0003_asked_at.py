from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("offer", "0002_doors_of_changes"),
    ]

    operations = [
        migrations.AddField(
            model_name="healthcareservice",
            name="asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
