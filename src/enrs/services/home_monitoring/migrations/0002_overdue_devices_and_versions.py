"""Follow-ups past their end, measures that come by themselves, alerts that say something else since."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("home_monitoring", "0001_follow_ups"),
        ("subjects", "0001_patients"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="version",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="followup",
            name="over_told_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="reading",
            name="means",
            field=models.CharField(
                choices=[
                    ("person", "La personne, sur son téléphone"),
                    ("nurse", "Un professionnel, à domicile"),
                    ("call", "Un appel, pour qui n’a pas de téléphone connecté"),
                    ("device", "Un appareil ou un logiciel"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            model_name="followup",
            index=models.Index(
                condition=models.Q(("ended_at", None), ("withdrawn_at", None)),
                fields=["ends_at"],
                name="monitoring_over",
            ),
        ),
    ]
