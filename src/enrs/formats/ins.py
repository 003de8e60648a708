"""The national health identity (INS): keys, assigning OIDs, masks and RNIV statuses."""

import re
from collections.abc import Iterable
from typing import Literal

from enrs.formats.keys import nir_key

InsKind = Literal["NIR", "NIA", "TEST", "DEMO", "C"]
RnivStatus = Literal["provisional", "retrieved", "validated", "qualified"]

INS_NIR_OID = "1.2.250.1.213.1.4.8"
INS_NIA_OID = "1.2.250.1.213.1.4.9"
INS_TEST_OID = "1.2.250.1.213.1.4.10"
INS_DEMO_OID = "1.2.250.1.213.1.4.11"
INS_C_OID = "1.2.250.1.213.1.4.2"

# ANS, list of the OIDs of the authorities that assign an INS.
INS_OIDS: dict[str, InsKind] = {
    INS_NIR_OID: "NIR",
    INS_NIA_OID: "NIA",
    INS_TEST_OID: "TEST",
    INS_DEMO_OID: "DEMO",
    INS_C_OID: "C",
}

# Sex or origin, year, month (20 to 42 and above 50 stand for an unknown one), department,
# commune, order, key. Months follow the INSEE note on the RNIPP.
_INS_SHAPE = re.compile(
    r"[1-478][0-9]{2}(?:0[1-9]|1[0-2]|[2-9][0-9])(?:[0-9]{2}|2[AB])[0-9]{3}[0-9]{3}[0-9]{2}"
)
_INS_C_SHAPE = re.compile(r"[0-9]{22}")

# RNIV: a doubtful or fictive identity can only be provisional.
_DOWNGRADING = frozenset({"DOUT", "FICT", "DOUB", "ANOM", "CACH", "USUR"})
_RETRIEVED = frozenset({"RECUP"})
_VALIDATED = frozenset({"VALI", "QUAL"})


def ins_key(body: str) -> str:
    """Return the two-digit key of the 13 characters of an INS. Raises ValueError on another shape.

    Key = 97 - (number modulo 97), with 2A counted as 19 and 2B as 18.
    """
    return nir_key(body)


def ins_oid_kind(oid: str) -> InsKind | None:
    """Return what kind of INS an OID assigns (`urn:oid:` is accepted before it), else None."""
    return INS_OIDS.get(oid.removeprefix("urn:oid:"))


def check_ins(value: str, oid: str) -> list[str]:
    """Return the codes of what is wrong with an INS and its OID; an empty list when all is right.

    Codes: `ins.oid` (unknown authority), `ins.empty`, `ins.length` (15 characters, 22 for an
    INS-C), `ins.shape` (not a NIR), `ins.key` (wrong key).
    """
    kind = ins_oid_kind(oid)
    codes = [] if kind else ["ins.oid"]
    if not value:
        return [*codes, "ins.empty"]
    if len(value) != (22 if kind == "C" else 15):
        return [*codes, "ins.length"]
    if kind == "C":
        return codes if _INS_C_SHAPE.fullmatch(value) else [*codes, "ins.shape"]
    if not _INS_SHAPE.fullmatch(value):
        return [*codes, "ins.shape"]
    if ins_key(value[:13]) != value[13:]:
        codes.append("ins.key")
    return codes


def split_ins(value: str) -> tuple[str, str]:
    """Split an INS into its 13 characters and its key; the key is empty when it is not there."""
    compact = value.replace(" ", "")
    return compact[:13], compact[13:15]


def format_ins(value: str) -> str:
    """Write an INS in groups, as on a Vitale card: `2 79 03 51 215 189 89`."""
    body, key = split_ins(value)
    parts = (body[:1], body[1:3], body[3:5], body[5:7], body[7:10], body[10:13], key)
    return " ".join(part for part in parts if part)


def mask_ins(value: str) -> str:
    """Hide an INS but for its last four characters, for lists and logs."""
    return "•" * max(len(value) - 4, 0) + value[-4:] if len(value) > 4 else "•" * len(value)


def rniv_status(reliability: str | Iterable[str], has_ins: bool) -> RnivStatus:
    """Translate the codes of PID-32 (table 0445 and its French values) into a RNIV status.

    `VALI` with an INS is *qualified* and without one *validated*; `RECUP` is *retrieved*;
    doubtful, fictive, anonymous identities and everything else are *provisional*.
    """
    codes = {reliability} if isinstance(reliability, str) else set(reliability)
    if codes & _DOWNGRADING:
        return "provisional"
    if codes & _VALIDATED:
        return "qualified" if has_ins else "validated"
    if codes & _RETRIEVED:
        return "retrieved"
    return "provisional"
