"""The pages: filling with autosave, reading, printing, comparing; hostile posts; constant query counts."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enrs.core.access.commands import deny
from enrs.core.ids import uuid7
from enrs.core.questionnaires import commands, queries
from enrs.core.questionnaires.models import Answer
from tests.factories import actor, known_patient, member, person_of

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def page(answer, nurse, signed_in):
    return Filling(answer, signed_in(nurse))


class Filling:
    """A browser on one answer's form: posts fields by linkId."""

    def __init__(self, answer: Answer, browser: Client) -> None:
        self.answer, self.browser = answer, browser
        self.url = f"/formulaires/reponse/{answer.pk}/remplir/"
        self.links = queries.definition_of(answer.form).by_link

    def name(self, link_id: str, row: tuple[str, int] | None = None) -> str:
        own = f"f{self.links[link_id].number}"
        return f"f{self.links[row[0]].number}.{row[1]}.{own}" if row else own

    def post(self, fields: dict[str, Any] | None = None, *, version=None, htmx=True, **more):
        self.answer.refresh_from_db()
        data = {self.name(key): value for key, value in (fields or {}).items()} | more
        data["version"] = self.answer.version if version is None else version
        response = self.browser.post(self.url, data, **(HTMX if htmx else {}))
        self.answer.refresh_from_db()
        return response


def text(response) -> str:
    return response.content.decode()


def test_the_form_is_shown(page):
    found = text(page.browser.get(page.url))
    assert "Point de santé (essai)" in found
    assert "Est-elle tombée depuis six mois" in found
    assert "Combien de fois" not in found, "its condition does not hold"
    assert "Score de moral" not in found
    assert "Marque interne" not in found
    assert "DUBREUIL" in found


def test_a_change_is_saved_and_brings_back_what_moved(page):
    response = page.post({"chute": "true", "poids": "72,5"})
    found = text(response)
    assert "Combien de fois" in found
    assert "hx-swap-oob" in found
    assert "Ce qui compte pour elle" not in found, "what did not move stays"
    assert page.answer.items["poids"] == {"value": "72.5", "unit": "kg"}
    found = text(page.post({"chute": "false", "poids": "72,5", "taille": "1,70"}))
    assert "25,1" in found
    assert "Combien de fois" not in found
    assert page.answer.scores["imc"] == "25.1"


def test_what_does_not_fit_is_shown_and_the_rest_saved(page):
    found = text(page.post({"taille": "grande", "souhait": "marcher"}))
    assert "Écrivez un nombre" in found
    assert 'value="grande"' in found
    assert page.answer.items["souhait"] == "marcher"
    name = page.name("taille")
    found = text(page.post({"taille": "1,6", "souhait": "marcher"}, faulty=name))
    assert "Écrivez un nombre" not in found
    assert 'value="1,6"' in found


def test_rows_are_added_and_dropped(page):
    table = page.name("traitements")
    first, second = (page.name("nom", ("traitements", rank)) for rank in (0, 1))
    page.post(**{table: "0", first: "Aspirine"}, add=table)
    assert page.answer.items["traitements"] == [{"nom": "Aspirine"}, {}]
    page.post(**{table: ["0", "1"], first: "Aspirine", second: "Doliprane"})
    page.post(**{table: ["0", "1"], first: "Aspirine", second: "Doliprane"}, drop=f"{table}.0")
    assert page.answer.items["traitements"] == [{"nom": "Doliprane"}]


def test_a_condition_holds_in_its_own_row(page):
    table = page.name("traitements")
    stopped = page.name("arret", ("traitements", 0))
    found = text(page.post(**{table: "0", stopped: "true"}))
    assert "Motif de l’arrêt" in found


def test_other_words_of_an_open_choice(page):
    name = page.name("logement")
    page.post({"logement": "__other"}, **{f"{name}.o": "Péniche"})
    assert page.answer.items["logement"] == {"text": "Péniche"}
    page.post({"logement": "maison"}, clear=name)
    assert "logement" not in page.answer.items


