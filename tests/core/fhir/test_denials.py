"""An opposition at the API: nothing of the patient is read or found, in the same single round trip."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrs.core.access.commands import deny
from enrs.core.ids import uuid7
from tests.core.fhir.conftest import Ask, World, give, ids
from tests.core.fhir.factories import ORGANISATION

pytestmark = pytest.mark.django_db


def test_an_opposition_closes_the_api_to_whom_the_place_of_work_has_a_right(world: World, ask: Ask):
    give(world.patient, ORGANISATION)
    assert ask(f"Patient/{world.patient.id}", world.token).status_code == 200
    deny(patient_id=world.patient.id, grantee_id=world.inside.grantee_id, source_id=uuid7())
    with CaptureQueriesContext(
        connection,
    ) as done:
        assert ask(f"Patient/{world.patient.id}", world.token).status_code == 404
    assert len([one for one in done if "fhir_read" in one["sql"]]) == 1
    assert ids(ask("Patient?family=durand", world.token)) == []
    assert ids(ask(f"Observation?patient={world.patient.id}", world.token)) == []
    assert ask(f"AuditEvent?patient={world.patient.id}", world.token).status_code == 404


def test_a_broken_glass_passes_the_opposition(world: World, ask: Ask):
    deny(patient_id=world.patient.id, grantee_id=world.inside.grantee_id, source_id=uuid7())
    give(world.patient, world.inside.grantee_id, purpose="break_glass")
    assert ask(f"Patient/{world.patient.id}", world.token).status_code == 200
    assert len(ids(ask("Patient?family=durand", world.token))) == 1
