"""Invented lines of the journal, with the moments of their acts; they are hashed and sealed as all others."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.audit.commands import insert_lines
from enrs.core.audit.rules import Line, plain
from enrs.core.demo import Rows, key


def past_line(
    action: str,
    *,
    actor: Actor,
    at: datetime,
    patient_id: UUID | None = None,
    object_kind: str = "",
    object_id: UUID | str = "",
    purpose: str = "",
    reason: str = "",
) -> Line:
    """The line that an act by this actor would have left at that moment."""
    return Line(
        id=key(at),
        at=at,
        action=action,
        outcome="done",
        actor_id=actor.user_id,
        actor_name=plain(actor.name),
        actor_role=actor.role,
        organisation_id=actor.organisation_id,
        patient_id=patient_id,
        patient_ids=(),
        object_kind=object_kind,
        object_id=plain(str(object_id)),
        purpose=purpose,
        reason=plain(reason),
        channel=actor.channel,
        details="",
    )


def keep_lines(rows: Rows, lines: Sequence[Line]) -> None:
    """Write lines with the other rows."""
    rows.publish(partial(insert_lines, lines))
