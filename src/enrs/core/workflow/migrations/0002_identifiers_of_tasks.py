from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("workflow", "0001_tasks"),
    ]

    operations = [
        migrations.AddField(
            model_name="task",
            name="identifiers",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.RunSQL(
            "alter table task alter column identifiers set default '[]'::jsonb",
            "alter table task alter column identifiers drop default",
        ),
    ]
