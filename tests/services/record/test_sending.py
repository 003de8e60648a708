"""The summary handed to somebody outside of the circle."""

import pytest
from django.test import Client
from django.urls import reverse

from enrs.core.access.actor import acting
from enrs.core.audit.commands import note
from enrs.core.audit.models import AuditLine
from enrs.core.effects import act
from enrs.services.record import commands
from tests.referentials.identity.factories import actor_in
from tests.services.record import factories as f
from tests.services.record.test_entries import values

pytestmark = pytest.mark.django_db
SENT = {"recipient": "Dr #eval(1) [x]", "reason": "Avis demandé pour demain", "is_agreed": "on"}


def test_the_pdf_says_for_whom_and_the_journal_keeps_it(client: Client) -> None:
    patient_id = f.patient()
    nurse = f.member(patient_id)
    f.whole(patient_id, nurse)
    with acting(nurse):
        for kind in ("problem", "allergy", "treatment", "vaccination", "measure"):
            commands.record_entry(
                kind=kind, patient_id=patient_id, values=values(kind, comment="#panic() *")
            )
    f.signed_in(client, nurse)
    address = reverse("record:send", args=[patient_id])
    assert client.get(address).status_code == 200
    answer = client.post(address, SENT)
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF")
    line = AuditLine.objects.get(action="record.summary.sent")
    assert SENT["recipient"] in str(line.details)
    f.signed_in(client, f.owner(patient_id))
    journal = client.get(reverse("record:accesses", args=[patient_id])).content.decode()
    assert "A remis la synthèse hors du cercle" in journal
    assert f"{SENT['recipient']} : {SENT['reason']}" in journal


def test_the_journal_says_why_a_note_was_withdrawn(client: Client) -> None:
    patient_id = f.patient()
    nurse = f.member(patient_id)
    written = f.note(patient_id, nurse)
    with acting(nurse):
        commands.withdraw_note(written=written, reason="Mauvais dossier")
    with acting(nurse), act():
        note("record.stay.recorded", patient_id=patient_id, reason="un code")
    f.signed_in(client, f.owner(patient_id))
    journal = client.get(reverse("record:accesses", args=[patient_id])).content.decode()
    assert "Mauvais dossier" in journal
    assert "A transmis un mouvement de séjour" in journal
    assert "un code" not in journal


def test_without_information_or_reason_nothing_leaves(client: Client) -> None:
    patient_id = f.patient()
    f.signed_in(client, f.member(patient_id))
    address = reverse("record:send", args=[patient_id])
    for missing in SENT:
        sent = {name: value for name, value in SENT.items() if name != missing}
        assert client.post(address, sent).status_code == 422
    assert not AuditLine.objects.filter(action="record.summary.sent").exists()


def test_who_may_not_hand_it_over(client: Client) -> None:
    patient_id = f.patient()
    others = (
        actor_in("nurse", "Autre"), f.member(patient_id, "social_worker"),
        f.member(patient_id, "secretary"), f.owner(patient_id),
    )  # fmt: skip
    for actor in others:
        f.signed_in(client, actor)
        assert client.post(reverse("record:send", args=[patient_id]), SENT).status_code == 404


def test_the_person_s_own_page_leads_to_their_entries(client: Client) -> None:
    patient_id = f.patient()
    f.signed_in(client, f.owner(patient_id))
    page = client.get("/").content.decode()
    assert reverse("record:entry_add", args=[patient_id, "measure"]) in page
    assert reverse("record:notes", args=[patient_id]) in page