def test_a_hidden_or_reserved_item_posted_is_ignored(page):
    page.post({"secret": "forgé", "score": "99", "age": "3", "avis": "forgé", "chutes": "4"})
    assert page.answer.items["secret"] == "essai"
    assert page.answer.items["age"] > 80
    assert not {"avis", "chutes", "score"} & set(page.answer.items)
    assert page.answer.scores == {}


def test_a_script_in_a_field_is_only_text(page):
    page.post({"souhait": "<script>alert(1)</script>", "chute": "false", "poids": "60"})
    for address in ("", "imprimer/", "remplir/"):
        found = text(page.browser.get(f"/formulaires/reponse/{page.answer.pk}/{address}"))
        assert "<script>alert" not in found
        assert "&lt;script&gt;alert" in found


def test_a_stale_save_shows_both(page):
    page.post({"souhait": "rentrer"})
    response = page.post({"souhait": "rester"}, version=1)
    assert response.status_code == 409
    found = text(response)
    assert "rentrer" in found
    assert "rester" in found
    assert page.answer.items["souhait"] == "rentrer"
    posted = f"{page.name('souhait')}=rester"
    response = page.browser.post(page.url, {"posted": posted, "version": page.answer.version})
    assert response.status_code == 302
    page.answer.refresh_from_db()
    assert page.answer.items["souhait"] == "rester"


def test_the_end_says_what_is_missing_then_finishes(page):
    response = page.post({"chute": "true"}, finish="1")
    assert "Une réponse" in text(response) or "réponses sont à revoir" in text(response)
    assert page.answer.status == "in-progress"
    response = page.post({"chute": "false", "poids": "70"}, finish="1")
    assert response["HX-Redirect"] == f"/formulaires/reponse/{page.answer.pk}/"
    assert page.answer.status == "completed"
    assert page.browser.get(page.url).status_code == 302


def test_a_service_leads_on_from_its_finished_form(page, monkeypatch):
    onward = {page.answer.form_name: lambda answer: f"/la-suite/{answer.pk}/"}
    monkeypatch.setattr("enrs.core.questionnaires.registry._nexts", onward)
    response = page.post({"chute": "false", "poids": "70"}, finish="1")
    assert response["HX-Redirect"] == f"/la-suite/{page.answer.pk}/"


def test_it_works_without_htmx(page):
    response = page.post({"chute": "false"}, htmx=False, finish="1")
    assert response.status_code == 422
    assert "Répondez à cette question" in text(response)
    assert page.post({"poids": "70", "chute": "false"}, htmx=False, finish="1").status_code == 302


def test_an_attachment_is_kept_checked_and_given_back(page):
    name = page.name("piece")
    bad = SimpleUploadedFile("x.exe", b"MZ\x00\x01")
    assert "PDF, image ou texte" in text(page.post(**{name: bad}))
    assert "piece" not in page.answer.items
    good = SimpleUploadedFile("../ordonnance.pdf", b"%PDF-1.4 essai")
    page.post(**{name: good})
    kept = page.answer.items["piece"]
    assert kept["mime"] == "application/pdf"
    url = f"/formulaires/reponse/{page.answer.pk}/piece/{kept['blob']}/"
    response = page.browser.get(url)
    assert response.content == b"%PDF-1.4 essai"
    assert "attachment" in response["Content-Disposition"]
    assert page.browser.get(url.replace(kept["blob"][:4], "0000")).status_code == 404


def test_the_reserved_part_by_role(page, physician, patient, signed_in):
    page.post({"chute": "true", "poids": "70", "moral": "bas"})
    found = text(page.browser.get(page.url))
    assert "Partie réservée" in found, "the nurse reads it"
    assert f'name="{page.name("avis")}"' not in found
    worker = signed_in(member(patient, "social_worker"))
    assert "Avis du médecin" not in text(worker.get(page.url))
    doctor = Filling(page.answer, signed_in(physician))
    doctor.post({"avis": "À revoir", "chute": "true", "poids": "70", "moral": "bas"})
    assert page.answer.__class__.objects.get(pk=page.answer.pk).items["avis"] == "À revoir"
    assert "À revoir" not in text(worker.get(f"/formulaires/reponse/{page.answer.pk}/"))
    assert "À revoir" in text(page.browser.get(f"/formulaires/reponse/{page.answer.pk}/"))


