"""Opening a return, changing it, saying that the person is home, ending it, handing it to the coordination."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from enrs.core.access.actor import Actor
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.subjects.commands import save_version
from enrs.core.subjects.persons import carrier_of
from enrs.core.ui import filters
from enrs.core.workflow.commands import comment_task, move_task, open_task, set_details, set_due
from enrs.core.workflow.models import Task
from enrs.core.workflow.registry import workflows
from enrs.core.workflow.rules import To
from enrs.services.home_support.commands.shared import (
    MOST_TEXT,
    SupportRefusedError,
    clean,
    demand_keeper,
    demand_preparer,
    locked,
    move,
    tell,
    week_changed,
)
from enrs.services.home_support.flows import RETURN, SUBJECT
from enrs.services.home_support.models import Ask, HomeReturn
from enrs.services.home_support.rules import words

COORDINATION = "coordination.request"
"""The workflow of whoever takes over, known by its name alone: a region without it hands nothing on."""
FARTHEST, OLDEST = timedelta(days=180), timedelta(days=14)
WHERE = (
    "address", "postal_code", "city", "phone", "contact_name", "contact_link", "contact_phone", "access_notes",
)  # fmt: skip
"""What an agency that comes must know again when it changes."""
STANDING = ("sent", "more", "accepted")
"""The states of what is asked in which an agency is still concerned."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of a return: when, to which home, whom to call, how to come in."""

    leaving_at: datetime
    address: str
    city: str
    postal_code: str = ""
    unit: str = ""
    phone: str = ""
    contact_name: str = ""
    contact_link: str = ""
    contact_phone: str = ""
    access_notes: str = ""


def open_return(*, patient_id: UUID, facts: Facts, is_agreed: bool) -> HomeReturn:
    """Open the return home of somebody who is to leave the hospital; the actor has it in hand.

    `is_agreed`: the person, or who represents them, knows what is sent to agencies and agrees (L1110-4 III).

    Raises:
        AccessRefusedError: not a profession that prepares returns, or not of this record.
        SupportRefusedError: `agreed`, `leaving`, `address`, `long`, `open` (one stands already).
    """
    by = demand_preparer(patient_id)
    if not is_agreed:
        raise SupportRefusedError("agreed")
    values = _checked(facts)
    with act():
        if HomeReturn.objects.filter(
            patient_id=patient_id, ended_at=None, withdrawn_at=None
        ).exists():
            raise SupportRefusedError("open")
        key = uuid7()
        task = open_task(
            workflow=RETURN, patient_id=patient_id, title=_title(values), subject=(SUBJECT, key),
            assignee=_hand(by), due_at=_due(facts.leaving_at), details=_details(facts),
        )  # fmt: skip
        made = HomeReturn(
            id=key, patient_id=patient_id, identity_id=carrier_of(patient_id), task=task,
            place_id=by.organisation_id, place_name=by.organisation_name[:300], opened_at=timezone.now(),
            **values,
        )  # fmt: skip
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError as error:
            raise SupportRefusedError("open") from error
        tell(made, "opened")
    return made


def change_return(*, home_return: HomeReturn, facts: Facts, expected_version: int) -> HomeReturn:
    """Correct what was told; another discharge or another home is told to the agencies concerned.

    Raises:
        AccessRefusedError, StaleSaveError; SupportRefusedError: `ended`, `leaving`, `address`, `long`, `home`
            (the person is home: the discharge does not change any more).
    """
    by = demand_keeper(home_return)
    with act():
        held = locked(home_return, expected_version=expected_version)
        is_moved = facts.leaving_at != held.leaving_at
        values = _checked(facts, is_new=is_moved)
        if is_moved and held.home_at is not None:
            raise SupportRefusedError("home")
        before, city = held.leaving_at, held.city
        is_elsewhere = any(values[name] != getattr(held, name) for name in WHERE)
        for name, value in values.items():
            setattr(held, name, value)
        save_version(held, expected=expected_version, fields=values)
        tell(held, "changed")
        if is_moved:
            _move_leaving(held, before, by)
        if is_elsewhere:
            _move_home(held, city)
    return held


