"""The region's own forms: brought, tried, published and retired from the screen, without a developer."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.cast import Newcomer, unheard_name
from tests.journeys.conftest import check
from tests.journeys.steps import open_record, service, tab, told
from tests.running import Region

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
Maker = Callable[..., Newcomer]


def questionnaire(name: str, *items: dict[str, Any]) -> dict[str, Any]:
    """A small form of the region, as a file."""
    content = {
        "resourceType": "Questionnaire", "name": name, "version": "1", "url": f"urn:essai:{name}",
        "title": f"Repérage {name}", "status": "draft", "item": list(items),
    }  # fmt: skip
    return {
        "name": f"{name}.json",
        "mimeType": "application/json",
        "buffer": json.dumps(content).encode(),
    }


FELL = {"linkId": "chute", "type": "boolean", "text": "Chute dans l’année", "required": True}
WHERE = {
    "linkId": "lieu", "type": "string", "text": "Où", "enableWhen": [
        {"question": "chute", "operator": "=", "answerBoolean": True}],
}  # fmt: skip


def bring(page: Page, file: dict[str, Any]) -> None:
    """Hand in a file."""
    page.get_by_label("Fichier du formulaire").set_input_files(file)
    page.get_by_role("button", name="Enregistrer le brouillon").click()


def test_a_form_is_brought_tried_published_filled_and_retired(
    open_page: Opener, newcomer: Maker, region: Region
) -> None:
    name = unheard_name().lower()
    page = open_page("roux")
    service(page, "Formulaires")
    check(page)
    page.get_by_role("link", name="Ajouter un formulaire").click()
    bring(page, questionnaire(name, {"linkId": "a", "type": "integer", "text": ""}))
    expect(page.get_by_text("Ce formulaire ne peut pas être pris")).to_be_visible()
    check(page)
    bring(page, questionnaire(name, FELL, WHERE))
    expect(page.get_by_role("heading", name=f"Repérage {name}")).to_be_visible()
    page.get_by_label("Vu par").select_option(label="médecin")
    page.get_by_role("button", name="Voir").click()
    check(page)
    page.get_by_role("button", name="Ouvrir aux essais").click()
    page.get_by_role("button", name="Essayer").click()
    page.get_by_role("radio", name="Oui").check()
    page.get_by_label("Où").fill("Dans l’escalier")
    check(page)
    page.get_by_role("button", name="Terminer", exact=True).click()
    told(page, "Formulaire terminé.")
    check(page)
    service(page, "Formulaires")
    page.get_by_role("link", name=f"Repérage {name}", exact=True).click()
    page.get_by_role("button", name="Publier…").click()
    check(page)
    page.get_by_role("dialog").get_by_role("button", name="Publier").click()
    expect(page.get_by_text("publié", exact=False).first).to_be_visible()

    who = newcomer("roche")
    nurse = open_page("roche")
    open_record(nurse, who, region)
    tab(nurse, "Évaluations")
    check(nurse)
    nurse.get_by_label("Remplir un formulaire").select_option(label=f"Repérage {name}")
    nurse.get_by_role("button", name="Commencer").click()
    nurse.get_by_role("radio", name="Non").check()
    nurse.get_by_role("button", name="Terminer").click()
    told(nurse, "Formulaire terminé.")
    nurse.get_by_role("link", name="Imprimer").click()
    check(nurse)

    page.get_by_role("button", name="Retirer…").click()
    page.get_by_role("dialog").get_by_role("button", name="Retirer").click()
    expect(page.get_by_role("button", name="Retirer…")).to_have_count(0)
    check(page)
    tab(nurse, "Évaluations")
    expect(nurse.get_by_role("link", name=re.compile(f"Repérage {name}"))).to_be_visible()
    options = nurse.get_by_label("Remplir un formulaire").locator("option")
    assert f"Repérage {name}" not in options.all_inner_texts()
