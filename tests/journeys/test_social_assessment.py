"""A social assessment: who asks, and the team that answers."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.cast import DESK, Newcomer
from tests.journeys.conftest import check
from tests.journeys.steps import open_record, service, tab, told
from tests.running import Region

pytestmark = pytest.mark.journey
Opener = Callable[..., Page]
Maker = Callable[..., Newcomer]


def test_a_nurse_asks_for_an_assessment_and_the_team_makes_it(
    open_page: Opener, newcomer: Maker, region: Region
) -> None:
    who = newcomer("roche")
    nurse = open_page("roche")
    open_record(nurse, who, region)
    tab(nurse, "Évaluation sociale")
    check(nurse)
    nurse.get_by_role("button", name="Demander une évaluation").click()
    nurse.get_by_label("Logement").check()
    nurse.get_by_label("La situation en quelques lignes").fill(
        "Escalier raide, salle d’eau froide."
    )
    nurse.get_by_label("Ce que l’on sait du logement").fill("Deuxième étage sans ascenseur.")
    agreed = nurse.get_by_role("group", name="La personne est d’accord avec cette demande")
    agreed.get_by_label("Oui").check()
    check(nurse)
    nurse.get_by_role("button", name="Terminer").click()
    expect(nurse.get_by_text("Demande prête : à qui l’envoyer ?")).to_be_visible()
    nurse.get_by_label("Nom ou numéro FINESS de la structure").fill("DAC d’essai")
    nurse.get_by_role("button", name="Chercher", exact=True).click()
    check(nurse)
    nurse.get_by_role("button", name=re.compile(DESK)).click()
    told(nurse, f"La demande est envoyée à {DESK}.")
    check(nurse)

    worker = open_page("traore")
    service(worker, "Demandes")
    check(worker)
    worker.get_by_role("link", name="Évaluations sociales").click()
    check(worker)
    line = worker.get_by_role("row", name=re.compile(who.birth_name))
    line.get_by_role("link", name="Évaluation sociale").click()
    expect(worker.get_by_text("Deuxième étage sans ascenseur.")).to_be_visible()
    check(worker)
    worker.get_by_role("button", name="Accepter").click()
    told(worker, "Accepter : c’est fait.")
    worker.get_by_role("button", name="Évaluation faite").click()
    told(worker, "Évaluation faite : c’est fait.")

    nurse.get_by_role("link", name="Évaluation sociale", exact=True).last.click()
    expect(nurse.get_by_text("Évaluation faite").first).to_be_visible()
    check(nurse)
