"""Identities received from hospitals: kept, linked by rule, never merged silently."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from enrs.core.effects import act
from enrs.core.fhir.models import Key, Resource
from enrs.core.subjects.models import Patient
from enrs.referentials.identity.commands import receive_identity
from enrs.referentials.identity.models import (
    IdentityLink,
    IdentityVersion,
    RegionalIdentity,
    SourceIdentity,
    WorkItem,
)
from tests.referentials.identity.factories import AWA, CLINIC, fictional_ins, receive

pytestmark = pytest.mark.django_db


def test_a_first_venue_makes_a_regional_patient_with_its_keys_link_and_version():
    identity = receive()
    regional = RegionalIdentity.objects.get(pk=identity.patient_id)
    assert (regional.birth_name, regional.name_key, regional.ins) == ("NDIAYE", "NDIAYE", AWA.ins)
    assert regional.status == "qualified"
    assert regional.source_id == identity.id
    assert IdentityLink.objects.get(identity=identity).rule == "new"
    assert IdentityVersion.objects.get(identity=identity).traits == AWA
    assert SourceIdentity.objects.get(pk=identity.pk).traits == AWA


def test_the_same_message_again_changes_nothing_and_costs_one_statement():
    identity = receive()
    with (
        act(),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        again = receive()
    assert len(queries) == 1
    assert (again.id, again.version, again.patient_id) == (identity.id, 1, identity.patient_id)
    assert again.traits == AWA
    assert IdentityVersion.objects.count() == 1


def test_a_new_patient_costs_two_statements_before_the_bulk_effects():
    with act():
        with CaptureQueriesContext(connection) as queries:
            receive()
        assert len(queries) == 2


def test_a_second_hospital_with_the_same_qualified_ins_and_traits_is_linked():
    first = receive()
    with act(), CaptureQueriesContext(connection) as queries:
        second = receive("A9", CLINIC, birth_name="N'Diaye", phone="0160000000")
        assert len(queries) == 4
    assert second.patient_id == first.patient_id
    assert IdentityLink.objects.get(identity=second).rule == "ins"
    assert RegionalIdentity.objects.get().phone == "0160000000"
    assert Patient.objects.count() == 1
    assert not WorkItem.objects.exists()


@pytest.mark.usefixtures("by_ins_only")
def test_without_a_qualified_ins_nobody_is_linked_where_a_likeness_may_not():
    first = receive()
    second = receive("A9", CLINIC, status="provisional")
    assert second.patient_id != first.patient_id
    assert RegionalIdentity.objects.get(pk=second.patient_id).ins == ""


def test_discordant_traits_under_one_ins_make_a_doubtful_patient_and_a_work_item():
    first = receive()
    second = receive(
        "A9", CLINIC, birth_date="1975-01-01", first_given_name="FATOU", given_names=""
    )
    regional = RegionalIdentity.objects.get(pk=second.patient_id)
    assert second.patient_id != first.patient_id
    assert (second.attribute, regional.status, regional.ins) == ("doubtful", "provisional", "")
    item = WorkItem.objects.get()
    assert item.kind == "discordant_traits"
    assert item.identity_ids == [first.id, second.id]
    assert item.evidence == {"fields": ["first_given_name", "birth_date"]}


def test_the_same_discordant_message_again_changes_nothing():
    receive()
    for _ in range(2):
        second = receive("A9", CLINIC, birth_date="1975-01-01")
    assert second.version == 1
    assert WorkItem.objects.count() == 1


def test_a_discordance_mended_by_the_hospital_links_and_closes_the_item():
    first = receive()
    receive("A9", CLINIC, birth_date="1948-12-03")
    mended = receive("A9", CLINIC)
    assert mended.patient_id == first.patient_id
    assert mended.attribute == ""
    assert WorkItem.objects.get().outcome == "by_rule"
    assert IdentityLink.objects.filter(identity=mended).count() == 2


def test_a_birth_place_alone_links_and_is_told():
    first = receive()
    second = receive("A9", CLINIC, birth_place_code="75114")
    assert second.patient_id == first.patient_id
    assert WorkItem.objects.get().kind == "birth_place_differs"


@pytest.mark.usefixtures("by_ins_only")
def test_an_identity_qualified_later_joins_the_patient_who_has_the_ins():
    first = receive()
    provisional = receive("A9", CLINIC, ins="", ins_oid="", status="provisional")
    left = provisional.patient_id
    qualified = receive("A9", CLINIC)
    assert qualified.patient_id == first.patient_id
    assert RegionalIdentity.objects.get(pk=left).replaced_by_id == first.patient_id
    assert IdentityVersion.objects.filter(patient_id=first.patient_id).count() == 3


def test_changed_traits_make_a_version_and_show_on_the_patient():
    receive()
    changed = receive(city="Provins")
    assert changed.version == 2
    assert [row.city for row in IdentityVersion.objects.order_by("version")] == ["Melun", "Provins"]
    assert RegionalIdentity.objects.get().city == "Provins"


@pytest.mark.usefixtures("without_quarantine")
def test_an_identity_that_becomes_somebody_else_leaves_the_patient_it_was_linked_to():
    first = receive()
    second = receive("A9", CLINIC)
    assert second.patient_id == first.patient_id
    reused = receive(
        "A9", CLINIC, birth_name="MOREL", sex="M", first_given_name="LUC", given_names=""
    )
    assert reused.patient_id != first.patient_id
    assert RegionalIdentity.objects.get(pk=first.patient_id).birth_name == "NDIAYE"
    assert RegionalIdentity.objects.get(pk=first.patient_id).ins == AWA.ins
    assert RegionalIdentity.objects.get(pk=reused.patient_id).status == "provisional"
    assert WorkItem.objects.get().kind == "discordant_traits"


def test_a_wrong_key_is_kept_out_and_told():
    identity = receive(ins=AWA.ins[:13] + "00")
    assert (identity.ins, identity.status, identity.attribute) == ("", "provisional", "doubtful")
    assert WorkItem.objects.get().evidence == {"codes": ["ins.key"]}


def test_the_published_patient_carries_the_ins_only_when_qualified():
    qualified = receive()
    provisional = receive("A9", CLINIC, ins=fictional_ins(2), status="provisional")
    body = Resource.objects.get(id=qualified.patient_id, is_current=True).body
    assert "fr-core-patient-ins" in body
    assert AWA.ins in body
    other = Resource.objects.get(id=provisional.patient_id, is_current=True).body
    assert "fr-core-patient-ins" not in other
    assert fictional_ins(2) not in other
    found = Key.objects.filter(type="Patient", param="identifier", value=AWA.ins)
    assert [key.id for key in found] == [qualified.patient_id]


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_make_two_patients_for_one_ins():
    def arrive(number):
        try:
            return receive_identity(
                system=f"urn:oid:1.2.250.1.999.8.{number}", value="1",
                traits=replace(AWA, ins=fictional_ins(77)), sender=f"H{number}",
            ).patient_id  # fmt: skip
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        patients = set(pool.map(arrive, range(8)))
    assert len(patients) == 1
    assert SourceIdentity.objects.filter(patient_id__in=patients).count() == 8
