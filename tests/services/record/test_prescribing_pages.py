"""The pages of prescriptions: written line by line, signed, printed, renewed, cancelled; what others see of them."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from enrs.core.access.actor import Actor, acting
from enrs.services.record.commands import record_entry
from enrs.services.record.models import Prescription, Treatment
from tests.core.terminology.factories import code_system, load
from tests.services.record import factories as f
from tests.services.record import signing
from tests.services.record.prescribing import AMLODIPINE, PARACETAMOL, VACCINE, signed, written

pytestmark = pytest.mark.django_db
Who = tuple[UUID, Actor]
TYPED = {key: value for key, value in AMLODIPINE.items() if key != "is_long_term"} | {
    "is_long_term": "on"
}


@pytest.fixture
def who(client: Client) -> Who:
    patient_id = f.patient()
    doctor = signing.doctor(patient_id)
    signing.summary(patient_id, doctor)
    f.signed_in(client, doctor)
    return patient_id, doctor


def at(name: str, one: Prescription, *more: Any) -> str:
    return reverse(f"record:{name}", args=[one.patient_id, one.pk, *more])


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_doctor_writes_signs_prints_and_confirms(who, client: Client):
    listing = reverse("record:prescriptions", args=[who[0]])
    assert "Aucune ordonnance pour l’instant" in text(client, listing)
    answer = client.post(reverse("record:prescription_start", args=[who[0]]))
    one = Prescription.objects.get()
    assert answer.headers["Location"] == at("prescription", one)
    page = text(client, at("prescription_line_add", one))
    assert "Pénicilline" in page
    assert "Metformine 1 g" in page
    refused = client.post(
        at("prescription_line_add", one), TYPED | {"version": 1, "dose": "beaucoup"}
    )
    assert refused.status_code == 422
    assert client.post(at("prescription_line_add", one), TYPED | {"version": 1}).status_code == 302
    assert "1 gélule, 1 fois par jour, le matin, pendant 3 mois" in text(
        client, at("prescription", one)
    )
    signed_at = client.post(
        at("prescription_sign", one), {"version": 2, "remarks": "Tension à domicile"}, follow=True
    )
    page = signed_at.content.decode()
    assert "L’ordonnance est signée et classée" in page
    assert "Tension à domicile" in page
    printed = client.get(at("prescription_print", one))
    assert (printed.status_code, printed.content[:5]) == (200, b"%PDF-")
    lines = [str(line.pk) for line in one.lines.all()]
    told = client.post(at("prescription_take", one), {"ligne": lines}, follow=True).content.decode()
    assert "Un traitement mis à jour." in told
    assert Treatment.objects.filter(display=AMLODIPINE["display"]).exists()
    assert "En vigueur" in text(client, listing)


def test_an_alert_stops_the_signature_until_it_is_read(who, client: Client):
    one = written(*who, PARACETAMOL | {"display": "Metformine 500 mg"})
    page = text(client, at("prescription", one))
    assert "déjà parmi les traitements en cours" in page
    values = {"version": one.version, "remarks": ""}
    told = client.post(at("prescription_sign", one), values, follow=True).content.decode()
    assert "Il y a des alertes à lire" in told
    shown = digest(client, one)
    with acting(who[1]):
        record_entry(kind="allergy", patient_id=who[0], values={"display": "Metformine"})
    ticked = values | {"is_alert_read": "on", "alerts": shown}
    told = client.post(at("prescription_sign", one), ticked, follow=True).content.decode()
    assert "Il y a des alertes à lire" in told
    client.post(at("prescription_sign", one), ticked | {"alerts": digest(client, one)})
    one.refresh_from_db()
    assert one.status == "signed"
    assert len(one.alerts) == 2


def digest(client: Client, one: Prescription) -> str:
    """The alerts that the page of a draft shows, as its form sends them back."""
    found = re.search(r'name="alerts" value="([0-9a-f]+)"', text(client, at("prescription", one)))
    return found[1] if found else ""


def test_silence_is_not_told_as_safety(who, client: Client):
    one = written(*who, PARACETAMOL)
    page = text(client, at("prescription", one))
    assert "Aucune alerte trouvée" in page
    assert "ni les interactions" in page


def test_a_treatment_is_taken_up_whatever_names_its_code(who, client: Client):
    one = written(*who)
    line = at("prescription_line_add", one) + "?display=Bisoprolol&code=C07AB07&code_system="
    for system, code in (("http://www.whocc.no/atc", "C07AB07"), ("http://snomed.info/sct", "")):
        page = text(client, line + system)
        assert ('value="C07AB07"' in page) is bool(code)
    sent = TYPED | {
        "display": "Bisoprolol", "code": "C07AB07", "code_system": "http://www.whocc.no/atc", "version": one.version,
    }  # fmt: skip
    assert client.post(at("prescription_line_add", one), sent).status_code == 302
    assert one.lines.get(code="C07AB07").code_system == "2.16.840.1.113883.6.73"


def test_a_stale_page_overwrites_nothing(who, client: Client):
    one = written(*who)
    line = one.lines.get()
    stale = client.post(
        at("prescription_line", one, line.pk), TYPED | {"version": 1, "refills": "0"}
    )
    assert stale.status_code == 422
    assert "a changé dans une autre page" in stale.content.decode()
    assert 'name="version" value="1"' in stale.content.decode()
    line.refresh_from_db()
    assert line.refills == 2
    fresh = client.post(
        at("prescription_line", one, line.pk), TYPED | {"version": 2, "refills": "0"}
    )
    assert fresh.status_code == 302
    told = client.post(at("prescription_sign", one), {"version": 2}, follow=True).content.decode()
    assert "a changé dans une autre page" in told


def test_renewed_corrected_cancelled_from_its_page(who, client: Client):
    one = signed(*who, AMLODIPINE, PARACETAMOL)
    for _ in range(2):
        assert client.post(at("prescription_renew", one)).status_code == 302
    draft = Prescription.objects.get(renews=one)
    assert "Reprise de celle" in text(client, at("prescription", draft))
    client.post(at("prescription_correct", one))
    later = Prescription.objects.get(replaces=one)
    client.post(
        at("prescription_sign", later),
        {"version": later.version, "is_alert_read": "on", "alerts": digest(client, later)},
    )
    page = text(client, at("prescription", one))
    assert at("prescription", later) in page
    assert "Remplacée" in page
    assert b"%PDF-" in client.get(at("prescription_print", one)).content[:8]
    client.post(at("prescription_cancel", later), {"reason": "Erreur de dose"})
    page = text(client, at("prescription", later))
    assert "Annulée" in page
    assert "Erreur de dose" in page
    assert client.post(at("prescription_drop", draft), follow=True).status_code == 200
    assert client.get(at("prescription", draft)).status_code == 404


def test_what_stops_the_signature_is_told(client: Client):
    patient_id = f.patient()
    unknown = f.member(patient_id, "physician", "Sans Numéro")
    f.signed_in(client, unknown)
    one = written(patient_id, unknown)
    answer = client.post(at("prescription_sign", one), {"version": one.version})
    assert answer.status_code == 422
    assert "AUT-01" in answer.content.decode()


def test_a_medicine_is_looked_for_in_what_is_loaded(who, client: Client):
    one = written(*who)
    assert "Rien de ce nom" in text(
        client, at("prescription_line_add", one) + "?cherche=bisoprolol"
    )
    load(code_system({"C07AB07": "bisoprolol"}, url="http://www.whocc.no/atc", name="ATC"))
    page = text(client, at("prescription_line_add", one) + "?cherche=bisop")
    assert "code=C07AB07" in page
    given = text(
        client,
        at("prescription_line_add", one)
        + "?display=bisoprolol&code=C07AB07&code_system=2.16.840.1.113883.6.73",
    )
    assert 'value="C07AB07"' in given


def test_a_nurse_is_told_what_she_may(who, client: Client):
    nurse = signing.doctor(who[0], "nurse", finess="770000032")
    f.signed_in(client, nurse)
    one = written(who[0], nurse, VACCINE)
    answer = client.post(at("prescription_line_add", one), TYPED | {"version": one.version})
    assert answer.status_code == 422
    assert "L4311-1" in answer.content.decode()


def test_the_person_reads_and_prints_theirs_and_changes_nothing(who, client: Client):
    one, draft = signed(*who, AMLODIPINE), written(*who, PARACETAMOL)
    f.signed_in(client, f.owner(who[0]))
    page = text(client, reverse("record:prescriptions", args=[who[0]]))
    assert at("prescription", one) in page
    assert at("prescription", draft) not in page
    assert "Renouveler" not in text(client, at("prescription", one))
    assert client.get(at("prescription_print", one)).status_code == 200
    assert client.get(at("prescription", draft)).status_code == 404
    assert client.post(at("prescription_cancel", one), {"reason": "Erreur"}).status_code == 404


def test_a_stranger_and_the_social_field_see_nothing(who, client: Client):
    one = signed(*who)
    for actor in (f.actor_in("physician", "Autre"), f.member(who[0], "social_worker")):
        f.signed_in(client, actor)
        for address in (
            reverse("record:prescriptions", args=[who[0]]), at("prescription", one), at("prescription_print", one),
        ):  # fmt: skip
            assert client.get(address).status_code == 404
        assert client.post(at("prescription_renew", one)).status_code == 404


def test_the_list_costs_the_same_for_one_and_many(
    who, client: Client, django_assert_max_num_queries
):
    address = reverse("record:prescriptions", args=[who[0]])
    signed(*who)
    client.get(address)
    for _ in range(4):
        signed(*who, AMLODIPINE, PARACETAMOL)
    with django_assert_max_num_queries(24):
        client.get(address)


def test_markup_is_words_on_every_page_and_on_paper(who, client: Client):
    mark = "<script>alert(1)</script> #panic[x] {{ 7 }}"
    told = {"display": mark, "moments": mark, "comment": mark, "to_pharmacist": mark}
    one = written(*who, AMLODIPINE | told)
    pages = [text(client, at(name, one)) for name in ("prescription", "prescription_line_add")]
    signing_form = {"version": one.version, "remarks": mark, "is_alert_read": "on"}
    pages.append(
        client.post(at("prescription_sign", one), signing_form, follow=True).content.decode()
    )
    pages.append(
        client.post(at("prescription_cancel", one), {"reason": mark}, follow=True).content.decode()
    )
    pages.append(text(client, reverse("record:prescriptions", args=[who[0]])))
    pages.append(text(client, reverse("record:life_line", args=[who[0]])))
    assert all("<script>alert(1)" not in page for page in pages)
    assert sum("&lt;script&gt;alert(1)" in page for page in pages) >= 4
    assert client.get(at("prescription_print", one)).content.startswith(b"%PDF-")
