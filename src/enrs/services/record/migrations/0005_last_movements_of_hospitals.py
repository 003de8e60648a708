from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("record", "0004_unit_codes_of_stays"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="encounter",
            index=models.Index(
                fields=["organisation_finess", "last_event_at"], name="encounter_movement"
            ),
        ),
    ]
