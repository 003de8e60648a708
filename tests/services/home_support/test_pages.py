"""The pages: who opens them, what each reads, what each does, how many queries they cost."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.core.accounts.queries import actor_of
from enrs.core.audit.models import AuditLine
from enrs.core.moments import legal_day
from enrs.core.questionnaires.commands import save_answer
from enrs.core.questionnaires.models import Answer
from enrs.core.workflow.models import Task
from enrs.services.home_support import commands
from enrs.services.home_support.models import Ask, HomeReturn, Slot, Visit
from tests.factories import GrantFactory, PatientFactory, known_patient, member, person_of, proxy_of
from tests.hostile.pages.home_support import FACTS
from tests.services.home_support.factories import (
    MEAL,
    WASHING,
    accepted,
    asked,
    fresh,
    leaving,
    opened,
    slots_of,
    worker,
)

pytestmark = pytest.mark.django_db


def url(name: str, one: HomeReturn, *more: Any) -> str:
    return reverse(f"home_support:{name}", args=[one.patient_id, one.id, *more])


def text(client: Client, address: str, **given: Any) -> str:
    page = client.get(address, given)
    assert page.status_code == 200, (address, page.status_code)
    return page.content.decode()


def said(client: Client, where: str, /, **given: Any) -> str:
    page = client.post(where, given, follow=True)
    assert page.status_code == 200, (where, page.status_code)
    return page.content.decode()


@pytest.mark.parametrize("who", [None, "wrong_circle", "wrong_profession"])
def test_pages_open_for_the_circle_alone(
    client: Client, patient: Any, social: Any, who: str | None
) -> None:
    one = opened(patient.pk, social, MEAL)
    if who:
        about, role = (
            (PatientFactory(), "nurse") if who == "wrong_circle" else (patient, "identity_officer")
        )
        client.force_login(member(about, role))
    wanted = 404 if who else 302
    for name in ("show", "sheet", "change", "close", "hand_on", "add_visit", "ask"):
        assert client.get(url(name, one)).status_code == wanted, name
    for name in ("panel", "open"):
        assert client.get(reverse(f"home_support:{name}", args=[patient.pk])).status_code == wanted
    assert client.post(url("arrive", one)).status_code == wanted


def test_the_social_worker_prepares_a_whole_return(
    client: Client, patient: Any, social: Any, saad: Any
) -> None:
    client.force_login(social)
    panel = reverse("home_support:panel", args=[patient.pk])
    assert "Préparer un retour" in text(client, panel)
    begin = reverse("home_support:open", args=[patient.pk])
    text(client, begin)
    assert "doit être d’accord" in said(client, begin, **FACTS)
    page = said(client, begin, **FACTS, is_agreed="on")
    assert "La semaine est vide" in page
    one = HomeReturn.objects.get()
    assert client.get(panel).headers["Location"] == url("show", one)
    client.post(url("begin_needs", one))
    answer = Answer.objects.get()
    assert "Le reprendre" in text(client, url("show", one))
    with acting(actor_of(social)):
        save_answer(
            answer=answer, values={"besoins": ["meal", "shopping"], "seul": True},
            expected_version=answer.version, is_final=True,
        )  # fmt: skip
    assert "Mettre ces passages dans la semaine" in text(client, url("show", one))
    page = said(client, url("take_needs", one), answer=str(answer.id))
    assert "3 passages ajoutés" in page
    assert "aucune structure ne l’a pris" in page
    text(client, url("add_visit", one))
    given = {
        "kind": "night",
        "provider": "saad",
        "starts": "21:00",
        "minutes": "600",
        "days": ["5", "6"],
    }
    assert "Garde de nuit" in said(client, url("add_visit", one), **given)
    assert "Cochez au moins un jour" in said(
        client, url("add_visit", one), **(given | {"days": []})
    )
    night = Visit.objects.get(kind="night")
    assert "retiré de la semaine" in said(client, url("remove_visit", one, night.id))
    page = text(client, url("ask", one), structure="Aide à domicile")
    assert saad.name in page
    visits = [str(row.id) for row in Visit.objects.filter(removed_at=None)]
    page = said(client, url("ask", one), visit=visits, place=str(saad.id), message="Deuxième étage")
    assert f"La demande est envoyée à {saad.name}" in page
    assert "Réponse attendue" in page
    assert "Choisissez des passages" in said(client, url("ask", one), place=str(saad.id))
    board = text(client, reverse("workflow:board", args=["retours-a-domicile"]))
    assert "Réponses attendues" in board
    assert text(client, url("change", one)).count("4 rue des Manguiers") == 1
    later = FACTS | {"leaving_at": f"{leaving(8):%Y-%m-%dT%H:%M}"}
    page = said(client, url("change", one), **later, version=str(fresh(one).version))
    assert "les structures concernées sont prévenues" in page
    assert "relisez-le" in said(client, url("change", one), **FACTS, version="1")


def test_an_agency_reads_answers_and_then_finds_the_door(
    client: Client, patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL, WASHING)
    name = patient.regional_identity.birth_name
    ask = asked(one, social, saad)[0]
    client.force_login(helper)
    board = text(client, reverse("workflow:board", args=["aides-au-retour"]))
    assert "Cayenne" in board
    assert name not in board
    assert client.get(reverse("workflow:task", args=[ask.task_id])).headers["Location"] == address(
        ask
    )
    page = text(client, address(ask))
    assert name not in page
    assert "rue des Manguiers" not in page
    assert "Clé chez la voisine" not in page
    assert "Nous pouvons prendre" in page
    task = fresh(ask.task)
    assert task.addressees.get().answer == "seen"
    assert client.get(url("show", one)).status_code == 404
    day = legal_day(leaving(5))
    given = {
        "slots": [str(key) for key in slots_of(ask, "meal")],
        "from_on": day.isoformat(),
        "note": "Le matin",
    }
    assert "Une autre" not in said(
        client, address(ask, "accept"), **given, version=str(task.version)
    )
    page = text(client, address(ask))
    assert name in page
    assert "4 rue des Manguiers" in page
    assert "Clé chez la voisine" in page
    assert "À confirmer par l’hôpital" in page
    line = AuditLine.objects.filter(action="home_support.asked.read", patient_id=patient.pk)
    assert line.count() == 3
    client.force_login(social)
    page = text(client, url("show", one))
    assert f"{saad.name} commence le" in page
    assert "Pris, à confirmer" in text(
        client, url("show", one), semaine=leaving(12).date().isoformat()
    )
    assert "C’est confirmé" in said(client, url("retain", one, ask.id))
    client.force_login(helper)
    assert "Confirmé par l’hôpital" in text(client, address(ask))


def address(ask: Ask, name: str = "asked") -> str:
    return reverse(f"home_support:{name}", args=[ask.task_id])


def test_an_agency_asks_then_refuses(
    client: Client, patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    client.force_login(helper)
    task = fresh(ask.task)
    assert "nous faut" not in said(
        client, address(ask, "question"), text="", version=str(task.version)
    )
    page = said(client, address(ask, "question"), text="Un ascenseur ?", version=str(task.version))
    assert "Votre question est envoyée" in page
    client.force_login(social)
    assert "Un ascenseur" in text(client, url("show", one))
    assert "Votre réponse est envoyée" in said(client, url("reply", one, ask.id), text="Oui.")
    client.force_login(helper)
    version = str(fresh(ask.task).version)
    text(client, address(ask))
    assert said(client, address(ask, "refuse"), code="", version=version)
    page = said(client, address(ask, "refuse"), code="full", note="En avril", version=version)
    assert "cherche une autre structure" in page
    client.force_login(social)
    page = text(client, url("show", one))
    assert "Plus de place en ce moment" in page or "En avril" in page
    assert "personne du" in page


def test_what_was_taken_meanwhile_is_said_on_the_form(
    client: Client, patient: Any, *, social: Any, saad: Any, ssiad: Any, helper: Any, carer: Any
) -> None:
    first, second = asked(opened(patient.pk, social, MEAL), social, saad, ssiad)
    slots = [str(key) for key in slots_of(second)]
    accepted(first, helper)
    client.force_login(carer)
    page = said(
        client, address(second, "accept"), slots=slots, from_on=leaving(3).date().isoformat(),
        version=str(fresh(second.task).version),
    )  # fmt: skip
    assert "Une autre structure vient de prendre" in page
    assert "Nous pouvons prendre" not in page
    assert helper.name not in page
    assert saad.name not in page


def test_a_withdrawn_agency_reads_that_it_is_over(
    client: Client, patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    accepted(ask, helper)
    client.force_login(social)
    assert "Les passages sont libérés" in said(client, url("release", one, ask.id))
    client.force_login(helper)
    page = text(client, address(ask))
    assert "Vous n’avez plus rien à faire" in page
    assert patient.regional_identity.birth_name not in page


def test_the_agency_gives_back(
    client: Client, patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    accepted(ask, helper)
    client.force_login(helper)
    page = said(
        client, address(ask, "give_back"), code="staff", version=str(fresh(ask.task).version)
    )
    assert "Vos passages sont rendus" in page
    assert not Slot.objects.filter(ask__isnull=False).exists()


@pytest.mark.parametrize("who", ["person", "proxy"])
def test_the_person_and_their_relative_read_their_week_and_say_that_nobody_came(
    client: Client, patient: Any, *, social: Any, saad: Any, helper: Any, who: str
) -> None:
    one = opened(patient.pk, social, MEAL, leaving_at=leaving(-1, 8))
    ask = asked(one, social, saad)[0]
    accepted(ask, helper, from_on=legal_day(leaving(-1)))
    client.force_login(person_of(patient) if who == "person" else proxy_of(patient))
    assert client.get(reverse("home_support:own")).headers["Location"] == url("show", one)
    page = text(client, url("show", one))
    assert "Ma semaine à domicile" in page
    assert saad.name in page
    for hidden in ("Demander aux structures", "Libérer", "Terminer"):
        assert hidden not in page
    today = timezone.localdate()
    page = said(
        client, url("missed", one), visit=str(Visit.objects.get().id), day=today.isoformat()
    )
    assert "C’est signalé" in page
    assert "N’est pas venu" in page
    assert "Dites quel passage" in said(client, url("missed", one), visit="x", day="")
    sheet = client.get(url("sheet", one))
    assert sheet.content.startswith(b"%PDF")


def test_a_person_without_a_return_reads_what_comes_here(client: Client, patient: Any) -> None:
    client.force_login(person_of(patient))
    assert "Aucun retour en préparation" in text(client, reverse("home_support:own"))
    assert "Aucun retour en préparation" in text(
        client, reverse("home_support:panel", args=[patient.pk])
    )


def test_a_professional_has_no_week_of_their_own(client: Client, social: Any) -> None:
    client.force_login(social)
    assert client.get(reverse("home_support:own")).status_code == 404


def test_home_reported_handed_on_and_closed(
    client: Client, patient: Any, *, social: Any, saad: Any, ssiad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL, leaving_at=leaving(-1, 8))
    ask = asked(one, social, saad)[0]
    accepted(ask, helper, from_on=legal_day(leaving(-1)))
    client.force_login(social)
    assert "les structures qui viennent sont prévenues" in said(
        client, url("arrive", one), version=str(one.version)
    )
    client.force_login(helper)
    today = timezone.localdate().isoformat()
    page = said(client, address(ask, "started"), visit=str(Visit.objects.get().id), day=today)
    assert "C’est noté" in page
    assert "Dites quel passage" in said(client, address(ask, "started"), visit="", day=today)
    client.force_login(social)
    assert ssiad.name in text(client, url("hand_on", one), structure="SSIAD")
    assert "Choisissez la structure" in said(client, url("hand_on", one), need="Longtemps")
    page = said(client, url("hand_on", one), need="Longtemps", place=str(ssiad.id))
    assert f"La demande est envoyée à {ssiad.name}" in page
    text(client, url("close", one))
    page = said(client, url("close", one), code="settled", note="", version=str(fresh(one).version))
    assert "Retour terminé" in page
    panel = text(client, reverse("home_support:panel", args=[patient.pk]))
    assert "Terminé" in panel
    assert "Préparer un retour" in panel
    assert "Intervention commencée" in text(client, url("show", one))


def test_the_doctor_of_the_circle_reads_the_week_and_its_agencies(
    client: Client, patient: Any, social: Any, saad: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    asked(one, social, saad)
    client.force_login(member(patient, "physician"))
    page = text(client, url("show", one))
    assert saad.name in page
    assert "Réponse attendue" in page
    assert "Demander aux structures" not in page


@pytest.mark.parametrize("week", ["x", "9999-12-31", "0001-01-01", "2026-13-45"])
def test_an_odd_week_is_no_error(client: Client, patient: Any, social: Any, week: str) -> None:
    one = opened(patient.pk, social, MEAL)
    client.force_login(social)
    text(client, url("show", one), semaine=week)


def test_a_late_answer_is_shown_to_both_sides(
    client: Client, patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    Task.objects.filter(pk=ask.task_id).update(due_at=timezone.now() - timedelta(hours=2))
    client.force_login(social)
    assert "Réponse en retard" in text(client, url("show", one))
    client.force_login(helper)
    assert "Réponse en retard" in text(client, address(ask))
    assert "En retard" in text(client, reverse("workflow:board", args=["aides-au-retour"]))


def count(client: Client, address_: str) -> int:
    client.get(address_)
    with CaptureQueriesContext(connection) as found:
        assert client.get(address_).status_code == 200
    return len(found)


def test_pages_cost_the_same_whatever_they_hold(
    client: Client, patient: Any, social: Any, saad: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    asked(one, social, saad)
    client.force_login(social)
    board = reverse("workflow:board", args=["retours-a-domicile"])
    few = (count(client, url("show", one)), count(client, board))
    with acting(actor_of(social)):
        for rank in range(10):
            commands.add_visit(home_return=one, line=replace(WASHING, minutes=20 + rank))
    for rank in range(12):
        other = known_patient(
            birth_name=f"ESSAI{'ABCDEFGHIJKL'[rank]}",
            birth_date=f"194{rank % 10}-0{rank % 9 + 1}-03",
        )
        member_of = worker_in(social, other)
        opened(other.pk, member_of, MEAL, leaving_at=leaving(2))
    assert count(client, board) == few[1]
    assert count(client, url("show", one)) == few[0]


def worker_in(user: Any, patient: Any) -> Any:
    """The same person, in another circle."""
    GrantFactory(patient=patient, grantee_id=user.grantee_id, level=2)
    return user


def test_a_refused_form_is_not_stale_for_ever(
    client: Client, patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    old = fresh(ask.task).version
    Task.objects.filter(pk=ask.task_id).update(version=old + 3)
    client.force_login(helper)
    page = said(client, address(ask, "refuse"), code="full", version=str(old))
    assert f'name="version" value="{old + 3}"' in page
    assert f'name="version" value="{old}"' not in page
    assert "cherche une autre structure" in said(
        client, address(ask, "refuse"), code="full", version=str(old + 3)
    )


def test_another_profession_of_the_agency_does_not_read_what_was_asked(
    client: Client, patient: Any, social: Any, saad: Any
) -> None:
    ask = asked(opened(patient.pk, social, MEAL), social, saad)[0]
    client.force_login(worker(saad, "identity_officer"))
    assert client.get(address(ask)).status_code == 404


def test_nobody_is_chosen_in_advance_to_go_on(
    client: Client, patient: Any, social: Any, ssiad: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    client.force_login(social)
    page = text(client, url("hand_on", one), structure="SSIAD")
    assert ssiad.name in page
    assert not re.search(r'name="place"[^>]*checked', page)
