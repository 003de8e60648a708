from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("questionnaires", "0001_forms_and_answers"),
    ]

    operations = [
        migrations.AddField(
            model_name="answer",
            name="identifiers",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.RunSQL(
            "alter table form_answer alter column identifiers set default '[]'::jsonb",
            "alter table form_answer alter column identifiers drop default",
        ),
    ]
