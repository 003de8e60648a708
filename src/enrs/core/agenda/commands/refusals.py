"""Why an act on an agenda is refused, and the guards that refuse it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError
from psycopg.errors import ExclusionViolation, UniqueViolation

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.agenda import queries, rules
from enrs.core.agenda.models import Agenda, Appointment
from enrs.core.effects import act

MAX_TITLE, MAX_COMMENT = 200, 4_000


class AgendaRefusedError(Exception):
    """The act is refused; `reason` is a code whose sentence the pages hold."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PeriodTakenError(AgendaRefusedError):
    """Something else stands there: nobody is told what, `start` alone says which hour."""

    def __init__(self, start: datetime, *, is_external: bool = False) -> None:
        super().__init__("busy" if is_external else "taken")
        self.start = start


@contextmanager
def one_at_a_time(start: datetime) -> Iterator[None]:
    """The database's refusal of a second booking, as ours; the caller's act goes on."""
    try:
        with act(savepoint=True):
            yield
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation | UniqueViolation):
            raise PeriodTakenError(start) from error
        raise


def demand_agenda(agenda: Agenda) -> None:
    """Refuse who may not write in an agenda."""
    if queries.level_on(agenda) < rules.WRITE:
        raise AccessRefusedError("agenda")


def demand_person(patient_id: object) -> None:
    """Refuse who may not write in the agenda of a person's record."""
    if current_actor().kind == "system":
        return
    decision = may(access_rules.WRITE, "agenda", patient_id=patient_id)  # type: ignore[arg-type]
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)


def demand_appointment(row: Appointment) -> None:
    """Refuse who may not change an appointment: its person's circle, else its agenda's holders."""
    if row.patient_id:
        demand_person(row.patient_id)
    elif row.agenda:
        demand_agenda(row.agenda)


def checked_period(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """A period that may be booked."""
    fault = rules.fault_of_period(start, end)
    if fault:
        raise AgendaRefusedError(fault)
    return start, end


def checked_words(kind: str, title: str, place: str, comment: str) -> dict[str, str]:
    """The words of an appointment, cleaned; refused when unknown or too long."""
    if kind not in rules.KINDS:
        raise AgendaRefusedError("kind")
    words = {
        "kind": kind,
        "title": title.strip(),
        "place": place.strip(),
        "comment": comment.strip(),
    }
    is_long = len(words["title"]) > MAX_TITLE or len(words["place"]) > MAX_TITLE
    if is_long or len(words["comment"]) > MAX_COMMENT:
        raise AgendaRefusedError("long")
    if any("\x00" in one for one in words.values()):
        raise AgendaRefusedError("kind")
    return words
