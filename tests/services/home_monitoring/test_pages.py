"""The pages: three actors, the person's own, what each is told."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrs.core.access.actor import Actor, acting
from enrs.core.questionnaires.commands import save_answer
from enrs.core.questionnaires.models import Answer
from enrs.services.home_monitoring import commands
from enrs.services.home_monitoring.models import Alert, FollowUp, Reading
from tests.services.coordination.factories import desk, teammate
from tests.services.home_monitoring.factories import (
    AMBER,
    GREEN,
    HEART,
    RED,
    begun,
    fresh,
    protocol,
    read,
    team,
    today,
)
from tests.services.record.factories import member, patient, signed_in

pytestmark = pytest.mark.django_db
FIELDS = {"m_saturation": "97", "m_temperature": "37,2"} | {
    f"q_{code}": "non" for code in ("souffle", "parler", "somnolence", "douleur", "boire")
}


def stranger() -> UUID:
    """Somebody else."""
    return patient(
        "7",
        birth_name="MARCHETTI",
        birth_date="1951-02-03",
        ins="",
        ins_oid="",
        status="provisional",
    )


def url(name: str, one: FollowUp, *more: Any) -> str:
    return reverse(f"home_monitoring:{name}", args=[one.patient_id, one.id, *more])


def text(client: Client, address: str, **given: Any) -> str:
    page = client.get(address, given)
    assert page.status_code == 200, address
    return page.content.decode()


@pytest.mark.parametrize("who", [None, "wrong_circle", "wrong_profession"])
def test_pages_open_for_the_circle_alone(
    client: Client, awa: UUID, doctor: Actor, who: str | None
) -> None:
    one = begun(awa, doctor)
    read(one, doctor, RED)
    if who:
        about, role = (stranger(), "nurse") if who == "wrong_circle" else (awa, "secretary")
        signed_in(client, member(about, role))
    wanted = 404 if who else 302
    for name in ("follow_up", "enter", "hand_over", "end", "letter"):
        assert client.get(url(name, one)).status_code == wanted, name
    for name in ("panel", "start"):
        address = reverse(f"home_monitoring:{name}", args=[awa])
        assert client.get(address).status_code == wanted, name
    alert = Alert.objects.get()
    assert client.post(url("answer", one, alert.id), {"text": "Moi"}).status_code == wanted
    assert client.post(url("note", one), {"text": "Moi"}).status_code == wanted
    assert fresh(alert).answered_at is None


def test_a_doctor_begins_reads_answers_hands_over_and_ends(
    client: Client, awa: UUID, doctor: Actor
) -> None:
    place = desk("HAD de Melun")
    team(place)
    signed_in(client, doctor)
    panel = reverse("home_monitoring:panel", args=[awa])
    assert "Aucune surveillance" in text(client, panel)
    start = reverse("home_monitoring:start", args=[awa])
    protocol()
    assert "COVID-19 à domicile" in text(client, start)
    client.post(start, {
        "protocol": str(protocol().id), "entry_means": "call", "watcher": f"person:{doctor.grantee_id}",
        "phone": "0199001234", "informed_on": today().isoformat(), "reason": "Toux depuis trois jours",
    })  # fmt: skip
    one = FollowUp.objects.get()
    page = text(client, url("follow_up", one))
    assert "Toux depuis trois jours" in page
    assert "Pas encore de relevé" in page
    now = today().isoformat() + "T00:00"
    answer = client.post(
        url("enter", one), FIELDS | {"m_saturation": "88", "by_call": "1", "at": now}
    )
    assert answer.status_code == 302
    assert Reading.objects.get().means == "call"
    page = text(client, url("follow_up", one))
    assert "Saturation en oxygène 88" in page
    assert "Je prends cette alerte" in page
    client.post(url("answer", one, Alert.objects.get().id), {"text": "J’appelle la fille."})
    page = text(client, url("follow_up", one))
    assert "J’appelle la fille." in page
    assert "Je prends cette alerte" not in page
    client.post(url("note", one), {"text": "Revoir demain."})
    client.post(url("hand_over", one), {
        "watcher": f"organisation:{place.id}", "reason": "Congés", "informed_on": today().isoformat(),
        "version": "1",
    })  # fmt: skip
    assert fresh(one).watcher_name == place.name
    assert client.get(url("letter", one)).status_code == 404
    client.post(url("end", one), {"code": "recovered", "note": "Va bien.", "version": "2"})
    page = text(client, url("follow_up", one))
    assert "Va bien." in page
    assert "Lettre de fin" in page
    letter = client.get(url("letter", one))
    assert letter["Content-Type"] == "application/pdf"
    assert letter.content.startswith(b"%PDF")
    assert "Terminée" in text(client, panel)


def test_the_person_enters_on_their_page_and_reads_what_to_do(
    client: Client, awa: UUID, doctor: Actor, own: Actor
) -> None:
    one = begun(awa, doctor)
    signed_in(client, own)
    home = client.get(reverse("home_monitoring:own"))
    assert home["Location"] == url("enter", one)
    page = text(client, url("enter", one))
    assert doctor.name in page
    assert "m_saturation" in page
    assert 'name="at"' not in page
    said = client.post(url("enter", one), FIELDS | {"m_saturation": "88"}, follow=True)
    page = said.content.decode()
    assert "votre équipe est prévenue" in page
    assert "appelez le 15" in page
    assert Reading.objects.get().means == "person"
    assert client.get(url("follow_up", one))["Location"] == url("enter", one)
    for name in ("hand_over", "end"):
        assert client.get(url(name, one)).status_code == 404


def test_a_wrong_value_is_told_beside_its_field_and_nothing_is_lost(
    client: Client, awa: UUID, doctor: Actor, own: Actor
) -> None:
    one = begun(awa, doctor)
    signed_in(client, own)
    page = client.post(url("enter", one), FIELDS | {"m_saturation": "970"}).content.decode()
    assert "Cette valeur n’est pas possible" in page
    assert 'value="970"' in page
    page = client.post(url("enter", one), FIELDS | {"q_parler": ""}).content.decode()
    assert not Reading.objects.exists()
    assert "form-errors" in page or "field-error" in page


def test_both_values_of_a_pressure_are_asked(client: Client, awa: UUID, doctor: Actor) -> None:
    one = begun(awa, doctor, code="insuffisance-cardiaque")
    signed_in(client, doctor)
    page = text(client, url("enter", one))
    assert "n_pressure" in page
    read(one, doctor, HEART)
    assert "Minimale" in text(client, url("follow_up", one))


def test_a_person_without_a_follow_up_is_told_so(client: Client, own: Actor) -> None:
    signed_in(client, own)
    assert "Aucune surveillance en cours" in text(client, reverse("home_monitoring:own"))


def test_a_professional_has_no_space_of_their_own(client: Client, doctor: Actor) -> None:
    signed_in(client, doctor)
    assert client.get(reverse("home_monitoring:own")).status_code == 404


def test_a_relative_chooses_among_several(
    client: Client, awa: UUID, doctor: Actor, own: Actor
) -> None:
    begun(awa, doctor)
    begun(awa, doctor, code="insuffisance-cardiaque")
    signed_in(client, own)
    page = text(client, reverse("home_monitoring:own"))
    assert "Insuffisance cardiaque" in page
    assert "COVID-19" in page


def test_the_board_shows_states_counts_and_findings(
    client: Client, awa: UUID, doctor: Actor
) -> None:
    signed_in(client, doctor)
    board = reverse("home_monitoring:board")
    assert "Vous ne veillez sur personne" in text(client, board)
    read(begun(awa, doctor, residence="Foyer des Tilleuls"), doctor, AMBER)
    page = text(client, board)
    assert "Saturation en oxygène 94" in page
    assert "Foyer des Tilleuls" in page
    assert "à prendre" in page
    assert "Personne dans cet état" in text(client, board, etat="silent")
    assert "Saturation" in text(client, board, etat="amber", apres="n’importe quoi")


def test_a_secretary_has_no_board(client: Client, awa: UUID) -> None:
    signed_in(client, member(awa, "secretary"))
    assert client.get(reverse("home_monitoring:board")).status_code == 404


def test_the_support_cell_sees_its_delegations(client: Client, awa: UUID, doctor: Actor) -> None:
    place = desk("Cellule de soutien")
    team(place, "cell")
    begun(awa, doctor, watcher=f"organisation:{place.id}")
    signed_in(client, teammate(place, "nurse"))
    assert "par délégation" in text(client, reverse("home_monitoring:board"))


def test_a_protocol_is_read_in_words_and_its_leaflet_printed(client: Client, doctor: Actor) -> None:
    signed_in(client, doctor)
    one = protocol()
    page = text(client, reverse("home_monitoring:protocol", args=[one.id]))
    assert "22 h" in page or "22:00" in page
    assert "Mettre en service" not in page
    assert "appelez le 15" in text(client, reverse("home_monitoring:leaflet", args=[one.id]))
    listing = text(client, reverse("home_monitoring:protocols"))
    assert "Insuffisance cardiaque" in listing
    assert client.get(reverse("home_monitoring:protocol_new")).status_code == 404


def test_an_old_version_of_a_hand_over_is_refused_in_words(
    client: Client, awa: UUID, doctor: Actor
) -> None:
    place = desk()
    team(place)
    one = begun(awa, doctor)
    with acting(doctor):
        commands.write_note(follow_up=one, text="Rien.")
    FollowUp.objects.update(version=4)
    signed_in(client, doctor)
    page = client.post(url("hand_over", one), {
        "watcher": f"organisation:{place.id}", "reason": "Congés", "informed_on": today().isoformat(),
        "version": "1",
    }).content.decode()  # fmt: skip
    assert "relisez-la" in page


def test_the_record_s_tab_and_life_line_show_it(client: Client, awa: UUID, doctor: Actor) -> None:
    read(begun(awa, doctor), doctor, GREEN)
    signed_in(client, doctor)
    assert "Surveillance à domicile" in text(client, reverse("record:life_line", args=[awa]))
    assert "COVID-19" in text(client, reverse("home_monitoring:panel", args=[awa]))


def test_a_nurse_orients_then_begins(client: Client, awa: UUID, nurse: Actor) -> None:
    signed_in(client, nurse)
    filled = client.post(reverse("home_monitoring:orient", args=[awa]))
    answer = Answer.objects.get()
    assert filled["Location"] == reverse("questionnaires:fill", args=[answer.id])
    values = {
        "saturation": 88, "conscience": False, "deshydratation": False, "parole": False,
        "essoufflement": True, "age": True, "seul": False, "isolement": True, "telephone": True,
    }  # fmt: skip
    with acting(nurse):
        save_answer(answer=answer, values=values, expected_version=answer.version, is_final=True)
    page = text(client, reverse("home_monitoring:orientation", args=[awa, answer.id]))
    assert "Signe de gravité" in page
    assert "Saturation sous 90" in page
    assert str(answer.id) in text(client, reverse("home_monitoring:panel", args=[awa]))
    other = stranger()
    signed_in(client, member(other, "nurse"))
    address = reverse("home_monitoring:orientation", args=[other, answer.id])
    assert client.get(address).status_code == 404


def test_the_person_does_not_orient_themselves(client: Client, awa: UUID, own: Actor) -> None:
    signed_in(client, own)
    assert client.post(reverse("home_monitoring:orient", args=[awa])).status_code == 404
    assert not Answer.objects.exists()


def test_a_page_costs_the_same_whatever_was_entered(
    client: Client, awa: UUID, doctor: Actor
) -> None:
    one = begun(awa, doctor)
    read(one, doctor, RED)
    signed_in(client, doctor)
    address = url("follow_up", one)
    text(client, address)
    with CaptureQueriesContext(connection) as first:
        text(client, address)
    for _ in range(15):
        read(one, doctor, GREEN)
    with CaptureQueriesContext(connection) as later:
        text(client, address)
    assert len(later) == len(first)
