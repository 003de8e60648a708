"""Which partners may ask whose a number is and who has these traits."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gateway", "0002_partner_certificate")]
    operations = [
        migrations.AddField(
            model_name="partner",
            name="asking",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Non"),
                    ("own", "Oui : ses propres numéros et le numéro régional"),
                    ("all", "Oui : tous les domaines (service régional)"),
                ],
                default="",
                max_length=3,
                verbose_name="peut interroger les identités",
            ),
        ),
    ]
