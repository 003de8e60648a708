"""A proposal knows the versions that it was read of; an action keeps the name of who answers for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0008_stopped_imports_and_mistaken_emergencies"),
    ]

    operations = [
        migrations.AddField(
            model_name="identityproposal",
            name="versions",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="sourceaction",
            name="owner_words",
            field=models.CharField(blank=True, default="", max_length=402),
            preserve_default=False,
        ),
        migrations.RunSQL(
            "update identity_source_action a set owner_words = c.name"
            " || case when c.duty <> '' then ', ' || c.duty else '' end"
            " from identity_contact c where c.id = a.owner_id",
            migrations.RunSQL.noop,
        ),
    ]
