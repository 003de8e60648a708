"""The name of the certificate that a partner must show."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gateway", "0001_inbox")]
    operations = [
        migrations.AddField(
            model_name="partner",
            name="certificate_name",
            field=models.CharField(
                blank=True, default="", max_length=200, verbose_name="nom du certificat"
            ),
            preserve_default=False,
        ),
    ]
