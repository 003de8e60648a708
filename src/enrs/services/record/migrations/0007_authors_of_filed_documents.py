"""What was filed by FHIR bears the number of the professional whose account filed it."""

from django.db import migrations

# The line of the filing names the account; documents that say who wrote them keep what they say.
NAME = """
update document d set author_idnat = w.idnat
from audit_line l join account_user u on u.id = l.actor_id join directory_practitioner w on w.id = u.grantee_id
where d.source like 'fhir:%' and d.author_idnat = '' and l.patient_id = d.patient_id
  and l.action = 'record.document.filed' and l.object_id = d.id::text and d.author_name = u.name
"""


class Migration(migrations.Migration):
    dependencies = [
        ("record", "0006_maskings"),
        ("documents", "0001_blobs_and_documents"),
        ("audit", "0003_lines_of_a_place"),
        ("directory", "0005_sirene"),
        ("accounts", "0004_audience_of_applications"),
    ]

    operations = [migrations.RunSQL(NAME, migrations.RunSQL.noop)]
