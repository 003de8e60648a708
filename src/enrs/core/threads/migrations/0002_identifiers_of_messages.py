from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("threads", "0001_threads_and_messages"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="identifiers",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.RunSQL(
            "alter table thread_message alter column identifiers set default '[]'::jsonb",
            "alter table thread_message alter column identifiers drop default",
        ),
    ]