@pytest.fixture
def finished(page):
    page.post({"chute": "false", "poids": "70", "taille": "1,70"}, finish="1")
    return page


def test_reading_printing_and_pdf(finished):
    base = f"/formulaires/reponse/{finished.answer.pk}/"
    found = text(finished.browser.get(base))
    assert "70\u00a0kg" in found
    assert "Indice de masse corporelle" in found
    assert "70\u00a0kg" in text(finished.browser.get(f"{base}imprimer/"))
    pdf = finished.browser.get(f"{base}imprimer/?format=pdf")
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")


def draft_of(found: str) -> dict[str, str]:
    """What an amending page carries from one post to the next."""
    return {"draft": re.search(r'name="draft" value="([^"]*)"', found)[1]}


def test_a_forged_draft_is_ignored(finished):
    url = f"/formulaires/reponse/{finished.answer.pk}/rectifier/"
    piece = '{"piece": {"blob": "00", "title": "x", "mime": "text/html", "size": 1}}'
    data = {"draft": piece, "version": finished.answer.version, "finish": "1"}
    names = {finished.name(key): value for key, value in (("chute", "false"), ("poids", "71"))}
    finished.browser.post(url, data | names)
    finished.answer.refresh_from_db()
    assert finished.answer.items["poids"]["value"] == "71"
    assert "piece" not in finished.answer.items


def test_amending_saves_only_at_the_end(finished):
    url = f"/formulaires/reponse/{finished.answer.pk}/rectifier/"
    found = text(finished.browser.get(url))
    assert "Motif de la rectification" in found
    names = {finished.name(key): value for key, value in (("chute", "true"), ("poids", "70"))}
    found = text(finished.browser.post(url, names | draft_of(found) | {"version": 3}, **HTMX))
    assert "Combien de fois" in found
    finished.answer.refresh_from_db()
    assert finished.answer.items["chute"] is False
    names |= {finished.name("chutes"): "2", finished.name("avis"): "forgé"}
    data = names | {"version": finished.answer.version, "finish": "1", "reason": "oubli"}
    response = finished.browser.post(url, data | draft_of(found))
    assert response.status_code == 302
    finished.answer.refresh_from_db()
    assert (finished.answer.status, finished.answer.items["chutes"]) == ("amended", 2)
    assert finished.answer.items["secret"] == "essai"
    assert "avis" not in finished.answer.items
    assert "oubli" in text(finished.browser.get(f"/formulaires/reponse/{finished.answer.pk}/"))


def test_two_answers_side_by_side(finished, patient, nurse, as_actor, forms):
    with as_actor(actor(nurse)):
        other = commands.start_answer(form="essai-sante", patient_id=patient.pk)
        commands.save_answer(
            answer=other,
            values={"poids": {"value": "66", "unit": "kg"}, "chute": False},
            expected_version=1,
        )
        lieu = commands.start_answer(form="essai-lieu", patient_id=patient.pk)
    base = f"/formulaires/reponse/{finished.answer.pk}/avec/"
    found = text(finished.browser.get(f"{base}{other.pk}/"))
    assert "−4" in found
    assert "70\u00a0kg" in found
    assert finished.browser.get(f"{base}{lieu.pk}/").status_code == 404


def test_an_amended_answer_beside_what_it_said_before(
    finished, nurse, as_actor, signed_in, patient
):
    base, version = f"/formulaires/reponse/{finished.answer.pk}/", finished.answer.version
    with as_actor(actor(nurse)):
        commands.amend_answer(
            answer=finished.answer, values={"poids": {"value": "64", "unit": "kg"}}, reason="balance",
            expected_version=version,
        )  # fmt: skip
    assert f'href="{base}version/{version}/"' in text(finished.browser.get(base))
    found = text(finished.browser.get(f"{base}version/{version}/"))
    assert "Avant la rectification" in found
    assert "−6" in found
    assert finished.browser.get(f"{base}version/{version + 1}/").status_code == 404
    assert (
        signed_in(member(patient, "secretary")).get(f"{base}version/{version}/").status_code == 404
    )


