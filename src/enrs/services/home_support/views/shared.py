"""What the pages of a return have in common: refusals in words, looks of states, the grid of a week."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from enrs.core.access.gate import Opening
from enrs.core.access.permissions import patient_permission
from enrs.core.access.rules import WRITE
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.patient_page import patient_page
from enrs.core.workflow.commands import TaskRefusedError
from enrs.services.home_support import queries
from enrs.services.home_support.commands import SupportRefusedError
from enrs.services.home_support.commands.shared import CATEGORY
from enrs.services.home_support.forms import REFUSALS
from enrs.services.home_support.models import HomeReturn
from enrs.services.home_support.rules import sentences, week, words

READS = patient_permission(CATEGORY)
WRITES = patient_permission(CATEGORY, WRITE)
FARTHEST = timedelta(days=730)
"""Weeks further from the discharge are not shown."""
STALE = "Quelqu’un a modifié ce retour entre-temps : relisez-le, puis recommencez."

LOOKS = {
    week.COVERED: ("sur", "Confirmé", "check-circle-fill"),
    week.TAKEN: ("information", "Pris, à confirmer", "person-check"),
    week.AWAITED: ("attention", "Réponse attendue", "hourglass-split"),
    week.LATE: ("alerte", "Personne ce jour-là", "exclamation-triangle-fill"),
    week.NOBODY: ("alerte", "Personne", "exclamation-octagon-fill"),
}
"""Tone, word and icon of a visit on a day."""


def page(
    request: HttpRequest, name: str, context: dict[str, Any], *, reading: str = ""
) -> HttpResponse:
    """A page of the record, under the tab of the return."""
    return patient_page(
        request, f"home_support/{name}.html", context, panel="home_support", reading=reading
    )


def is_person(opening: Opening) -> bool:
    """Whether the reader is the person or stands for them."""
    return opening.decision.role in ("patient", "proxy")


def return_or_404(patient_id: UUID, return_id: UUID) -> HomeReturn:
    """The return of this address."""
    found = queries.find(patient_id, return_id)
    if found is None:
        raise Http404
    return found


REFUSED = (SupportRefusedError, TaskRefusedError, StaleSaveError)


def sentence_of(error: Exception) -> str:
    """A refusal in words that say what to do; the engine's have theirs."""
    if isinstance(error, StaleSaveError):
        return STALE
    if isinstance(error, SupportRefusedError):
        return REFUSALS.get(error.reason, "Cet acte n’est pas possible.")
    return str(error)


@contextmanager
def refusals_on(form: Form) -> Iterator[None]:
    """A command's refusal becomes the form's own error; a refusal of access stays one, the gate answers it."""
    try:
        yield
    except REFUSED as error:
        form.add_error(None, sentence_of(error))


def renew(form: Form, version: int) -> None:
    """A refused form carries the version that its page shows: the same form again is not stale for ever."""
    given: Any = form.data
    given = given.copy()
    given["version"] = str(version)
    form.data = given


@contextmanager
def refusals_told(request: HttpRequest) -> Iterator[None]:
    """A command's refusal becomes a message on the next page."""
    try:
        yield
    except REFUSED as error:
        messages.error(request, sentence_of(error))


@dataclass(frozen=True, slots=True)
class Shown:
    """One visit on one day, as the grid and the list of the phone show it."""

    visit_id: UUID
    label: str
    clock: str
    minutes: str
    tone: str
    word: str
    icon: str
    who: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the week: its name, whether it is before the discharge, its visits."""

    day: date
    name: str
    is_before: bool
    is_leaving: bool
    visits: tuple[Shown, ...]


def days_of(passages: Sequence[week.Passage], found: HomeReturn, monday: date) -> list[Day]:
    """The seven days of a week, the discharge counted."""
    leaving = queries.local(found.leaving_at)
    cells = week.cells(passages, leaving=leaving, first=monday, days=7)
    days = [monday + timedelta(days=rank) for rank in range(7)]
    return [
        Day(
            one, sentences.day(one), one < leaving.date(), one == leaving.date(),
            tuple(_shown(cell) for cell in cells if cell.day == one),
        )
        for one in days
    ]  # fmt: skip


def rows_of(days: Sequence[Day]) -> list[tuple[str, list[list[Shown]]]]:
    """The grid: each hour at which somebody comes in the week, then what is there on each day."""
    clocks = {one.clock: None for day in days for one in day.visits}
    ordered = sorted(clocks, key=lambda text: tuple(int(part or 0) for part in text.split(" h")))
    return [
        (clock, [[one for one in day.visits if one.clock == clock] for day in days])
        for clock in ordered
    ]


def _shown(cell: week.Cell) -> Shown:
    tone, word, icon = LOOKS[cell.state]
    one = cell.passage
    who = one.agency
    if cell.state == week.LATE and one.from_on:
        who = f"{one.agency} à partir du {sentences.day(one.from_on)}"
    elif cell.state == week.AWAITED:
        who = ", ".join(one.awaited)
    return Shown(
        one.visit_id, one.label, sentences.clock(one.starts), words.minutes_words(one.minutes), tone, word, icon, who
    )  # fmt: skip


def monday_in(text: str, found: HomeReturn) -> date:
    """The week that an address names; that of the discharge, then this one, when it names none."""
    leaving = queries.local(found.leaving_at).date()
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if abs(day - leaving) <= FARTHEST:
            return week.monday_of(day)
    today = queries.local(timezone.now()).date()
    return week.monday_of(max(leaving, today) if found.ended_at is None else leaving)


def week_address(monday: date, weeks: int) -> str:
    """The query that shows another week."""
    return f"?semaine={(monday + timedelta(weeks=weeks)).isoformat()}"


def keys(texts: Sequence[str]) -> list[UUID]:
    """The identifiers that a form carries; what is none is left out."""
    found = []
    for text in texts:
        with suppress(ValueError):
            found.append(UUID(text))
    return found
