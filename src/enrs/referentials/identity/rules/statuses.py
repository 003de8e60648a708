"""Statuses of identities and what lowers them (RNIV), with the OIDs of the INS (ANS)."""

from dataclasses import dataclass, replace

from enrs.formats.ins import (
    INS_DEMO_OID,
    INS_NIA_OID,
    INS_NIR_OID,
    INS_TEST_OID,
    check_ins,
)
from enrs.referentials.identity.rules.emergencies import is_made_up
from enrs.referentials.identity.rules.names import split_birth_name
from enrs.referentials.identity.rules.traits import LENGTHS, IdentityRefusedError, Traits

STATUSES = ("provisional", "retrieved", "validated", "qualified")
PRECEDENCE = {"qualified": 0, "validated": 1, "retrieved": 2, "provisional": 3}
"""Whose traits the regional identity shows: the lowest figure, then the newest."""

DOUBTFUL, FICTIVE, EMERGENCY = "doubtful", "fictive", "emergency"
"""`EMERGENCY` is the region's own: somebody admitted without a trait, whom partners are told to be fictitious."""
UNTRUSTED = (DOUBTFUL, FICTIVE, EMERGENCY)
"""Attributes under which an identity is provisional, carries no INS and is linked by no rule."""
FICTIONAL_OIDS = frozenset({INS_TEST_OID, INS_DEMO_OID})
QUALIFYING_OIDS = frozenset({INS_NIR_OID, INS_NIA_OID, INS_TEST_OID, INS_DEMO_OID})
"""An INS-C (computed, historical) never qualified anybody."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Traits as they may be kept, with the codes of what was lowered and the RNIV attribute."""

    traits: Traits
    attribute: str = ""
    codes: tuple[str, ...] = ()


def allowed_statuses(*, has_ins: bool, oid: str, attribute: str, mode: str) -> frozenset[str]:
    """The RNIV statuses that an identity may hold.

    Doubtful and fictive identities, and those of an emergency, are provisional only; retrieved and qualified need
    an INS that the national service gave (INS-NIR or INS-NIA; the test and demonstration ones outside production).
    """
    if attribute in UNTRUSTED:
        return frozenset({"provisional"})
    usable = QUALIFYING_OIDS - (FICTIONAL_OIDS if mode == "production" else frozenset())
    if has_ins and oid in usable:
        return frozenset(STATUSES)
    return frozenset({"provisional", "validated"})


def settle(traits: Traits, *, mode: str) -> Settled:
    """Clean traits and bring their status down to what they prove.

    A name that is made up for an emergency is nobody's: who tells it of a number of theirs is kept, as fictitious.

    Raises:
        IdentityRefusedError: `ins.test_in_production`, or `traits.empty` when no name is given.
    """
    clean = _clean(traits)
    if mode == "production" and clean.ins_oid in FICTIONAL_OIDS:
        raise IdentityRefusedError("ins.test_in_production")
    if not clean.birth_name:
        raise IdentityRefusedError("traits.empty")
    if is_made_up(clean.birth_name) or is_made_up(clean.used_name):
        clean = replace(clean, ins="", ins_oid="", status="provisional")
        return Settled(clean, FICTIVE, ("name.made_up",))
    codes = check_ins(clean.ins, clean.ins_oid) if clean.ins or clean.ins_oid else []
    if codes:
        clean = replace(clean, ins="", ins_oid="", status="provisional")
        return Settled(clean, DOUBTFUL, tuple(codes))
    allowed = allowed_statuses(has_ins=bool(clean.ins), oid=clean.ins_oid, attribute="", mode=mode)
    if clean.status not in allowed:
        codes = ["status.without_ins"]
        lowered = "validated" if clean.status == "qualified" else "provisional"
        clean = replace(clean, status=lowered)
    if clean.status in ("qualified", "retrieved") and not _is_complete(clean):
        codes.append("traits.incomplete")
        clean = replace(clean, status="provisional")
    return Settled(clean, "", tuple(codes))


def _is_complete(traits: Traits) -> bool:
    return bool(traits.first_given_name and traits.birth_date and traits.sex in ("M", "F"))


def _clean(traits: Traits) -> Traits:
    values: dict[str, object] = {}
    for name, length in LENGTHS.items():
        values[name] = " ".join(str(getattr(traits, name)).split())[:length]
    used, birth = split_birth_name(str(values["birth_name"]))
    values["birth_name"] = birth
    values["used_name"] = values["used_name"] or used
    values["given_names"] = values["given_names"] or values["first_given_name"]
    values["first_given_name"] = (
        values["first_given_name"] or str(values["given_names"]).split(" ")[0]
    )
    values["ins"] = traits.ins.replace(" ", "")
    values["ins_oid"] = traits.ins_oid.removeprefix("urn:oid:") if values["ins"] else ""
    values["sex"] = traits.sex if traits.sex in ("M", "F") else "U"
    values["status"] = traits.status if traits.status in STATUSES else "provisional"
    return replace(traits, **values)  # type: ignore[arg-type]


def shown_status(status: str, attribute: str) -> str:
    """The status that a screen or a resource may show: a doubtful identity is provisional."""
    return "provisional" if attribute in UNTRUSTED else status
