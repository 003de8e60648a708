"""The identity unit's desk: work shared, decided, undone, asked of the sources; quarantine; contacts."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.utils import timezone

from enrs.core.access.actor import SYSTEM
from enrs.core.ids import uuid7
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands import relink_identity
from enrs.referentials.identity.commands.quarantine import quarantine
from enrs.referentials.identity.models import (
    IdentityContact,
    IdentityProposal,
    IdentityQuestion,
    IdentitySource,
    SourceIdentity,
    WorkItem,
)
from tests.hostile.table import case, feed, part
from tests.hostile.world import World
from tests.referentials.identity.factories import AWA, CLINIC, HOSPITAL, fictional_ins, receive

E = "referentials.identity"
UNIT = ("identity_officer",)
WHY = "Pièce vue au guichet"


def _item() -> WorkItem:
    receive()
    receive("A9", CLINIC, birth_date="1948-12-03")
    return WorkItem.objects.get()


def _closed() -> WorkItem:
    item = _item()
    WorkItem.objects.update(
        closed_at=timezone.now(), closed_by="X", closed_reason=WHY, outcome="kept_apart"
    )
    return item


def _source() -> IdentitySource:
    return IdentitySource.objects.create(system=CLINIC, name="Clinique du Parc")


def lived_in() -> None:
    """A second identity of one patient, a source that has a page, a question to it on the first item."""
    receive("A8", CLINIC)
    _source()
    IdentityQuestion.objects.create(
        item=WorkItem.objects.get(kind="discordant_traits"), system=CLINIC, text="Quelle date ?",
        asked_by="X", asked_at=timezone.now(), remind_at=timezone.now(),
    )  # fmt: skip


@case(f"{E}.assign_items", "identity_officer", roles=UNIT)
def assign_items(w: World) -> dict[str, Any]:
    return {"item_ids": [_item().id], "to": w.right.pk, "by": None}


@case(f"{E}.note_item", "identity_officer", roles=UNIT)
def note_item(w: World) -> dict[str, Any]:
    return {"item_id": _item().id, "text": "Appelé ce matin", "by": None}


@case(f"{E}.decide_item", "identity_officer", roles=UNIT)
def decide_item(w: World) -> dict[str, Any]:
    return {"item_id": _item().id, "outcome": "kept_apart", "reason": WHY, "by": None}


@case(f"{E}.settle_proposal", "identity_officer", roles=UNIT)
def settle_proposal(w: World) -> dict[str, Any]:
    item = _item()
    IdentityProposal.objects.create(
        item=item, outcome="kept_apart", reason=WHY, proposed_by_id=uuid7(), proposed_by="X",
        proposed_at=timezone.now(),
    )  # fmt: skip
    return {"item_id": item.id, "is_confirmed": False, "reason": WHY, "by": None}


@case(f"{E}.withdraw_proposal", "identity_officer", roles=UNIT, own=True)
def withdraw_proposal(w: World) -> dict[str, Any]:
    item = _item()
    IdentityProposal.objects.create(
        item=item, outcome="kept_apart", reason=WHY, proposed_by_id=w.right.pk, proposed_by="X",
        proposed_at=timezone.now(),
    )  # fmt: skip
    return {"item_id": item.id, "reason": WHY, "by": None}


@case(f"{E}.undo_decision", "identity_officer", roles=UNIT)
def undo_decision(w: World) -> dict[str, Any]:
    return {"item_id": _closed().id, "reason": WHY, "by": None}


@case(f"{E}.reopen_work_item", "identity_officer", roles=UNIT)
def reopen_work_item(w: World) -> dict[str, Any]:
    return {"item_id": _closed().id, "reason": WHY, "by": None}


@case(f"{E}.ask_source", "identity_officer", roles=UNIT)
def ask_source(w: World) -> dict[str, Any]:
    return {"item_id": _item().id, "system": CLINIC, "text": "Quelle date ?", "by": None}


@case(f"{E}.answer_question", "identity_officer", roles=UNIT)
def answer_question(w: World) -> dict[str, Any]:
    """Or somebody of the source's team, as its own tests show."""
    asked = IdentityQuestion.objects.create(
        item=_item(), system=CLINIC, text="Quelle date ?", asked_by="X", asked_at=timezone.now(),
        remind_at=timezone.now(),
    )  # fmt: skip
    return {"question_id": asked.id, "answer": "same", "text": "", "by": None}


@case(f"{E}.add_contact", "identity_officer", roles=UNIT)
def add_contact(w: World) -> dict[str, Any]:
    return {"source_id": _source().id, "name": "Rose Diallo", "by": None}


@case(f"{E}.end_contact", "identity_officer", roles=UNIT)
def end_contact(w: World) -> dict[str, Any]:
    made = IdentityContact.objects.create(source=_source(), name="X", added_at=timezone.now())
    return {"contact_id": made.id, "by": None}


@case(f"{E}.part_identity", "identity_officer", roles=UNIT)
def part_identity(w: World) -> dict[str, Any]:
    receive()
    second = receive("A9", CLINIC)
    return {
        "identity_id": second.id,
        "patient_id": second.patient_id,
        "reason": WHY,
        "by": None,
    }


@case(f"{E}.rejoin_identity", "identity_officer", roles=UNIT)
def rejoin_identity(w: World) -> dict[str, Any]:
    receive()
    second = SourceIdentity.objects.get(pk=receive("A9", CLINIC).pk)
    relink_identity(identity=second, patient_id=None, by=SYSTEM, reason=WHY)
    return {"identity_id": second.id, "reason": WHY, "by": None}


def _quarantined() -> dict[str, Any]:
    known = receive("100", HOSPITAL)
    other = replace(
        AWA, birth_name="LEFEBVRE", birth_date="1961-07-30", ins=fictional_ins(9, "26107")
    )
    row = quarantine(known, rules.settle(other, mode=settings.MODE), timezone.now(), "CH de Brie")
    return {"item_id": row.item_id, "reason": WHY, "by": None}


@case(f"{E}.apply_quarantined", "identity_officer", roles=UNIT)
def apply_quarantined(w: World) -> dict[str, Any]:
    return _quarantined()


@case(f"{E}.refuse_quarantined", "identity_officer", roles=UNIT)
def refuse_quarantined(w: World) -> dict[str, Any]:
    return _quarantined()


feed(
    "the clock of the worker, at night",
    *(f"{E}.{name}" for name in ("count_quality", "list_to_mend", "remind_of_questions")),
)
part(
    "what the desk's commands share, which ask who acts, and what the gateway's feed keeps aside",
    *(f"{E}.{name}" for name in (
        "demand_officer", "record_act", "answers_for", "seen_by_unit", "know_sources",
        "overlay_of", "quarantine", "unsettle_quarantined", "settle_quarantined", "is_proposed", "propose",
        "close_decided", "drop_proposal", "where_left", "undo_decided", "undo_moved", "move_proposed", "part_now",
        "rejoin_now", "close_proposal_item",
    )),
)  # fmt: skip
