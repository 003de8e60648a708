"""The task's page and the boards: who sees what, constant query counts, hostile values."""

import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.rules import permits
from enrs.core.audit.models import AuditLine
from enrs.core.workflow import commands
from enrs.core.workflow.models import SavedFilter, Task
from enrs.core.workflow.registry import forget
from tests.core.workflow.given import (
    NAME,
    as_user,
    browser_of,
    colleague,
    doctor_of,
    move,
    place,
    request,
)
from tests.factories import ROLES, UserFactory, known_patient, person_of, user_of_role

pytestmark = pytest.mark.django_db

BOARD = "/demandes/tableau/essai/"
SCRIPT = "<script>alert(1)</script>"


def page(task: Task) -> str:
    return reverse("workflow:task", args=[task.pk])


def text_of(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def post(user, task: Task, name: str, *more, **values):
    address = reverse(f"workflow:{name}", args=[task.pk, *more])
    return browser_of(user).post(
        address, {"version": Task.objects.get(pk=task.pk).version} | values, follow=True
    )


# --- the page of a task ----------------------------------------------------------------------------


def test_three_actors_at_the_door(client):
    dac = place()
    asked = request(dac)
    assert client.get(page(asked.task)).status_code == 302
    for stranger in (
        UserFactory(role="physician"),
        UserFactory(role="operator"),
        UserFactory(patient=True),
    ):
        assert browser_of(stranger).get(page(asked.task)).status_code == 404
    assert "Retour à domicile" in text_of(browser_of(dac.person()).get(page(asked.task)))
    assert "DUBREUIL" in text_of(browser_of(asked.doctor).get(page(asked.task)))


def test_an_unknown_task_is_a_404():
    assert browser_of(UserFactory(role="nurse")).get(f"/demandes/{uuid4()}/").status_code == 404


@pytest.mark.parametrize("role", ROLES)
def test_the_matrix_decides_inside_the_circle(role):
    asked = request(place())
    user = user_of_role(role, asked.patient)
    status = browser_of(user).get(page(asked.task)).status_code
    assert status == (200 if permits(role, "request", "read") else 404)


def test_reading_leaves_one_line_and_says_seen():
    dac = place()
    asked, worker = request(dac), dac.person()
    text_of(browser_of(worker).get(page(asked.task)))
    line = AuditLine.objects.get(action="workflow.task.read")
    assert (line.patient_id, line.object_id) == (asked.patient.pk, str(asked.task.pk))
    assert asked.sendings[0].answer == "seen"
    assert "Vue" in text_of(browser_of(asked.doctor).get(page(asked.task)))


def test_the_person_reads_and_cannot_act():
    asked = request(place())
    shown = text_of(browser_of(person_of(asked.patient)).get(page(asked.task)))
    assert "Ajouter une note" not in shown
    assert post(person_of(asked.patient), asked.task, "comment", note="Moi").status_code == 404


def test_the_next_act_is_the_one_strong_button():
    dac = place()
    asked, worker = request(dac), dac.person()
    shown = text_of(browser_of(worker).get(page(asked.task)))
    head = shown[shown.index('class="page-acts"') : shown.index('class="task-grid"')]
    assert head.count("btn-primary") == 1
    assert "Accepter" in head
    with as_user(worker):
        move(asked.task, "accept")
    shown = text_of(browser_of(worker).get(page(asked.task)))
    head = shown[shown.index('class="page-acts"') : shown.index('class="task-grid"')]
    assert head.count("btn-primary") == 1
    assert "Mettre en attente" in head
    assert "Annuler cet acte" in shown


def test_a_task_lives_through_its_pages():
    dac = place()
    asked, worker = request(dac), dac.person()
    other = colleague(worker)
    post(worker, asked.task, "answer", asked.sendings[0].pk, reponse="agreed")
    assert asked.fresh().state == "accepted"
    post(worker, asked.task, "undo")
    assert asked.fresh().state == "sent"
    post(worker, asked.task, "move", acte="accept")
    post(worker, asked.task, "delegate", personne=other.grantee_id, reason="En congé")
    assert asked.fresh().assignee_name == other.name
    post(other, asked.task, "assign", personne="equipe")
    assert asked.fresh().team_id == dac.id
    post(other, asked.task, "prioritise", priorite="urgent")
    post(
        other,
        asked.task,
        "fix_due",
        echeance=(timezone.localtime() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"),
    )
    post(other, asked.task, "comment", note="Vu avec la fille.")
    assert asked.fresh().priority == "urgent"
    assert asked.task.due_at is not None
    said = post(other, asked.task, "move", acte="close", motif="done")
    assert "Clore\u00a0: c’est fait." in text_of(said)
    assert said.redirect_chain[-1][0] == BOARD
    assert asked.fresh().state == "closed"


def test_who_comes_second_is_told_on_the_page():
    first, second = place("Un"), place("Deux")
    asked = request(first, second)
    winner, loser = first.person(name="Giulia MARCHETTI"), second.person()
    colleague_seen = asked.task.version
    post(winner, asked.task, "answer", asked.sendings[0].pk, reponse="agreed")
    said = post(loser, asked.task, "answer", asked.sendings[1].pk, reponse="agreed")
    assert "Giulia MARCHETTI a pris cette demande avant vous." in text_of(said)
    address = reverse("workflow:move", args=[asked.task.pk])
    values = {"acte": "accept", "version": colleague_seen}
    said = browser_of(colleague(winner)).post(address, values, follow=True)
    assert "Giulia MARCHETTI a pris cette demande avant vous." in text_of(said)


def test_a_discussion_joins_who_asked_and_who_was_asked():
    dac = place()
    asked, worker = request(dac), dac.person()
    assert "Discussion ouverte." in text_of(post(asked.doctor, asked.task, "discuss"))
    for user in (asked.doctor, worker):
        assert 'aria-label="Discussion"' in text_of(browser_of(user).get(page(asked.task)))


def test_a_stale_page_says_who_moved():
    dac = place()
    asked, worker = request(dac), dac.person(name="Yann LE GOFF")
    with as_user(worker):
        move(asked.task, "accept")
        move(asked.task, "pause")
    said = browser_of(colleague(worker)).post(
        reverse("workflow:move", args=[asked.task.pk]),
        {"acte": "resume", "version": 1},
        follow=True,
    )
    assert "Yann LE GOFF a modifié cette demande avant vous" in text_of(said)


@pytest.mark.parametrize("version", ["", "x", "-1", "1e9", "99999999999999999999", "²"])
def test_forged_versions_are_harmless(version):
    asked = request(place())
    said = browser_of(asked.doctor).post(
        reverse("workflow:move", args=[asked.task.pk]),
        {"acte": "cancel", "reason": "Erreur", "version": version}, follow=True,
    )  # fmt: skip
    assert said.status_code == 200
    assert asked.fresh().state == "sent"


def test_forged_people_dates_and_words_are_refused():
    dac = place()
    asked, worker = request(dac), dac.person()
    with as_user(worker):
        move(asked.task, "accept")
    stranger = UserFactory(role="coordinator")
    for name, values in (
        ("assign", {"personne": stranger.grantee_id}),
        ("assign", {"personne": ""}),
        ("delegate", {"personne": stranger.grantee_id, "reason": "Non"}),
        ("prioritise", {"priorite": "demain"}),
        ("fix_due", {"echeance": "2020-01-01T10:00"}),
        ("fix_due", {"echeance": "9999-99-99"}),
        ("move", {"acte": "close", "motif": "inventé"}),
        ("move", {"acte": "expire"}),
        ("comment", {"note": "x" * 5_001}),
    ):
        assert post(worker, asked.task, name, **values).status_code == 200, name
    assert post(worker, asked.task, "comment", note="\x00").status_code == 400
    assert asked.fresh().version == 2


def test_a_sending_of_another_task_is_a_404():
    dac = place()
    asked, other = request(dac), request(dac)
    assert (
        post(dac.person(), asked.task, "answer", other.sendings[0].pk, reponse="agreed").status_code
        == 404
    )


def test_scripts_are_shown_as_text():
    dac = place(SCRIPT)
    asked = request(dac, title=SCRIPT, reason=SCRIPT)
    worker = dac.person(name=SCRIPT)
    with as_user(worker):
        commands.comment_task(task=asked.task, note=SCRIPT)
        commands.answer_sending(addressee=asked.sendings[0], answer="declined", reason=SCRIPT)
    shown = text_of(browser_of(asked.doctor).get(page(asked.task)))
    assert SCRIPT not in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert SCRIPT not in text_of(browser_of(asked.doctor).get(f"{BOARD}?etat=refused"))


def counted(browser, address: str) -> int:
    browser.get(address)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert browser.get(address).status_code == 200
    return len(seen)


def test_the_task_page_costs_the_same_with_a_long_history():
    dac = place()
    asked, worker = request(dac), dac.person()
    browser = browser_of(worker)
    few = counted(browser, page(asked.task))
    with as_user(worker):
        for number in range(50):
            commands.comment_task(task=asked.task, note=f"Appel {number}")
    for _ in range(20):
        colleague(worker)
    assert counted(browser, page(asked.task)) == few
    assert few < 40


# --- boards ----------------------------------------------------------------------------------------


def test_the_board_of_each_side():
    dac = place()
    asked = request(dac)
    assert "Retour à domicile" in text_of(browser_of(dac.person()).get(BOARD))
    assert "Retour à domicile" in text_of(browser_of(asked.doctor).get(BOARD))
    for stranger in (UserFactory(role="physician"), doctor_of(asked.patient)):
        assert "Retour à domicile" not in text_of(browser_of(stranger).get(BOARD))


def test_a_board_is_for_its_roles():
    assert browser_of(UserFactory(role="pharmacist")).get(BOARD).status_code == 404
    assert browser_of(UserFactory(patient=True)).get(BOARD).status_code == 404
    assert browser_of(UserFactory(role="nurse")).get("/demandes/tableau/autre/").status_code == 404


def test_columns_by_role():
    dac = place()
    request(dac)
    assert "Réservé" in text_of(browser_of(dac.person("coordinator")).get(BOARD))
    assert "Réservé" not in text_of(browser_of(dac.person("nurse")).get(BOARD))


def test_columns_are_put_away_by_each_person_and_their_csv_follows():
    dac = place()
    request(dac)
    worker, mate = dac.person("coordinator"), dac.person("coordinator")
    browser, columns = browser_of(worker), f"{BOARD}colonnes/"
    heading = '<th scope="col">{}</th>'.format
    shown = text_of(browser.get(BOARD))
    assert heading("Priorité") in shown
    assert heading("Demandée par") in shown
    assert browser.post(columns, {"colonne": ["state", "inconnue"]}).status_code == 404
    kept = ["patient", "state", "due", "title"]
    answer = browser.post(columns, {"colonne": kept, "filtres": "etat=sent"})
    assert answer["Location"] == f"{BOARD}?etat=sent"
    shown = text_of(browser.get(BOARD))
    assert heading("Priorité") not in shown
    assert [heading(one) in shown for one in ("Objet", "Personne", "État", "Échéance")] == [
        True
    ] * 4
    lines = text_of(browser.get(f"{BOARD}export.csv")).lstrip("\ufeff").splitlines()
    assert lines[0] == '"Objet";"Personne";"État";"Échéance"'
    assert heading("Priorité") in text_of(browser_of(mate).get(BOARD)), "each chooses alone"
    browser.post(columns, {"colonne": []})
    assert heading("Objet") in text_of(browser.get(BOARD)), "the first column is the link"
    secretary = browser_of(dac.person("nurse"))
    secretary.post(columns, {"colonne": ["secret"]})
    assert "Réservé" not in text_of(secretary.get(BOARD)), "a column of another role is not opened"
    assert browser_of(UserFactory(role="pharmacist")).post(columns, {}).status_code == 404


def test_what_is_late_says_since_when():
    dac = place()
    asked = request(dac)
    late = timezone.now() - timedelta(days=2)
    Task.objects.filter(pk=asked.task.pk).update(due_at=late)
    browser = browser_of(dac.person())
    shown = text_of(browser.get(BOARD))
    assert "En retard" in shown
    assert f'datetime="{late.isoformat()}' in shown
    assert "En retard (" in text_of(browser.get(f"{BOARD}export.csv"))


@pytest.fixture
def many():
    """A place with fifty-five requests about one person, and one who works there."""
    dac, patient = place(), known_patient()
    doctor = doctor_of(patient)
    made = [
        request(
            dac, patient=patient, doctor=doctor, title=f"Demande {number:02}",
            priority="urgent" if number % 5 == 0 else "routine",
        )
        for number in range(55)
    ]  # fmt: skip
    return dac, dac.person(), made


def test_the_board_costs_the_same_with_one_row_and_with_fifty(many):
    _, worker, _ = many
    dac = place()
    request(dac)
    alone = dac.person()
    assert counted(browser_of(alone), BOARD) == counted(browser_of(worker), BOARD) < 35


def test_pages_follow_one_another_without_loss(many):
    _, worker, _ = many
    browser = browser_of(worker)
    shown = text_of(browser.get(BOARD))
    start = shown.index('rel="next" href="') + len('rel="next" href="')
    address = shown[start : shown.index('"', start)].replace("&amp;", "&")
    rest = text_of(browser.get(address))
    titles = [f"Demande {number:02}" for number in range(55)]
    pages = [{one for one in titles if one in text} for text in (shown, rest)]
    assert (len(pages[0]), len(pages[1])) == (50, 5)
    assert pages[0] | pages[1] == set(titles)
    assert shown.index("Demande 05") < shown.index("Demande 01")


@pytest.mark.parametrize(
    "place_text",
    [
        "x",
        "1~2",
        "1~nan~x",
        "99999999999999999999~1e999~0219ce36-5f96-4ed6-82c4-277eb3532596",
        "0~0~0219ce36-5f96-4ed6-82c4-277eb3532596",
    ],
)
def test_a_malformed_place_is_harmless(place_text):
    assert (
        browser_of(UserFactory(role="nurse")).get(BOARD, {"apres": place_text}).status_code == 200
    )


def test_filters_counts_and_search(many):
    dac, worker, made = many
    with as_user(worker):
        move(made[0].task, "accept")
    browser = browser_of(worker)
    assert text_of(browser.get(BOARD, {"etat": "accepted"})).count("data-key") == 1
    assert text_of(browser.get(BOARD, {"qui": "moi"})).count("data-key") == 1
    assert text_of(browser.get(BOARD, {"urgence": "urgent"})).count("data-key") == 11
    assert text_of(browser.get(BOARD, {"q": "demande 07"})).count("data-key") == 1
    assert text_of(browser.get(BOARD, {"q": "100%_'\\"})).count("data-key") == 0
    assert (
        text_of(browser.get(BOARD, {"etat": "'--", "urgence": "x", "qui": "y"})).count("data-key")
        == 50
    )
    assert '<b class="figures">54</b>' in text_of(browser.get(BOARD))
    assert "ne répond à ces filtres" in text_of(browser.get(BOARD, {"etat": "closed"}))
    assert dac.id


def test_saved_views_are_each_one_s_own():
    user, other = UserFactory(role="nurse"), UserFactory(role="nurse")
    browser = browser_of(user)
    values = {"nom": f"À voir {SCRIPT}", "filtres": "urgence=urgent&apres=1~2~3"}
    shown = text_of(browser.post(f"{BOARD}vues/", values, follow=True))
    assert "À voir" in shown
    assert SCRIPT not in shown
    kept = SavedFilter.objects.get()
    assert kept.query == "urgence=urgent"
    assert "À voir" not in text_of(browser_of(other).get(BOARD))
    browser_of(other).post(f"{BOARD}vues/{kept.pk}/retirer/")
    assert "À voir" in text_of(browser.get(BOARD))
    browser.post(f"{BOARD}vues/{kept.pk}/retirer/")
    assert "À voir" not in text_of(browser.get(BOARD))
    for bad in ("", "x" * 61):
        assert browser.post(f"{BOARD}vues/", {"nom": bad}, follow=True).status_code == 200
    assert SavedFilter.objects.filter(is_kept=True).count() == 0


def test_a_bulk_act_takes_each_task_alone():
    dac = place()
    good, stale, guarded, foreign = (
        request(dac),
        request(dac),
        request(dac, title="Une pièce"),
        request(place()),
    )
    worker = dac.person()
    ticked = [f"{one.task.pk}:1" for one in (good, guarded, foreign)] + [
        f"{stale.task.pk}:7",
        "x:1",
        f"{good.task.pk}:²",
    ]
    said = browser_of(worker).post(
        f"{BOARD}ensemble/", {"acte": "accept", "tache": ticked}, follow=True
    )
    shown = text_of(said)
    assert "1 demande traitée" in shown
    assert "attend une pièce" in shown
    states = [one.fresh().state for one in (good, stale, guarded, foreign)]
    assert states == ["accepted", "sent", "sent", "sent"]
    for values in ({}, {"acte": "cancel", "tache": ticked}, {"acte": "accept"}):
        assert browser_of(worker).post(f"{BOARD}ensemble/", values, follow=True).status_code == 200


def test_the_csv_holds_no_formula():
    dac = place()
    request(dac, title='=HYPERLINK("http://essai";"oui")')
    response = browser_of(dac.person()).get(f"{BOARD}export.csv")
    text = response.content.decode().removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[0][0] == "Objet"
    assert rows[1][0] == '\'=HYPERLINK("http://essai";"oui")'
    assert "DUBREUIL" in rows[1][1]
    assert AuditLine.objects.filter(action="workflow.list.exported").count() == 1


def test_the_index_opens_the_only_board_and_says_when_there_is_none():
    nurse = browser_of(UserFactory(role="nurse"))
    response = nurse.get("/demandes/")
    assert response.status_code in (200, 302)
    forget(NAME)
    assert nurse.get("/demandes/").status_code in (200, 302)
    assert browser_of(UserFactory(patient=True)).get("/demandes/").status_code == 404
