"""A region's own team: upload, preview, trial, publication, retirement; and what is refused."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from enrs.core.access.commands import AccessRefusedError
from enrs.core.questionnaires import commands
from enrs.core.questionnaires.models import Answer, Form
from tests.core.terminology.factories import SET, SYSTEM, code_system, load, value_set
from tests.factories import UserFactory, actor


def questionnaire(**more: Any) -> dict[str, Any]:
    tree = {
        "resourceType": "Questionnaire",
        "name": "sondage",
        "version": "1",
        "url": "urn:essai:sondage",
        "title": "Sondage",
        "item": [{"linkId": "a", "type": "boolean", "text": "Content ?", "required": True}],
    }
    return tree | more


def sent(tree: Any) -> dict[str, SimpleUploadedFile]:
    content = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return {"file": SimpleUploadedFile("f.json", content)}


@pytest.fixture
def operator(db):
    return UserFactory(operator=True, role="operator")


@pytest.fixture
def browser(operator, signed_in) -> Client:
    return signed_in(operator)


def test_from_upload_to_retirement(browser, forms):
    response = browser.post("/formulaires/ajouter/", sent(questionnaire()))
    form = Form.objects.get(name="sondage")
    url = f"/formulaires/version/{form.pk}/"
    assert response["Location"] == url
    assert (form.status, form.owner) == ("draft", "region")
    assert "Content ?" in browser.get(url).content.decode()
    browser.post(f"{url}publier/")
    form.refresh_from_db()
    assert form.status == "draft", "a draft is tried before it is published"
    browser.post(f"{url}essayer/")
    response = browser.post(f"{url}essai/")
    trial = Answer.objects.get(form=form)
    assert trial.is_trial
    assert trial.patient_id is None
    assert "Essai" in browser.get(response["Location"]).content.decode()
    assert "Essais en cours" in browser.get("/formulaires/").content.decode()
    browser.post(f"{url}publier/")
    form.refresh_from_db()
    assert form.status == "published"
    browser.post("/formulaires/ajouter/", sent(questionnaire(version="2")))
    second = Form.objects.get(name="sondage", version="2")
    for what in ("essayer", "publier"):
        browser.post(f"/formulaires/version/{second.pk}/{what}/")
    form.refresh_from_db()
    assert form.status == "retired"
    browser.post(f"/formulaires/version/{second.pk}/retirer/")
    second.refresh_from_db()
    assert second.status == "retired"
    assert browser.get(f"{url}json/").json()["name"] == "sondage"


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (b"{", "pas du JSON"),
        (b"\xff\xfe", "pas du JSON"),
        (b"[" * 100_000, "pas du JSON"),
        (b"x" * 1_000_001, "dépasse"),
        ({"resourceType": "Patient"}, "pas un Questionnaire"),
        (questionnaire(item=[]), "aucune question"),
        (questionnaire(item=[3]), "La forme du fichier"),
        (questionnaire(name="essai-sante"), "livré avec un service"),
        (questionnaire(version=""), "version"),
        (questionnaire(item=[{"linkId": "a", "type": "question", "text": "x"}]), "n’existe pas en FHIR R4"),
        (questionnaire(item=[{"linkId": "a", "type": "choice", "text": "x"}]), "aucune réponse permise"),
        (questionnaire(item=[{"linkId": "a", "type": "string", "text": "<script>x</script>",
            "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/regex", "valueString": "(a)\\1"}]}]),
            "expression régulière"),
    ],
)  # fmt: skip
def test_what_is_refused_says_why(tree, words, browser, forms):
    response = browser.post("/formulaires/ajouter/", sent(tree))
    found = response.content.decode()
    assert response.status_code == 422
    assert words in found
    assert "<script>x" not in found
    assert not Form.objects.filter(owner="region").exists()


def test_an_upload_without_a_file_says_so(browser):
    assert browser.post("/formulaires/ajouter/", {}).status_code == 422


def test_the_same_version_is_not_taken_twice(browser):
    browser.post("/formulaires/ajouter/", sent(questionnaire()))
    response = browser.post("/formulaires/ajouter/", sent(questionnaire(title="Autre")))
    assert "existe déjà" in response.content.decode()


def test_a_script_in_a_form_is_only_text(browser):
    nasty = "<script>alert(1)</script>"
    item = {"linkId": "a", "type": "string", "text": nasty, "prefix": nasty}
    browser.post("/formulaires/ajouter/", sent(questionnaire(title=nasty, item=[item])))
    form = Form.objects.get(name="sondage")
    for url in ("/formulaires/", f"/formulaires/version/{form.pk}/"):
        assert "<script>alert" not in browser.get(url).content.decode()


@pytest.mark.parametrize("role", ["physician", "nurse", "secretary", "auditor"])
def test_others_do_not_manage_forms(role, forms, signed_in, as_actor):
    user = UserFactory(role=role)
    browser = signed_in(user)
    form = forms["essai-lieu"]
    assert browser.get("/formulaires/").status_code == 404
    assert browser.post("/formulaires/ajouter/", sent(questionnaire())).status_code == 404
    assert browser.post(f"/formulaires/version/{form.pk}/retirer/").status_code == 404
    with as_actor(actor(user)):
        with pytest.raises(AccessRefusedError):
            commands.retire_form(form=form)
        with pytest.raises(AccessRefusedError):
            commands.upload_form(content=json.dumps(questionnaire()).encode())
        with pytest.raises(AccessRefusedError):
            commands.start_trial(form=form)


def asked_with(address: str) -> dict[str, Any]:
    inner = {"linkId": "b", "type": "choice", "text": "Quel organe ?", "answerValueSet": address}
    group = {"linkId": "g", "type": "group", "text": "Examen", "item": [inner]}
    return questionnaire(item=[group])


@pytest.mark.parametrize("address", [SET, f"{SET}|1", f"{SYSTEM}?fhir_vs"])
def test_a_value_set_of_the_nomenclatures_is_kept_as_it_is_today(browser, forms, address):
    load(code_system())
    load(value_set())
    browser.post("/formulaires/ajouter/", sent(asked_with(address)))
    form = Form.objects.get(name="sondage")
    shown = browser.get(f"/formulaires/version/{form.pk}/").content.decode()
    assert "Rein droit" in shown
    assert ("Foie" in shown) is address.endswith("?fhir_vs")
    load(value_set(("FOI",), version="2"))
    assert "Rein droit" in browser.get(f"/formulaires/version/{form.pk}/").content.decode()


def test_a_value_set_that_nobody_loaded_or_that_is_too_long_is_refused(browser, forms):
    unknown = browser.post("/formulaires/ajouter/", sent(asked_with("urn:inconnu")))
    assert "dans les nomenclatures chargées" in unknown.content.decode()
    load(code_system({f"C{rank}": f"Code {rank}" for rank in range(301)}))
    long = browser.post("/formulaires/ajouter/", sent(asked_with(f"{SYSTEM}?fhir_vs")))
    assert "plus de 300 codes" in long.content.decode()
    assert not Form.objects.filter(name="sondage").exists()
