"""The line that the reading of a patient's page leaves, once for a page that refreshes itself."""

import time
from uuid import UUID

from django.http import HttpRequest

from enrs.core.access.gate import Opening
from enrs.core.audit.commands import note

QUIET_SECONDS = 15 * 60
"""A page that refreshes itself leaves no new line within this time of the last one."""
MARK_SECONDS = 60
"""The session keeps when a page was read to this nearest: a mark as young is not written again."""


def opening_of(request: HttpRequest) -> Opening:
    """What the gate found for this patient-scoped request."""
    return request.opening  # type: ignore[attr-defined]


def note_reading(
    request: HttpRequest,
    action: str,
    kind: str,
    object_id: UUID | str = "",
    *,
    is_part: bool = False,
) -> None:
    """The line of a reading; a live refresh, or a part of a page, soon after it leaves none."""
    opening = opening_of(request)
    seen = request.session.get("readings", {})
    key, now = f"{opening.patient_id}/{kind}/{object_id}", int(time.time())
    age = now - seen.get(key, 0)
    is_quiet = is_part or bool(getattr(request, "htmx", False))
    if is_quiet and age < QUIET_SECONDS:
        return
    if age >= MARK_SECONDS:
        recent = {name: at for name, at in seen.items() if now - at < QUIET_SECONDS}
        request.session["readings"] = recent | {key: now}
    note(
        action,
        patient_id=opening.patient_id,
        object_kind=kind,
        object_id=object_id,
        purpose=opening.decision.reason,
    )