def _move_home(held: HomeReturn, before: str) -> None:
    """Boards follow the town, and agencies are told: of another town all of them, of the rest those who read it."""
    is_moved = held.city != before
    asks = [one for one in standing_asks(held) if is_moved or one.task.state == "accepted"]
    for one in asks:
        task = Task.objects.get(pk=one.task_id)
        said = "L’adresse, l’accès ou qui appeler ont changé\u00a0: relisez la demande."
        if is_moved:
            said = f"La personne rentre maintenant à {held.city} (avant\u00a0: {before})."
            task = set_details(
                task=task, expected_version=task.version, details=task.details | {"city": held.city}
            )
        comment_task(task=task, note=said)
    if asks:
        agencies = sorted({one.agency_id for one in asks})
        tell(held, "where", agencies=agencies, told=[str(one) for one in agencies])


def _move_leaving(held: HomeReturn, before: datetime, by: Actor) -> None:
    """Boards follow the new discharge, the agencies concerned are told, gaps are looked for."""
    said = f"Sortie prévue le {filters.moment(held.leaving_at)} (avant\u00a0: {filters.moment(before)})."
    for task in (held.task, *(one.task for one in standing_asks(held))):
        # The details first: the comment then keeps the boards in the new order.
        current = set_details(
            task=task, expected_version=task.version,
            details=task.details | {"leaving_at": held.leaving_at.isoformat()},
        )  # fmt: skip
        comment_task(task=current, note=said)
    task = Task.objects.get(pk=held.task_id)
    set_due(task=task, due_at=_due(held.leaving_at), expected_version=task.version)
    agencies = [one.agency_id for one in standing_asks(held)]
    tell(held, "moved", agencies=agencies, by=by.name)
    week_changed(held.patient_id, held.id)


def standing_asks(home_return: HomeReturn) -> list[Ask]:
    """What was asked and is not over, under no lock."""
    rows = Ask.objects.filter(home_return=home_return, task__state__in=STANDING)
    return list(rows.select_related("task").order_by("id"))


def arrive_home(*, home_return: HomeReturn, expected_version: int) -> HomeReturn:
    """Say that the person is home; the agencies that come are told.

    Raises:
        AccessRefusedError, StaleSaveError; SupportRefusedError: `ended`, `home` (said already), `early` (the
            discharge is another day: it is corrected first).
    """
    by = demand_keeper(home_return)
    with act():
        held = locked(home_return, expected_version=expected_version)
        if held.home_at is not None:
            raise SupportRefusedError("home")
        if legal_day(held.leaving_at) > legal_day(timezone.now()):
            raise SupportRefusedError("early")
        held.home_at = timezone.now()
        save_version(held, expected=expected_version, fields=["home_at"])
        task = held.task
        if task.due_at is not None:
            task = set_due(task=task, due_at=None, expected_version=task.version)
        move_task(task=task, transition="arrive", expected_version=task.version)
        tell(held, "home", agencies=[one.agency_id for one in standing_asks(held)], by=by.name)
    return held


def not_home(*, home_return: HomeReturn, expected_version: int) -> HomeReturn:
    """Take back that the person is home, said by mistake: the return is prepared again, agencies are told.

    Raises:
        AccessRefusedError, StaleSaveError; SupportRefusedError: `ended`, `not_home` (nobody said it).
    """
    by = demand_keeper(home_return)
    with act():
        held = locked(home_return, expected_version=expected_version)
        if held.home_at is None:
            raise SupportRefusedError("not_home")
        held.home_at = None
        save_version(held, expected=expected_version, fields=["home_at"])
        move_task(task=held.task, transition="not_home", expected_version=held.task.version)
        task = Task.objects.get(pk=held.task_id)
        set_due(task=task, due_at=_due(held.leaving_at), expected_version=task.version)
        tell(held, "moved", agencies=[one.agency_id for one in standing_asks(held)], by=by.name)
    return held


