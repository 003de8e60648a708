"""What a professional does with an identity of their own place: a document seen, a doubt, a correction."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from enrs.core.access.actor import Actor
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands.asking import put_question
from enrs.referentials.identity.commands.keeping import (
    by_its_clock,
    demand_real_name,
    facts_of,
    keep,
    own_identity,
    settled,
    sign,
    standing_of,
)
from enrs.referentials.identity.commands.receive import changed_fields, receive_identity
from enrs.referentials.identity.models import InsCheck, SourceIdentity

CORRECTABLE = (
    "birth_name", "first_given_name", "given_names", "birth_date", "sex", "birth_place_code",
    "used_name", "used_given_name", "phone", "email", "address", "postal_code", "city",
)  # fmt: skip
GIVEN = (*rules.STRICT, "given_names")
"""Traits whose correction takes the proof away: the document showed the former ones."""


def validate_identity(
    *,
    identity: SourceIdentity,
    proof: str,
    expected_version: int,
    by: Actor,
    parent_seen: bool = False,
) -> None:
    """A document of a high level of confidence was seen, and the traits are its own.

    Provisional becomes validated. Retrieved becomes qualified: the worker does it, for another patient may
    carry the same INS outside of the circle.

    Raises:
        AccessRefusedError: the role, the circle, or an identity of another place.
        MoveRefusedError: the document proves nothing here, a trait is missing, the identity is doubtful.
        StaleSaveError: somebody changed it meanwhile.
    """
    with act():
        now = own_identity(identity, by, expected_version)
        facts = replace(facts_of(now, is_ours=True), proof=proof, parent_seen=parent_seen)
        after = rules.decide("validate", standing_of(now), facts)
        if after.status == "qualified":
            keep(now, replace(now.traits, proof=proof), standing_of(now), by=by.name)
            put_question(now, InsCheck.Kind.QUALIFY, by)
        else:
            traits = replace(now.traits, proof=proof, status=after.status)
            kept = receive_identity(
                system=now.system, value=now.value, traits=traits, is_confirmed=True,
                **by_its_clock(now),
            )  # fmt: skip
            sign(now, kept, by.name)
        _tell("identity.validated", now, {"proof": proof})


def mark_identity(
    *, identity: SourceIdentity, attribute: str, reason: str, expected_version: int, by: Actor
) -> None:
    """Mark an identity doubtful, fictitious or homonym. The first two make it provisional, without INS.

    Raises:
        AccessRefusedError, MoveRefusedError, StaleSaveError: as `validate_identity`.
    """
    acts = {rules.DOUBTFUL: "doubt", rules.FICTIVE: "fiction", rules.HOMONYM: "namesake"}
    _move(identity, acts.get(attribute, ""), reason, expected_version, by)


def lift_attribute(
    *, identity: SourceIdentity, reason: str, expected_version: int, by: Actor
) -> None:
    """Lift the attribute of an identity: doubt settled, it is provisional and begins again.

    Raises:
        AccessRefusedError, MoveRefusedError, StaleSaveError: as `validate_identity`.
    """
    is_namesake = identity.attribute == rules.HOMONYM
    _move(identity, "part" if is_namesake else "lift", reason, expected_version, by)


def step_back(*, identity: SourceIdentity, reason: str, expected_version: int, by: Actor) -> None:
    """Bring an identity back to provisional, its INS and its proof taken off.

    Raises:
        AccessRefusedError, MoveRefusedError, StaleSaveError: as `validate_identity`.
    """
    _move(identity, "step_back", reason, expected_version, by)


def correct_identity(
    *,
    identity: SourceIdentity,
    changes: Mapping[str, Any],
    reason: str,
    expected_version: int,
    by: Actor,
) -> None:
    """Correct the traits of an identity typed here: a new version. A strict one takes status and INS down.

    Raises:
        AccessRefusedError, MoveRefusedError, StaleSaveError: as `validate_identity`.
        IdentityRefusedError: no birth name is left, or a name that is made up for an emergency.
    """
    wanted = {name: value for name, value in changes.items() if name in CORRECTABLE}
    with act():
        now = own_identity(identity, by, expected_version)
        if now.standing == rules.EMERGENCY:
            raise rules.MoveRefusedError("emergency")
        before = now.traits
        traits = settled(replace(before, **wanted))
        demand_real_name(traits)
        fields = changed_fields(before, traits)
        if not fields:
            return
        facts = replace(facts_of(now, is_ours=True), reason=reason)
        after = standing_of(now)
        if set(fields) & set(GIVEN) or not facts.is_by_hand:
            after = rules.decide("correct", after, facts)
            traits = _as(traits, after)
        _write(now, traits, after, by)
        _tell("identity.corrected", now, {"fields": fields}, reason)


def _move(
    identity: SourceIdentity, name: str, reason: str, expected_version: int, by: Actor
) -> None:
    with act():
        now = own_identity(identity, by, expected_version)
        facts = replace(facts_of(now, is_ours=True), reason=reason)
        after = rules.decide(name, standing_of(now), facts)
        keep(now, _as(now.traits, after), after, by=by.name)
        _tell(f"identity.{MOVED[name]}", now, {}, reason)


MOVED = {
    "doubt": "doubted", "fiction": "fictitious", "namesake": "namesake", "lift": "lifted", "part": "lifted",
    "step_back": "stepped_back",
}  # fmt: skip
"""Act to the last word of its code in the journal."""


def _as(traits: rules.Traits, after: rules.Standing) -> rules.Traits:
    """Traits brought to a standing."""
    brought = replace(traits, status=after.status, proof=after.proof)
    return brought if after.has_ins else replace(brought, ins="", ins_oid="")


def _write(now: SourceIdentity, traits: rules.Traits, after: rules.Standing, by: Actor) -> None:
    """Keep corrected traits; where nothing bars it, by the door of every source, which links and parts."""
    if after.attribute:
        keep(now, traits, after, by=by.name)
        return
    kept = receive_identity(
        system=now.system, value=now.value, traits=traits, is_confirmed=True, **by_its_clock(now)
    )
    sign(now, kept, by.name)


def _tell(action: str, identity: SourceIdentity, details: dict[str, Any], reason: str = "") -> None:
    note(
        action, patient_id=identity.patient_id, object_kind="identity", object_id=identity.id,
        reason=reason, details=details or None,
    )  # fmt: skip
