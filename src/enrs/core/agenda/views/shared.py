"""What the views of the agenda share."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from django.forms import Form
from django.utils import timezone

from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.permissions import role_permission
from enrs.core.access.rules import MATRIX, permits
from enrs.core.agenda.commands import AgendaRefusedError, PeriodTakenError
from enrs.core.agenda.forms import REFUSALS
from enrs.core.moments import legal_day
from enrs.core.ui.french import moment_words

WORKERS = role_permission(
    *(
        role
        for role in MATRIX
        if permits(role, "agenda", "read") and role not in ("patient", "proxy")
    )
)
"""Professionals whose part in a circle lets them read appointments."""
WEEK = re.compile(r"([0-9]{4})-W([0-9]{1,2})")
NOT_ALLOWED = "Vos droits ne permettent pas cet acte."


def monday_of(text: str) -> date:
    """The Monday of an ISO week (`2026-W47`); this week's when the text names none."""
    match = WEEK.fullmatch(text)
    if match:
        try:
            return date.fromisocalendar(int(match[1]), int(match[2]), 1)
        except ValueError:
            pass
    today = legal_day(timezone.now())
    return today - timedelta(days=today.weekday())


def week_name(monday: date) -> str:
    """`2026-W47`, for the addresses."""
    year, number, _ = monday.isocalendar()
    return f"{year:04}-W{number:02}"


def words_of(error: Exception) -> str:
    """A refusal in words."""
    if isinstance(error, PeriodTakenError):
        return f"{REFUSALS[error.reason]} ({moment_words(error.start)})"
    if isinstance(error, AgendaRefusedError):
        return REFUSALS.get(error.reason, "Cette demande ne peut pas être suivie.")
    return NOT_ALLOWED


@contextmanager
def refusals_on(form: Form) -> Iterator[None]:
    """A command's refusal becomes the form's own error."""
    try:
        yield
    except (AgendaRefusedError, AccessRefusedError) as error:
        form.add_error(None, words_of(error))


def attempt(command: Callable[[], object]) -> str:
    """Why an act was refused, in words; nothing when it was done."""
    try:
        command()
    except (AgendaRefusedError, AccessRefusedError) as error:
        return words_of(error)
    return ""
