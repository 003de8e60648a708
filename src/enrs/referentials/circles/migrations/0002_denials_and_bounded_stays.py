"""Standing oppositions stop every door, and stays without a discharge get an end."""

from django.db import migrations

DENY = """
insert into access_denial (patient_id, grantee_id, source_id, valid_from, valid_until)
select patient_id, grantee_id, id, now(), '9999-12-31 00:00:00+00' from circle_opposition
where lifted_at is null and withdrawn_at is null
on conflict do nothing
"""
BOUND = """
update access_grant set valid_until = now() + interval '90 days'
where purpose = 'stay' and valid_until > now() + interval '100 years'
"""
BOUND_PLACES = """
update circle_member set until = now() + interval '90 days'
where basis = 'stay' and until is null and ended_at is null
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_denials"),
        ("circles", "0001_circles_and_consents"),
    ]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (DENY, BOUND, BOUND_PLACES)
    ]
