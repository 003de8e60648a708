from django.db import migrations, models

# What was withdrawn here while it was published there is withdrawn there by the next round.
ASK = """
update record_publication p set state = 'waiting', attempts = 0, next_try_at = null, code = '', error = ''
from document d where d.id = p.document_id and d.status = 'withdrawn' and p.entry_id <> ''
"""


class Migration(migrations.Migration):
    dependencies = [
        ("record", "0009_prescriptions"),
    ]

    operations = [
        migrations.AlterField(
            model_name="publication",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "En attente"),
                    ("sent", "Publié"),
                    ("refused", "Refusé"),
                    ("void", "Sans objet"),
                    ("removed", "Retiré du DMP"),
                ],
                default="waiting",
                max_length=8,
            ),
        ),
        migrations.RunSQL(ASK, migrations.RunSQL.noop),
    ]