@pytest.mark.parametrize(
    "address", ["", "remplir/", "rectifier/", "imprimer/", "imprimer/?format=pdf"]
)
def test_three_actors(address, answer, patient, signed_in):
    url = f"/formulaires/reponse/{answer.pk}/{address}"
    assert Client().get(url).status_code == 302
    stranger = signed_in(member(known_patient(birth_name="MARCHETTI"), "physician"))
    assert stranger.get(url).status_code == 404
    assert signed_in(member(patient, "secretary")).get(url).status_code == 404
    assert signed_in(person_of(patient)).get(url).status_code in (200, 302)


def test_an_opposed_professional_is_refused(answer, patient, nurse, signed_in):
    deny(patient_id=patient.pk, grantee_id=nurse.grantee_id, source_id=uuid7())
    browser = signed_in(nurse)
    assert browser.get(f"/formulaires/reponse/{answer.pk}/").status_code == 404
    response = browser.post(f"/formulaires/reponse/{answer.pk}/remplir/", {"version": 1})
    assert response.status_code == 404


def test_the_patient_s_page_and_the_start(forms, patient, nurse, signed_in):
    browser = signed_in(nurse)
    url = f"/formulaires/dossier/{patient.pk}/"
    assert "Aucune évaluation" in text(browser.get(url))
    response = browser.post(f"{url}commencer/", {"form": "essai-sante"})
    started = Answer.objects.get(patient=patient)
    assert response["Location"] == f"/formulaires/reponse/{started.pk}/remplir/"
    assert "Reprendre" in text(browser.get(url))
    response = browser.post(f"{url}commencer/", {"form": "absent"}, follow=True)
    assert "n’est plus publié" in text(response)


def count(browser: Client, url: str) -> int:
    browser.get(url)
    with CaptureQueriesContext(
        connection,
    ) as queries_made:
        assert browser.get(url).status_code == 200
    return len(queries_made)


def test_query_counts_do_not_grow(forms, patient, nurse, signed_in, as_actor):
    browser = signed_in(nurse)
    with as_actor(actor(nurse)):
        first = commands.start_answer(form="essai-sante", patient_id=patient.pk)
        commands.start_answer(form="essai-sante", patient_id=patient.pk)
    pages = [
        f"/formulaires/dossier/{patient.pk}/",
        f"/formulaires/reponse/{first.pk}/",
        f"/formulaires/reponse/{first.pk}/remplir/",
    ]
    few = [count(browser, url) for url in pages]
    with as_actor(actor(nurse)):
        for _ in range(48):
            commands.start_answer(form="essai-sante", patient_id=patient.pk)
    assert [count(browser, url) for url in pages] == few
    assert max(few) <= 20


def test_a_row_shows_its_own_result_as_it_is_filled(forms, patient, nurse, as_actor, signed_in):
    with as_actor(actor(nurse)):
        begun = commands.start_answer(form="essai-lignes", patient_id=patient.pk)
    page = Filling(begun, signed_in(nurse))
    table = page.name("aides")
    cells = {
        page.name(name, ("aides", rank)): value
        for rank, values in enumerate(
            ({"passages": "5", "minutes": "60"}, {"passages": "14", "minutes": "45"})
        )
        for name, value in values.items()
    }
    page.post(**{table: ["0"]}, add=table)
    found = text(page.post(**{table: ["0", "1"]}, **cells))
    assert [one["total"] for one in page.answer.items["aides"]] == [300, 630]
    assert page.answer.scores == {"somme": 930}
    for words in ("300", "630", "930"):
        assert f"<output>{words}</output>" in found
    assert found.count("Pourquoi autant") == 1, "the second row alone asks why"
    page.post(**{table: ["0", "1"]}, **cells, finish="1")
    shown = text(page.browser.get(f"/formulaires/reponse/{begun.pk}/"))
    assert "300" in shown
    assert "930" in shown
