from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("plans", "0001_plans"),
    ]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="identifiers",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.RunSQL(
            "alter table plan alter column identifiers set default '[]'::jsonb",
            "alter table plan alter column identifiers drop default",
        ),
    ]
