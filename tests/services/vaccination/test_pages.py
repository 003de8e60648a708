"""The pages: who opens them, what they show, what a scanner fills, what a forged post does, what they cost."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.core.fhir.models import Resource
from enrs.core.questionnaires.models import Answer
from enrs.core.questionnaires.registry import next_of
from enrs.referentials.identity.models import RegionalIdentity
from enrs.services.record.fhir.entries import publish_entry
from enrs.services.vaccination import commands
from enrs.services.vaccination.models import Act, ActChange, AdverseEvent, Prescription
from tests.core.fhir.factories import make_token
from tests.factories import (
    VaccinationFactory,
    actor,
    known_patient,
    member,
    person_of,
)
from tests.services.vaccination.conftest import worker
from tests.services.vaccination.factories import (
    AGE,
    FORM,
    GS,
    GTIN,
    OTHER_GTIN,
    answered,
    box,
    campaign,
    declared,
    prescribed,
    today,
    vaccine,
)

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def browser(client: Client, pharmacist: Any) -> Client:
    client.force_login(pharmacist)
    return client


def url(name: str, patient: Any, *more: Any) -> str:
    return reverse(f"vaccination:{name}", args=[patient.pk, *more])


def text(answer: Any) -> str:
    return answer.content.decode()


def dose(**changes: Any) -> dict[str, Any]:
    """What the form of a dose posts."""
    values = {
        "vaccine": str(vaccine().pk), "lot": "AB12", "expires_on": f"{today().year + 1}-06-30", "site": "LA",
        "route": "IM", "dose_rank": "1", "ground": AGE, "declare": "1",
        "given_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
    }  # fmt: skip
    return values | changes


@pytest.mark.parametrize("who", [None, "outside", "secretary"])
def test_the_tab_opens_for_who_reads_the_summary(client: Client, patient, who):
    if who:
        about = known_patient(birth_name="AUTRE") if who == "outside" else patient
        client.force_login(member(about, "pharmacist" if who == "outside" else who))
    assert client.get(url("panel", patient)).status_code == (404 if who else 302)


def test_an_empty_tab_says_what_comes_here(browser, patient):
    page = text(browser.get(url("panel", patient)))
    assert "Aucun vaccin déclaré ici" in page


def test_from_the_questions_to_the_dose(browser, patient, by):
    found = campaign(form_name=FORM)
    page = text(browser.get(url("panel", patient)))
    assert "Campagne d’essai" in page
    answer = browser.post(url("begin", patient, found.pk))
    begun = Answer.objects.get()
    assert answer.url == reverse("questionnaires:fill", args=[begun.pk])
    assert browser.post(url("begin", patient, found.pk)).url == answer.url
    answered_now = answered(patient.pk, by, found)
    assert browser.post(url("begin", patient, found.pk)).url == url("decide", patient, found.pk)
    page = text(browser.get(url("decide", patient, found.pk)))
    assert "Peut être vaccinée" in page
    assert "Vacciner maintenant" in page
    answer = browser.post(url("declare", patient, found.pk), dose())
    act = Act.objects.get()
    assert (answer.url, act.answer_id) == (url("act", patient, act.pk), answered_now.pk)
    page = text(browser.get(answer.url))
    assert "lot AB12" in page
    assert "Faire l’attestation" in page


def test_the_end_of_any_form_of_a_campaign_leads_to_the_verdict(browser, patient, by):
    found = campaign(form_name=FORM)
    browser.post(url("begin", patient, found.pk))
    begun = Answer.objects.get()
    page = next_of("un-formulaire-de-la-region", begun.subject_kind)
    assert page is not None
    with acting(by):
        assert page(begun) == url("decide", patient, found.pk)
    with acting(actor(person_of(patient))):
        assert page(begun) == reverse("questionnaires:read", args=[begun.pk])


def test_an_answer_that_stops_is_shown_with_its_question(browser, patient, by):
    found = campaign(form_name=FORM)
    answered(patient.pk, by, found, **{"ci-fievre": True})
    page = text(browser.get(url("decide", patient, found.pk)))
    assert "Pas de vaccin aujourd’hui" in page
    assert "A de la fièvre" in page
    assert "Vacciner maintenant" not in page
    browser.post(url("ask_again", patient, found.pk))
    assert Answer.objects.filter(status="in-progress").count() == 1


def test_a_scanned_box_fills_the_form(browser, patient):
    found = campaign()
    page = text(browser.post(url("declare", patient, found.pk), {"code": box(), "read": "1"}))
    assert "La boîte est lue" in page
    assert 'value="AB12"' in page
    assert f'value="{GTIN}"' in page
    assert f'<option value="{vaccine().pk}" selected>' in page
    assert not Act.objects.exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("bonjour", "pas le code d’une boîte"),
        (f"01{OTHER_GTIN}10ZZ{GS}21X", "pas connu de la campagne"),
        (f"01{GTIN}10ZZ21X", "perdu un séparateur"),
        (f"01{GTIN}17271301", "péremption du code"),
        (SCRIPT, "pas le code d’une boîte"),
        (f"01{GTIN}10A{GS}10B", "deux fois"),
    ],
)
def test_a_code_that_is_not_read_is_said(browser, patient, code, words):
    page = text(browser.post(url("declare", patient, campaign().pk), {"code": code, "lot": "KEPT"}))
    assert words in page
    assert SCRIPT not in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lot": ""}, "obligatoire"),
        ({"expires_on": "2020-01-01"}, "périmée"),
        ({"given_at": "2199-01-01T10:00"}, "avenir"),
        ({"ground": "Autre"}, "choix"),
        ({"vaccine": "autre"}, "choix"),
        ({"gtin": OTHER_GTIN}, "pas celle du vaccin choisi"),
        ({"prescriber_name": "Dr Petit"}, "date de son ordonnance"),
    ],
)
def test_a_wrong_dose_is_said_and_not_kept(browser, patient, changes, words):
    vaccine(OTHER_GTIN, name="Autre vaccin")
    answer = browser.post(url("declare", patient, campaign().pk), dose(**changes))
    assert answer.status_code == 422
    assert words in text(answer)
    assert not Act.objects.exists()


def test_a_dose_is_prescribed_then_cancelled(browser, patient):
    found = campaign()
    browser.post(url("prescribe", patient, found.pk), {"ground": AGE})
    held = Prescription.objects.get()
    page = text(browser.get(url("panel", patient)))
    assert "Prescriptions à faire" in page
    browser.post(url("withdraw_prescription", patient, held.pk))
    held.refresh_from_db()
    assert held.withdrawn_at
    assert browser.post(url("prescribe", patient, found.pk), {"ground": "?"}).status_code == 422


def test_a_dose_is_corrected_withdrawn_and_put_back_on_its_page(browser, patient, by):
    act = declared(patient.pk, by)
    given = dose(lot="AB13", reason=f"Lot mal lu {SCRIPT}", version="1")
    assert browser.post(url("amend", patient, act.pk), given).status_code == 302
    browser.post(url("withdraw", patient, act.pk), {"reason": "Mauvais dossier", "version": "2"})
    page = text(browser.get(url("act", patient, act.pk)))
    assert "Retiré : noté par erreur" in page
    assert "lot AB12" in page
    assert SCRIPT not in page
    browser.post(url("restore", patient, act.pk), {"reason": "C’était le bon", "version": "3"})
    act.refresh_from_db()
    assert act.withdrawn_at is None
    assert ActChange.objects.count() == 3
    browser.post(url("restore", patient, act.pk), {"reason": "x"})
    assert ActChange.objects.count() == 3


@pytest.mark.parametrize("version", ["", "1", "x"])
def test_a_stale_dialog_takes_nothing_back(browser, patient, by, version):
    act = declared(patient.pk, by)
    Act.objects.update(version=4)
    page = browser.get(url("act", patient, act.pk))
    assert '<input type="hidden" name="version" value="4">' in text(page)
    posted = {"reason": "Mauvais dossier", "version": version}
    browser.post(url("withdraw", patient, act.pk), posted)
    act.refresh_from_db()
    assert act.withdrawn_at is None
    posted["version"] = "4"
    browser.post(url("withdraw", patient, act.pk), posted)
    browser.post(url("restore", patient, act.pk), {"reason": "C’était le bon", "version": version})
    act.refresh_from_db()
    assert act.withdrawn_at


def test_a_stale_correction_is_said(browser, patient, by):
    act = declared(patient.pk, by)
    Act.objects.update(version=4)
    answer = browser.post(url("amend", patient, act.pk), dose(reason="Lot mal lu", version="1"))
    assert answer.status_code == 422
    assert "entre-temps" in text(answer)


def test_an_event_is_declared_and_withdrawn(browser, patient, by):
    act = declared(patient.pk, by)
    given = {
        "began_on": today().isoformat(), "seriousness": "serious", "outcome": "ongoing",
        "description": f"Malaise {SCRIPT}",
    }  # fmt: skip
    browser.post(url("declare_event", patient, act.pk), given)
    made = AdverseEvent.objects.get()
    page = text(browser.get(url("act", patient, act.pk)))
    assert "Grave" in page
    assert SCRIPT not in page
    assert "Effet grave" in text(browser.get(url("panel", patient)))
    browser.post(url("withdraw_event", patient, act.pk, made.pk), {"reason": "Autre vaccin"})
    assert "Malaise" not in text(browser.get(url("act", patient, act.pk)))


def test_the_attestation_is_printed_by_the_person_too(browser, patient, by):
    act = declared(patient.pk, by)
    browser.post(url("attest", patient, act.pk))
    paper = act.attestations.get()
    own = Client()
    own.force_login(person_of(patient))
    for one in (browser, own):
        answer = one.get(url("attestation_pdf", patient, paper.pk))
        assert answer.content.startswith(b"%PDF-")
    page = text(own.get(url("act", patient, act.pk)))
    assert "Attestation" in page
    assert "Corriger" not in page


def test_nobody_is_told_without_a_doctor(browser, patient, by):
    act = declared(patient.pk, by)
    page = text(browser.post(url("tell", patient, act.pk), follow=True))
    assert "Aucun médecin traitant" in page


def test_what_the_summary_notes_is_shown_beside(browser, patient, by):
    declared(patient.pk, by)
    noted = VaccinationFactory(patient=patient, display="Tétanos", given_on="2019-04")
    publish_entry(noted)
    page = text(browser.get(url("panel", patient)))
    assert "Notés dans la synthèse" in page
    assert "Tétanos" in page
    assert Resource.objects.filter(type="Immunization", is_current=True).count() == 2


def test_a_draft_is_not_begun(browser, patient):
    found = campaign(status="draft")
    assert browser.post(url("begin", patient, found.pk)).status_code == 404
    assert browser.get(url("decide", patient, found.pk)).status_code == 404


def test_somebody_new_is_found_then_opened(browser, db):
    look = {
        "birth_name": "Rivoal",
        "first_given_name": "Sylvie",
        "birth_date": "1948-03-14",
        "sex": "F",
    }
    page = text(browser.post(reverse("vaccination:find"), look))
    assert "n’a de dossier dans la région" in page
    given = look | {"step": "create", "given_names": "Sylvie", "is_informed": "on"}
    answer = browser.post(reverse("vaccination:find"), given)
    assert answer.status_code == 302, text(answer)[-3000:]
    made = RegionalIdentity.objects.get(birth_name__iexact="RIVOAL")
    assert answer.url == reverse("vaccination:panel", args=[made.patient_id])
    assert browser.get(answer.url).status_code == 200
    again = browser.post(reverse("vaccination:find"), given)
    assert again.status_code == 409
    assert "Ouvrir tout de même" in text(again)


def test_somebody_known_outside_is_told_without_a_trait(browser, db):
    known_patient(birth_name="MARCHETTI", first_given_name="GIULIA", birth_date="1951-02-03")
    look = {
        "birth_name": "Marchetti",
        "first_given_name": "Giulia",
        "birth_date": "1951-02-03",
        "sex": "F",
    }
    page = text(browser.post(reverse("vaccination:find"), look))
    assert "hors de votre cercle" in page
    assert "Demander l’accès" in page


def test_uninformed_nobody_is_opened(browser, db):
    given = {
        "step": "create", "birth_name": "Rivoal", "first_given_name": "Sylvie", "birth_date": "1948-03-14",
        "sex": "F",
    }  # fmt: skip
    assert browser.post(reverse("vaccination:find"), given).status_code == 422
    assert not RegionalIdentity.objects.filter(birth_name__iexact="RIVOAL").exists()


def test_the_home_lists_what_one_s_place_gave(browser, patient, by, pharmacy):
    declared(patient.pk, by)
    page = text(browser.get(reverse("vaccination:home")))
    assert "DUBREUIL" in page
    colleague = Client()
    colleague.force_login(worker(pharmacy, "pharmacist"))
    assert "DUBREUIL" not in text(colleague.get(reverse("vaccination:home")))


def test_a_social_worker_has_no_counter(client: Client, patient):
    client.force_login(member(patient, "social_worker"))
    assert client.get(reverse("vaccination:home")).status_code in (403, 404)


@pytest.mark.parametrize("name", ["panel", "home"])
def test_lists_cost_the_same_with_one_and_fifty(browser, patient, by, name):
    path = url("panel", patient) if name == "panel" else reverse("vaccination:home")
    found = campaign(dose_count=1)
    act = declared(patient.pk, by, found)
    browser.get(path)
    with CaptureQueriesContext(connection) as one:
        browser.get(path)
    for _ in range(49):
        act.pk, act.prescription = None, None
        act.id = type(act)._meta.pk.get_default()
        act.save(force_insert=True)
    with CaptureQueriesContext(connection) as many:
        browser.get(path)
    assert len(many) == len(one)


def test_software_reads_and_finds_acts(client: Client, patient, pharmacist, by):
    act = declared(patient.pk, by)
    token = make_token(pharmacist)
    asked = {"Authorization": f"Bearer {token}"}
    one = client.get(f"/fhir/R4/Immunization/{act.pk}", headers=asked)
    assert one.json()["lotNumber"] == "AB12"
    with acting(by):
        commands.withdraw_act(act=act, reason="Mauvais dossier", expected_version=1)
    for query, count in (
        (f"patient={patient.pk}", 1),
        (f"patient={patient.pk}&status=completed", 0),
        (f"patient={patient.pk}&status=entered-in-error", 1),
        (f"patient={patient.pk}&vaccine-code=J07BB02&date={today().isoformat()}", 1),
    ):
        answer = client.get(f"/fhir/R4/Immunization?{query}", headers=asked)
        assert len(answer.json().get("entry", [])) == count, query
    other = make_token(member(known_patient(birth_name="AUTRE"), "pharmacist"))
    hidden = client.get(
        f"/fhir/R4/Immunization/{act.pk}", headers={"Authorization": f"Bearer {other}"}
    )
    assert hidden.status_code == 404


def test_software_neither_changes_nor_deletes_an_act(client: Client, patient, pharmacist, by):
    act = declared(patient.pk, by)
    headers = {"Authorization": "Bearer " + make_token(pharmacist, "user/*.cruds")}
    address = f"/fhir/R4/Immunization/{act.pk}"
    tree = client.get(address, headers=headers).json() | {"lotNumber": "FORGED"}
    tree.pop("meta")
    answers = [
        client.put(
            address,
            tree,
            content_type="application/fhir+json",
            headers=headers | {"If-Match": 'W/"1"'},
        ),
        client.delete(address, headers=headers),
    ]
    assert all(one.status_code in (403, 404) for one in answers), answers
    act.refresh_from_db()
    assert (act.lot, act.withdrawn_at) == ("AB12", None)


def test_a_prescription_elsewhere_serves_here(browser, patient):
    found = campaign()
    held = prescribed(patient.pk, actor(member(patient, "physician")), found)
    assert "prescrite" in text(browser.get(url("decide", patient, found.pk)))
    browser.post(url("declare", patient, found.pk), dose())
    assert Act.objects.get().prescription == held
    assert isinstance(held.valid_until, date)
