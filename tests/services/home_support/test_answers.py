"""An agency's answer: what it takes, what it must know, why not; what the hospital does of it; what happens at home."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError, deny
from enrs.core.access.models import Denial, Grant
from enrs.core.accounts.queries import actor_of
from enrs.core.events.models import Event
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.workflow.commands import TaskRefusedError, move_task
from enrs.core.workflow.models import Task
from enrs.services.home_support import commands, queries
from enrs.services.home_support.commands import SupportRefusedError
from enrs.services.home_support.commands.denials import follow_denials
from enrs.services.home_support.models import AskedVisit, HomeReport, HomeReturn, Slot, Visit
from enrs.services.home_support.rules.week import LATE, NOBODY
from tests.factories import PatientFactory, member, person_of, proxy_of
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


def states(one: HomeReturn) -> list[str]:
    return sorted({gap.state for gap in queries.gaps_of(one)})


def current(ask: Any) -> Task:
    return Task.objects.get(pk=ask.task_id)


def test_asking_gives_no_right_on_the_record(
    patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    assert not Grant.objects.filter(grantee_id__in=[saad.id, helper.grantee_id]).exists()
    task = current(ask)
    assert task.patient_id is None
    assert patient.regional_identity.birth_name not in f"{task.title}{task.reason}{task.details}"


def test_an_agency_reads_the_name_and_the_address_once_it_holds_a_visit(
    patient: Any, *, social: Any, saad: Any, helper: Any, as_actor: Any
) -> None:
    name = patient.regional_identity.birth_name
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    with as_actor(actor_of(helper)):
        known = queries.known(ask.task_id)
        assert known is not None
        assert (known.city, known.is_held, known.address, known.birth_name) == (
            "Cayenne",
            False,
            "",
            "",
        )
        assert known.access_notes == ""
        assert not HomeReturn.objects.exists()
        assert Visit.objects.count() == 1
        task = Task.objects.get(pk=ask.task_id)
        commands.accept_ask(
            task=task,
            slot_ids=slots_of(ask),
            from_on=legal_day(leaving(2)),
            expected_version=task.version,
        )
        known = queries.known(ask.task_id)
        assert known is not None
        assert known.is_held
        assert known.address == "4 rue des Manguiers"
        assert known.birth_name == name
        assert not HomeReturn.objects.exists()
    with acting(actor_of(social)):
        commands.release(home_return=one, ask_id=ask.id)
    with as_actor(actor_of(helper)):
        assert queries.known(ask.task_id) is None


def test_once_the_return_is_closed_the_address_is_no_longer_read(
    patient: Any, *, social: Any, saad: Any, helper: Any, as_actor: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    accepted(ask, helper)
    with acting(actor_of(social)):
        commands.close_return(
            home_return=fresh(one), code="settled", expected_version=fresh(one).version
        )
    with as_actor(actor_of(helper)):
        known = queries.known(ask.task_id)
        assert known is not None
        assert (known.is_held, known.address, known.birth_name) == (False, "", "")


def test_nobody_else_reads_what_was_asked(
    patient: Any, social: Any, saad: Any, carer: Any, as_actor: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    for who in (carer, member(PatientFactory(), "nurse")):
        with as_actor(actor_of(who)):
            assert queries.known(ask.task_id) is None
            for model in (Visit, Slot, AskedVisit, HomeReport, HomeReturn, type(ask)):
                assert not model._default_manager.exists(), model


def test_the_circle_reads_it_all(patient: Any, social: Any, saad: Any, as_actor: Any) -> None:
    one = opened(patient.pk, social, MEAL)
    asked(one, social, saad)
    with as_actor(actor_of(member(patient, "physician"))):
        assert HomeReturn.objects.count() == Visit.objects.count() == 1
        assert queries.asks(one)[0].agency_name == saad.name


def test_an_agency_writes_nothing_that_is_not_its_own(
    patient: Any, *, social: Any, saad: Any, ssiad: Any, helper: Any, carer: Any, as_actor: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    mine, theirs = asked(one, social, saad, ssiad)
    accepted(theirs, carer)
    with as_actor(actor_of(helper)), connection.cursor() as cursor:
        for sql in (
            f"update home_slot set ask_id = '{mine.id}'",
            "update home_visit set minutes = 5",
            f"update home_ask set note = 'x' where id = '{theirs.id}'",
            "update home_return set city = 'x'",
        ):
            cursor.execute(sql)
            assert cursor.rowcount == 0, sql
        with pytest.raises(Exception, match="row-level security"), transaction.atomic():
            cursor.execute(
                "insert into home_slot (id, visit_id, weekday, taken_by, retained_by)"
                " select gen_random_uuid(), id, 6, '', '' from home_visit"
            )


def test_a_refused_person_s_opposition_closes_what_was_asked(
    patient: Any, *, social: Any, saad: Any, helper: Any, as_actor: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    Denial.objects.create(
        patient=patient,
        grantee_id=saad.id,
        source_id=uuid7(),
        valid_from=timezone.now() - timedelta(minutes=5),
    )
    with as_actor(actor_of(helper)):
        assert queries.known(ask.task_id) is None
        assert not Visit.objects.exists()
    with acting(actor_of(social)), pytest.raises(SupportRefusedError, match="opposed"):
        asked(one, social, saad)


def test_part_of_a_week_is_taken_later_and_the_gap_is_said(
    patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL, WASHING)
    ask = asked(one, social, saad)[0]
    assert states(one) == []
    accepted(ask, helper, "meal", from_on=legal_day(leaving(6)))
    assert states(one) == [LATE, NOBODY]
    assert Slot.objects.filter(ask=ask).count() == 7
    assert current(ask).state == "accepted"
    event = Event.objects.filter(kind="task.told.home_support.ask", payload__tells=["requester"])
    assert event.exists()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"slot_ids": []}, "slots"),
        ({"slot_ids": [uuid7()]}, "slots"),
        ({"from_on": timezone.localdate() - timedelta(days=9)}, "from"),
        ({"from_on": timezone.localdate() + timedelta(days=400)}, "from"),
    ],
)
def test_what_an_agency_cannot_answer(
    patient: Any, *, social: Any, saad: Any, helper: Any, given: Any, reason: str
) -> None:
    ask = asked(opened(patient.pk, social, MEAL), social, saad)[0]
    values = {"slot_ids": slots_of(ask), "from_on": timezone.localdate()} | given
    with acting(actor_of(helper)), pytest.raises(SupportRefusedError, match=reason):
        commands.accept_ask(task=current(ask), expected_version=current(ask).version, **values)
    assert not Slot.objects.filter(ask__isnull=False).exists()


def test_a_visit_that_another_agency_took_is_not_taken_again(
    patient: Any, *, social: Any, saad: Any, ssiad: Any, helper: Any, carer: Any
) -> None:
    first, second = asked(opened(patient.pk, social, MEAL), social, saad, ssiad)
    accepted(first, helper, days=(0, 1))
    with pytest.raises(SupportRefusedError, match="taken"):
        accepted(second, carer)
    accepted(second, carer, days=(2, 3, 4, 5, 6))
    held = Slot.objects.order_by("weekday").values_list("ask__agency_name", flat=True)
    assert list(held) == [saad.name] * 2 + [ssiad.name] * 5


def test_the_engine_alone_accepts_nothing(
    patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    task = current(asked(opened(patient.pk, social, MEAL), social, saad)[0])
    with acting(actor_of(helper)), pytest.raises(TaskRefusedError) as refused:
        move_task(task=task, transition="accept", expected_version=task.version)
    assert refused.value.code == "guard"


def test_the_hospital_confirms_then_releases_and_asks_another_in_one_tap(
    patient: Any, *, social: Any, saad: Any, ssiad: Any, helper: Any, carer: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    with acting(actor_of(social)), pytest.raises(SupportRefusedError, match="free"):
        commands.retain(home_return=one, ask_id=ask.id)
    accepted(ask, helper)
    with acting(actor_of(social)):
        assert commands.retain(home_return=one, ask_id=ask.id) == 7
        with pytest.raises(SupportRefusedError, match="free"):
            commands.retain(home_return=one, ask_id=ask.id)
        assert commands.release(home_return=one, ask_id=ask.id) == 7
    assert current(ask).state == "withdrawn"
    assert states(one) == [NOBODY]
    other = asked(one, social, ssiad)[0]
    accepted(other, carer)
    assert states(one) == []


def test_the_same_visits_are_not_asked_twice_of_an_agency_that_has_not_answered(
    patient: Any, social: Any, saad: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    asked(one, social, saad)
    with pytest.raises(SupportRefusedError, match="asked"):
        asked(one, social, saad)


def test_a_closed_structure_is_not_asked(patient: Any, social: Any, saad: Any) -> None:
    one = opened(patient.pk, social, MEAL)
    saad.is_closed = True
    with pytest.raises(SupportRefusedError, match="agency"):
        asked(one, social, saad)


def test_a_question_is_answered_then_the_agency_refuses_with_its_reason(
    patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    with acting(actor_of(helper)):
        commands.question_ask(
            task=current(ask), text="Y a-t-il un ascenseur ?", expected_version=current(ask).version
        )
    assert current(ask).state == "more"
    with acting(actor_of(social)):
        commands.reply_ask(home_return=one, ask_id=ask.id, text="Oui, au premier.")
    assert current(ask).state == "sent"
    with acting(actor_of(helper)), pytest.raises(SupportRefusedError, match="code"):
        commands.refuse_ask(
            task=current(ask), code="nothing", expected_version=current(ask).version
        )
    with acting(actor_of(helper)):
        commands.refuse_ask(task=current(ask), code="full", expected_version=current(ask).version)
    assert current(ask).state == "refused"
    assert states(one) == [NOBODY]
    with acting(actor_of(helper)), pytest.raises(AccessRefusedError):
        commands.question_ask(
            task=current(ask), text="Et la clé ?", expected_version=current(ask).version
        )


def test_an_agency_that_can_no_longer_come_gives_back(
    patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    accepted(ask, helper)
    with acting(actor_of(helper)):
        commands.give_back(task=current(ask), code="staff", expected_version=current(ask).version)
    assert current(ask).state == "refused"
    assert states(one) == [NOBODY]


def test_what_was_asked_is_withdrawn(patient: Any, social: Any, saad: Any, helper: Any) -> None:
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    with acting(actor_of(social)):
        commands.withdraw_ask(home_return=one, ask_id=ask.id)
        with pytest.raises(SupportRefusedError, match="ask"):
            commands.withdraw_ask(home_return=one, ask_id=uuid7())
    assert current(ask).state == "withdrawn"
    with acting(actor_of(helper)), pytest.raises(AccessRefusedError):
        commands.refuse_ask(task=current(ask), code="full", expected_version=current(ask).version)


def test_an_agency_that_holds_something_is_released_before_it_is_withdrawn(
    patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    accepted(ask, helper)
    with acting(actor_of(social)), pytest.raises(TaskRefusedError, match="libérez-les"):
        commands.withdraw_ask(home_return=one, ask_id=ask.id)


def at_home(patient: Any, social: Any, saad: Any, helper: Any) -> tuple[HomeReturn, Any, Visit]:
    """Somebody home since yesterday, whom an agency should have visited."""
    one = opened(patient.pk, social, MEAL, leaving_at=leaving(-1, 8))
    ask = asked(one, social, saad)[0]
    accepted(ask, helper, from_on=legal_day(leaving(-1)))
    return one, ask, Visit.objects.get()


def test_the_agency_says_that_it_began(patient: Any, social: Any, saad: Any, helper: Any) -> None:
    one, ask, visit = at_home(patient, social, saad, helper)
    today = timezone.localdate()
    with acting(actor_of(helper)):
        made = commands.report_start(task=current(ask), visit_id=visit.id, day=today)
        again = commands.report_start(task=current(ask), visit_id=visit.id, day=today)
        assert (made.kind, made.id) == ("started", again.id)
        with pytest.raises(SupportRefusedError, match="day"):
            commands.report_start(
                task=current(ask), visit_id=visit.id, day=today + timedelta(days=1)
            )
        with pytest.raises(SupportRefusedError, match="visit"):
            commands.report_start(task=current(ask), visit_id=uuid7(), day=today)
    assert [row.kind for row in queries.reports(one)] == ["started"]


@pytest.mark.parametrize("who", ["person", "proxy", "doctor"])
def test_the_person_a_relative_or_the_circle_says_that_nobody_came(
    patient: Any, *, social: Any, saad: Any, helper: Any, as_actor: Any, who: str
) -> None:
    one, _, visit = at_home(patient, social, saad, helper)
    user = {"person": person_of, "proxy": proxy_of}.get(who, lambda of: member(of, "physician"))(
        patient
    )
    with as_actor(actor_of(user)):
        made = commands.report_missed(
            home_return=one, visit_id=visit.id, day=timezone.localdate(), note="Attendu en vain"
        )
        again = commands.report_missed(
            home_return=one, visit_id=visit.id, day=timezone.localdate(), note="Encore"
        )
    assert (made.kind, made.agency_name, again.id) == ("missed", saad.name, made.id)
    assert Event.objects.filter(kind="home_support.missed").count() == 1
    told = Event.objects.get(kind="home_support.absent").payload["told"]
    assert told == [str(saad.id)]


def test_what_a_person_says_of_one_agency_is_not_read_by_another(
    patient: Any, *, social: Any, saad: Any, ssiad: Any, helper: Any, carer: Any, as_actor: Any
) -> None:
    one, first, visit = at_home(patient, social, saad, helper)
    with acting(actor_of(person_of(patient))):
        commands.report_missed(
            home_return=one, visit_id=visit.id, day=timezone.localdate(), note="Seul à table"
        )
    with as_actor(actor_of(helper)):
        known = queries.known(first.task_id)
        assert known is not None
        assert [row.note for row in queries.asked_reports(known)] == ["Seul à table"]
    with acting(actor_of(social)):
        commands.release(home_return=one, ask_id=first.id)
    second = asked(one, social, ssiad)[0]
    with as_actor(actor_of(carer)):
        known = queries.known(second.task_id)
        assert known is not None
        assert (known.unit, known.age is None) == ("", False)
        assert queries.asked_reports(known) == []
        assert not HomeReport.objects.exists()
    with as_actor(actor_of(helper)):
        assert not HomeReport.objects.exists()


def test_an_agency_confirms_nothing_itself(
    patient: Any, *, social: Any, saad: Any, ssiad: Any, helper: Any, as_actor: Any
) -> None:
    mine, _ = asked(opened(patient.pk, social, MEAL), social, saad, ssiad)
    accepted(mine, helper)
    with as_actor(actor_of(helper)), connection.cursor() as cursor:
        with pytest.raises(Exception, match="row-level security"), transaction.atomic():
            cursor.execute("update home_slot set retained_at = now()")
        assert set(AskedVisit.objects.values_list("ask_id", flat=True)) == {mine.id}


def test_an_agency_that_gave_back_reads_nothing_more(
    patient: Any, *, social: Any, saad: Any, helper: Any, as_actor: Any
) -> None:
    ask = asked(opened(patient.pk, social, MEAL), social, saad)[0]
    accepted(ask, helper)
    with as_actor(actor_of(helper)):
        commands.give_back(task=current(ask), code="staff", expected_version=current(ask).version)
        assert queries.known(ask.task_id) is None
        for model in (Visit, Slot, AskedVisit, HomeReport):
            assert not model._default_manager.exists(), model


def test_a_closed_return_is_read_by_its_agencies_for_thirty_days(
    patient: Any, *, social: Any, saad: Any, helper: Any, as_actor: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    accepted(ask, helper)
    with acting(actor_of(social)):
        commands.close_return(
            home_return=fresh(one), code="settled", expected_version=fresh(one).version
        )
    long_ago = timezone.now() - timedelta(days=31)
    HomeReturn.objects.filter(pk=one.pk).update(ended_at=long_ago)
    with as_actor(actor_of(helper)):
        assert queries.known(ask.task_id) is None
        assert not Visit.objects.exists()


def test_what_comes_once_is_not_taken_for_a_later_day(
    patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    bed = commands.Line("equipment", MEAL.starts, 60, (), "equipment", once_on=leaving(2).date())
    ask = asked(opened(patient.pk, social, bed), social, saad)[0]
    with pytest.raises(SupportRefusedError, match="once"):
        accepted(ask, helper, from_on=legal_day(leaving(3)))
    accepted(ask, helper, from_on=legal_day(leaving(1)))


def test_an_opposed_agency_covers_nothing_any_more(
    patient: Any, *, social: Any, saad: Any, helper: Any, as_actor: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    accepted(asked(one, social, saad)[0], helper)
    assert states(one) == []
    Denial.objects.create(
        patient=patient,
        grantee_id=saad.id,
        source_id=uuid7(),
        valid_from=timezone.now() - timedelta(minutes=5),
    )
    for user in (social, member(patient, "physician"), person_of(patient)):
        with as_actor(actor_of(user)):
            assert states(one) == [NOBODY]


def test_those_who_have_nothing_left_to_take_are_told_once_all_is_confirmed(
    patient: Any, *, social: Any, saad: Any, ssiad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    first, second = asked(one, social, saad, ssiad)
    accepted(first, helper)
    assert current(second).state == "sent"
    with acting(actor_of(social)):
        commands.retain(home_return=one, ask_id=first.id)
    assert current(second).state == "withdrawn"
    told = Event.objects.get(kind="home_support.withdrawn").payload["told"]
    assert told == [str(ssiad.id)]


def test_what_an_agency_took_does_not_end_while_the_return_goes_on(
    patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    ask = asked(opened(patient.pk, social, MEAL), social, saad)[0]
    accepted(ask, helper)
    with acting(actor_of(social)), pytest.raises(TaskRefusedError) as refused:
        move_task(task=current(ask), transition="end", expected_version=current(ask).version)
    assert refused.value.code == "guard"


@pytest.mark.parametrize("who", ["person", "proxy", "doctor"])
def test_the_circle_reads_whose_answer_is_awaited(
    patient: Any, *, social: Any, saad: Any, as_actor: Any, who: str
) -> None:
    one = opened(patient.pk, social, MEAL)
    asked(one, social, saad)
    user = {"person": person_of, "proxy": proxy_of}.get(who, lambda of: member(of, "physician"))(
        patient
    )
    with as_actor(actor_of(user)):
        assert {row.awaited for row in queries.passages([one.id])[one.id]} == {(saad.name,)}
        assert [row.agency_name for row in queries.asks(one)] == [saad.name]


def test_who_is_not_expected_is_not_missed(
    patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    one, _, visit = at_home(patient, social, saad, helper)
    with acting(actor_of(social)), pytest.raises(SupportRefusedError, match="visit"):
        commands.report_missed(
            home_return=one, visit_id=visit.id, day=timezone.localdate() - timedelta(days=5)
        )
    with acting(actor_of(worker(saad, "nurse"))), pytest.raises(AccessRefusedError):
        commands.report_missed(home_return=one, visit_id=visit.id, day=timezone.localdate())


def test_an_agency_that_comes_says_another_day_and_a_word(
    patient: Any, *, social: Any, saad: Any, helper: Any, as_actor: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    accepted(ask, helper)
    with acting(actor_of(social)):
        commands.retain(home_return=one, ask_id=ask.id)
    day = legal_day(leaving(5))
    with as_actor(actor_of(helper)):
        given: dict[str, Any] = {"task": current(ask), "expected_version": current(ask).version}
        commands.adjust_ask(**given, from_on=day, note="Une personne absente")
        again: dict[str, Any] = {"task": current(ask), "expected_version": current(ask).version}
        with pytest.raises(SupportRefusedError, match="same"):
            commands.adjust_ask(**again, from_on=day)
    assert set(Slot.objects.values_list("from_on", "retained_at")) == {(day, None)}
    assert states(one) == [LATE]
    assert Event.objects.filter(kind="home_support.adjusted", payload__ask=str(ask.id)).exists()


def test_what_an_opposed_agency_had_is_free_and_withdrawn(
    patient: Any, *, social: Any, saad: Any, ssiad: Any, helper: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    first, second = asked(one, social, saad, ssiad)
    accepted(first, helper)
    deny(patient_id=patient.pk, grantee_id=saad.id, source_id=uuid7())
    with acting(SYSTEM):
        assert follow_denials(patient_id=patient.pk, grantees=[saad.id, ssiad.id]) == 1
        assert follow_denials(patient_id=patient.pk, grantees=[saad.id]) == 0
    assert not Slot.objects.filter(ask__isnull=False).exists()
    assert (current(first).state, current(second).state) == ("withdrawn", "sent")
    assert Event.objects.filter(kind="home_support.withdrawn").count() == 1
