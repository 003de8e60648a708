"""The pages of a plan: who opens them, what a forged post does, both texts of a stale save, what they cost."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrs.core.access.actor import Actor, acting
from enrs.core.audit.models import AuditLine
from enrs.core.plans import commands, queries
from enrs.core.plans.models import Goal, Plan, Problem
from tests.core.plans.factories import filled, plan
from tests.referentials.identity.factories import actor_in
from tests.services.record.factories import give, member, owner, patient, proxy, signed_in

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def awa() -> UUID:
    return patient()


@pytest.fixture
def coordinator(awa: UUID) -> Actor:
    return member(awa, "coordinator", "Inès Morel")


def browser(actor: Actor) -> Client:
    return signed_in(Client(), actor)


def url(name: str, made: Plan, *args: Any) -> str:
    return reverse(f"plans:{name}", args=[made.patient_id, made.id, *args])


def test_the_four_parts_are_shown(awa: UUID, coordinator: Actor) -> None:
    made = filled(awa, coordinator)
    with acting(coordinator):
        commands.amend_row(
            row=Goal.objects.select_related("plan").get(), expected_version=1,
            status="abandoned", why="Ne le souhaite plus.",
        )  # fmt: skip
    page = browser(coordinator).get(url("plan", made)).content.decode()
    for words in (
        "Informations générales et intervenants", "Synthèse des problèmes", "Plan d’action",
        "formulés et non atteints", "Ne le souhaite plus.", "Kinésithérapie 0", "Accords",
    ):  # fmt: skip
        assert words in page


def test_every_page_opens_to_the_circle_and_to_nobody_outside(
    awa: UUID, coordinator: Actor
) -> None:
    made = filled(awa, coordinator)
    goal = Goal.objects.get()
    pages = [
        url("plan", made), url("header", made), url("agreement", made), url("history", made),
        url("print", made), url("pdf", made), url("add", made, "problem"), url("add", made, "goal"),
        url("add", made, "action"), url("row", made, "goal", goal.id),
    ]  # fmt: skip
    for address in pages:
        assert browser(coordinator).get(address).status_code == 200, address
        assert browser(actor_in("physician")).get(address).status_code == 404, address
        assert browser(member(awa, "secretary")).get(address).status_code == 404, address
        assert Client().get(address).status_code in (302, 404), address


def test_every_page_of_a_plan_leaves_its_line(awa: UUID, coordinator: Actor) -> None:
    made, mine = filled(awa, coordinator), browser(coordinator)
    for name in ("plan", "header", "agreement", "history", "print"):
        before = AuditLine.objects.filter(object_id=str(made.id), actor_id=coordinator.user_id)
        count = before.count()
        assert mine.get(url(name, made)).status_code == 200
        assert before.count() == count + 1, name


def test_the_person_reads_and_answers_and_changes_nothing(awa: UUID, coordinator: Actor) -> None:
    made = filled(awa, coordinator)
    for someone in (owner(awa), proxy(awa)):
        theirs = browser(someone)
        assert "Donner ma réponse" in theirs.get(url("plan", made)).content.decode()
        for address in (url("header", made), url("add", made, "goal")):
            assert theirs.get(address).status_code == 404
        assert (
            theirs.post(url("move", made), {"status": "revoked", "reason": "x"}).status_code == 404
        )
        edition = Plan.objects.get(pk=made.pk).edition
        given = {
            "answer": "agreed", "party": "actor", "label": "Un autre", "means": "signed", "edition": edition,
        }  # fmt: skip
        assert theirs.post(url("agreement", made), given).status_code == 302
        assert queries.whole(made).parties[0].agreement.party_label == someone.name


def test_rows_are_made_by_their_forms(awa: UUID, coordinator: Actor) -> None:
    made, mine = plan(awa, coordinator), browser(coordinator)
    assert (
        mine.post(url("add", made, "problem"), {"label": SCRIPT, "priority": "2"}).status_code
        == 302
    )
    problem = Problem.objects.get()
    goal = {"text": "Sortir", "problem_id": str(problem.id), "status": "active", "is_shared": "on"}
    assert mine.post(url("add", made, "goal"), goal).status_code == 302
    action = {"text": "Kiné", "kind": "prevention", "status": "planned", "who_label": "Sa fille"}
    assert mine.post(url("add", made, "action"), action).status_code == 302
    page = mine.get(url("plan", made)).content.decode()
    assert SCRIPT not in page
    assert "Sa fille" in page


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("problem", {"label": "x", "priority": "0"}),
        ("problem", {"label": "", "priority": "1"}),
        ("goal", {"text": "x", "status": "won"}),
        ("goal", {"text": "x", "status": "not_reached"}),
        ("goal", {"text": "x", "status": "active", "problem_id": "0199aaaa-0000-7000-8000-000000000000"}),
        ("action", {"text": "x", "kind": "magic", "status": "planned", "who_label": "y"}),
        ("action", {"text": "x", "kind": "care", "status": "planned"}),
        ("action", {"text": "x", "kind": "care", "status": "planned", "who_pick": "member:x"}),
        ("action", {"text": "x", "kind": "care", "status": "planned", "who_label": "y", "due_on": "9"}),
    ],
)  # fmt: skip
def test_forged_posts_make_nothing(
    awa: UUID, coordinator: Actor, kind: str, values: dict[str, str]
) -> None:
    made = plan(awa, coordinator)
    assert browser(coordinator).post(url("add", made, kind), values).status_code == 200
    whole = queries.whole(made)
    assert [*whole.problems, *whole.goals, *whole.actions] == []


def test_an_unknown_kind_of_row_is_not_found(awa: UUID, coordinator: Actor) -> None:
    made = plan(awa, coordinator)
    assert browser(coordinator).get(url("add", made, "secret")).status_code == 404


def test_a_stale_save_shows_both_texts_and_may_be_taken_up(awa: UUID, coordinator: Actor) -> None:
    made, mine = plan(awa, coordinator), browser(coordinator)
    with acting(coordinator):
        commands.revise_plan(plan=made, expected_version=1, synthesis="Texte du collègue.")
    mine_text = {"title": "Retour", "synthesis": "Mon texte.", "version": "1"}
    page = mine.post(url("header", made), mine_text)
    assert page.status_code == 409
    text = page.content.decode()
    assert "Mon texte." in text
    assert "Texte du collègue." in text
    assert mine.post(url("header", made), mine_text | {"version": "2"}).status_code == 302
    assert Plan.objects.get().synthesis == "Mon texte."


def test_a_plan_is_not_reached_through_another_person(awa: UUID, coordinator: Actor) -> None:
    made = plan(awa, coordinator)
    other = patient("200", birth_name="DUPONT", ins="", ins_oid="", status="provisional")
    give(other, coordinator)
    address = reverse("plans:plan", args=[other, made.id])
    assert browser(coordinator).get(address).status_code == 404


def test_the_pdf_takes_texts_as_texts(awa: UUID, coordinator: Actor) -> None:
    made = plan(awa, coordinator, wishes="#panic() $ ] *x* \\")
    with acting(coordinator):
        commands.add_problem(plan=made, label='#read("/etc/passwd")')
    page = browser(coordinator).get(url("pdf", made))
    assert page.content.startswith(b"%PDF")


def test_the_history_names_what_was_before(awa: UUID, coordinator: Actor) -> None:
    made = filled(awa, coordinator)
    with acting(coordinator):
        commands.revise_plan(plan=made, expected_version=1, wishes="Voir ses petits-enfants.")
    page = browser(coordinator).get(url("history", made) + "?avant=n’importe quoi").content.decode()
    assert "avant : Rester chez elle." in page


@pytest.mark.parametrize("name", ["plan", "print", "pdf", "history"])
def test_a_page_costs_the_same_with_1_and_50_rows(awa: UUID, coordinator: Actor, name: str) -> None:
    made, mine = filled(awa, coordinator), browser(coordinator)
    few = _cost(mine, url(name, made))
    with acting(coordinator):
        for rank in range(49):
            problem = commands.add_problem(plan=made, label=f"P{rank}")
            goal = commands.add_goal(plan=made, text=f"G{rank}", problem_id=problem.id)
            commands.add_action(plan=made, text=f"A{rank}", who_label="x", goal_id=goal.id)
    assert _cost(mine, url(name, made)) == few
    assert few <= 30


def _cost(mine: Client, address: str) -> int:
    mine.get(address)
    with CaptureQueriesContext(connection) as counted:
        assert mine.get(address).status_code == 200
    return len(counted)
