"""From a request to a closed case: who may, what follows, what is refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import rights_on
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.threads.queries import threads_about
from enrs.core.workflow.commands import TaskRefusedError, move_task
from enrs.core.workflow.commands.deadlines import remind_due
from enrs.core.workflow.models import Deadline, Task
from enrs.core.workflow.rules import To
from enrs.referentials.circles import queries as circles
from enrs.referentials.circles.commands import CircleError, add_member, oppose
from enrs.referentials.directory.models import Organisation
from enrs.services.coordination import commands, queries
from enrs.services.coordination.models import Case, Contact
from tests.services.coordination.factories import (
    ago,
    called_in,
    contact,
    desk,
    included,
    qualified,
    teammate,
    today,
)
from tests.services.record.factories import member, owner, patient

pytestmark = pytest.mark.django_db
REFUSED = (AccessRefusedError, commands.CaseRefusedError, TaskRefusedError)


@pytest.fixture
def awa() -> UUID:
    return patient()


@pytest.fixture
def place() -> Organisation:
    return desk()


@pytest.fixture
def ines(place: Organisation) -> Actor:
    return teammate(place)


def test_inclusion_brings_the_team_into_the_circle_and_opens_the_case(
    awa: UUID, place: Organisation, ines: Actor, as_actor: Callable[..., Any]
) -> None:
    task = called_in(awa, place, member(awa, "physician"))
    with as_actor(ines):
        task = move_task(task=task, transition="qualify", expected_version=task.version)
        case = commands.include_request(
            task=task, informed_on=today(), expected_version=task.version
        )
        assert [one.source_kind for one in rights_on(awa)] == ["circle"]
        assert [one.display for one in circles.members(awa).organisations] == [place.name]
        assert len(threads_about(("coordination.case", case.id))) == 1
        held = queries.case_task(case)
    assert held is not None
    assert (held.state, held.assignee_name, held.team_id) == ("active", ines.name, place.id)
    assert Task.objects.get(pk=task.id).state == "included"
    assert case.requested_at == task.opened_at
    assert case.request_id == task.id


def test_a_request_is_not_included_without_its_case(
    awa: UUID, place: Organisation, ines: Actor
) -> None:
    task = qualified(awa, place, ines)
    with acting(ines), pytest.raises(TaskRefusedError, match="Inclure"):
        move_task(task=task, transition="include", expected_version=task.version)


def test_a_request_is_oriented_or_refused_with_a_reason(
    awa: UUID, place: Organisation, ines: Actor
) -> None:
    task = qualified(awa, place, ines)
    with acting(ines):
        with pytest.raises(TaskRefusedError):
            move_task(task=task, transition="orient", expected_version=task.version)
        done = move_task(
            task=task, transition="orient", reason_code="home_help", note="SSIAD prévenu.",
            expected_version=task.version,
        )  # fmt: skip
    assert done.state == "oriented"
    assert rights_on(awa, ines) == []


def test_an_opposed_person_is_not_included(awa: UUID, place: Organisation, ines: Actor) -> None:
    task = qualified(awa, place, ines)
    with acting(owner(awa)):
        oppose(
            patient_id=awa, grantee_id=place.id, grantee_display=place.name, informed_on=today(),
            means="oral",
        )  # fmt: skip
    with acting(ines), pytest.raises((CircleError, AccessRefusedError)):
        commands.include_request(task=task, informed_on=today(), expected_version=task.version)
    assert not Case.objects.exists()


def test_one_open_case_by_team(awa: UUID, place: Organisation, ines: Actor) -> None:
    included(awa, place, ines)
    task = qualified(awa, place, ines)
    with acting(ines), pytest.raises(commands.CaseRefusedError, match="open"):
        commands.include_request(task=task, informed_on=today(), expected_version=task.version)
    assert Task.objects.get(pk=task.id).state == "qualified"


def test_contacts_make_the_moments_and_the_time(
    awa: UUID, place: Organisation, ines: Actor
) -> None:
    case = included(awa, place, ines)
    Case.objects.update(requested_at=ago(10))
    case.refresh_from_db()
    late, early = ago(1), ago(5)
    with acting(ines):
        commands.write_contact(case=case, contact=contact(at=late, minutes=30))
        commands.write_contact(case=case, contact=contact(kind="visit", at=early, minutes=60))
        commands.write_contact(case=case, contact=contact(kind="desk", minutes=20))
    case.refresh_from_db()
    assert (case.first_contact_at, case.first_visit_at, case.last_contact_at) == (
        early, early, late,
    )  # fmt: skip
    assert case.minutes == 110


def test_a_month_without_contact_alerts_and_a_contact_ends_the_alert(
    awa: UUID, place: Organisation, ines: Actor, as_actor: Callable[..., Any]
) -> None:
    case = included(awa, place, ines)
    Deadline.objects.filter(task_id=case.task_id, ended_at=None).update(
        due_at=ago(1), next_at=ago(1)
    )
    remind_due()
    assert Task.objects.get(pk=case.task_id).state == "overdue"
    remind_due()
    assert Task.objects.get(pk=case.task_id).version == 2
    with as_actor(ines):
        commands.write_contact(case=case, contact=contact())
    assert Task.objects.get(pk=case.task_id).state == "active"
    due = Deadline.objects.get(task_id=case.task_id, ended_at=None).due_at
    assert timedelta(days=29) < due - timezone.now() < timedelta(days=31)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": "visite"}, "kind"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 721}, "minutes"),
        ({"at": timezone.now() + timedelta(hours=2)}, "future"),
        ({"at": timezone.now() - timedelta(days=400)}, "early"),
        ({"text": "x" * 6001}, "long"),
    ],
)
def test_forged_contacts_are_refused(
    awa: UUID, place: Organisation, ines: Actor, changes: dict[str, Any], reason: str
) -> None:
    case = included(awa, place, ines)
    with acting(ines), pytest.raises(commands.CaseRefusedError, match=reason):
        commands.write_contact(case=case, contact=contact(**changes))
    assert not Contact.objects.exists()


def test_the_engine_s_own_buttons_cannot_skip_what_coordination_keeps(
    awa: UUID, place: Organisation, ines: Actor
) -> None:
    case = included(awa, place, ines)
    task = Task.objects.get(pk=case.task_id)
    with acting(ines):
        for transition, code in (("contact", ""), ("close", "goals"), ("lapse", "")):
            with pytest.raises(TaskRefusedError):
                move_task(
                    task=task,
                    transition=transition,
                    reason_code=code,
                    expected_version=task.version,
                )


def test_a_case_closes_with_a_reason_once(
    awa: UUID, place: Organisation, ines: Actor, as_actor: Callable[..., Any]
) -> None:
    case = included(awa, place, ines)
    with as_actor(ines):
        with pytest.raises(commands.CaseRefusedError, match="code"):
            commands.close_case(case=case, code="bored", expected_version=1)
        with pytest.raises(commands.CaseRefusedError, match="note"):
            commands.close_case(case=case, code="other", expected_version=1)
        stale = Case.objects.get(pk=case.pk)
        commands.close_case(case=case, code="goals", expected_version=1)
        with pytest.raises(StaleSaveError):
            commands.close_case(case=stale, code="goals", expected_version=1)
        with pytest.raises(commands.CaseRefusedError, match="closed"):
            commands.write_contact(case=case, contact=contact())
    assert Task.objects.get(pk=case.task_id).state == "closed"


def test_a_colleague_takes_over(awa: UUID, place: Organisation, ines: Actor) -> None:
    case, paul = included(awa, place, ines), teammate(place, "social_worker", "Paul Imbert")
    assert paul.grantee_id
    to = To(paul.grantee_id, paul.name, kind="person", label="Assistant social")
    with acting(ines):
        commands.change_referent(case=case, to=to, expected_version=case.version)
    assert Case.objects.get().referent_name == "Paul Imbert"
    assert Task.objects.get(pk=case.task_id).assignee_name == "Paul Imbert"


def test_another_team_of_the_circle_reads_and_does_not_write(
    awa: UUID, place: Organisation, ines: Actor, as_actor: Callable[..., Any]
) -> None:
    case = included(awa, place, ines)
    for other in (member(awa, "coordinator", "Lou Petit"), member(awa, "physician")):
        with as_actor(other):
            assert queries.cases_of(awa) == [case]
            for command in _writes(case):
                with pytest.raises(REFUSED):
                    command()


@pytest.mark.parametrize("role", ["secretary", "pharmacist", "identity_officer", "operator"])
def test_the_wrong_profession_of_the_right_team_does_not_write(
    awa: UUID, place: Organisation, ines: Actor, as_actor: Callable[..., Any], role: str
) -> None:
    case = included(awa, place, ines)
    with as_actor(teammate(place, role, "Lou Petit")):
        for command in _writes(case):
            with pytest.raises(REFUSED):
                command()


def test_outside_the_circle_nothing_is_seen(
    awa: UUID, place: Organisation, ines: Actor, as_actor: Callable[..., Any]
) -> None:
    case = included(awa, place, ines)
    with as_actor(teammate(desk("DAC d’ailleurs"))):
        assert queries.cases_of(awa) == []
        assert queries.case(awa, case.id) is None
        assert Contact.objects.count() == 0
        for command in _writes(case):
            with pytest.raises(REFUSED):
                command()


def _writes(case: Case) -> list[Callable[[], Any]]:
    return [
        lambda: commands.write_contact(case=case, contact=contact()),
        lambda: commands.close_case(case=case, code="goals", expected_version=1),
        lambda: commands.change_referent(
            case=case, to=To(case.organisation_id, "x"), expected_version=1
        ),
    ]


def test_a_desk_writes_down_a_call(awa: UUID, place: Organisation) -> None:
    paul = teammate(place, "secretary", "Paul Imbert")
    with acting(member(awa, "physician")):
        add_member(
            patient_id=awa, block="organisations", grantee_id=place.id, display=place.name,
            role_label="Coordination", basis="care_team", ground="coordinated", informed_on=today(),
        )  # fmt: skip
    given = {
        "patient_id": awa,
        "desk": To(place.id, place.name),
        "caller": "Sa fille",
        "need": "Aide",
    }
    with acting(paul):
        task = commands.enter_request(**given, origin="phone")
        assert (task.state, task.details["origin"]) == ("received", "phone")
        for changes, reason in (
            ({"origin": "form"}, "origin"),
            ({"caller": " "}, "caller"),
            ({"need": ""}, "need"),
        ):
            with pytest.raises(commands.CaseRefusedError, match=reason):
                commands.enter_request(**{**given, "origin": "phone", **changes})
        elsewhere = desk("Ailleurs")
        with pytest.raises(AccessRefusedError):
            commands.enter_request(
                **{**given, "desk": To(elsewhere.id, elsewhere.name)}, origin="phone"
            )
