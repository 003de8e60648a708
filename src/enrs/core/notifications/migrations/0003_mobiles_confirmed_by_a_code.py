from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0002_sendings_and_preferences"),
    ]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="code_hash",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="delivery",
            name="code_tries",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="delivery",
            name="code_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="delivery",
            name="codes_sent",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="delivery",
            name="codes_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="delivery",
            name="confirmed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        # The mobiles that were there before have been served since: they are taken as confirmed.
        migrations.RunSQL(
            "update notice_delivery set confirmed_at = now() where mobile <> ''",
            migrations.RunSQL.noop,
        ),
    ]
