"""Who opens each page of a record, and what each role finds there."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrs.core.ids import uuid7
from enrs.referentials.identity.queries import _seal
from tests.referentials.identity.factories import actor_in
from tests.services.record import factories as f

pytestmark = pytest.mark.django_db
PAGES = ("summary", "life_line", "print", "documents", "results", "notes", "accesses")


@pytest.fixture
def record() -> dict[str, Any]:
    patient_id = f.patient()
    nurse = f.member(patient_id)
    f.whole(patient_id, nurse)
    return {"patient_id": patient_id, "nurse": nurse}


def url(name: str, patient_id: UUID, *more: object) -> str:
    return reverse(f"record:{name}", args=[patient_id, *more])


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_record_opens_to_its_circle_only(
    client: Client, record: dict[str, Any], page: str
) -> None:
    address = url(page, record["patient_id"])
    anonymous = client.get(address)
    assert anonymous.status_code == 302
    assert anonymous.headers["Location"].startswith("/compte/login/")
    f.signed_in(client, actor_in("nurse", "Autre Service"))
    assert client.get(address).status_code == 404
    f.signed_in(client, record["nurse"])
    answer = client.get(address)
    assert answer.status_code == 200
    assert "NDIAYE" in answer.content.decode()


def test_the_summary_shows_what_is_out_of_range(client: Client, record: dict[str, Any]) -> None:
    f.signed_in(client, record["nurse"])
    page = client.get(url("summary", record["patient_id"])).content.decode()
    assert "10,8" in page
    assert "6,4" in page
    assert "réf. 3,5 à 5" in page
    assert "Consultation de cardiologie" in page
    assert "CH de Brie" in page
    assert "Pansement refait." in page
    assert "Pourquoi ai-je accès" in page


def test_a_social_worker_finds_no_result_and_no_document(
    client: Client, record: dict[str, Any]
) -> None:
    patient_id = record["patient_id"]
    f.signed_in(client, f.member(patient_id, "social_worker", "Aminata Traoré"))
    for page in ("results", "documents", "accesses"):
        assert client.get(url(page, patient_id)).status_code == 404
    summary = client.get(url("summary", patient_id)).content.decode()
    assert "Hémoglobine" not in summary
    assert "cardiologie" not in summary
    assert "Pansement" not in summary
    assert "Aide au repas" in summary
    home = client.get("/").content.decode()
    assert "NDIAYE" in home
    assert "Bilan sanguin" not in home
    notes = client.get(url("notes", patient_id)).content.decode()
    assert "Les soignants du cercle" not in notes
    life = client.get(url("life_line", patient_id)).content.decode()
    assert "Bilan sanguin" not in life


def test_a_pharmacist_has_the_tab_of_the_notes(client: Client, record: dict[str, Any]) -> None:
    f.signed_in(client, f.member(record["patient_id"], "pharmacist"))
    page = client.get(url("summary", record["patient_id"])).content.decode()
    assert url("notes", record["patient_id"]) in page


@pytest.mark.parametrize(
    ("mark", "hidden_from"),
    [
        ("hidden_from_patient", {"owner", "proxy"}),
        ("hidden_from_proxies", {"proxy"}),
        ("masked_from_professionals", {"nurse"}),
    ],
)
def test_a_marked_document_is_hidden_everywhere_from_whom_it_must(
    client: Client, record: dict[str, Any], mark: str, hidden_from: set[str]
) -> None:
    patient_id = record["patient_id"]
    marked = f.document(patient_id, title="Annonce difficile", **{mark: True})
    actors = {"nurse": record["nurse"], "owner": f.owner(patient_id), "proxy": f.proxy(patient_id)}
    for name, actor in actors.items():
        f.signed_in(client, actor)
        is_shown = name not in hidden_from
        for page in ("summary", "documents", "life_line"):
            body = client.get(url(page, patient_id)).content.decode()
            assert ("Annonce difficile" in body) is is_shown, (name, page)
        for page in ("document", "document_file"):
            status = client.get(url(page, patient_id, marked.id)).status_code
            assert status == (200 if is_shown else 404), (name, page)


def test_the_person_reads_and_writes_shared_notes_only(
    client: Client, record: dict[str, Any]
) -> None:
    f.signed_in(client, f.owner(record["patient_id"]))
    address = url("notes", record["patient_id"])
    page = client.get(address).content.decode()
    assert "Aide au repas" in page
    assert "Pansement" not in page
    assert "Les soignants du cercle" not in page
    kept_to_care = client.post(address, {"text": "Secret", "audience": "care"})
    assert kept_to_care.status_code == 200
    assert client.post(address, {"text": "J’ai mal", "audience": "shared"}).status_code == 302
    f.signed_in(client, record["nurse"])
    read = client.get(address).content.decode()
    assert "J’ai mal" in read
    assert "Écrit par le patient" in read
    assert "Secret" not in read


@pytest.mark.parametrize("page", ["summary", "life_line", "documents", "results", "notes"])
def test_a_long_history_costs_no_more_queries(client: Client, page: str) -> None:
    patient_id = f.patient()
    nurse = f.member(patient_id)
    f.signed_in(client, nurse)
    counts = []
    for size in (1, 49):
        for index in range(size):
            f.document(patient_id, title=f"Document {index}")
            f.note(patient_id, nurse)
            f.stay(patient_id, number=f"V{size}-{index}")
        for _ in range(3 if size > 1 else 1):
            f.report(patient_id)
        client.get(url(page, patient_id))
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(url(page, patient_id)).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_my_patients_costs_the_same_for_one_and_for_fifty(client: Client) -> None:
    nurse = actor_in("nurse")
    f.signed_in(client, nurse)
    counts = []
    for start, stop in ((0, 1), (1, 50)):
        for index in range(start, stop):
            patient_id = f.patient(
                f"P{index}",
                birth_name=f"Exemple{index:02}",
                ins="",
                ins_oid="",
                status="provisional",
                birth_date=f"19{index + 10}-01-02",
            )
            f.give(patient_id, nurse)
        client.get("/")
        with CaptureQueriesContext(connection) as seen:
            page = client.get("/").content.decode()
        counts.append(len(seen))
    assert page.count('class="person-row"') == 50
    assert counts[0] == counts[1]


def test_pages_follow_one_another_without_loss_or_repetition(client: Client) -> None:
    patient_id = f.patient()
    f.signed_in(client, f.member(patient_id))
    at = f.ago(0)
    for index in range(35):
        f.document(patient_id, title=f"Titre n{index:02}", happened_at=at)
    first = client.get(url("documents", patient_id))
    assert first.context["next_url"]
    second = client.get(first.context["next_url"])
    titles = [one.title for page in (first, second) for one in page.context["documents"]]
    assert sorted(titles) == [f"Titre n{index:02}" for index in range(35)]
    assert not second.context["next_url"]
    assert client.get(url("documents", patient_id) + "?avant=n’importe quoi").status_code == 200


def test_the_curve_draws_one_unit_and_lists_all(client: Client) -> None:
    patient_id = f.patient()
    f.signed_in(client, f.member(patient_id))
    old = ("718-7", "Hémoglobine", "g/L", "118", "120", "160", "Hématologie")
    f.report(patient_id, days=60, observations=(f.observation(old, f.ago(60)),))
    f.report(patient_id)
    page = client.get(url("result", patient_id, "718-7"))
    assert [one.value for one in page.context["series"][0].points] == [10.8]
    assert "autre unité" in page.content.decode()
    assert "118" in page.content.decode()
    assert client.get(url("result", patient_id, "inconnu")).status_code == 404


def test_a_code_with_a_slash_has_its_curve(client: Client) -> None:
    patient_id = f.patient()
    f.signed_in(client, f.member(patient_id))
    row = ("LOC/12 a", "Analyse locale", "", "3", "1", "5", "")
    f.report(patient_id, observations=(f.observation(row, f.ago(0)),))
    assert client.get(url("results", patient_id)).status_code == 200
    assert client.get(url("result", patient_id, "LOC/12 a")).status_code == 200


def test_the_journal_says_who_did_what_in_words(client: Client, record: dict[str, Any]) -> None:
    patient_id = record["patient_id"]
    f.signed_in(client, record["nurse"])
    client.get(url("results", patient_id))
    f.signed_in(client, f.owner(patient_id))
    page = client.get(url("accesses", patient_id)).content.decode()
    assert "Qui a consulté mon dossier" in page
    assert "Camille Roche" in page
    assert "A consulté les résultats" in page
    assert "record.results" not in page
    assert client.get("/mes-acces/").headers["Location"] == url("accesses", patient_id)


def test_a_professional_reads_their_own_acts(client: Client, record: dict[str, Any]) -> None:
    f.signed_in(client, record["nurse"])
    client.get(url("summary", record["patient_id"]))
    assert "A consulté la synthèse" in client.get("/mes-acces/").content.decode()


def test_opening_a_document_leaves_one_line(client: Client, record: dict[str, Any]) -> None:
    patient_id = record["patient_id"]
    filed = f.document(patient_id)
    f.signed_in(client, record["nurse"])
    client.get(url("document", patient_id, filed.id))
    client.get(url("document_file", patient_id, filed.id))
    f.signed_in(client, f.owner(patient_id))
    page = client.get(url("accesses", patient_id)).content.decode()
    assert page.count("A lu un document") == 1


def test_home_is_calm_when_there_is_nobody(client: Client) -> None:
    f.signed_in(client, actor_in("nurse"))
    assert "Aucun patient pour l’instant" in client.get("/").content.decode()
    f.signed_in(client, f.person())
    assert "Aucun dossier pour l’instant" in client.get("/").content.decode()
    assert "Personne de ce nom" not in client.get("/").content.decode()
    assert client.get("/?apres=faux").status_code == 200


def test_the_list_is_searched_by_name(client: Client) -> None:
    nurse = actor_in("nurse")
    for value, name in (("1", "Abadie"), ("2", "Zeller")):
        f.give(f.patient(value, birth_name=name, **f.BARE), nurse)
    f.signed_in(client, nurse)
    page = client.get("/?q=zel").content.decode()
    assert "ZELLER" in page
    assert "ABADIE" not in page


def test_a_person_sees_their_record_and_those_they_represent(client: Client) -> None:
    mine, other = (
        f.patient(),
        f.patient(
            "200",
            birth_name="Diallo",
            ins="",
            ins_oid="",
            status="provisional",
            birth_date="1940-01-01",
        ),
    )
    awa = f.owner(mine)
    f.give(other, awa, "proxy", 3)
    f.signed_in(client, awa)
    page = client.get("/").content.decode()
    assert "Mon dossier" in page
    assert "Je représente" in page


def test_breaking_the_glass_asks_why_then_opens_and_tells(client: Client) -> None:
    patient_id = f.patient()
    doctor = actor_in("physician", "Dr Paul Imbert")
    assert doctor.user_id is not None
    f.signed_in(client, doctor)
    address = reverse("record:break_glass", args=[_seal(patient_id, doctor.user_id)])
    assert "8 heures" in client.get(address).content.decode()
    refused = client.post(address, {"reason_code": "emergency", "reason_text": "vite"})
    assert refused.status_code == 200
    assert client.get(url("summary", patient_id)).status_code == 404
    opened = client.post(
        address, {"reason_code": "emergency", "reason_text": "Inconscient aux urgences, seul."}
    )
    assert opened.headers["Location"] == url("summary", patient_id)
    page = client.get(url("summary", patient_id)).content.decode()
    assert "Dossier ouvert par bris de glace" in page
    assert client.get(address).status_code == 302
    f.signed_in(client, f.owner(patient_id))
    journal = client.get(url("accesses", patient_id)).content.decode()
    assert "Bris de glace" in journal
    assert "Inconscient aux urgences" in journal


def test_the_glass_breaks_for_no_other_account_nor_role(client: Client) -> None:
    patient_id = f.patient()
    doctor, clerk = actor_in("physician"), actor_in("secretary")
    assert doctor.user_id is not None
    assert clerk.user_id is not None
    mine = reverse("record:break_glass", args=[_seal(patient_id, doctor.user_id)])
    f.signed_in(client, actor_in("physician", "Autre"))
    assert client.get(mine).status_code == 404
    f.signed_in(client, clerk)
    hers = reverse("record:break_glass", args=[_seal(patient_id, clerk.user_id)])
    assert client.get(hers).status_code == 404
    assert client.get(reverse("record:break_glass", args=["faux"])).status_code == 404


def test_an_unknown_object_is_not_found(client: Client, record: dict[str, Any]) -> None:
    f.signed_in(client, record["nurse"])
    for page in ("document", "document_file", "note"):
        assert client.get(url(page, record["patient_id"], uuid7())).status_code == 404


def test_of_two_values_of_one_moment_the_table_shows_the_last_to_come(client: Client) -> None:
    patient_id = f.patient()
    f.signed_in(client, f.member(patient_id))
    at = f.ago(1)
    for shift in (0, 1):
        row = f.observation(f.ANALYTES[1], at, shift)
        f.report(patient_id, issued_at=at, observations=(row,))
    page = client.get(url("results", patient_id))
    (analyte,) = page.context["table"].chapters["Hématologie"]
    assert analyte.latest.value == 241
