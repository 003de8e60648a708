"""Invented returns home: one with gaps before a discharge, one answered « à partir du », one home, one ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from enrs.core.demo import Patient, Rows, Someone, by_day, key
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.questionnaires.demo import answer_form
from enrs.core.questionnaires.models import Form
from enrs.core.workflow.demo import Move, Teller
from enrs.core.workflow.models import Task
from enrs.services.home_support import needs
from enrs.services.home_support.flows import ASK, RETURN, SUBJECT
from enrs.services.home_support.models import (
    Ask,
    AskedVisit,
    HomeReport,
    HomeReturn,
    Slot,
    Visit,
)

NEEDS: Final = (
    ["washing", "meal", "medicines", "bedtime"],
    ["getting_up", "washing", "meal_delivery", "housework"],
    ["washing", "nursing", "shopping"],
)
STORIES: Final = ("gaps", "late", "waiting", "home", "question", "ended")
"""What has become of a return: see `_asks`."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """One return: of whom, to which home, whom to call, in how many days (past when negative), its story."""

    patient: Patient
    story: str
    days: int
    address: str
    postal_code: str
    city: str
    contact: tuple[str, str, str] = ("", "", "")
    unit: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Crew:
    """Who prepares, and the agencies: a place and somebody who answers there, or nobody."""

    social: Someone
    agencies: Sequence[tuple[Someone, Someone | None]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one agency was asked: which kinds of visits, what it answered, from how many days after the discharge."""

    rank: int
    kinds: tuple[str, ...]
    answer: str = ""
    after: int = 0
    is_retained: bool = False


