"""Opening a return, its week, its changes, its end: who may, and what is left behind."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.queries import actor_of
from enrs.core.audit.models import AuditLine
from enrs.core.events.models import Event
from enrs.core.fhir.models import Resource
from enrs.core.moments import legal_day
from enrs.core.questionnaires.commands import save_answer, start_answer
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.workflow.commands import TaskRefusedError, move_task
from enrs.core.workflow.models import Task
from enrs.core.workflow.rules import To
from enrs.services.home_support import commands, needs, queries
from enrs.services.home_support.commands import SupportRefusedError
from enrs.services.home_support.commands.warning import warn_of_gaps
from enrs.services.home_support.models import HomeReturn, Slot, Visit
from tests.factories import person_of
from tests.services.home_support.factories import (
    MEAL,
    WASHING,
    accepted,
    asked,
    facts,
    fresh,
    leaving,
    opened,
    worker,
)

pytestmark = pytest.mark.django_db


def kinds(patient: Any) -> list[str]:
    rows = Event.objects.filter(patient_id=patient.pk, kind__startswith="home_support.")
    return list(rows.order_by("id").values_list("kind", flat=True))


def test_the_social_worker_opens_a_return_that_is_a_task_about_the_person(
    patient: Any, social: Any
) -> None:
    one = opened(patient.pk, social)
    task = one.task
    assert (task.workflow, task.state, task.patient_id) == (
        "home_support.return",
        "preparing",
        patient.pk,
    )
    assert (task.assignee_name, task.due_at) == (social.name, one.leaving_at)
    assert one.place_name == "Centre hospitalier des Tilleuls"
    assert kinds(patient) == ["home_support.opened"]
    assert AuditLine.objects.filter(action="home_support.opened", patient_id=patient.pk).exists()
    published = Resource.objects.filter(patient_id=patient.pk)
    assert {"Task", "ServiceRequest"} <= set(published.values_list("type", flat=True))


@pytest.mark.parametrize("role", ["physician", "pharmacist", "secretary"])
def test_another_profession_of_the_circle_does_not(patient: Any, hospital: Any, role: str) -> None:
    with acting(actor_of(worker(hospital, role, patient))), pytest.raises(AccessRefusedError):
        commands.open_return(patient_id=patient.pk, facts=facts(), is_agreed=True)


@pytest.mark.parametrize("role", ["social_worker", "coordinator", "nurse"])
def test_nobody_opens_one_outside_of_the_circle(patient: Any, hospital: Any, role: str) -> None:
    with acting(actor_of(worker(hospital, role))), pytest.raises(AccessRefusedError):
        commands.open_return(patient_id=patient.pk, facts=facts(), is_agreed=True)


@pytest.mark.parametrize(
    ("more", "agreed", "reason"),
    [
        ({}, False, "agreed"),
        ({"leaving_at": timezone.now() + timedelta(days=400)}, True, "leaving"),
        ({"leaving_at": timezone.now() - timedelta(days=40)}, True, "leaving"),
        ({"address": "  "}, True, "address"),
        ({"city": "x" * 101}, True, "long"),
    ],
)
def test_what_cannot_be_is_refused(
    patient: Any, social: Any, more: Any, agreed: bool, reason: str
) -> None:
    with acting(actor_of(social)), pytest.raises(SupportRefusedError) as refused:
        commands.open_return(patient_id=patient.pk, facts=facts(**more), is_agreed=agreed)
    assert refused.value.reason == reason
    assert not HomeReturn.objects.exists()
    assert not Task.objects.exists()


def test_one_return_is_open_at_a_time(patient: Any, social: Any) -> None:
    one = opened(patient.pk, social)
    with acting(actor_of(social)), pytest.raises(SupportRefusedError, match="open"):
        commands.open_return(patient_id=patient.pk, facts=facts(), is_agreed=True)
    with acting(actor_of(social)):
        commands.close_return(home_return=one, code="not_home", expected_version=one.version)
    opened(patient.pk, social)


def test_another_place_of_the_circle_reads_and_does_not_change(
    patient: Any, social: Any, ssiad: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    nurse = worker(ssiad, "nurse", patient)
    with acting(actor_of(nurse)), pytest.raises(AccessRefusedError, match="place"):
        commands.add_visit(home_return=one, line=WASHING)
    with acting(actor_of(nurse)), pytest.raises(AccessRefusedError, match="place"):
        commands.close_return(home_return=one, code="settled", expected_version=one.version)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (commands.Line("nothing", WASHING.starts, 30, (0,)), "kind"),
        (commands.Line("meal", WASHING.starts, 30, ()), "days"),
        (commands.Line("meal", WASHING.starts, 30, (9,)), "days"),
        (commands.Line("meal", WASHING.starts, 2, (1,)), "minutes"),
        (commands.Line("meal", WASHING.starts, 30, (1,), what="x" * 301), "long"),
    ],
)
def test_a_line_that_cannot_be(patient: Any, social: Any, line: Any, reason: str) -> None:
    one = opened(patient.pk, social)
    with acting(actor_of(social)), pytest.raises(SupportRefusedError, match=reason):
        commands.add_visit(home_return=one, line=line)


def test_a_line_makes_a_slot_for_each_day(patient: Any, social: Any) -> None:
    one = opened(patient.pk, social, WASHING)
    assert Slot.objects.filter(visit__home_return=one).count() == 7
    day = leaving(4).date()
    with acting(actor_of(social)):
        once = commands.add_visit(
            home_return=one,
            line=commands.Line("equipment", WASHING.starts, 60, (), "equipment", once_on=day),
        )
    assert [row.weekday for row in once.slots.all()] == [day.weekday()]


def test_needs_write_the_week_once(patient: Any, social: Any) -> None:
    one = opened(patient.pk, social, MEAL)
    with acting(actor_of(social)):
        answer = start_answer(form=needs.FORM, patient_id=patient.pk)
        with pytest.raises(SupportRefusedError, match="answer"):
            commands.take_needs(home_return=one, answer_id=answer.id)
        save_answer(
            answer=answer, values={"besoins": ["washing", "meal", "shopping"], "seul": True},
            expected_version=answer.version, is_final=True,
        )  # fmt: skip
        made = commands.take_needs(home_return=one, answer_id=answer.id)
        again = commands.take_needs(home_return=fresh(one), answer_id=answer.id)
    assert sorted(row.kind for row in made) == ["shopping", "washing"]
    assert again == []
    assert fresh(one).needs == ["Toilette et habillage", "Aide aux repas", "Courses"]


def test_a_line_removed_frees_what_was_held_and_ends_what_was_asked(
    patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    accepted(ask, helper)
    with acting(actor_of(social)):
        commands.remove_visit(home_return=one, visit_id=Visit.objects.get().id)
    assert not Slot.objects.filter(ask__isnull=False).exists()
    assert fresh(ask.task).state == "withdrawn"
    assert "home_support.released" in kinds(patient)
    with acting(actor_of(social)), pytest.raises(SupportRefusedError, match="visit"):
        commands.remove_visit(home_return=one, visit_id=Visit.objects.get().id)


def test_another_discharge_moves_boards_and_tells_the_agencies(
    patient: Any, social: Any, saad: Any, ssiad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    first, second = asked(one, social, saad, ssiad)
    accepted(first, helper)
    later = leaving(6)
    with acting(actor_of(social)):
        held = commands.change_return(
            home_return=one, facts=facts(leaving_at=later), expected_version=one.version
        )
    for task in (held.task, first.task, second.task):
        found = fresh(task)
        assert found.details["leaving_at"] == later.isoformat()
        party = found.parties.filter(ended_at=None).first()
        assert party is not None
        assert party.turn == later.timestamp()
    assert fresh(held.task).due_at == later
    assert "home_support.moved" in kinds(patient)
    with acting(actor_of(social)), pytest.raises(StaleSaveError):
        commands.change_return(home_return=one, facts=facts(), expected_version=one.version)


def test_home_then_closed_leaves_everything_readable(
    patient: Any, social: Any, saad: Any, ssiad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL, WASHING, leaving_at=leaving(0, 0))
    first, second = asked(one, social, saad, ssiad)
    accepted(first, helper)
    with acting(actor_of(social)):
        held = commands.arrive_home(home_return=one, expected_version=one.version)
        with pytest.raises(SupportRefusedError, match="home"):
            commands.arrive_home(home_return=held, expected_version=held.version)
        with pytest.raises(SupportRefusedError, match="home"):
            commands.change_return(
                home_return=held, facts=facts(leaving_at=leaving(9)), expected_version=held.version
            )
        commands.close_return(
            home_return=held, code="settled", note="Tout va bien", expected_version=held.version
        )
        with pytest.raises(SupportRefusedError, match="ended"):
            commands.add_visit(home_return=held, line=WASHING)
    task = fresh(one.task)
    assert (task.state, task.due_at) == ("closed", None)
    assert fresh(first.task).state == "ended"
    assert fresh(second.task).state == "withdrawn"
    assert Slot.objects.filter(ask=first).count() == 14
    told = Event.objects.get(kind="home_support.closed").payload["told"]
    assert told == sorted([str(saad.id), str(ssiad.id)])


def test_nobody_is_said_home_before_the_discharge(patient: Any, social: Any) -> None:
    one = opened(patient.pk, social, MEAL)
    with acting(actor_of(social)), pytest.raises(SupportRefusedError, match="early"):
        commands.arrive_home(home_return=one, expected_version=one.version)


def test_another_town_is_told_to_all_and_the_way_in_to_those_who_come(
    patient: Any, social: Any, saad: Any, ssiad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL, WASHING)
    first, second = asked(one, social, saad, ssiad)
    accepted(first, helper, "meal")
    with acting(actor_of(social)):
        held = commands.change_return(
            home_return=one,
            facts=facts(leaving_at=one.leaving_at, access_notes="Code 12"),
            expected_version=one.version,
        )
        told = Event.objects.filter(kind="home_support.where").order_by("id")
        assert told.get().payload["told"] == [str(saad.id)]
        commands.change_return(
            home_return=held,
            facts=facts(leaving_at=one.leaving_at, access_notes="Code 12", city="Kourou"),
            expected_version=held.version,
        )
    last = told.last()
    assert last is not None
    assert last.payload["told"] == sorted([str(saad.id), str(ssiad.id)])
    assert {fresh(row.task).details["city"] for row in (first, second)} == {"Kourou"}


def test_a_second_tap_adds_no_line_and_no_request(patient: Any, social: Any, ssiad: Any) -> None:
    one = opened(patient.pk, social, MEAL)
    with acting(actor_of(social)):
        commands.add_visit(home_return=one, line=MEAL)
        assert Visit.objects.count() == 1
        given: dict[str, Any] = {
            "home_return": one,
            "to": To(ssiad.id, ssiad.name),
            "need": "Longtemps",
        }
        assert commands.hand_on(**given).id == commands.hand_on(**given).id


def test_days_before_an_agency_begins_are_asked_apart(
    patient: Any, social: Any, saad: Any, ssiad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    first, _ = asked(one, social, saad, ssiad)
    accepted(first, helper, from_on=legal_day(leaving(5)))
    assert [gap.state for gap in queries.gaps_of(one)] == ["late"]
    visit = Visit.objects.get()
    with acting(actor_of(social)):
        made = commands.cover_until(home_return=one, visit_id=visit.id)
        assert [row.once_on for row in made] == [legal_day(leaving(3)), legal_day(leaving(4))]
        assert commands.cover_until(home_return=one, visit_id=visit.id) == []
    assert {gap.state for gap in queries.gaps_of(one)} == {"nobody"}


def test_a_bed_and_a_tele_alarm_are_lines_of_their_day(patient: Any, social: Any) -> None:
    one = opened(patient.pk, social)
    with acting(actor_of(social)):
        answer = start_answer(form=needs.FORM, patient_id=patient.pk)
        save_answer(
            answer=answer, expected_version=answer.version, is_final=True,
            values={"besoins": ["equipment", "alarm"], "seul": True, "materiel": "Lit médicalisé, commandé"},
        )  # fmt: skip
        made = commands.take_needs(home_return=one, answer_id=answer.id)
        with pytest.raises(SupportRefusedError, match="past"):
            commands.add_visit(
                home_return=one,
                line=commands.Line("equipment", WASHING.starts, 60, once_on=leaving(-1).date()),
            )
    days = {row.kind: row.once_on for row in made}
    assert days == {"equipment": legal_day(leaving(2)), "alarm": legal_day(leaving(3))}
    assert len(queries.gaps_of(one)) == 2


@pytest.mark.parametrize("transition", ["arrive", "close"])
def test_the_engine_alone_does_not_move_a_return(
    patient: Any, social: Any, transition: str
) -> None:
    task = opened(patient.pk, social).task
    with acting(actor_of(social)), pytest.raises(TaskRefusedError) as refused:
        move_task(
            task=task,
            transition=transition,
            reason_code="settled" if transition == "close" else "",
            expected_version=task.version,
        )
    assert refused.value.code == "guard"


def test_the_coordination_is_asked_to_go_on(patient: Any, social: Any, ssiad: Any) -> None:
    one = opened(patient.pk, social, MEAL)
    with acting(actor_of(social)):
        made = commands.hand_on(
            home_return=one, to=To(ssiad.id, ssiad.name), need="Aide au long cours"
        )
    assert (made.workflow, made.patient_id) == ("coordination.request", patient.pk)
    assert fresh(one.task).state == "preparing"


def test_gaps_are_told_once_shortly_before_a_discharge(patient: Any, social: Any) -> None:
    one = opened(patient.pk, social, MEAL, leaving_at=leaving(1))
    assert not warn_of_gaps()
    warn_of_gaps()
    told = Event.objects.filter(kind="home_support.gap", payload__is_near=True)
    assert told.count() == 1
    assert fresh(one).warned_for == one.leaving_at
    with acting(actor_of(social)):
        commands.change_return(
            home_return=fresh(one),
            facts=facts(leaving_at=leaving(1, 16)),
            expected_version=fresh(one).version,
        )
    warn_of_gaps()
    assert told.count() == 2


def test_a_far_discharge_or_a_whole_week_says_nothing(
    patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL, leaving_at=leaving(1))
    accepted(asked(one, social, saad)[0], helper)
    assert queries.gaps_of(one) == []
    warn_of_gaps()
    assert not Event.objects.filter(kind="home_support.gap", payload__is_near=True).exists()
    assert fresh(one).warned_for is None


def test_an_answer_that_never_came_is_warned_of(patient: Any, social: Any, saad: Any) -> None:
    one = opened(patient.pk, social, MEAL, leaving_at=leaving(1))
    asked(one, social, saad)
    assert {gap.state for gap in queries.gaps_of(one)} == {"awaited"}
    warn_of_gaps()
    assert fresh(one).warned_for == one.leaving_at


def test_the_person_only_reads(patient: Any, social: Any) -> None:
    one = opened(patient.pk, social, MEAL)
    with acting(actor_of(person_of(patient))), pytest.raises(AccessRefusedError):
        commands.add_visit(home_return=one, line=WASHING)


def test_who_prepares_beside_and_knows_the_person_is_told_too(
    patient: Any, social: Any, hospital: Any, saad: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    nurse, _ = worker(hospital, "nurse", patient), worker(hospital, "nurse")
    worker(hospital, "physician", patient)
    worker(saad, "nurse", patient)
    assert queries.colleagues(one) == {social.id, nurse.id}


def test_said_home_by_mistake_is_taken_back(patient: Any, social: Any) -> None:
    one = opened(patient.pk, social, MEAL, leaving_at=leaving(0, 0))
    with acting(actor_of(social)):
        home = commands.arrive_home(home_return=one, expected_version=one.version)
        again = commands.not_home(home_return=home, expected_version=home.version)
        with pytest.raises(SupportRefusedError, match="not_home"):
            commands.not_home(home_return=again, expected_version=again.version)
    assert (fresh(one).home_at, fresh(one.task).state) == (None, "preparing")
