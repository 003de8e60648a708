"""A plan sent to those whom it names: who is asked what, who answers, when it is validated, who is asked again."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.models import Grant
from enrs.core.plans import commands, flows, queries
from enrs.core.plans.models import Action, Agreement, Plan
from enrs.core.workflow.commands import TaskRefusedError, move_task
from enrs.core.workflow.models import Task
from tests.core.plans.factories import answered, named, plan, tomorrow
from tests.referentials.identity.factories import actor_in
from tests.services.record.factories import member, patient, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def awa() -> UUID:
    return patient()


@pytest.fixture
def doctor(awa: UUID) -> Actor:
    return member(awa, "physician", "Dr Paul Imbert")


@pytest.fixture
def nurse(awa: UUID) -> Actor:
    return member(awa, "nurse", "Camille Roche")


@pytest.fixture
def pharmacist(awa: UUID) -> Actor:
    return member(awa, "pharmacist", "Minh Nguyen")


@pytest.fixture
def made(awa: UUID, doctor: Actor, nurse: Actor, pharmacist: Actor) -> Plan:
    """A plan that names a nurse and a pharmacist, whose referent is its doctor."""
    found = plan(awa, doctor, referent_id=doctor.grantee_id, referent_name=doctor.name)
    named(found, doctor, nurse, pharmacist)
    return found


def sent(made: Plan, by: Actor) -> list[str]:
    with acting(by):
        return commands.send_plan(plan=made)


def states(made: Plan) -> dict[str, str]:
    return {one.assignee_name.split(",")[0]: one.state for one in queries.tasks_of(made)}


def stands(made: Plan) -> Plan:
    return Plan.objects.get(pk=made.pk)


def test_each_actor_is_asked_for_their_own_part(made: Plan, doctor: Actor, nurse: Actor) -> None:
    assert len(sent(made, doctor)) == 2
    with acting(nurse):
        mine = [one for one in queries.tasks_of(made) if queries.is_mine(one, nurse)]
    assert [one.reason for one in mine] == ["Action de Camille Roche"]
    assert mine[0].due_at
    assert mine[0].parties.filter(grantee_id=nurse.grantee_id, ended_at=None).exists()
    assert states(made) == {"Camille Roche": "asked", "Minh Nguyen": "asked"}


def test_when_everybody_agrees_the_plan_is_validated_and_begins(
    made: Plan, doctor: Actor, nurse: Actor, pharmacist: Actor
) -> None:
    sent(made, doctor)
    answered(made, nurse)
    assert not stands(made).is_validated
    answered(made, pharmacist, "reserved", "Pas le lundi.")
    found = stands(made)
    assert found.is_validated
    assert found.status == "active"
    assert found.started_at
    assert states(made) == {"Camille Roche": "agreed", "Minh Nguyen": "agreed"}
    assert not [one for one in queries.asked_of(queries.whole(found)) if one.is_awaited]


def test_who_sends_has_agreed_to_their_own_part(made: Plan, doctor: Actor, nurse: Actor) -> None:
    named(made, doctor, doctor)
    sent(made, doctor)
    assert states(made)["Dr Paul Imbert"] == "agreed"
    assert Agreement.objects.get().party_id == doctor.grantee_id


def test_who_declines_or_proposes_says_why(made: Plan, doctor: Actor, nurse: Actor) -> None:
    sent(made, doctor)
    for answer in ("proposed", "refused"):
        with pytest.raises(commands.PlanRefusedError, match="remark"):
            answered(made, nurse, answer)
    answered(made, nurse, "proposed", "Deux passages, pas sept.")
    assert states(made)["Camille Roche"] == "proposed"
    answered(made, nurse, "refused", "Plus de place sur ce secteur.")
    assert states(made)["Camille Roche"] == "declined"
    answered(made, nurse)
    assert states(made)["Camille Roche"] == "agreed"


def test_an_agreement_taken_back_undoes_the_validation(
    made: Plan, doctor: Actor, nurse: Actor, pharmacist: Actor
) -> None:
    sent(made, doctor)
    given = answered(made, nurse)
    answered(made, pharmacist)
    assert stands(made).is_validated
    with acting(pharmacist), pytest.raises(AccessRefusedError):
        commands.withdraw_agreement(plan=made, agreement=given)
    with acting(nurse):
        commands.withdraw_agreement(plan=made, agreement=given)
        commands.withdraw_agreement(plan=made, agreement=given)
    assert not stands(made).is_validated
    assert states(made)["Camille Roche"] == "asked"


def test_the_referent_alone_validates_without_waiting_and_says_why(
    made: Plan, doctor: Actor, nurse: Actor
) -> None:
    sent(made, doctor)
    with acting(nurse), pytest.raises(AccessRefusedError):
        commands.validate_plan(plan=made, reason="Je suis pressée.")
    with acting(doctor):
        with pytest.raises(commands.PlanRefusedError, match="reason"):
            commands.validate_plan(plan=made, reason=" ")
        commands.validate_plan(plan=made, reason="Congés du pharmacien, accord par téléphone.")
        with pytest.raises(commands.PlanRefusedError, match="validated"):
            commands.validate_plan(plan=made, reason="Encore.")
    assert stands(made).is_validated
    answered(made, nurse, "refused", "Finalement non.")
    assert stands(made).is_validated


def test_only_those_whom_a_change_concerns_are_asked_again(
    made: Plan, doctor: Actor, nurse: Actor, pharmacist: Actor
) -> None:
    sent(made, doctor)
    answered(made, nurse)
    answered(made, pharmacist)
    row = Action.objects.select_related("plan", "goal").get(who_id=nurse.grantee_id)
    with acting(doctor):
        commands.amend_row(row=row, expected_version=row.version, text="Deux passages par jour")
    assert not stands(made).is_validated
    shown = {one.label: one for one in queries.asked_of(queries.whole(stands(made)))}
    assert [one.is_to_send for one in shown.values()] == [True, False]
    assert sent(made, doctor) == ["Camille Roche, nurse"]
    assert states(made) == {"Camille Roche": "asked", "Minh Nguyen": "agreed"}
    assert sent(made, doctor) == []
    answered(made, nurse)
    assert stands(made).is_validated


def test_following_the_plan_asks_nobody_again(
    made: Plan, doctor: Actor, nurse: Actor, pharmacist: Actor
) -> None:
    sent(made, doctor)
    answered(made, nurse)
    answered(made, pharmacist)
    edition = stands(made).edition
    row = Action.objects.select_related("plan").get(who_id=nurse.grantee_id)
    with acting(nurse):
        commands.amend_row(row=row, expected_version=row.version, status="done", evaluation="Fait.")
    assert stands(made).edition == edition
    assert stands(made).is_validated
    assert states(made)["Camille Roche"] == "done"
    with acting(nurse):
        row.refresh_from_db()
        commands.amend_row(row=row, expected_version=row.version, status="planned")
    assert states(made)["Camille Roche"] == "agreed"


def test_a_part_ends_with_the_last_action_and_with_the_plan(
    made: Plan, doctor: Actor, nurse: Actor
) -> None:
    sent(made, doctor)
    row = Action.objects.select_related("plan").get(who_id=nurse.grantee_id)
    with acting(doctor):
        commands.withdraw_row(row=row, reason="Confiée à une autre")
        assert states(made) == {"Camille Roche": "ended", "Minh Nguyen": "asked"}
        commands.move_plan(plan=stands(made), status="revoked", reason="Entrée en établissement")
    assert set(states(made).values()) == {"ended"}


def test_the_date_of_a_part_is_that_of_its_next_action(
    made: Plan, doctor: Actor, nurse: Actor
) -> None:
    sent(made, doctor)
    answered(made, nurse)
    task = next(one for one in queries.tasks_of(made) if queries.is_mine(one, nurse))
    assert task.due_at
    assert (task.due_at.date() - tomorrow()).days in (0, 1)


def test_who_is_outside_of_the_circle_answers_through_the_referent(
    made: Plan, doctor: Actor, nurse: Actor, pharmacist: Actor
) -> None:
    with acting(doctor):
        commands.add_action(plan=made, text="Portage de repas", who_label="Mairie de Melun")
        commands.add_action(plan=made, text="Marcher", who_kind="person", who_label="La personne")
    sent(made, doctor)
    answered(made, nurse)
    answered(made, pharmacist)
    assert not stands(made).is_validated
    with acting(doctor):
        commands.record_agreement(
            plan=made, party="actor", label="mairie de  melun", answer="agreed"
        )
    assert stands(made).is_validated


def test_a_plan_that_names_nobody_is_not_sent(awa: UUID, doctor: Actor) -> None:
    empty = plan(awa, doctor)
    with pytest.raises(commands.PlanRefusedError, match="actors"):
        sent(empty, doctor)


def test_a_part_is_not_moved_by_the_page_of_its_task(
    made: Plan, doctor: Actor, nurse: Actor
) -> None:
    sent(made, doctor)
    task = next(one for one in queries.tasks_of(made) if queries.is_mine(one, nurse))
    with acting(nurse), pytest.raises(TaskRefusedError):
        move_task(task=task, transition="agree", expected_version=task.version)


def test_nobody_answers_for_the_part_of_another(
    made: Plan, doctor: Actor, nurse: Actor, pharmacist: Actor
) -> None:
    sent(made, doctor)
    with acting(pharmacist):
        given = commands.record_agreement(
            plan=made,
            party="actor",
            label="x",
            answer="agreed",
            means="online",
            party_id=nurse.grantee_id,
        )
    assert given.party_id == pharmacist.grantee_id
    assert states(made)["Camille Roche"] == "asked"


def test_nobody_agrees_to_a_part_that_they_did_not_see(
    made: Plan, doctor: Actor, nurse: Actor
) -> None:
    sent(made, doctor)
    task = next(one for one in queries.tasks_of(made) if queries.is_mine(one, nurse))
    read, mine, page = task.details["print"], browser(nurse), url("part", made, task.id)
    row = Action.objects.select_related("plan").get(who_id=nurse.grantee_id)
    with acting(doctor):
        commands.amend_row(row=row, expected_version=row.version, text="Sept passages par jour")
    again = mine.post(page, {"answer": "agreed", "print": read}).content.decode()
    assert "a changé pendant la lecture" in again
    assert not Agreement.objects.exists()
    fresh = queries.part(stands(made), task)
    assert fresh
    assert f'value="{fresh.print}"' in again
    assert mine.post(page, {"answer": "agreed", "print": fresh.print}).status_code == 302


def test_what_somebody_answered_online_is_theirs_to_take_back(
    made: Plan, doctor: Actor, nurse: Actor, pharmacist: Actor
) -> None:
    sent(made, doctor)
    given = answered(made, nurse, "refused", "Plus de place.")
    with acting(doctor), pytest.raises(AccessRefusedError):
        commands.withdraw_agreement(plan=made, agreement=given, reason="Elle s’est trompée.")
    with acting(pharmacist):
        told = commands.record_agreement(
            plan=made, party="actor", label=nurse.name, party_id=nurse.grantee_id, answer="agreed"
        )
    with acting(doctor):
        commands.withdraw_agreement(plan=made, agreement=told, reason="Elle n’a rien dit.")
    assert states(made)["Camille Roche"] == "declined"


def test_nobody_makes_themselves_the_referent_in_the_place_of_one_who_is_there(
    made: Plan, doctor: Actor, nurse: Actor
) -> None:
    theirs = {"referent_id": nurse.grantee_id, "referent_name": nurse.name}
    with acting(nurse), pytest.raises(commands.PlanRefusedError, match="referent"):
        commands.revise_plan(plan=stands(made), expected_version=made.version, **theirs)
    Grant.objects.filter(grantee_id=doctor.grantee_id).delete()
    with acting(nurse):
        found = stands(made)
        commands.revise_plan(plan=found, expected_version=found.version, **theirs)
    assert stands(made).referent_id == nurse.grantee_id


def test_an_answer_is_written_in_the_name_of_whoever_was_meant(
    made: Plan, doctor: Actor, nurse: Actor
) -> None:
    sent(made, doctor)
    mine, page = browser(doctor), url("agreement", made)
    assert "selected" not in mine.get(page).content.decode().split('name="who"')[1].split(
        "</select>"
    )[0].replace('<option value="" selected', "")
    given = {
        "answer": "agreed", "party": "actor", "who": f"member:{nurse.grantee_id}", "label": "Mairie de Melun",
        "means": "oral", "remark": "", "edition": stands(made).edition,
    }  # fmt: skip
    assert "pas les deux" in mine.post(page, given).content.decode()
    assert not Agreement.objects.exists()
    assert mine.post(page, given | {"label": ""}).status_code == 302
    assert "inscrit par Dr Paul Imbert" in mine.get(url("plan", made)).content.decode()


def test_a_plan_in_which_nobody_is_left_to_ask_is_validated(
    made: Plan, doctor: Actor, nurse: Actor, pharmacist: Actor
) -> None:
    sent(made, doctor)
    answered(made, nurse, "refused", "Plus de place.")
    answered(made, pharmacist)
    row = Action.objects.select_related("plan").get(who_id=nurse.grantee_id)
    with acting(doctor):
        commands.amend_row(
            row=row, expected_version=row.version, status="cancelled", evaluation="Sans elle."
        )
        assert stands(made).is_validated
        found = stands(made)
        commands.revise_plan(
            plan=found, expected_version=found.version, synthesis="Une faute de moins."
        )
    assert stands(made).is_validated


def test_whose_agreement_holds_is_not_asked_again(
    made: Plan, doctor: Actor, nurse: Actor, pharmacist: Actor
) -> None:
    with acting(doctor):
        commands.record_agreement(
            plan=made, party="actor", label=nurse.name, party_id=nurse.grantee_id, answer="agreed"
        )
    assert stands(made).status == "draft"
    assert sent(made, doctor) == ["Minh Nguyen, pharmacist"]
    assert states(made)["Camille Roche"] == "agreed"
    answered(made, pharmacist)
    row = Action.objects.select_related("plan").get(who_id=nurse.grantee_id)
    with acting(doctor):
        commands.amend_row(row=row, expected_version=row.version, text="Deux passages par jour")
    answered(made, nurse)
    assert not [one for one in queries.asked_of(queries.whole(stands(made))) if one.is_to_send]
    assert sent(made, doctor) == []
    assert states(made)["Camille Roche"] == "agreed"
    assert stands(made).is_validated


def test_a_double_tap_answers_once(made: Plan, doctor: Actor, nurse: Actor) -> None:
    sent(made, doctor)
    assert answered(made, nurse) == answered(made, nurse)
    with acting(nurse):
        commands.withdraw_agreement(plan=made, agreement=Agreement.objects.get())
    assert states(made)["Camille Roche"] == "asked"
    assert not queries.has_agreed(made)


def test_a_part_without_anything_left_to_do_ends_unanswered(
    made: Plan, doctor: Actor, nurse: Actor
) -> None:
    stale = Plan.objects.get(pk=made.pk)
    sent(made, doctor)
    row = Action.objects.select_related("plan").get(who_id=nurse.grantee_id)
    with acting(doctor):
        commands.amend_row(row=row, expected_version=row.version, status="done")
        assert states(made)["Camille Roche"] == "ended"
        commands.move_plan(plan=stale, status="revoked", reason="Entrée en établissement")
    assert set(states(made).values()) == {"ended"}


def test_who_left_the_circle_is_not_asked_and_the_page_says_so(
    made: Plan, doctor: Actor, nurse: Actor
) -> None:
    sent(made, doctor)
    Grant.objects.filter(grantee_id=nurse.grantee_id).delete()
    shown = browser(doctor).get(url("plan", made)).content.decode()
    assert "N’est plus du cercle" in shown
    assert sent(made, doctor) == []
    assert states(made)["Camille Roche"] == "ended"


def test_the_action_of_who_left_is_followed_and_kept_in_their_name(
    made: Plan, doctor: Actor, nurse: Actor
) -> None:
    mine, row = browser(doctor), Action.objects.get(who_id=nurse.grantee_id)
    page = url("row", made, "action", row.id)
    assert "n’est plus du cercle" in mine.get(page).content.decode()
    given = {
        "text": row.text, "kind": row.kind, "who_pick": f"member:{nurse.grantee_id}", "who_label": "",
        "goal_id": row.goal_id, "due_on": row.due_on.isoformat(), "status": "done", "evaluation": "Fait.",
        "version": row.version,
    }  # fmt: skip
    assert mine.post(page, given).status_code == 302
    row.refresh_from_db()
    assert (row.who_id, row.status) == (nurse.grantee_id, "done")


def test_a_plan_that_names_only_outsiders_is_sent_and_validated(awa: UUID, doctor: Actor) -> None:
    found = plan(awa, doctor)
    with acting(doctor):
        commands.add_action(plan=found, text="Portage de repas", who_label="Mairie de Melun")
        commands.record_agreement(
            plan=found, party="actor", label="Mairie de Melun", answer="agreed"
        )
        assert stands(found).status == "draft"
    assert browser(doctor).post(url("send", found)).status_code == 302
    assert stands(found).is_validated


def test_two_answers_at_once_validate_once(
    made: Plan, doctor: Actor, nurse: Actor, pharmacist: Actor
) -> None:
    """The plan is locked by each answer: the second sees the first (see `_taken`)."""
    sent(made, doctor)
    stale = Plan.objects.get(pk=made.pk)
    answered(made, nurse)
    answered(stale, pharmacist)
    assert stands(made).is_validated


# --- pages -----------------------------------------------------------------------------------------


def browser(actor: Actor) -> Client:
    return signed_in(Client(), actor)


def url(name: str, made: Plan, *args: Any) -> str:
    return reverse(f"plans:{name}", args=[made.patient_id, made.id, *args])


def test_the_nurse_reads_their_part_answers_and_says_what_is_done(
    made: Plan, doctor: Actor, nurse: Actor
) -> None:
    assert browser(doctor).post(url("send", made)).status_code == 302
    task = next(one for one in queries.tasks_of(made) if queries.is_mine(one, nurse))
    mine, page = browser(nurse), url("part", made, task.id)
    shown = mine.get(page).content.decode()
    assert "Action de Camille Roche" in shown
    assert "Action de Minh Nguyen" not in shown
    assert "Envoyer ma réponse" in shown
    read = {"print": task.details["print"]}
    assert mine.post(page, {"answer": "refused", **read}).status_code == 200
    assert mine.post(page, {"answer": "agreed", **read}).status_code == 302
    action = Action.objects.get(who_id=nurse.grantee_id)
    done = url("done", made, task.id, action.id)
    given = {"status": "cancelled", "evaluation": "", "version": action.version}
    assert "Dites pourquoi" in mine.post(done, given).content.decode()
    assert mine.post(done, given | {"evaluation": "Hospitalisée."}).status_code == 302
    stale = mine.post(done, given | {"status": "done"})
    assert "entre-temps" in stale.content.decode()
    assert Task.objects.get(pk=task.pk).state == "done"


def test_the_page_says_who_is_awaited(made: Plan, doctor: Actor, nurse: Actor) -> None:
    browser(doctor).post(url("send", made))
    answered(made, nurse, "proposed", "Deux passages.")
    shown = browser(doctor).get(url("plan", made)).content.decode()
    for words in (
        "Propose un changement",
        "Deux passages.",
        "Réponse attendue",
        "Valider sans attendre",
    ):
        assert words in shown
    assert "Valider sans attendre" not in browser(nurse).get(url("plan", made)).content.decode()


def test_the_pages_open_to_nobody_outside(made: Plan, doctor: Actor) -> None:
    browser(doctor).post(url("send", made))
    task = queries.tasks_of(made)[0]
    for someone in (actor_in("physician"), member(made.patient_id, "secretary")):
        theirs = browser(someone)
        assert theirs.get(url("part", made, task.id)).status_code == 404
        assert theirs.get(url("sign", made)).status_code == 404
        assert theirs.post(url("send", made)).status_code == 404
        assert theirs.post(url("validate", made), {"reason": "Pourquoi"}).status_code == 404


def test_the_board_leads_to_the_part(made: Plan, doctor: Actor, nurse: Actor) -> None:
    browser(doctor).post(url("send", made))
    mine = browser(nurse)
    board = mine.get(reverse("workflow:board", args=[flows.BOARD])).content.decode()
    assert "Accord demandé" in board
    task = next(one for one in queries.tasks_of(made) if queries.is_mine(one, nurse))
    assert (
        url("part", made, task.id)
        in mine.get(reverse("workflow:task", args=[task.id])).content.decode()
    )
