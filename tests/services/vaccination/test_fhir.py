"""Acts as Immunization: read, found, entered in error."""

import json

import pytest

from enrs.core.access.actor import acting
from enrs.core.fhir.models import Key, Resource
from enrs.core.fhir.rules.validation import validate
from enrs.services.vaccination import commands
from enrs.services.vaccination.fhir import act_resource
from tests.services.vaccination.factories import declared, event

pytestmark = pytest.mark.django_db


def published(act):
    row = Resource.objects.get(type="Immunization", id=act.id, is_current=True)
    return json.loads(row.body), row


def test_an_act_is_published_with_its_box_and_its_dose(patient, by):
    act = declared(patient.pk, by)
    tree, row = published(act)
    assert (tree["status"], tree["lotNumber"], row.category) == ("completed", "AB12", "summary")
    assert tree["patient"] == {"reference": f"Patient/{patient.pk}"}
    applied = tree["protocolApplied"][0]
    assert (applied["doseNumberPositiveInt"], applied["seriesDosesPositiveInt"]) == (1, 1)
    keys = set(Key.objects.filter(type="Immunization", id=act.id).values_list("param", "value"))
    assert {
        ("status", "completed"),
        ("vaccine-code", "J07BB02"),
        ("vaccine-code", "http://www.whocc.no/atc|J07BB02"),
    } <= keys


def test_one_taken_back_is_entered_in_error_and_stays_readable(patient, by):
    act = declared(patient.pk, by)
    with acting(by):
        commands.withdraw_act(act=act, reason="Mauvais dossier", expected_version=1)
    tree, row = published(act)
    assert (tree["status"], row.is_deleted) == ("entered-in-error", False)
    with acting(by):
        commands.restore_act(act=act, reason="C’était le bon", expected_version=2)
    assert published(act)[0]["status"] == "completed"


def test_a_reaction_has_its_day(patient, by):
    act = declared(patient.pk, by)
    with acting(by):
        made = commands.declare_adverse_event(act=act, event=event())
        assert published(act)[0]["reaction"] == [
            {"date": event().began_on.isoformat(), "reported": False}
        ]
        commands.withdraw_adverse_event(event=made, reason="Autre vaccin")
    assert "reaction" not in published(act)[0]


def test_the_resource_is_valid(patient, by):
    assert validate(act_resource(declared(patient.pk, by))) == []
