"""The lines of a place by moment: who of its people opened which record.

Built partition by partition beside whoever writes: the journal takes a line for each page.
"""

from typing import Any

from django.db import migrations

ON = "(organisation_id, at desc, id) where organisation_id is not null and patient_id is not null"


def build(_: Any, schema_editor: Any) -> None:
    """The index of the parent, then that of each partition; one that a cut left half made is made anew."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "select inhrelid::regclass::text from pg_inherits where inhparent = 'audit_line'::regclass"
        )
        partitions = [name for (name,) in cursor.fetchall()]
        cursor.execute(f"create index if not exists audit_line_place on only audit_line {ON}")
        for name in partitions:
            cursor.execute(
                "select from pg_inherits where inhrelid = to_regclass(%s)", [f"{name}_place"]
            )
            if cursor.fetchone() is not None:
                continue
            cursor.execute(f"drop index concurrently if exists {name}_place")
            cursor.execute(f"create index concurrently {name}_place on {name} {ON}")
            cursor.execute(f"alter index audit_line_place attach partition {name}_place")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0002_horizon")]
    operations = [
        migrations.RunPython(build, lambda *_: None),
    ]
