"""`enrs fhir rebuild`: sees what is missing, altered or left over, and mends it."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection

from enrs.config.rebuild import rebuild
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.fhir.models import Key, Resource
from enrs.core.ids import uuid7
from enrs.core.questionnaires.commands import publish_form, try_form, upload_form
from enrs.referentials.directory.models import Practitioner
from enrs.referentials.identity.commands import receive_identity
from enrs.referentials.identity.rules import Traits
from enrs.services.record import commands, rules
from tests.core.fhir.factories import put

AT = datetime(2026, 3, 12, 14, 5, tzinfo=UTC)


@pytest.fixture
def record(db):
    """A patient with a stay, a document and a result."""
    traits = Traits(
        birth_name="ESSAI", first_given_name="JEANNE", given_names="JEANNE", birth_date="1956-03-12", sex="F",
        status="provisional",
    )  # fmt: skip
    with acting(SYSTEM):
        identity = receive_identity(system="urn:local:x", value="1", traits=traits, sender="x")
        given = {"identity_id": identity.id, "patient_id": identity.patient_id, "source": "x"}
        stay = rules.NewStay(
            system="urn:local:x", number="9", event="A01", happened_at=AT, admitted_at=AT
        )
        commands.record_stay(stay=stay, **given)
        meta = rules.DocumentMeta(
            unique_id="1.2.3", type_code="11488-4", type_display="CR", title="CR", mime_type="text/plain",
            happened_at=AT,
        )  # fmt: skip
        commands.file_document(content=b"texte", meta=meta, **given)
        values = tuple(
            rules.NewObservation(
                code=code,
                code_system="LN",
                display=code,
                observed_at=AT,
                value=Decimal("4.10"),
                unit="mmol/L",
            )
            for code in ("2823-3", "2951-2")
        )
        report = rules.NewReport(
            number="7", code="11502-2", display="Bio", issued_at=AT, observations=values
        )
        commands.file_results(report=report, **given)
    return identity


def test_what_commands_publish_is_what_the_tables_give(record):
    outcome = rebuild(check=True)
    assert outcome.is_same, outcome.sentence
    forms = Resource.objects.filter(type="Questionnaire", is_current=True).count()
    assert outcome.compared == forms + 6
    assert "toutes identiques" in outcome.sentence


def test_every_kind_of_difference_is_found_and_mended(record):
    Resource.objects.filter(type="DocumentReference").delete()
    Key.objects.filter(type="DocumentReference").delete()
    Key.objects.filter(type="Observation", param="code", value="2823-3").update(value="autre")
    with connection.cursor() as cursor:
        cursor.execute(
            "update fhir_resource set body = replace(body, '\"9\"', '\"8\"') where type = 'Encounter'"
        )
    left = put("Observation", None, "")
    Practitioner.objects.create(id=uuid7(), idnat="899700218896", family="ROUX")
    outcome = rebuild(check=True)
    assert not outcome.is_same
    assert {name.partition("/")[0] for name in outcome.missing} == {
        "DocumentReference",
        "Practitioner",
    }
    assert {name.partition("/")[0] for name in outcome.different} == {"Encounter", "Observation"}
    assert outcome.extra == [f"Observation/{left}"]
    assert rebuild(check=True).sentence == outcome.sentence
    assert "publiées de nouveau" in rebuild(check=False).sentence
    assert rebuild(check=True).is_same
    assert Resource.objects.get(id=left, is_current=True).is_deleted


def test_a_draft_is_not_missing(db):
    body = {"resourceType": "Questionnaire", "url": "urn:essai", "name": "essai", "version": "1", "title": "Essai",
            "status": "draft", "item": [{"linkId": "a", "type": "string", "text": "A"}]}  # fmt: skip
    with acting(SYSTEM):
        form = upload_form(content=json.dumps(body).encode())
        assert rebuild(check=True).is_same
        publish_form(form=try_form(form=form))
    assert rebuild(check=True).is_same
