"""Plans by their commands: who may, what is kept, what is refused."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.plans import commands, queries
from enrs.core.plans.models import Goal, Plan, PlanStep
from enrs.core.subjects.commands import StaleSaveError
from tests.core.plans.factories import filled, plan
from tests.referentials.identity.factories import actor_in
from tests.services.record.factories import give, member, owner, patient, proxy

pytestmark = pytest.mark.django_db


@pytest.fixture
def awa() -> UUID:
    return patient()


@pytest.fixture
def coordinator(awa: UUID) -> Actor:
    return member(awa, "coordinator", "Inès Morel")


def test_a_plan_is_made_filled_started_and_ended(awa: UUID, coordinator: Actor) -> None:
    made = filled(awa, coordinator)
    with acting(coordinator):
        commands.move_plan(plan=made, status="active")
        commands.move_plan(plan=made, status="completed")
    whole = queries.whole(made)
    assert [len(whole.problems), len(whole.goals), len(whole.actions), len(whole.parties)] == [
        1, 1, 1, 1,
    ]  # fmt: skip
    assert made.status == "completed"
    assert made.started_at
    assert made.closed_at
    assert made.identity_id
    assert [step.what for step in reversed(queries.steps(made))] == [
        "created", "added", "added", "added", "answer.agreed", "active", "completed",
    ]  # fmt: skip


def test_one_plan_of_a_kind_is_open_at_a_time(awa: UUID, coordinator: Actor) -> None:
    first = plan(awa, coordinator)
    with pytest.raises(commands.PlanRefusedError, match="open"):
        plan(awa, coordinator)
    with acting(coordinator):
        commands.move_plan(plan=first, status="revoked", reason="Déménagement")
    assert plan(awa, coordinator).status == "draft"
    assert plan(awa, coordinator, kind="pps").kind == "pps"


def test_a_stale_save_is_refused_and_nothing_is_written(awa: UUID, coordinator: Actor) -> None:
    made = plan(awa, coordinator)
    with acting(coordinator):
        other = Plan.objects.get(pk=made.pk)
        commands.revise_plan(plan=made, expected_version=1, synthesis="Chutes répétées.")
        with pytest.raises(StaleSaveError):
            commands.revise_plan(plan=other, expected_version=1, synthesis="Autre texte.")
    assert Plan.objects.get(pk=made.pk).synthesis == "Chutes répétées."


def test_a_stale_row_is_refused_too(awa: UUID, coordinator: Actor) -> None:
    made = filled(awa, coordinator)
    goal, other = Goal.objects.get(), Goal.objects.get()
    with acting(coordinator):
        commands.amend_row(row=goal, expected_version=1, text="Sortir au marché")
        with pytest.raises(StaleSaveError):
            commands.amend_row(row=other, expected_version=1, text="Autre")
    assert queries.steps(made)[0].former == {"text": "Marcher dehors 0"}


def test_a_goal_that_is_not_reached_says_why(awa: UUID, coordinator: Actor) -> None:
    made = filled(awa, coordinator)
    goal = Goal.objects.get()
    with acting(coordinator):
        with pytest.raises(commands.PlanRefusedError, match="why"):
            commands.amend_row(row=goal, expected_version=1, status="not_reached")
        goal.refresh_from_db()
        commands.amend_row(
            row=goal, expected_version=1, status="not_reached", why="Hospitalisée deux fois."
        )
    unsettled = queries.whole(made).unsettled
    assert [one.why for one in unsettled] == ["Hospitalisée deux fois."]
    assert unsettled[0].settled_on


def test_an_agreement_holds_for_the_revision_it_was_given_on(awa: UUID, coordinator: Actor) -> None:
    made = plan(awa, coordinator)
    with acting(coordinator):
        commands.record_agreement(plan=made, party="person", label="Awa Ndiaye", answer="agreed")
        assert [one.is_past for one in queries.whole(made).parties] == [False]
        commands.add_problem(plan=made, label="Isolement")
        assert [one.is_past for one in queries.whole(made).parties] == [True]
        commands.record_agreement(plan=made, party="person", label="awa ndiaye", answer="refused")
        held = queries.whole(made).parties
    assert [(one.agreement.answer, one.is_past) for one in held] == [("refused", False)]


def test_the_person_and_their_proxy_answer_for_themselves_alone(
    awa: UUID, coordinator: Actor, as_actor: Callable[..., Any]
) -> None:
    made = plan(awa, coordinator)
    for actor, party in ((owner(awa), "person"), (proxy(awa), "proxy")):
        with as_actor(actor):
            given = commands.record_agreement(
                plan=made, party="actor", label="Quelqu’un d’autre", answer="agreed", means="signed"
            )
            assert (given.party, given.party_label, given.means) == (party, actor.name, "online")
            with pytest.raises(AccessRefusedError):
                commands.add_problem(plan=made, label="Le mien")


def test_nobody_answers_online_in_the_name_of_another(awa: UUID, coordinator: Actor) -> None:
    made = plan(awa, coordinator)
    with acting(coordinator):
        given = commands.record_agreement(
            plan=made, party="person", label="Awa Ndiaye", answer="agreed", means="online"
        )
    assert (given.party, given.party_label) == ("actor", coordinator.name)


@pytest.mark.parametrize("role", ["secretary", "identity_officer", "operator", "auditor"])
def test_the_wrong_profession_writes_nothing(
    awa: UUID, coordinator: Actor, as_actor: Callable[..., Any], role: str
) -> None:
    made = plan(awa, coordinator)
    wrong = member(awa, role, "Lou Petit")
    for command in (
        lambda: commands.create_plan(patient_id=awa, kind="pps", title="x"),
        lambda: commands.revise_plan(plan=made, expected_version=1, title="x"),
        lambda: commands.move_plan(plan=made, status="active"),
        lambda: commands.add_action(plan=made, text="x", who_label="y"),
        lambda: commands.record_agreement(plan=made, party="person", label="x", answer="agreed"),
    ):
        with as_actor(wrong), pytest.raises(AccessRefusedError):
            command()


def test_outside_the_circle_nothing_is_seen_nor_written(
    awa: UUID, coordinator: Actor, as_actor: Callable[..., Any]
) -> None:
    made = filled(awa, coordinator)
    with as_actor(actor_in("physician")):
        assert queries.plans_of(awa) == []
        assert queries.plan(awa, made.id) is None
        assert Goal.objects.count() == PlanStep.objects.count() == 0
        with pytest.raises(AccessRefusedError):
            commands.add_goal(plan=made, text="x")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"text": " "}, "empty"),
        ({"text": "x" * 501}, "long"),
        ({"text": "x", "status": "won"}, "choice"),
        ({"text": "x", "author_name": "Moi"}, "unknown"),
        ({"text": "x", "patient_id": "00000000-0000-0000-0000-000000000000"}, "unknown"),
    ],
)
def test_forged_values_are_refused(
    awa: UUID, coordinator: Actor, values: dict[str, Any], code: str
) -> None:
    made = plan(awa, coordinator)
    with acting(coordinator), pytest.raises(commands.PlanRefusedError) as refused:
        commands.add_goal(plan=made, **values)
    assert refused.value.reason == code


def test_a_goal_of_another_plan_cannot_be_named(awa: UUID, coordinator: Actor) -> None:
    filled(awa, coordinator)
    elsewhere = patient("200", birth_name="DUPONT", ins="", ins_oid="", status="provisional")
    give(elsewhere, coordinator)
    made = plan(elsewhere, coordinator)
    with acting(coordinator), pytest.raises(commands.PlanRefusedError, match="choice"):
        commands.add_action(plan=made, text="x", who_label="y", goal_id=Goal.objects.get().id)


def test_a_plan_that_is_over_stays_as_it_is(awa: UUID, coordinator: Actor) -> None:
    made = filled(awa, coordinator)
    goal = Goal.objects.select_related("plan").get()
    with acting(coordinator):
        commands.move_plan(plan=made, status="revoked", reason="Décès")
        goal.refresh_from_db()
        for command in (
            lambda: commands.move_plan(plan=made, status="active"),
            lambda: commands.add_problem(plan=made, label="x"),
            lambda: commands.amend_row(row=goal, expected_version=1, text="x"),
            lambda: commands.withdraw_row(row=goal, reason="x"),
        ):
            with pytest.raises(commands.PlanRefusedError):
                command()


def test_a_row_is_withdrawn_with_a_reason(awa: UUID, coordinator: Actor) -> None:
    made = filled(awa, coordinator)
    goal = Goal.objects.select_related("plan").get()
    with acting(coordinator):
        with pytest.raises(commands.PlanRefusedError, match="reason"):
            commands.withdraw_row(row=goal, reason=" ")
        commands.withdraw_row(row=goal, reason="Inscrit par erreur")
    assert queries.whole(made).goals == []
    assert Goal.objects.get().withdrawn_at


def test_the_plan_and_its_goals_are_published(awa: UUID, coordinator: Actor) -> None:
    made = filled(awa, coordinator)
    with connection.cursor() as cursor:
        cursor.execute("select type, category from fhir_resource where patient_id = %s", [awa])
        found = set(cursor.fetchall())
    assert {("CarePlan", "plan"), ("Goal", "plan")} <= found
    assert made.revision > 1
