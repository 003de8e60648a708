"""The note of vaccination of a dose: made in one tap, the next version after a correction, withdrawn with its dose."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.documents import store
from enrs.core.documents.models import Document
from enrs.core.events.subscribers import deliver
from enrs.core.ids import uuid7
from enrs.formats.cda.clinical_reader import facts
from enrs.formats.cda.header import metadata, missing
from enrs.formats.cda.reader import read
from enrs.services.record.commands import (
    ProductionRefusedError,
    produce_document,
    publish_to_national,
    run_publications,
)
from enrs.services.record.models import Publication
from enrs.services.vaccination import commands
from enrs.services.vaccination.models import Act
from tests.services.record import factories as f
from tests.services.record import signing
from tests.services.vaccination.factories import declared, given

pytestmark = pytest.mark.django_db
Who = tuple[UUID, Actor]


@pytest.fixture
def who() -> Who:
    """Somebody with a qualified identity, and the pharmacist of their circle."""
    patient_id = f.patient()
    found = signing.doctor(
        patient_id, "pharmacist", profession_code="21", profession_label="Pharmacien", speciality_code="",
        speciality_label="", sector="SA33",
    )  # fmt: skip
    return patient_id, found


def dose(who: Who, **more: Any) -> Act:
    return declared(*who, ground="Hors recommandation particulière", **more)


def noted(who: Who, act: Act) -> Document:
    with acting(who[1]):
        return produce_document(
            patient_id=who[0], kind="vaccination_note", said={}, about_id=act.pk
        )


def test_a_note_says_the_dose_and_who_gave_it(who):
    act = dose(who, given=given(gtin="", comment="Bien supporté"))
    made = noted(who, act)
    told = read(store.take(made.blob))
    meta = metadata(told)
    assert missing(meta) == []
    assert (made.type_code, made.format_code) == ("87273-9", "urn:asip:ci-sis:vac-note:2021")
    assert (made.about_id, made.version_number) == (act.pk, 1)
    assert {"1.2.250.1.213.1.1.1.46", "1.3.6.1.4.1.19376.1.5.3.1.1.18.1.2"} <= {
        one.root for one in meta.template_ids
    }
    assert meta.service_events[0].code.code == "87273-9"
    assert meta.service_events[0].performers[0].idnat == meta.authors[0].idnat
    (one,) = facts(told).vaccines
    assert one.key == str(act.pk)
    assert (one.lot, one.rank, one.comment) == ("AB12", 1, "Bien supporté")
    assert (one.code.code, one.route.code, one.site.code) == (
        "J07BB02",
        "20035000",
        "16217701000119102",
    )
    assert one.given_on == timezone.localtime(act.given_at).date().isoformat()
    assert one.by.idnat == meta.authors[0].idnat


def test_the_summary_tells_the_doses_too(who):
    dose(who)
    doctor = signing.doctor(who[0], finess="770000032")
    signing.summary(who[0], doctor)
    with acting(doctor):
        made = produce_document(patient_id=who[0], kind="vsm", said={})
    told = {one.label for one in facts(read(store.take(made.blob))).vaccines}
    assert told == {"Grippe", "Vaccin d’essai (Grippe d’essai)"}


def test_a_corrected_dose_has_the_next_version_of_its_note(who, client: Client):
    act = dose(who)
    first = noted(who, act)
    other = noted(who, dose(who))
    f.signed_in(client, who[1])
    page = reverse("vaccination:act", args=[who[0], act.pk])
    assert reverse("record:document", args=[who[0], first.pk]) in client.get(page).content.decode()
    with acting(who[1]):
        act.refresh_from_db()
        commands.amend_act(
            act=act, vaccine=act.vaccine, given=given(lot="CD34"), reason="Lot relu", expected_version=act.version,
        )  # fmt: skip
    assert "Mettre la note à jour" in client.get(page).content.decode()
    second = noted(who, act)
    assert (second.version_number, second.set_id) == (2, first.set_id)
    assert facts(read(store.take(second.blob))).vaccines[0].lot == "CD34"
    first.refresh_from_db()
    other.refresh_from_db()
    assert (first.status, other.status) == ("superseded", "current")
    assert "Mettre la note à jour" not in client.get(page).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_dose_taken_back_takes_its_note_with_it(who):
    act = dose(who)
    made = noted(who, act)
    with acting(who[1]):
        commands.withdraw_act(act=act, reason="Mauvais dossier", expected_version=act.version)
    deliver("record.notes")
    made.refresh_from_db()
    assert made.status == Document.Status.WITHDRAWN
    with pytest.raises(ProductionRefusedError) as caught:
        noted(who, act)
    assert [one.code for one in caught.value.faults] == ["CLI-05"]


def test_a_dose_of_somebody_else_gives_no_note(who):
    other = f.patient("300", birth_name="AUTRE", **f.BARE)
    f.give(other, who[1])
    act = dose(who)
    with pytest.raises(ProductionRefusedError), acting(who[1]):
        produce_document(patient_id=other, kind="vaccination_note", said={}, about_id=act.pk)
    with pytest.raises(ProductionRefusedError):
        noted(who, replace_pk(act))
    assert not Document.objects.exists()


def replace_pk(act: Act) -> Act:
    act.pk = uuid7()
    return act


def test_in_one_tap_from_the_page_of_the_dose(who, client: Client):
    act = dose(who)
    f.signed_in(client, who[1])
    address = reverse("record:produce_about", args=[who[0], "vaccination_note", act.pk])
    assert address in client.get(reverse("vaccination:act", args=[who[0], act.pk])).content.decode()
    assert client.get(address).status_code == 405
    answer = client.post(address, follow=True)
    made = Document.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("record:document", args=[who[0], made.pk])
    assert "Note de vaccination" in answer.content.decode()
    for kind in ("vsm", "prescription", "inconnu"):
        wrong = reverse("record:produce_about", args=[who[0], kind, act.pk])
        assert client.post(wrong).status_code == 404


def test_what_stops_it_is_told(who, client: Client):
    act = dose(who)
    unknown = f.member(who[0], "nurse", "Sans Numéro")
    f.signed_in(client, unknown)
    address = reverse("record:produce_about", args=[who[0], "vaccination_note", act.pk])
    answer = client.post(address)
    assert answer.status_code == 422
    assert "AUT-01" in answer.content.decode()
    assert not Document.objects.exists()


@pytest.mark.parametrize("role", ["secretary", "social_worker", "allied", "dentist"])
def test_other_professions_make_no_note(who, role):
    act = dose(who)
    with pytest.raises(AccessRefusedError), acting(f.member(who[0], role)):
        produce_document(patient_id=who[0], kind="vaccination_note", said={}, about_id=act.pk)


def test_it_is_published_under_a_qualified_number_alone(who, settings):
    act = dose(who)
    with signing.answering() as (there, address):
        settings.NATIONAL_RECORD_STAND_IN = address
        with acting(who[1]):
            publish_to_national(document=noted(who, act), is_informed=True)
        run_publications()
        one = Publication.objects.get()
        assert one.state == "sent"
        entry = there.entries[one.entry_id]
        assert entry["type"]["coding"][0]["code"] == "87273-9"
        assert entry["content"][0]["format"]["code"] == "urn:asip:ci-sis:vac-note:2021"
