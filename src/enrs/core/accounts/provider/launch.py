"""The one person of an application's `patient/…` scopes: one's own record, or one chosen among those one follows.

Source: SMART App Launch 2.2, standalone launch with `launch/patient`: the server has the user choose, and the
answer to the code holds `patient`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import open_patient
from enrs.core.access.permissions import patient_permission
from enrs.core.subjects.persons import Followed, followed

READ_IDENTITY = patient_permission("identity")
SEARCH, FIELD = "personne", "patient"
SHOWN = 12
"""People of the list: beyond, a name is typed."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page of consent shows to choose from; `asked` are the parameters that a search sends again.

    `is_alone`: the application asks for nothing of the other records.
    """

    text: str
    people: Sequence[Followed]
    has_more: bool
    picked: str
    asked: Sequence[tuple[str, str]]
    is_alone: bool


def only_person() -> UUID | None:
    """The one person whom a patient or a relative may open; a professional always says whom they mean."""
    if current_actor().kind != "person":
        return None
    found = followed("", 2)
    return found[0].patient_id if len(found) == 1 else None


def choice(request: HttpRequest, scopes: Sequence[str]) -> Choice:
    """Those whom the person follows, as they search."""
    text = request.GET.get(SEARCH, "").strip()[:100]
    found = followed(text, SHOWN + 1)
    asked = [(name, str(value)) for name, value in request.GET.items() if name != SEARCH]
    is_alone = not any(one.startswith("user/") for one in scopes)
    picked = request.POST.get(FIELD, "")
    return Choice(text, found[:SHOWN], len(found) > SHOWN, picked, asked, is_alone)


def chosen(request: HttpRequest) -> UUID | None:
    """The person who is to be opened, when the one access decision lets the actor read them; None else.

    A refusal leaves its line.
    """
    only = only_person()
    if only is not None:
        return only
    try:
        wanted = UUID(request.POST.get(FIELD, ""))
    except ValueError:
        return None
    return wanted if open_patient(READ_IDENTITY, wanted).decision.allowed else None
