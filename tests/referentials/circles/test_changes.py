"""A drafted change of the matrix on one record: who gains, who loses, for the officer alone."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrs.core.access.actor import acting
from enrs.core.access.commands import deny
from enrs.core.access.models import MatrixChange
from enrs.core.access.rules import Right
from enrs.core.audit.models import AuditLine
from enrs.core.ids import uuid7
from enrs.referentials.circles.changes import Change, Holder, changes, holders
from tests.factories import (
    GrantFactory,
    PositionFactory,
    UserFactory,
    actor,
    known_patient,
    member,
    organisation,
)
from tests.referentials.identity.factories import AWA

pytestmark = pytest.mark.django_db
WANTED = {("nurse", "results"): "", ("pharmacist", "social"): "r"}
GIVEN = {"nurse.results": "", "pharmacist.social": "r"}


@pytest.fixture
def patient():
    return known_patient(ins=AWA.ins, ins_oid=AWA.ins_oid, status="qualified")


def officer():
    user = UserFactory(kind="operator")
    PositionFactory(user=user, role="auditor", label="Déléguée à la protection des données")
    return user


def at(place, role):
    user = UserFactory(kind="professional")
    PositionFactory(user=user, role=role, organisation_id=place.id, organisation_name=place.name)
    return user


def test_a_cell_gains_or_loses_by_what_each_holds():
    reads = (Right("circle", "care_team", "record", 2),)
    nurse = Holder("Aya", "nurse", is_place=False, accounts=1, rights=reads)
    pharmacist = Holder("Minh", "pharmacist", is_place=False, accounts=1, rights=reads)
    physician = Holder("Yann", "physician", is_place=False, accounts=1, rights=reads)
    assert changes([nurse, pharmacist, physician], WANTED) == [
        Change(nurse, "results", "r", ""),
        Change(pharmacist, "social", "", "r"),
    ]
    assert changes([Holder("Nul", "nurse", is_place=False, accounts=1, rights=())], WANTED) == []


def test_the_named_have_a_line_each_and_a_place_is_counted_by_profession(patient):
    nurse = member(patient, "nurse")
    place = organisation()
    for role in ("nurse", "nurse", "physician"):
        at(place, role)
    GrantFactory(patient=patient, grantee_id=place.id)
    with acting(actor(officer())):
        found = holders(patient.pk, ["nurse"])
    assert [(one.is_place, one.accounts) for one in found] == [(False, 1), (True, 2)]
    assert found[0].name == nurse.name
    assert found[1].name == place.name
    assert found[0].rights[0].level == 2


@pytest.mark.parametrize("role", ["physician", "operator", "identity_officer"])
def test_nobody_else_is_told_who_holds_a_right(patient, role):
    member(patient, "nurse")
    other = UserFactory(kind="professional")
    PositionFactory(user=other, role=role)
    with acting(actor(other)):
        assert holders(patient.pk, ["nurse"]) == []


def test_an_opposition_is_no_right(patient):
    nurse = member(patient, "nurse")
    deny(patient_id=patient.pk, grantee_id=nurse.grantee_id, source_id=uuid7())
    with acting(actor(officer())):
        assert holders(patient.pk, ["nurse"]) == []


def page(user, ins, given=GIVEN):
    client = Client()
    client.force_login(user)
    return client.post(reverse("circles:change_on_record"), given | {"ins": ins})


def test_the_officer_sees_who_loses_before_anything_changes(patient):
    nurse = member(patient, "nurse")
    text = page(officer(), AWA.ins).content.decode()
    assert "Perdrait" in text
    assert "Gagnerait" not in text
    assert nurse.name in text
    assert not MatrixChange.objects.exists()
    line = AuditLine.objects.get(action="circle.change.simulated")
    assert line.patient_id == patient.pk


def test_what_cannot_be_tried_says_why(patient):
    assert page(officer(), "1 00").status_code == 422
    assert "Aucun changement" in page(officer(), AWA.ins, {}).content.decode()
    assert "Personne ne gagne" in page(officer(), AWA.ins).content.decode()


@pytest.mark.parametrize("role", ["operator", "physician"])
def test_nobody_else_opens_the_page(patient, role):
    user = UserFactory(kind="operator" if role == "operator" else "professional")
    PositionFactory(user=user, role=role)
    assert page(user, AWA.ins).status_code == 404


def test_the_page_costs_the_same_for_one_and_for_fifty(patient):
    by = officer()
    member(patient, "nurse")
    page(by, AWA.ins)
    with CaptureQueriesContext(connection) as few:
        page(by, AWA.ins)
    for _ in range(20):
        member(patient, "nurse")
    with CaptureQueriesContext(connection) as many:
        page(by, AWA.ins)
    assert len(many) == len(few)
