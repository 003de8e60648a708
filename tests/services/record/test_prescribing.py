"""Prescriptions: written, signed, renewed, corrected, cancelled; their documents, treatments, what is published."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.models import Position
from enrs.core.audit.models import AuditLine
from enrs.core.documents import store
from enrs.core.documents.models import Document
from enrs.core.subjects.commands import StaleSaveError
from enrs.formats.cda.builder_medicines import TWO_ZONES
from enrs.formats.cda.clinical_reader import facts
from enrs.formats.cda.header import metadata, missing
from enrs.formats.cda.reader import read
from enrs.referentials.identity.commands import merge_local
from enrs.services.record import commands
from enrs.services.record.commands import PrescriptionRefusedError, ProductionRefusedError
from enrs.services.record.models import Prescription, Publication, Treatment
from enrs.services.record.prescription_printing import _person
from enrs.services.record.queries import accesses
from enrs.services.record.queries import prescriptions as queries
from enrs.services.record.rules.prescribing import LineRefusedError
from enrs.services.record.views.frame import banner_of
from tests.referentials.identity.factories import HOSPITAL, receive
from tests.services.record import factories as f
from tests.services.record import signing
from tests.services.record.checks import assert_r4, current
from tests.services.record.prescribing import (
    AMLODIPINE,
    PARACETAMOL,
    VACCINE,
    add,
    sign,
    signed,
    written,
)

pytestmark = pytest.mark.django_db
Who = tuple[UUID, Actor]


@pytest.fixture
def who() -> Who:
    patient_id = f.patient()
    return patient_id, signing.doctor(patient_id)


def refused(code: str) -> Any:
    return pytest.raises(PrescriptionRefusedError, match=f"^{code}$")


def test_a_signed_prescription_is_a_document_with_its_lines(who):
    made = signed(*who, AMLODIPINE, PARACETAMOL)
    paper = Document.objects.get()
    assert (made.status, made.document, paper.about_id) == ("signed", paper, made.pk)
    told = read(store.take(paper.blob))
    meta = metadata(told)
    assert missing(meta) == []
    assert (paper.type_code, meta.type_code.code, paper.title) == (
        "57833-6", "57833-6", "Prescription de médicaments",
    )  # fmt: skip
    assert [one.code for one in meta.informations] == [TWO_ZONES.code]
    assert meta.legal_authenticator.idnat == meta.authors[0].idnat == paper.author_idnat
    first, second = facts(told).prescribed
    assert (first.label, first.code.code, first.is_long_term) == (
        "Amlodipine 5 mg, gélule", "C08CA01", True,
    )  # fmt: skip
    assert (first.times, first.period, first.lasts, first.lasts_unit, first.refills) == (
        1,
        "d",
        3,
        "mo",
        2,
    )
    assert first.dosage == "1 gélule, 1 fois par jour, le matin, pendant 3 mois"
    assert (str(second.dose), second.dose_unit, second.to_pharmacist) == (
        "0.5", "comprimé", "Sans aspartam",
    )  # fmt: skip
    assert not second.is_substitutable
    assert "(CIF)" in second.no_substitution
    actions = AuditLine.objects.filter(action__startswith="record.prescription").order_by("id")
    assert actions.last().action == "record.prescription.signed"
    assert actions.last().object_id == str(paper.pk)


def test_without_a_line_for_a_long_term_condition_it_has_one_zone(who):
    made = signed(*who, PARACETAMOL)
    assert metadata(read(store.take(made.document.blob))).informations == ()


def test_a_draft_is_its_author_s_alone(who):
    made = written(*who)
    other = signing.doctor(who[0], finess="770000032")
    with acting(other):
        assert queries.prescription(who[0], made.pk, role="physician") is None
        with pytest.raises(AccessRefusedError):
            add(made, PARACETAMOL)
        with pytest.raises(AccessRefusedError):
            sign(made, other)
        with pytest.raises(AccessRefusedError):
            commands.drop_prescription(prescription=made)
    with acting(f.owner(who[0])):
        assert queries.prescriptions(who[0], role="patient") == []


def test_an_empty_draft_serves_again_and_signs_nothing(who):
    with acting(who[1]):
        first = commands.start_prescription(patient_id=who[0])
        assert commands.start_prescription(patient_id=who[0]) == first
    with refused("empty"):
        sign(first, who[1])
    assert not Document.objects.exists()


def test_lines_are_changed_and_removed_from_the_version_that_was_read(who):
    made = written(*who, AMLODIPINE)
    (line,) = queries.lines_of(made)
    stale = Prescription.objects.get(pk=made.pk)
    with acting(who[1]):
        commands.save_prescription_line(
            prescription=made, values=AMLODIPINE | {"refills": "0"}, line_id=line.pk, expected_version=made.version,
        )  # fmt: skip
        with pytest.raises(StaleSaveError):
            commands.remove_prescription_line(
                prescription=stale, line_id=line.pk, expected_version=stale.version - 1
            )
        commands.remove_prescription_line(
            prescription=made, line_id=line.pk, expected_version=made.version
        )
        with refused("line"):
            commands.remove_prescription_line(
                prescription=made, line_id=line.pk, expected_version=made.version
            )
    assert queries.lines_of(made) == []
    with pytest.raises(StaleSaveError):
        sign(written(*who), who[1], expected_version=99)


def test_an_alert_is_read_before_signing_and_kept(who):
    signing.summary(*who)
    made = written(*who, PARACETAMOL | {"display": "Metformine 500 mg"})
    with refused("alerts"):
        sign(made, who[1], alerts_read="")
    made.refresh_from_db()
    assert (made.status, made.version) == ("draft", 2)
    sign(made, who[1])
    assert made.alerts == [
        "Metformine 500 mg : déjà parmi les traitements en cours, « Metformine 1 g »."
    ]


def test_who_has_no_national_number_signs_nothing(who):
    other = f.member(who[0], "physician", "Sans Numéro")
    made = written(who[0], other)
    with pytest.raises(ProductionRefusedError) as caught:
        sign(made, other)
    assert "AUT-01" in {one.code for one in caught.value.faults}
    made.refresh_from_db()
    assert (made.status, made.document) == ("draft", None)


def test_a_pharmacist_prescribes_vaccines_alone(who):
    other = signing.doctor(who[0], "pharmacist", finess="770000032")
    assert signed(who[0], other, VACCINE).status == "signed"
    with pytest.raises(LineRefusedError):
        written(who[0], other, AMLODIPINE)
    with acting(other):
        taken_up = commands.renew_prescription(prescription=signed(*who))
    with refused("scope"):
        sign(taken_up, other)


@pytest.mark.parametrize(
    "role", ["allied", "secretary", "social_worker", "coordinator", "biologist"]
)
def test_other_professions_prescribe_nothing(who, role):
    with pytest.raises(AccessRefusedError), acting(f.member(who[0], role)):
        commands.start_prescription(patient_id=who[0])


def test_one_tap_takes_up_the_lines_again(who):
    former = signed(*who, AMLODIPINE, PARACETAMOL)
    with acting(who[1]):
        draft = commands.renew_prescription(prescription=former)
        assert commands.renew_prescription(prescription=former) == draft
        with refused("unsigned"):
            commands.renew_prescription(prescription=draft)
    assert [one.display for one in queries.lines_of(draft)] == [
        AMLODIPINE["display"], PARACETAMOL["display"],
    ]  # fmt: skip
    again = sign(draft, who[1])
    former.refresh_from_db()
    assert (former.status, again.renews) == ("signed", former)
    assert Document.objects.filter(status="current").count() == 2


def test_a_correction_replaces_its_document_and_its_published_lines(who):
    former = signed(*who)
    with acting(who[1]):
        draft = commands.correct_prescription(prescription=former)
    later = sign(draft, who[1])
    former.refresh_from_db()
    assert (former.status, former.ended_by) == ("replaced", who[1].name)
    assert (later.document.version_number, later.document.set_id) == (2, former.document.set_id)
    former.document.refresh_from_db()
    assert former.document.status == "superseded"
    assert queries.successor_of(former) == later
    assert current("MedicationRequest", queries.lines_of(former)[0].pk)["status"] == "stopped"
    with acting(who[1]), refused("ended"):
        commands.correct_prescription(prescription=former)


def test_two_corrections_of_one_prescription_do_not_both_stand(who):
    former = signed(*who)
    with acting(who[1]):
        first = commands.correct_prescription(prescription=former)
        Prescription.objects.filter(pk=first.pk).update(replaces=None)
        second = commands.correct_prescription(prescription=former)
        Prescription.objects.filter(pk=first.pk).update(replaces=former)
        first.refresh_from_db()
    sign(first, who[1])
    with pytest.raises((PrescriptionRefusedError, ProductionRefusedError)):
        sign(second, who[1])
    second.refresh_from_db()
    assert second.status == "draft"
    assert Document.objects.count() == 2


def test_a_cancelled_prescription_stays_with_its_reason(who):
    made = signed(*who)
    other = signing.doctor(who[0], finess="770000032")
    with acting(other), pytest.raises(AccessRefusedError):
        commands.cancel_prescription(prescription=made, reason="Erreur", expected_version=3)
    with acting(who[1]):
        with refused("reason"):
            commands.cancel_prescription(
                prescription=made, reason="  a ", expected_version=made.version
            )
        commands.cancel_prescription(
            prescription=made, reason="Erreur de dose", expected_version=made.version
        )
        with refused("ended"):
            commands.cancel_prescription(
                prescription=made, reason="Encore", expected_version=made.version
            )
    made.document.refresh_from_db()
    assert (made.status, made.ended_reason) == ("cancelled", "Erreur de dose")
    assert (made.document.status, made.document.withdrawn_reason) == (
        "withdrawn", "Ordonnance annulée : Erreur de dose",
    )  # fmt: skip
    assert current("MedicationRequest", queries.lines_of(made)[0].pk)["status"] == "cancelled"


def test_who_may_not_prescribe_it_does_not_cancel_it(who):
    made = signed(*who, AMLODIPINE)
    vaccine = signed(*who, VACCINE)
    nurse = f.member(who[0], "nurse")
    Position.objects.filter(user_id=nurse.user_id).update(organisation_id=who[1].organisation_id)
    nurse = replace(nurse, organisation_id=who[1].organisation_id)
    assert who[1].organisation_id in nurse.grantees
    with acting(nurse):
        with pytest.raises(AccessRefusedError):
            commands.cancel_prescription(
                prescription=made, reason="Erreur de dose", expected_version=made.version
            )
        commands.cancel_prescription(
            prescription=vaccine, reason="Déjà faite", expected_version=vaccine.version
        )
    made.refresh_from_db()
    assert (made.status, vaccine.status) == ("signed", "cancelled")


def test_a_dentist_signs_what_they_write(who):
    other = signing.doctor(
        who[0], "dentist", finess="770000032", profession_code="40", profession_label="Chirurgien-dentiste",
        speciality_code="", speciality_label="",
    )  # fmt: skip
    assert signed(who[0], other, PARACETAMOL).status == "signed"


def test_every_allergy_is_compared(who):
    with acting(who[1]):
        commands.record_entry(kind="allergy", patient_id=who[0], values={"display": "Paracétamol"})
        for rank in range(31):
            commands.record_entry(
                kind="allergy", patient_id=who[0], values={"display": f"Pollen numéro {rank}"}
            )
    made = written(*who, PARACETAMOL)
    with refused("alerts"):
        sign(made, who[1], alerts_read="")


def test_it_is_dated_by_its_signature(who):
    made = written(*who)
    Prescription.objects.filter(pk=made.pk).update(written_at=f.ago(3))
    made.refresh_from_db()
    sign(made, who[1])
    made.refresh_from_db()
    assert made.written_at == made.signed_at


def test_a_treatment_lasts_as_long_as_its_renewals(who):
    made = signed(*who, AMLODIPINE)
    with acting(who[1]):
        commands.take_treatments(
            prescription=made, line_ids=[one.pk for one in queries.lines_of(made)]
        )
    ends = timezone.localdate() + timedelta(days=3 * 90 - 1)
    assert Treatment.objects.get().ended_on == ends.isoformat()


def test_two_lines_of_one_name_are_two_treatments(who):
    made = signed(*who, PARACETAMOL, PARACETAMOL | {"dose": "1", "lasts": "2"})
    keys = [one.pk for one in queries.lines_of(made)]
    with acting(who[1]):
        assert commands.take_treatments(prescription=made, line_ids=keys) == 2
        assert commands.take_treatments(prescription=made, line_ids=keys) == 0
    assert len({one.dosage for one in Treatment.objects.all()}) == 2


def test_a_correction_of_one_that_was_cancelled_says_so(who):
    former = signed(*who)
    with acting(who[1]):
        draft = commands.correct_prescription(prescription=former)
        commands.cancel_prescription(
            prescription=former, reason="Erreur de dose", expected_version=former.version
        )
    with refused("replaced"):
        sign(draft, who[1])


def test_the_weight_of_a_child_is_that_of_the_signature(who):
    made = signed(*who)
    for value, at in (("14", made.signed_at - timedelta(days=1)), ("15", timezone.now())):
        with acting(who[1]):
            commands.record_entry(
                kind="measure", patient_id=who[0], values={"kind": "weight", "value": value, "measured_at": at}
            )  # fmt: skip
    born = (timezone.localdate() - timedelta(days=365 * 4 + 60)).isoformat()
    banner = replace(banner_of(who[0], set()), birth_date=born)
    told = _person(made, banner)
    assert " 14" in told["weight"].replace("\xa0", " ")
    assert "(4\N{NO-BREAK SPACE}ans)" in told["born"]


def test_units_are_those_of_ucum(who):
    made = signed(*who, PARACETAMOL | {"dose": "500", "dose_unit": "mg"}, PARACETAMOL)
    content = store.take(made.document.blob)
    assert b'unit="mg"' in content
    assert 'unit="{comprimé}"'.encode() in content
    assert [one.dose_unit for one in facts(read(content)).prescribed] == ["mg", "comprimé"]


def test_the_journal_of_a_hidden_one_hides_its_draft(who, as_actor):
    made = signed(*who)
    other = signing.doctor(who[0], finess="770000032")
    with as_actor(other):
        before = {one.action for one in accesses(who[0], limit=100)}
    with acting(f.owner(who[0])):
        commands.mask_document(document=made.document)
    with as_actor(other):
        after = {one.action for one in accesses(who[0], limit=100)}
    written_lines = {"record.prescription.written", "record.prescription.signed"}
    assert written_lines <= before
    assert not written_lines & after


def test_the_lines_feed_the_treatments_once_confirmed(who):
    signing.summary(*who)
    made = signed(
        *who, AMLODIPINE, PARACETAMOL | {"display": "Metformine 1 g", "no_substitution": ""}
    )
    assert Treatment.objects.count() == 1
    keys = [one.pk for one in queries.lines_of(made)]
    with acting(who[1]):
        assert commands.take_treatments(prescription=made, line_ids=keys) == 2
        assert commands.take_treatments(prescription=made, line_ids=keys) == 0
    amlodipine = Treatment.objects.get(code="C08CA01")
    assert (amlodipine.prescriber, amlodipine.began_on) == (
        who[1].name,
        timezone.localdate().isoformat(),
    )
    assert amlodipine.dosage == "1 gélule, 1 fois par jour, le matin, pendant 3 mois"
    metformine = Treatment.objects.get(display="Metformine 1 g")
    assert (metformine.version, metformine.dosage.startswith("0,5 comprimé")) == (2, True)
    with acting(who[1]):
        again = commands.renew_prescription(prescription=made)
    assert queries.alerts_of(again, queries.lines_of(again)) == []
    with acting(who[1]):
        sign(again, who[1])
        commands.take_treatments(
            prescription=again, line_ids=[one.pk for one in queries.lines_of(again)]
        )
    assert Treatment.objects.count() == 2


def test_each_line_is_published(who):
    made = signed(*who, AMLODIPINE, PARACETAMOL)
    first, second = (
        assert_r4(current("MedicationRequest", one.pk)) for one in queries.lines_of(made)
    )
    assert first["groupIdentifier"]["value"] == str(made.pk)
    assert first["medicationCodeableConcept"]["coding"][0] == {
        "system": "http://www.whocc.no/atc", "code": "C08CA01", "display": "Amlodipine 5 mg, gélule",
    }  # fmt: skip
    assert first["dispenseRequest"]["numberOfRepeatsAllowed"] == 2
    assert first["dosageInstruction"][0]["timing"]["repeat"]["frequency"] == 1
    assert second["substitution"]["allowedBoolean"] is False
    assert "coding" not in second["medicationCodeableConcept"]


def test_what_the_person_masked_is_read_by_its_author_alone(who):
    made = signed(*who)
    with acting(f.owner(who[0])):
        commands.mask_document(document=made.document)
    other = signing.doctor(who[0], finess="770000032")
    with acting(other):
        assert queries.prescription(who[0], made.pk, role="physician") is None
    with acting(who[1]):
        assert queries.prescription(who[0], made.pk, role="physician") == made
    with acting(f.owner(who[0])):
        assert queries.prescription(who[0], made.pk, role="patient") == made


def test_it_leaves_by_the_same_queue(who, settings):
    made = signed(*who)
    with signing.answering() as (there, address):
        settings.NATIONAL_RECORD_STAND_IN = address
        with acting(who[1]):
            commands.publish_to_national(document=made.document, is_informed=True)
        commands.run_publications()
        one = Publication.objects.get()
        assert (one.state, one.code, one.error) == ("sent", "", "")
        entry = there.entries[one.entry_id]
        assert entry["category"][0]["coding"][0]["code"] == "42"
        assert entry["type"]["coding"][0]["code"] == "57833-6"


def test_a_correction_of_one_that_left_leaves_too(who, settings):
    made = signed(*who)
    with signing.answering() as (there, address):
        settings.NATIONAL_RECORD_STAND_IN = address
        with acting(who[1]):
            commands.publish_to_national(document=made.document, is_informed=True)
        commands.run_publications()
        with acting(who[1]):
            draft = commands.correct_prescription(prescription=made)
        later = sign(draft, who[1])
        commands.run_publications()
        first = Publication.objects.get(document=made.document)
        second = Publication.objects.get(document=later.document)
        assert (second.state, second.asked_by) == ("sent", who[1].name)
        assert there.entries[first.entry_id]["status"] == "superseded"
        assert there.entries[second.entry_id]["status"] == "current"


def test_a_correction_of_one_that_never_left_stays(who):
    made = signed(*who)
    with acting(who[1]):
        draft = commands.correct_prescription(prescription=made)
    sign(draft, who[1])
    assert not Publication.objects.exists()


@pytest.mark.usefixtures("by_ins_only")
def test_it_follows_a_merge_of_two_records_with_its_lines():
    plain = {"ins": "", "ins_oid": "", "status": "provisional"}
    kept, absorbed = receive("1", **plain), receive("2", **plain)
    doctor = signing.doctor(absorbed.patient_id)
    f.give(kept.patient_id, doctor)
    made = signed(absorbed.patient_id, doctor, AMLODIPINE)
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")
    made.refresh_from_db()
    made.document.refresh_from_db()
    assert {made.patient_id, made.document.patient_id} == {kept.patient_id}
    (line,) = queries.lines_of(made)
    assert line.patient_id == kept.patient_id
    with acting(doctor):
        assert commands.take_treatments(prescription=made, line_ids=[line.pk]) == 1
    assert Treatment.objects.get().patient_id == kept.patient_id
