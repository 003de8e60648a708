"""Patients as FHIR R4 resources of FR Core 2.2, and their search keys.

The INS travels only under a qualified identity: its slices exist in `fr-core-patient-ins` alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from enrs.formats.ins import (
    INS_DEMO_OID,
    INS_NIA_OID,
    INS_NIR_OID,
    INS_TEST_OID,
)
from enrs.referentials.identity.models import SourceIdentity
from enrs.referentials.identity.rules import plain

CORE = "https://hl7.fr/ig/fhir/core/StructureDefinition/"
TYPES = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
V2_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
RELIABILITY = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445"
COMMUNES = "https://mos.esante.gouv.fr/NOS/TRE_R13-Commune/FHIR/TRE-R13-Commune"
BIRTH_PLACE = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"

INS_TYPES = {
    INS_NIR_OID: ("INS-NIR", "official"),
    INS_NIA_OID: ("INS-NIA", "temp"),
    INS_TEST_OID: ("INS-NIR-TEST", "official"),
    INS_DEMO_OID: ("INS-NIR-DEMO", "official"),
}
STATUS_CODES = {
    "provisional": "PROV",
    "retrieved": "RECUP",
    "validated": "VALI",
    "qualified": "QUAL",
}
ATTRIBUTE_CODES = {"doubtful": "DOUT", "fictive": "FICT", "emergency": "FICT", "homonym": "HOMA"}
GENDERS = {"M": "male", "F": "female"}

Keys = list[tuple[str, str]]


def patient(
    regional: Mapping[str, Any],
    identities: Sequence[SourceIdentity],
    *,
    domain: str,
    replaces: Sequence[UUID] = (),
) -> tuple[dict[str, Any], Keys]:
    """The Patient resource of a regional identity and its search keys.

    `regional` has the columns of `RegionalIdentity`; `domain` is the system of the region's own number;
    `replaces` are the patients who became this one. A mere resemblance is never published (no `seealso`).
    """
    qualified = regional["status"] == "qualified" and regional["ins_oid"] in INS_TYPES
    identifiers = _identifiers(regional, identities, domain, qualified=qualified)
    resource: dict[str, Any] = {
        "resourceType": "Patient",
        "id": str(regional["patient_id"]),
        "meta": {"profile": [CORE + ("fr-core-patient-ins" if qualified else "fr-core-patient")]},
        "extension": _extensions(regional),
        "identifier": identifiers,
        "active": True,
        "name": _names(regional),
        "gender": GENDERS.get(regional["sex"], "unknown"),
    }
    if telecom := _telecom(regional):
        resource["telecom"] = telecom
    if regional["birth_date"]:
        resource["birthDate"] = regional["birth_date"]
    if regional["deceased_at"]:
        resource["deceasedDateTime"] = regional["deceased_at"].isoformat(timespec="seconds")
    if address := _address(regional):
        resource["address"] = [address]
    if replaces:
        resource["link"] = [
            {"other": {"reference": f"Patient/{one}"}, "type": "replaces"} for one in replaces
        ]
    return resource, _keys(regional, identifiers, resource["gender"])


def replaced(patient_id: UUID, by: UUID) -> dict[str, Any]:
    """The Patient resource of one who became another: a link and nothing else."""
    return {
        "resourceType": "Patient",
        "id": str(patient_id),
        "meta": {"profile": [CORE + "fr-core-patient"]},
        "active": False,
        "link": [{"other": {"reference": f"Patient/{by}"}, "type": "replaced-by"}],
    }


def _identifiers(
    regional: Mapping[str, Any],
    identities: Sequence[SourceIdentity],
    domain: str,
    *,
    qualified: bool,
) -> list[dict[str, Any]]:
    found = [_identifier("secondary", V2_TYPES, "RRI", domain, str(regional["patient_id"]))]
    if qualified:
        code, use = INS_TYPES[regional["ins_oid"]]
        system = f"urn:oid:{regional['ins_oid']}"
        found.insert(0, _identifier(use, TYPES, code, system, regional["ins"]))
    for one in sorted(identities, key=lambda identity: identity.id):
        if "@" in one.system or one.system.startswith("urn:local:"):
            continue
        use = "usual" if one.absorbed_into_id is None else "old"
        found.append(_identifier(use, V2_TYPES, "PI", one.system, one.value))
    return found


def _identifier(use: str, types: str, code: str, system: str, value: str) -> dict[str, Any]:
    return {
        "use": use,
        "type": {"coding": [{"system": types, "code": code}]},
        "system": system,
        "value": value,
    }


def _extensions(regional: Mapping[str, Any]) -> list[dict[str, Any]]:
    status: list[dict[str, Any]] = [_coding("identityStatus", STATUS_CODES[regional["status"]])]
    found = [{"url": CORE + "fr-core-identity-reliability", "extension": status}]
    if regional["attribute"] in ATTRIBUTE_CODES:
        comment = [_coding("identityStatus", ATTRIBUTE_CODES[regional["attribute"]])]
        found.append({"url": CORE + "fr-core-identity-reliability", "extension": comment})
    if regional["birth_place_code"]:
        code = {
            "url": CORE + "fr-core-address-insee-code",
            "valueCoding": {"system": COMMUNES, "code": regional["birth_place_code"]},
        }
        found.append({"url": BIRTH_PLACE, "valueAddress": {"extension": [code]}})  # type: ignore[dict-item]
    return found


def _coding(url: str, code: str) -> dict[str, Any]:
    return {"url": url, "valueCoding": {"system": RELIABILITY, "code": code}}


def _names(regional: Mapping[str, Any]) -> list[dict[str, Any]]:
    official: dict[str, Any] = {"use": "official", "family": regional["birth_name"]}
    if regional["first_given_name"]:
        official["given"] = [regional["first_given_name"]]
    if regional["given_names"]:
        official["extension"] = [
            {
                "url": CORE + "fr-core-patient-birth-list-given-name",
                "valueString": regional["given_names"],
            }
        ]
    if not (regional["used_name"] or regional["used_given_name"]):
        return [official]
    usual: dict[str, Any] = {
        "use": "usual",
        "family": regional["used_name"] or regional["birth_name"],
    }
    given = regional["used_given_name"] or regional["first_given_name"]
    if given:
        usual["given"] = [given]
    return [official, usual]


def _telecom(regional: Mapping[str, Any]) -> list[dict[str, str]]:
    pairs = (("phone", regional["phone"]), ("email", regional["email"]))
    return [{"system": system, "value": value} for system, value in pairs if value]


def _address(regional: Mapping[str, Any]) -> dict[str, Any]:
    address: dict[str, Any] = {}
    if regional["address"]:
        address["line"] = [regional["address"]]
    if regional["city"]:
        address["city"] = regional["city"]
    if regional["postal_code"]:
        address["postalCode"] = regional["postal_code"]
    return {"use": "home", **address} if address else {}


def _keys(regional: Mapping[str, Any], identifiers: list[dict[str, Any]], gender: str) -> Keys:
    """Search keys: strings in lower case without accents, tokens with and without their system."""
    keys: Keys = [("gender", gender), ("active", "true")]
    for one in identifiers:
        keys += [("identifier", f"{one['system']}|{one['value']}"), ("identifier", one["value"])]
    families = {regional["name_key"], regional["used_key"]} - {""}
    givens = {regional["given_key"]} - {""}
    keys += [("family", value.lower()) for value in sorted(families)]
    keys += [("given", value.lower()) for value in sorted(givens)]
    keys += [("name", value.lower()) for value in sorted(families | givens)]
    if regional["birth_date"]:
        keys.append(("birthdate", regional["birth_date"]))
    for name, column in (("address-city", "city"), ("address-postalcode", "postal_code")):
        if value := plain(regional[column]).lower():
            keys += [(name, value), ("address", value)]
    keys += [("telecom", value) for value in (regional["phone"], regional["email"]) if value]
    return keys


def replaced_keys(patient_id: UUID, domain: str) -> Keys:
    """The keys of who became another: their regional number leads to the link."""
    number = str(patient_id)
    return [
        ("active", "false"),
        ("identifier", f"{domain}|{number}"),
        ("identifier", number),
    ]
