"""A Patient resource that somebody sends, read as traits (FR Core: birth name official, first names listed)."""

from typing import Any

from enrs.formats.ins import ins_oid_kind
from enrs.referentials.identity.fhir import BIRTH_PLACE, CORE
from enrs.referentials.identity.rules import Traits

Tree = dict[str, Any]
SEXES = {"male": "M", "female": "F"}


def traits_of(resource: Tree) -> Traits:
    """The traits of a Patient: its official name (else its first) and its usual one, its INS, its home."""
    names: list[Tree] = resource.get("name", [])
    official = _with_use(names, "official") or next(
        (one for one in names if one.get("use") not in ("usual", "old", "nickname")), {}
    )
    used = _with_use(names, "usual") or {}
    home: Tree = next(iter(resource.get("address", [])), {})
    ins, oid = _ins(resource)
    return Traits(
        birth_name=str(official.get("family", "")),
        first_given_name=next(iter(official.get("given", [])), ""),
        given_names=_extension(official, f"{CORE}fr-core-patient-birth-list-given-name").get(
            "valueString", " ".join(official.get("given", []))
        ),
        used_name=str(used.get("family", "")),
        used_given_name=next(iter(used.get("given", [])), ""),
        birth_date=str(resource.get("birthDate", "")),
        sex=SEXES.get(str(resource.get("gender", "")), "U"),
        birth_place_code=_birth_place(resource),
        ins=ins,
        ins_oid=oid,
        address=" ".join(home.get("line", [])),
        postal_code=str(home.get("postalCode", "")),
        city=str(home.get("city", "")),
        phone=_telecom(resource, "phone"),
        email=_telecom(resource, "email"),
    )


def _with_use(names: list[Tree], use: str) -> Tree | None:
    return next((one for one in names if one.get("use") == use), None)


def _ins(resource: Tree) -> tuple[str, str]:
    for one in resource.get("identifier", []):
        if ins_oid_kind(str(one.get("system", ""))) not in (None, "C"):
            return str(one.get("value", "")).replace(" ", ""), one["system"].removeprefix(
                "urn:oid:"
            )
    return "", ""


def _extension(tree: Tree, url: str) -> Tree:
    return next((one for one in tree.get("extension", []) if one.get("url") == url), {})


def _birth_place(resource: Tree) -> str:
    place = _extension(resource, BIRTH_PLACE).get("valueAddress", {})
    code = (
        _extension(place, f"{CORE}fr-core-address-insee-code")
        .get("valueCoding", {})
        .get("code", "")
    )
    return str(code)[:5]


def _telecom(resource: Tree, system: str) -> str:
    for one in resource.get("telecom", []):
        if one.get("system") == system:
            return str(one.get("value", ""))
    return ""