_ASKS: Final[dict[str, tuple[_Asked, ...]]] = {
    "gaps": (_Asked(0, ("washing",), "accept", 2, is_retained=True), _Asked(1, ("meal", "meal_delivery"), "refuse")),
    "late": (_Asked(0, ("washing", "nursing", "medicines"), "accept", 3), _Asked(1, ("meal", "housework"))),
    "waiting": (_Asked(0, ("washing",)), _Asked(1, ("washing", "shopping", "getting_up"))),
    "home": (
        _Asked(0, ("washing", "nursing"), "accept", 0, is_retained=True),
        _Asked(1, ("shopping", "meal"), "accept", 0, is_retained=True),
    ),
    "question": (_Asked(0, ("washing", "meal"), "ask"),),
    "ended": (_Asked(0, ("washing", "nursing"), "accept", 0, is_retained=True),),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Stage:
    """What every return of the scene shares."""

    rows: Rows
    crew: Crew
    form: Form
    now: datetime


def fill(rows: Rows, *, leavings: Sequence[Leaving], crew: Crew, now: datetime) -> None:
    """Write these returns with their weeks; the first agencies of the crew are asked."""
    form = Form.objects.get(name=needs.FORM, status=Form.Status.PUBLISHED)
    for rank, one in enumerate(leavings):
        _return(_Stage(rows, crew, form, now), one, NEEDS[rank % len(NEEDS)])


def _return(stage: _Stage, one: Leaving, codes: list[str]) -> None:
    rows, crew, now = stage.rows, stage.crew, stage.now
    leaving = now.replace(hour=14, minute=30, second=0, microsecond=0) + timedelta(days=one.days)
    opened = by_day(min(now - timedelta(hours=26), leaving - timedelta(days=3)), now)
    by, is_home = crew.social, one.story in ("home", "ended")
    answer = answer_form(
        rows, form=stage.form, by=by, at=opened + timedelta(minutes=30), patient=one.patient,
        values={"besoins": codes, "seul": True, "aidant": "Une voisine passe le matin."},
    )  # fmt: skip
    return_id = key(opened)
    name, link, phone = one.contact
    task = _task(one, by, return_id, opened, leaving)
    moves = [Move("arrive", leaving + timedelta(hours=1), by)] if is_home else []
    ended = leaving + timedelta(days=8) if one.story == "ended" else None
    if ended:
        moves.append(Move("close", ended, by, code="settled"))
    Teller(rows, task, now).tell(by, moves)
    held = rows.add(
        HomeReturn(
            id=return_id, patient_id=one.patient.id, identity_id=one.patient.identity_id, recorded_at=opened,
            task=task, leaving_at=leaving, place_id=by.place_id, place_name=by.place_name, unit=one.unit,
            address=one.address, postal_code=one.postal_code, city=one.city, contact_name=name,
            contact_link=link, contact_phone=phone, access_notes=one.notes, needs=needs.words_of(answer),
            answer_id=answer.id, opened_at=opened, home_at=leaving + timedelta(hours=1) if is_home else None,
            ended_at=ended, ended_code="settled" if ended else "",
        )
    )  # fmt: skip
    visits, slots = _week(rows, held, answer, by, opened)
    for asked in _ASKS[one.story]:
        if asked.rank < len(crew.agencies):
            wanted = [row for row in visits if row.kind in asked.kinds]
            if wanted:
                _ask(stage, held, asked, wanted, slots)


def _task(one: Leaving, by: Someone, return_id: Any, opened: datetime, leaving: datetime) -> Task:
    return Task(
        id=key(opened), patient_id=one.patient.id, identity_id=one.patient.identity_id, workflow=RETURN,
        title=f"Retour à domicile, {one.city}"[:200], subject_kind=SUBJECT, subject_id=return_id,
        details={"leaving_at": leaving.isoformat()}, assignee_id=by.grantee_id, assignee_kind="person",
        assignee_name=by.name, opened_at=opened, changed_at=opened, **_requester(by),
    )  # fmt: skip


def _requester(by: Someone) -> dict[str, Any]:
    return {
        "requester_id": by.user_id, "requester_grantee_id": by.grantee_id, "requester_name": by.name,
        "requester_label": by.label, "requester_organisation_id": by.place_id,
        "requester_organisation_name": by.place_name,
    }  # fmt: skip


def _week(
    rows: Rows, held: HomeReturn, answer: Any, by: Someone, opened: datetime
) -> tuple[list[Visit], list[Slot]]:
    """The lines that the needs call for, nobody having them yet."""
    visits, slots = [], []
    for line in needs.proposed(answer, legal_day(held.leaving_at)):
        visit = rows.add(
            Visit(
                id=uuid7(), home_return=held, kind=line["kind"], what=line.get("what", ""),
                provider=line["provider"], starts=line["starts"], minutes=line["minutes"],
                once_on=line.get("once_on"), made_at=opened, made_by=by.name,
            )
        )  # fmt: skip
        visits.append(visit)
        slots += [rows.add(Slot(id=uuid7(), visit=visit, weekday=day)) for day in _days(line)]
    return visits, slots


def _days(line: dict[str, Any]) -> Sequence[int]:
    return [line["once_on"].weekday()] if line.get("once_on") else line["days"]


def _ask(
    stage: _Stage, held: HomeReturn, asked: _Asked, wanted: list[Visit], slots: list[Slot]
) -> None:
    """What one agency was asked and answered; what it took is its own, and confirmed or not."""
    rows, crew, now = stage.rows, stage.crew, stage.now
    place, who = crew.agencies[asked.rank]
    at = held.opened_at + timedelta(hours=1)
    task = Task(
        id=key(at), workflow=ASK, title=f"Aide au retour à domicile, {held.city}"[:200], subject_kind=SUBJECT,
        subject_id=held.id, opened_at=at, changed_at=at,
        details={"leaving_at": held.leaving_at.isoformat(), "city": held.city, "visits": len(wanted)},
        **_requester(crew.social),
    )  # fmt: skip
    teller = Teller(rows, task, now)
    teller.send(place, at)
    answered = at + min(timedelta(hours=5), (now - at) / 2)
    moves = []
    if asked.answer and who is not None:
        said = {
            "refuse": {"code": "full", "reason": "Plus de place en ce moment"},
            "ask": {"reason": "Y a-t-il un ascenseur, et une chambre au rez-de-chaussée ?"},
        }
        moves.append(Move(asked.answer, answered, who, **said.get(asked.answer, {})))
        if held.ended_at and asked.answer == "accept":
            moves.append(Move("end", held.ended_at, crew.social))
    teller.tell(crew.social, moves)
    from_on = legal_day(held.leaving_at) + timedelta(days=asked.after)
    is_taken = asked.answer == "accept" and who is not None
    ask = rows.add(
        Ask(
            id=key(at), home_return=held, task=task, agency_id=place.grantee_id, agency_name=place.name,
            agency_phone=place.phone, asked_at=at, from_on=from_on if is_taken else None,
        )
    )  # fmt: skip
    for visit in wanted:
        rows.add(AskedVisit(id=uuid7(), ask=ask, visit=visit))
    if is_taken and who is not None:
        for slot in slots:
            if slot.visit in wanted and slot.ask is None:
                _hold(slot, ask, who.name, answered)
                if asked.is_retained:
                    slot.retained_at = answered + timedelta(minutes=20)
                    slot.retained_by = crew.social.name
        if held.home_at:
            rows.add(_report(wanted[0], ask, who, held, from_on))


def _hold(slot: Slot, ask: Ask, by: str, at: datetime) -> None:
    slot.ask, slot.from_on, slot.taken_at, slot.taken_by = ask, ask.from_on, at, by


def _report(visit: Visit, ask: Ask, who: Someone, held: HomeReturn, day: date) -> HomeReport:
    return HomeReport(
        id=uuid7(), visit=visit, ask=ask, kind="started", day=day, agency_name=ask.agency_name,
        at=held.leaving_at + timedelta(hours=4), author_id=who.user_id, author_name=who.name,
        author_label=who.label,
    )  # fmt: skip
