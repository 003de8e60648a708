"""A full table of appointments behind one agenda: its questions are answered by an index, and row security
is asked of what is shown, not of what everybody has that day."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from enrs.core.agenda import queries
from enrs.core.agenda.models import Participant
from enrs.core.ids import uuid7
from tests.core.agenda.factories import NINE, agenda_of, appointment
from tests.factories import UserFactory, actor, known_patient, member

FILL = """
insert into agenda (id, kind, owner_id, label, is_active, created_at)
select md5('a' || n)::uuid, 'room', md5('o' || n)::uuid, 'Salle', true, now() from generate_series(1, 200) n;

insert into appointment (id, patient_id, agenda_id, recorded_at, withdrawn_reason, version, period, starts_at,
    status, kind, title, place, comment, identifiers, subject_kind, is_busy_only, source, external_uid, author_name,
    updated_at, cancelled_reason)
select md5('p' || n)::uuid, %(patient)s, md5('a' || 1 + n %% 200)::uuid, now(), '', 1,
    tstzrange(at, at + interval '20 minutes'), at, 'booked', 'consultation', '', '', '', '[]', '', false, '', '', '',
    now(), ''
from (select n, %(start)s + n / 200 * interval '20 minutes' as at from generate_series(1, 20000) n) given;

analyze agenda, appointment, appointment_participant, access_grant;
"""


def rows_read(run: Callable[[], Any]) -> tuple[int, str]:
    """The most appointments that a node of the plans reads or asks about, and the plans."""
    most, seen = 0, ""

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal most, seen
        if sql.startswith("SELECT") and '"appointment"' in sql:
            execute(f"explain (analyze, format json) {sql}", params, many, context)
            plan = context["cursor"].fetchone()[0]
            tree = json.loads(plan) if isinstance(plan, str) else plan
            seen += json.dumps(tree)
            most = max(most, _deepest(tree[0]["Plan"]))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        run()
    return most, seen


def _deepest(node: dict[str, Any]) -> int:
    below = max((_deepest(one) for one in node.get("Plans", [])), default=0)
    if node.get("Relation Name") != "appointment":
        return below
    removed = node.get("Rows Removed by Filter", 0)
    return max(below, int((node["Actual Rows"] + removed) * node["Actual Loops"]))


@pytest.mark.django_db
def test_what_concerns_one_reads_no_other_s_day(as_actor):
    patient = known_patient()
    nurse, guest = member(patient, "nurse"), UserFactory(role="nurse")
    own = appointment(agenda_of(nurse), patient)
    invited = appointment(agenda_of(guest), patient, start=NINE + timedelta(hours=1))
    Participant.objects.create(
        id=uuid7(), appointment=invited, grantee_id=nurse.grantee_id, display="x"
    )
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"patient": patient.pk, "start": NINE})
    day = {"since": NINE, "until": NINE + timedelta(days=1)}
    found: list[Any] = []
    with as_actor(actor(nurse)) as by:
        most, plans = rows_read(lambda: found.extend(queries.appointments_for(by.grantees, **day)))
    assert found == [own, invited]
    assert most <= 2
    assert "appointment_in_agenda" in plans
