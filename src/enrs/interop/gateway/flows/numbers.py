"""ADT messages about two numbers: merged (A40), renamed (A47), declared one person (A24) or not (A37)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from enrs.formats.hl7v2 import Adt
from enrs.formats.hl7v2.datatypes import Identifier
from enrs.interop.gateway.failures import MessageRefusedError
from enrs.interop.gateway.flows.people import Sending, identity_of, key_of
from enrs.interop.gateway.flows.shapes import Outcome
from enrs.referentials.identity.commands import (
    change_number,
    link_declared,
    merge_local,
    unmerge_local,
)
from enrs.referentials.identity.queries.pix import (
    absorbed_among,
    is_told_by_others,
    patients_of_numbers,
)

Key = tuple[str, str]


def told_at_of(adt: Adt, partner: Sending) -> datetime | None:
    """When the sender said so, by its own clock: EVN-2, else the moment of the message (MSH-7)."""
    return partner.moment(adt.recorded_at or adt.sent_at)


def merge(adt: Adt, partner: Sending) -> Outcome:
    """Apply each group of an A40: the absorbed identifiers now mean the survivor."""
    effects: dict[str, Any] = {"words": [], "absorbed": []}
    told_at = told_at_of(adt, partner)
    patient_id: UUID | None = None
    for group in adt.merges:
        system, kept = key_of(group.survivor, partner)
        _demand_own(partner, system, [kept, *(one.value for one in group.absorbed)], "MRG-1")
        identity = identity_of(group.survivor, partner, told_at)
        patient_id = identity.patient_id
        effects["identity"] = str(identity.id)
        for absorbed in group.absorbed:
            _demand_same(absorbed, system)
            if absorbed.value != kept:
                merge_local(
                    system=system, kept=kept, absorbed=absorbed.value, sender=partner.sender,
                    told_at=told_at,
                )  # fmt: skip
                effects["absorbed"].append(absorbed.value)
        effects["words"].append("Identités fusionnées chez l'émetteur")
    return Outcome(effects, patient_id)


def change(adt: Adt, partner: Sending) -> Outcome:
    """Apply an A47: the number changes, then the traits that come with the new one are taken."""
    group, told_at = adt.merges[0], told_at_of(adt, partner)
    system, new = key_of(group.survivor, partner)
    old = group.absorbed[0]
    _demand_same(old, system)
    _demand_own(partner, system, [old.value, new], "MRG-1")
    change_number(system=system, old=old.value, new=new, sender=partner.sender, told_at=told_at)
    identity = identity_of(group.survivor, partner, told_at)
    words = "Numéro de patient changé : l'ancien mène toujours à la même personne"
    return Outcome({"identity": str(identity.id), "words": [words]}, identity.patient_id)


def link(adt: Adt, partner: Sending) -> Outcome:
    """Apply an A24: the sender says that two numbers are one person, which the unit is told."""
    one, other = _two(adt, partner)
    link_declared(
        one=one,
        other=other,
        sender=partner.sender,
        told_at=told_at_of(adt, partner),
        is_linked=True,
    )
    return _told(one, "Deux numéros déclarés d'une même personne")


def unlink(adt: Adt, partner: Sending) -> Outcome:
    """Apply an A37: a merge of the sender's own is taken back, else the unit is told of the difference."""
    one, other = _two(adt, partner)
    told_at = told_at_of(adt, partner)
    absorbed = absorbed_among(one, other)
    if absorbed is not None:
        system, value = absorbed
        _demand_own(partner, system, [value], "PID-3")
        unmerge_local(system=system, absorbed=value, sender=partner.sender, told_at=told_at)
        return _told(absorbed, "Fusion défaite par l'émetteur")
    link_declared(one=one, other=other, sender=partner.sender, told_at=told_at, is_linked=False)
    return _told(one, "Deux numéros déclarés de personnes différentes")


def _two(adt: Adt, partner: Sending) -> tuple[Key, Key]:
    """The two numbers of an A24 or A37, one of which at least is the sender's own."""
    assert adt.other is not None  # noqa: S101 - `read_adt` made sure of the second PID
    one, other = key_of(adt.patient, partner), key_of(adt.other, partner)
    if one == other:
        raise MessageRefusedError("PID-3", "Les deux identités portent le même numéro.")
    trusted = partner.trusted_system
    if trusted and trusted not in (one[0], other[0]):
        text = "Aucun des deux numéros n'est du domaine de l'émetteur : il ne peut en répondre."
        raise MessageRefusedError("PID-3", text)
    return one, other


def _demand_own(partner: Sending, system: str, values: Sequence[str], where: str) -> None:
    """A sender merges, parts and renames its own numbers alone.

    Those of the domain that its page names, or of its FINESS; where the page names none, those of which nobody
    else ever spoke.
    """
    if system in (partner.trusted_system, f"urn:finess:{partner.finess}"):
        return
    if partner.trusted_system or is_told_by_others(system, values, partner.sender):
        text = "Ces numéros ne sont pas du domaine de l'émetteur : il ne peut en disposer."
        raise MessageRefusedError(where, text)


def _demand_same(absorbed: Identifier, system: str) -> None:
    if absorbed.system != system:
        text = "L'identifiant absorbé et celui qui subsiste ne sont pas du même domaine."
        raise MessageRefusedError("MRG-1", text)


def _told(key: Key, words: str) -> Outcome:
    patient_id = patients_of_numbers([key]).get(key)
    return Outcome({"words": [words]}, patient_id)


NUMBERS: dict[str, Callable[[Adt, Sending], Outcome]] = {
    "A24": link,
    "A37": unlink,
    "A40": merge,
    "A47": change,
}