def close_return(
    *, home_return: HomeReturn, code: str, note: str = "", expected_version: int
) -> HomeReturn:
    """End a return: what is asked and not answered is withdrawn, what is held ends, everything stays readable.

    Raises:
        AccessRefusedError, StaleSaveError; SupportRefusedError: `ended`, `code`, `long`.
    """
    demand_keeper(home_return)
    if code not in dict(words.ENDINGS):
        raise SupportRefusedError("code")
    text = clean(note)
    with act():
        held = locked(home_return, expected_version=expected_version)
        held.ended_at, held.ended_code, held.ended_note = timezone.now(), code, text
        # One that was a twin ends as such: the other one alone stays.
        save_version(
            held, expected=expected_version, fields=["ended_at", "ended_code", "ended_note"]
        )
        asks = standing_asks(held)
        for one in asks:
            move(one, "end" if one.task.state == "accepted" else "withdraw")
        task = Task.objects.get(pk=held.task_id)
        move_task(
            task=task, transition="close", reason_code=code, reason=text, expected_version=task.version
        )  # fmt: skip
        told = sorted({str(one.agency_id) for one in asks})
        tell(held, "closed", agencies=[one.agency_id for one in asks], told=told)
        _unmark_twin(held)
    return held


def _unmark_twin(held: HomeReturn) -> None:
    rows = HomeReturn.objects.filter(
        patient_id=held.patient_id, ended_at=None, withdrawn_at=None, is_twin=True
    )
    others = HomeReturn.objects.filter(
        patient_id=held.patient_id, ended_at=None, withdrawn_at=None, is_twin=False
    )
    if not others.exists() and (first := rows.order_by("opened_at", "id").first()):
        HomeReturn.objects.filter(pk=first.pk).update(is_twin=False)


def hand_on(*, home_return: HomeReturn, to: To, need: str) -> Task:
    """Ask a team of coordination to go on: it reads the record while it decides. The return stays as it is.

    The same team again, while its request is open, gives that request.

    Raises:
        AccessRefusedError; SupportRefusedError: `need`, `long`, `ended`, `coordination` (nobody takes such requests).
        TaskRefusedError: the engine refuses (the person opposes this team…).
    """
    demand_keeper(home_return)
    text = clean(need)
    if not text:
        raise SupportRefusedError("need")
    if COORDINATION not in {one.name for one in workflows()}:
        raise SupportRefusedError("coordination")
    with act():
        held = locked(home_return)
        same = Task.objects.filter(
            workflow=COORDINATION, patient_id=held.patient_id, closed_at=None,
            opened_at__gte=held.opened_at, addressees__grantee_id=to.grantee_id,
        )  # fmt: skip
        if known := same.order_by("id").first():
            return known
        made = open_task(
            workflow=COORDINATION, patient_id=held.patient_id, title="Suite d’un retour à domicile",
            reason=text, addressees=[to], details={"origin": "form"}, identity_id=held.identity_id,
        )  # fmt: skip
        tell(held, "handed_on", to=to.name)
    return made


def _checked(facts: Facts, *, is_new: bool = True) -> dict[str, Any]:
    """The columns of what is told (SupportRefusedError `leaving`, `address`, `long`)."""
    now = timezone.now()
    if is_new and not now - OLDEST <= facts.leaving_at <= now + FARTHEST:
        raise SupportRefusedError("leaving")
    values: dict[str, Any] = {}
    for one in fields(facts):
        value = getattr(facts, one.name)
        most = getattr(HomeReturn._meta.get_field(one.name), "max_length", None) or MOST_TEXT
        values[one.name] = clean(value, most) if isinstance(value, str) else value
    if not values["address"] or not values["city"]:
        raise SupportRefusedError("address")
    return values


def _title(values: dict[str, Any]) -> str:
    return f"Retour à domicile, {values['city']}"[:200]


def _details(facts: Facts) -> dict[str, str]:
    return {"leaving_at": facts.leaving_at.isoformat()}


def _due(leaving_at: datetime) -> datetime | None:
    """The discharge as a deadline: whoever prepares is reminded the day before. None once it is past."""
    return leaving_at if leaving_at > timezone.now() else None


def _hand(by: Actor) -> To | None:
    return To(by.grantee_id, by.name, "person", by.label) if by.grantee_id else None
