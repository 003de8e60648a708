from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rosters", "0001_rosters_and_shifts"),
    ]

    operations = [
        migrations.AlterField(
            model_name="roster",
            name="coverage",
            field=models.CharField(
                choices=[
                    ("always", "Jour et nuit, tous les jours"),
                    ("nights", "Nuits, week-ends et jours fériés"),
                    ("days", "En journée, du lundi au vendredi (sauf jours fériés)"),
                ],
                default="always",
                max_length=8,
                verbose_name="heures couvertes",
            ),
        ),
    ]
