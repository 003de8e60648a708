"""Putting things on the identity unit's list, and taking off what a later message settled."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands import store
from enrs.referentials.identity.models import WorkItem


def open_work_item(
    *,
    kind: str,
    identity_ids: Sequence[UUID],
    patient_ids: Sequence[UUID],
    evidence: dict[str, Any],
    sender: str = "",
    severity: int | None = None,
    weight: float | None = None,
) -> None:
    """Put something on the identity unit's list; the same thing is never there twice.

    `evidence` holds names of fields, codes and ids: no trait of anybody. `severity` is that of the kind
    (`rules.SEVERITIES`) unless told.
    """
    key = ":".join([kind, *map(str, list(identity_ids)[:3])])
    soon = rules.SEVERITIES.get(kind, 2) if severity is None else severity
    sql, params = store.insert(
        "identity_work_item",
        {
            "id": uuid7(), "kind": kind, "identity_ids": list(identity_ids),
            "patient_ids": list(patient_ids), "evidence": evidence, "sender": sender,
            "severity": soon, "weight": weight, "key": key, "opened_at": datetime.now(UTC),
            "closed_by": "", "closed_reason": "", "outcome": "",
        },
    )  # fmt: skip
    with act():
        store.write((f"{sql} on conflict (key) where closed_at is null do nothing", params))
        emit(
            "identity.work.opened",
            payload={"kind": "identity", "ids": []},
            topics=["identity-unit"],
        )


def close_by_rule(identity_id: UUID) -> None:
    """Close the items of discordance of an identity whose traits now agree."""
    WorkItem.objects.filter(
        identity_ids__contains=[identity_id],
        kind=WorkItem.Kind.DISCORDANT_TRAITS,
        closed_at=None,
    ).update(closed_at=datetime.now(UTC), outcome=WorkItem.Outcome.BY_RULE)
