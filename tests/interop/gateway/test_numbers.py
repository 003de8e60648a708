"""Messages about two numbers: merged and taken back, renamed, declared one person or two."""

import pytest

from enrs.interop.gateway import reading
from enrs.interop.gateway.flows import people
from enrs.interop.gateway.models import Inbox, Partner
from enrs.referentials.identity.models import RegionalIdentity, SourceIdentity, WorkItem
from enrs.services.record.models import Encounter
from tests.interop.gateway import messages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("by_ins_only")]


def patient_of(value: str) -> object:
    return SourceIdentity.objects.get(value=value).patient_id


def test_a_merge_taken_back_gives_each_number_its_patient_and_stays_again(receive, work):
    receive(messages.adt(ipp="P1", control_id="1", visit="V1"))
    receive(messages.adt(ipp="P2", control_id="2", visit="V2"))
    work()
    before = patient_of("P1"), patient_of("P2")
    receive(messages.merge("P1", "P2", "3"))
    work()
    assert patient_of("P2") == patient_of("P1")
    receive(messages.about_two("A37", "P1", "P2", "4"))
    receive(messages.about_two("A37", "P1", "P2", "5"))
    work()
    assert (patient_of("P1"), patient_of("P2")) == before
    assert Encounter.objects.get(number="V2").patient_id == before[1]
    assert RegionalIdentity.objects.get(pk=before[1]).replaced_by_id is None
    assert SourceIdentity.objects.get(value="P2").absorbed_into_id is None
    assert set(Inbox.objects.values_list("state", flat=True)) == {"applied"}


@pytest.mark.parametrize("swapped", [False, True])
def test_an_unlink_finds_which_of_the_two_was_absorbed(receive, work, swapped):
    receive(messages.adt(ipp="P1", control_id="1"))
    receive(messages.adt(ipp="P2", control_id="2", visit="V2"))
    receive(messages.merge("P1", "P2", "3"))
    one, other = ("P2", "P1") if swapped else ("P1", "P2")
    receive(messages.about_two("A37", one, other, "4"))
    work(rounds=8)
    assert patient_of("P1") != patient_of("P2")


def test_a_changed_number_resolves_for_ever(receive, work):
    receive(messages.adt(ipp="OLD", control_id="1", name="AVANT"))
    receive(messages.renamed("OLD", "NEW", "2"))
    receive(messages.adt("A08", ipp="NEW", control_id="3", name="APRES"))
    work(rounds=8)
    assert patient_of("OLD") == patient_of("NEW")
    assert RegionalIdentity.objects.get(pk=patient_of("OLD")).birth_name == "APRES"
    assert Encounter.objects.filter(patient_id=patient_of("OLD")).exists()


def test_a_declared_link_is_told_to_the_unit_and_moves_nobody(receive, work):
    receive(messages.adt(ipp="P1", control_id="1"))
    receive(messages.adt(ipp="P2", control_id="2", visit="V2"))
    receive(messages.about_two("A24", "P1", "P2", "3"))
    work()
    assert patient_of("P1") != patient_of("P2")
    assert WorkItem.objects.filter(kind="declared_link").count() == 1
    assert "Deux numéros déclarés" in Inbox.objects.get(control_id="3").effects["words"][0]


def test_a_sender_answers_for_one_of_the_two_numbers_at_least(receive, work):
    receive(messages.adt(ipp="P1", control_id="1"))
    Partner.objects.update(trusted_identity_system="urn:finess:750099983")
    receive(messages.about_two("A24", "P1", "P2", "2"))
    work()
    refused = Inbox.objects.get(control_id="2")
    assert refused.state == "parked"
    assert "domaine de l'émetteur" in refused.error_text


@pytest.mark.parametrize("trigger", ["A24", "A37", "A40", "A47"])
def test_a_message_about_two_numbers_concerns_two_lanes(trigger):
    made = {
        "A40": lambda: messages.merge("P1", "P2", "1"),
        "A47": lambda: messages.renamed("P2", "P1", "1"),
    }.get(trigger, lambda: messages.about_two(trigger, "P1", "P2", "1"))()
    found = reading.read(made)
    assert found.state == "received"
    assert (found.patient_key[-3:], found.other_key[-3:]) == ("|P1", "|P2")
    assert found.other_lane is not None


def test_proof_collection_and_multiple_birth_become_traits(receive, work):
    zfd = "ZFD||||Y|INSI||PA"
    lines = messages.adt(extra=(zfd,)).decode().split("\r")
    fields = lines[2].split("|")
    fields += [""] * (26 - len(fields))
    fields[24], fields[25] = "Y", "2"
    lines[2] = "|".join(fields)
    receive("\r".join(lines).encode())
    work()
    made = SourceIdentity.objects.get()
    assert (made.collected_by, made.proof, made.multiple_birth) == ("INSI", "PA", "2")


def test_a_number_given_to_somebody_else_files_nothing_until_a_person_says_who_it_is(receive, work):
    receive(messages.adt(ipp="P1", control_id="1", visit="V1"))
    work()
    known = SourceIdentity.objects.get(value="P1")
    receive(messages.adt(ipp="P1", control_id="2", visit="V2", name="TOUTAUTRE", birth="19900101"))
    work()
    message = Inbox.objects.get(control_id="2")
    assert (message.state, message.error_code) == ("parked", "overlay")
    assert not Encounter.objects.filter(number="V2").exists()
    assert SourceIdentity.objects.get(value="P1").traits == known.traits
    assert WorkItem.objects.get(kind="overlay").identity_ids == [known.id]


def test_a_sender_disposes_of_its_own_numbers_alone(receive, work):
    receive(messages.adt(ipp="P1", control_id="1"))
    receive(messages.adt(ipp="P2", control_id="2", visit="V2"))
    work()
    before = patient_of("P2")
    Partner.objects.update(trusted_identity_system="urn:finess:750099983", finess="750099983")
    people.forget()
    receive(messages.merge("P1", "P2", "3"))
    work()
    assert Inbox.objects.get(control_id="3").state == "parked"
    assert patient_of("P2") == before
