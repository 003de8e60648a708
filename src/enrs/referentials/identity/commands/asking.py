"""Asking the national service about an identity: the question waits for the worker, which asks it."""

from datetime import UTC, datetime
from typing import Any

import orjson

from enrs.core.access.actor import Actor
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.sealing import cipher
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands import store
from enrs.referentials.identity.commands.keeping import facts_of, own_identity, standing_of
from enrs.referentials.identity.insi.contract import Card
from enrs.referentials.identity.models import InsCheck, SourceIdentity

SEAL = "identity.card"


def ask_ins(
    *,
    identity: SourceIdentity,
    kind: str,
    expected_version: int,
    by: Actor,
    card: Card | None = None,
) -> None:
    """Ask the INS of an identity of one's place (`traits`, `card`), or have the one it carries verified (`verify`).

    Raises:
        AccessRefusedError: the role, the circle, or an identity of another place.
        MoveRefusedError: it is doubtful or fictitious, incomplete, or has an INS already (none, to verify).
        StaleSaveError: somebody changed it meanwhile.
    """
    kinds = {"traits": "retrieve", "card": "retrieve", "verify": "confirm"}
    with act():
        now = own_identity(identity, by, expected_version)
        code = rules.refusal(
            kinds.get(kind, ""), standing_of(now), facts_of(now, is_ours=True), asks=True
        )
        if code or (kind == "card") != (card is not None):
            raise rules.MoveRefusedError(code or "act.unknown")
        put_question(now, kind, by, card)
        note(
            "identity.ins.asked", patient_id=now.patient_id, object_kind="identity",
            object_id=now.id, details={"kind": kind},
        )  # fmt: skip


def put_question(identity: SourceIdentity, kind: str, by: Actor, card: Card | None = None) -> None:
    """Put a question in the queue; one at a time for an identity: a second one changes nothing."""
    now = datetime.now(UTC)
    sealed = ""
    if card is not None:
        content: dict[str, Any] = {
            "number": card.number, "birth_date": card.birth_date, "rank": card.rank,
        }  # fmt: skip
        sealed = cipher(SEAL).encrypt(orjson.dumps(content)).decode()
    sql, params = store.insert(
        "identity_ins_check",
        {
            "id": uuid7(), "identity_id": identity.id, "kind": str(kind), "state": "waiting",
            "asked_by": by.name[:200], "asked_by_id": by.user_id,
            "organisation_name": by.organisation_name[:200], "asked_at": now, "sealed": sealed,
            "attempts": 0, "due_at": now, "error": "", "code": "", "outcome": "", "fields": [],
        },
    )  # fmt: skip
    store.write(
        (f"{sql} on conflict (identity_id) where state in ('waiting', 'sent') do nothing", params)
    )


def card_of(check: InsCheck) -> Card:
    """What a question kept of a Vitale card."""
    return Card(**orjson.loads(cipher(SEAL).decrypt(check.sealed.encode())))
