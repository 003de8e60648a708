from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agenda", "0001_agendas_and_appointments"),
    ]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="identifiers",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.RunSQL(
            "alter table appointment alter column identifiers set default '[]'::jsonb",
            "alter table appointment alter column identifiers drop default",
        ),
    ]
