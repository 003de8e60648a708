"""Identities of one's own place: a document seen, a doubt, a correction, a question to the national service."""

from typing import Any

from enrs.referentials.identity import commands
from enrs.referentials.identity.models import SourceIdentity
from enrs.referentials.identity.rules import Traits
from tests.hostile.table import case, feed, part
from tests.hostile.world import World

IDENTITY = "referentials.identity"
OFFICER = ("identity_officer",)
REASON = "Pièce vue au guichet"


def typed(w: World, **changes: Any) -> dict[str, Any]:
    """The patient of this world, as the right actor's place typed them: the only identity, and theirs to change."""
    traits = {
        "birth_name": "RIVOAL", "first_given_name": "SYLVIE", "given_names": "SYLVIE", "birth_date": "1948-03-14",
        "sex": "F",
    } | changes  # fmt: skip
    system = f"urn:local:{w.actor.organisation_id}"
    made = commands.receive_identity(
        system=system, value=f"G{w.patient.pk}", traits=Traits(**traits), sender="Maison de santé"
    )
    SourceIdentity.objects.filter(pk=made.pk).update(patient_id=w.patient.pk)
    return {
        "identity": SourceIdentity.objects.get(pk=made.pk),
        "expected_version": made.version,
        "by": None,
    }


@case(f"{IDENTITY}.validate_identity", "physician", category="identity", placed=True)
def validate_identity(w: World) -> dict[str, Any]:
    return typed(w) | {"proof": "CN"}


@case(f"{IDENTITY}.mark_identity", "physician", category="identity", placed=True)
def mark_identity(w: World) -> dict[str, Any]:
    return typed(w) | {"attribute": "doubtful", "reason": REASON}


@case(f"{IDENTITY}.lift_attribute", "physician", category="identity", placed=True)
def lift_attribute(w: World) -> dict[str, Any]:
    given = typed(w)
    SourceIdentity.objects.filter(pk=given["identity"].pk).update(attribute="doubtful")
    return given | {
        "identity": SourceIdentity.objects.get(pk=given["identity"].pk),
        "reason": REASON,
    }


@case(f"{IDENTITY}.step_back", "physician", category="identity", placed=True)
def step_back(w: World) -> dict[str, Any]:
    return typed(w, status="validated") | {"reason": REASON}


@case(f"{IDENTITY}.correct_identity", "physician", category="identity", placed=True)
def correct_identity(w: World) -> dict[str, Any]:
    return typed(w) | {"changes": {"birth_name": "RIVAL"}, "reason": REASON}


@case(f"{IDENTITY}.ask_ins", "physician", category="identity", placed=True)
def ask_ins(w: World) -> dict[str, Any]:
    return typed(w) | {"kind": "traits"}


@case(f"{IDENTITY}.start_run", "identity_officer", roles=OFFICER)
def start_run(w: World) -> dict[str, Any]:
    return {"by": None}


@case(f"{IDENTITY}.pause_run", "identity_officer", roles=OFFICER)
def pause_run(w: World) -> dict[str, Any]:
    return {"run": commands.start_run(by=w.actor), "by": None}


@case(f"{IDENTITY}.resume_run", "identity_officer", roles=OFFICER)
def resume_run(w: World) -> dict[str, Any]:
    run = commands.start_run(by=w.actor)
    commands.pause_run(run=run, by=w.actor)
    return {"run": run, "by": None}


feed(
    "the worker, with what the national service answered",
    *(f"{IDENTITY}.{name}" for name in (
        "take_questions", "put_off", "settle_search", "settle_verification", "settle_qualification",
    )),
)  # fmt: skip
feed(
    "the worker, which leads the campaign that the unit started",
    *(f"{IDENTITY}.{name}" for name in (
        "begin_if_due", "lease_run", "next_batch", "record_receipt", "settle_batch", "take_back", "release_run",
    )),
)  # fmt: skip
part(
    "values of an identity for a question, without a write",
    f"{IDENTITY}.asked_of", f"{IDENTITY}.claim_of", f"{IDENTITY}.may_be_sent", f"{IDENTITY}.card_of",
    f"{IDENTITY}.is_any_due",
)  # fmt: skip
part(
    "puts the question that a command decided in the queue, and leaves the line to it",
    f"{IDENTITY}.put_question",
)
part(
    "what a source merged, written for the commands that heard or undid it",
    f"{IDENTITY}.commands.absorbing",
)
part(
    "who may, what it stands at and a new version, for the acts on one identity",
    f"{IDENTITY}.commands.keeping",
)
