"""Imports that are stopped or fail, and emergency identities that were written by mistake."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0007_governance_and_four_eyes"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="activefile",
            name="identity_active_file_one",
        ),
        migrations.AddField(
            model_name="activefile",
            name="failures",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="activefile",
            name="started_by_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="emergencyidentity",
            name="form",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="emergencyidentity",
            name="withdrawn_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="emergencyidentity",
            name="withdrawn_by",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="emergencyidentity",
            name="withdrawn_for",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="activefile",
            name="state",
            field=models.CharField(
                choices=[
                    ("reading", "Lecture"),
                    ("checking", "Essai à blanc"),
                    ("checked", "À confirmer"),
                    ("running", "Import en cours"),
                    ("done", "Importé"),
                    ("cancelled", "Abandonné"),
                    ("stopped", "Arrêté"),
                    ("failed", "Échoué"),
                ],
                default="reading",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="emergencyidentity",
            index=models.Index(
                condition=models.Q(("form__isnull", False)),
                fields=["form"],
                name="identity_emergency_form",
            ),
        ),
        migrations.AddIndex(
            model_name="emergencyidentity",
            index=models.Index(
                condition=models.Q(("withdrawn_at__isnull", False)),
                fields=["-withdrawn_at", "-id"],
                name="identity_emergency_mistaken",
            ),
        ),
        migrations.AddConstraint(
            model_name="activefile",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ("done", "cancelled", "stopped", "failed")), _negated=True
                ),
                fields=("system",),
                name="identity_active_file_one",
            ),
        ),
    ]
