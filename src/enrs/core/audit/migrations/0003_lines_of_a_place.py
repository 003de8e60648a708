"""The lines of a place by moment: who of its people opened which record."""

from django.db import migrations

PLACE = """
create index audit_line_place on audit_line (organisation_id, at desc, id)
    where organisation_id is not null and patient_id is not null;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_horizon")]
    operations = [migrations.RunSQL(PLACE, "drop index audit_line_place")]
