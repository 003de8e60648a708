"""The identity traits of a patient, from PID and its French companion ZFD."""

from dataclasses import dataclass
from datetime import datetime

from enrs.formats.hl7v2.datatypes import (
    Identifier,
    moment_at,
    read_identifier,
    read_identifiers,
    read_partial_date,
)
from enrs.formats.hl7v2.parser import Message, Segment
from enrs.formats.ins import ins_oid_kind

# The codes of PID-32 that are a status; the others (DOUT, FICT, HOMD…) are remarks on it.
_STATUSES = frozenset({"VIDE", "PROV", "VALI", "RECUP", "QUAL"})
_LEGAL_NAMES = frozenset({"L", "B", ""})
_USED_NAMES = ("D", "U", "M", "N")


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address (XAD)."""

    lines: tuple[str, ...] = ()
    city: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class IdentityTraits:
    """Who the patient is, as one sender says it.

    `given_names` is the full list as written on the birth certificate, separated by spaces.
    `birth_date` is `YYYY[-MM[-DD]]`; `is_birth_date_uncertain` for a lunar, corrected or partial
    one. `multiple_birth` is empty when not told, `N`, `Y`, or the order of birth (PID-24, PID-25).
    `nulls` names the PID fields that the sender wants erased (HL7 null), e.g. `PID-13`.
    """

    identifiers: tuple[Identifier, ...]
    ins: str = ""
    ins_oid: str = ""
    birth_name: str = ""
    first_given_name: str = ""
    given_names: str = ""
    used_name: str = ""
    used_given_name: str = ""
    birth_date: str = ""
    is_birth_date_uncertain: bool = False
    sex: str = "U"
    birth_place_code: str = ""
    address: Address | None = None
    phone: str = ""
    mobile: str = ""
    email: str = ""
    reliability: str = ""
    reliability_remarks: tuple[str, ...] = ()
    collected_by: str = ""
    proof: str = ""
    is_deceased: bool = False
    deceased_at: datetime | None = None
    account: Identifier | None = None
    multiple_birth: str = ""
    nulls: tuple[str, ...] = ()


def _ins(identifiers: tuple[Identifier, ...]) -> tuple[str, str]:
    """Return the INS and its OID; an INS-C, which no longer identifies anyone, is left out."""
    for identifier in identifiers:
        kind = ins_oid_kind(identifier.system)
        if kind is not None and kind != "C":
            return identifier.value.replace(" ", ""), identifier.system.removeprefix("urn:oid:")
    return "", ""


def _names(pid: Segment) -> dict[str, str]:
    """Read PID-5: the repetition of type L is the birth name, the one of type D the used name."""
    part = pid.part
    by_type: dict[str, str] = {}
    for raw in pid.rep(5):
        by_type.setdefault(part(raw, 7), raw)
    if not by_type:
        return {}
    legal = next((raw for kind, raw in by_type.items() if kind in _LEGAL_NAMES), None)
    used = next((by_type[kind] for kind in _USED_NAMES if kind in by_type), None)
    names: dict[str, str] = {}
    if legal is not None:
        listed = " ".join(part(legal, 3).replace(",", " ").split())
        names["birth_name"] = part(legal, 1).strip()
        names["first_given_name"] = part(legal, 2).strip()
        names["given_names"] = listed or names["first_given_name"]
    if used is not None:
        names["used_name"] = part(used, 1).strip()
        names["used_given_name"] = part(used, 2).strip()
    return names


def _addresses(pid: Segment) -> tuple[Address | None, str]:
    """Read PID-11: the address one lives at, and the COG of birth (type BDL, component 9)."""
    part = pid.part
    home: Address | None = None
    birth_place = ""
    for raw in pid.rep(11):
        kind = part(raw, 7)
        if kind in {"BDL", "N"}:
            birth_place = birth_place or part(raw, 9).strip()
            continue
        if home is None or kind == "H":
            lines = tuple(line for line in (part(raw, 1), part(raw, 2)) if line)
            found = Address(lines, part(raw, 3), part(raw, 5), part(raw, 6))
            home = found if lines or found.city or found.postal_code else home
    return home, birth_place


def _contacts(pid: Segment) -> dict[str, str]:
    """Read PID-13 and PID-14: XTN component 4 is a mail address, 12 (or 1) a number."""
    found: dict[str, str] = {}
    part = pid.part
    for field in (13, 14):
        for raw in pid.rep(field):
            mail = part(raw, 4)
            number = part(raw, 12) or part(raw, 1) or part(raw, 6) + part(raw, 7)
            if "@" in mail:
                found.setdefault("email", mail)
            elif number:
                found.setdefault("mobile" if part(raw, 3) == "CP" else "phone", number)
    return found


def _sex(code: str) -> str:
    """Return M, F or O of table 0001, and U for all the rest."""
    return code.upper() if code.upper() in {"M", "F", "O"} else "U"


def _reliability(pid: Segment) -> tuple[str, tuple[str, ...]]:
    codes = [pid.part(raw, 1) for raw in pid.rep(32)]
    status = next((code for code in codes if code in _STATUSES), "")
    return status, tuple(code for code in codes if code and code != status)


def _multiple_birth(pid: Segment) -> str:
    """Read PID-25 (order of birth, of several), else PID-24 (whether there were several).

    The published French messages write 1 in PID-25 for everybody, and nothing in PID-24: a first rank
    alone says nothing.
    """
    told, order = pid.component(24).strip().upper(), pid.component(25).strip()
    rank = int(order) if order.isascii() and order.isdigit() and len(order) < 3 else 0
    if rank > 1 or (rank == 1 and told == "Y"):
        return str(rank) if told != "N" else "N"
    return told if told in {"Y", "N"} else ""


def read_traits(pid: Segment, zfd: Segment | None = None, *, fallback: str = "") -> IdentityTraits:
    """Read the traits of one PID, with ZFD (PAM France) when there is one.

    `fallback` names the authority of identifiers that have none. ZFD-1 is the lunar date, ZFD-4
    tells a corrected birth date, ZFD-5 how the identity was obtained, ZFD-7 the proof seen.
    Raises Hl7Error on an unreadable date.
    """
    identifiers = read_identifiers(pid, 3, fallback)
    ins, ins_oid = _ins(identifiers)
    is_lunar = zfd is not None and bool(zfd[1].strip("^0"))
    birth_date, was_cut = read_partial_date(pid.component(7), "PID-7", lenient=is_lunar)
    address, birth_place = _addresses(pid)
    names, contacts = _names(pid), _contacts(pid)
    (reliability, remarks), deceased_at = _reliability(pid), moment_at(pid, 29)
    return IdentityTraits(
        identifiers=identifiers,
        ins=ins,
        ins_oid=ins_oid,
        birth_date=birth_date,
        is_birth_date_uncertain=was_cut or is_lunar or (zfd is not None and zfd[4] == "Y"),
        sex=_sex(pid.component(8)),
        birth_place_code=birth_place,
        address=address,
        reliability=reliability,
        reliability_remarks=remarks,
        collected_by=zfd.component(5) if zfd is not None else "",
        proof=zfd.component(7) if zfd is not None else "",
        is_deceased=deceased_at is not None or pid[30] == "Y",
        deceased_at=deceased_at,
        multiple_birth=_multiple_birth(pid),
        account=read_identifier(pid, pid.rep(18)[0], fallback) if pid.component(18) else None,
        nulls=tuple(f"PID-{i}" for i, raw in enumerate(pid.fields) if raw == '""'),
        birth_name=names.get("birth_name", ""),
        first_given_name=names.get("first_given_name", ""),
        given_names=names.get("given_names", ""),
        used_name=names.get("used_name", ""),
        used_given_name=names.get("used_given_name", ""),
        phone=contacts.get("phone", ""),
        mobile=contacts.get("mobile", ""),
        email=contacts.get("email", ""),
    )


def read_patient(message: Message) -> IdentityTraits | None:
    """Read the traits of the first PID of a message, or None when it has none."""
    pid = message.first("PID")
    if pid is None:
        return None
    return read_traits(pid, message.first("ZFD"), fallback=message.header.component(4))
