"""How nomenclatures are named, when a code is valid, and when a file may close codes (pure)."""

from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid5

from enrs.core.fhir.rules.requests import search_text

LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
HL7 = "http://terminology.hl7.org/CodeSystem/"

KNOWN_SYSTEMS: dict[str, tuple[str, str]] = {
    "2.16.840.1.113883.6.1": (LOINC, "LOINC"),
    "2.16.840.1.113883.6.96": (SNOMED, "SNOMED CT"),
    "2.16.840.1.113883.6.3": ("http://hl7.org/fhir/sid/icd-10", "CIM-10"),
    "2.16.840.1.113883.6.8": ("http://unitsofmeasure.org", "UCUM"),
    "2.16.840.1.113883.6.73": ("http://www.whocc.no/atc", "ATC"),
    "2.16.840.1.113883.5.1": (f"{HL7}v3-AdministrativeGender", "AdministrativeGender (HL7 v3)"),
    "2.16.840.1.113883.5.4": (f"{HL7}v3-ActCode", "ActCode (HL7 v3)"),
    "2.16.840.1.113883.5.25": (f"{HL7}v3-Confidentiality", "Confidentiality (HL7 v3)"),
    "2.16.840.1.113883.5.83": (f"{HL7}v3-ObservationInterpretation", "ObservationInterpretation (HL7 v3)"),
    "2.16.840.1.113883.5.84": (f"{HL7}v3-ObservationMethod", "ObservationMethod (HL7 v3)"),
    "2.16.840.1.113883.5.90": (f"{HL7}v3-ParticipationType", "ParticipationType (HL7 v3)"),
    "2.16.840.1.113883.5.110": (f"{HL7}v3-RoleClass", "RoleClass (HL7 v3)"),
    "2.16.840.1.113883.5.111": (f"{HL7}v3-RoleCode", "RoleCode (HL7 v3)"),
}  # fmt: skip
"""OID to the address that FHIR gives a code system, and its name. Source: FHIR R4, « Using codes », and the
registry of HL7. A system that is not here is named `urn:oid:…`, until a file of its own gives its address."""

EQUIVALENCES = {
    "relatedto": "en rapport", "equivalent": "équivalent", "equal": "égal", "wider": "plus large",
    "subsumes": "englobe", "narrower": "plus étroit", "specializes": "précise", "inexact": "approchant",
    "unmatched": "sans correspondance", "disjoint": "différent",
}  # fmt: skip
"""FHIR's words for how the target stands to the source, in French."""

MATCHING = frozenset(EQUIVALENCES) - {"unmatched", "disjoint"}

CLOSES_AT_MOST = 0.5
FEW = 20
"""A file that closes more than half of a nomenclature of more than twenty codes closes nothing unless
somebody says that it is so: a part of a file passes for a new version too easily."""


def key_of(kind: str, url: str) -> UUID:
    """The identifier of a nomenclature, the same in every installation and after any reload."""
    return uuid5(NAMESPACE_URL, f"{kind} {url}")


def search_key(code: str, display: str) -> str:
    """What a search reads: the words of a code and of its label, lower case and without accents."""
    return f"{search_text(display)} {search_text(code)}".strip()


def words_of(text: str) -> list[str]:
    """The words of a search, as `search_key` keeps them; each stands for whatever begins with it."""
    return search_text(text).split()


def same_words(one: str, other: str) -> bool:
    """Whether two labels differ by accents, capitals or punctuation alone."""
    return search_text(one) == search_text(other)


def is_valid(
    *, valid_from: date | None, valid_until: date | None, is_inactive: bool, on: date
) -> bool:
    """Whether a code may be used on a day; `valid_until` is the first day on which it may not."""
    begun = valid_from is None or valid_from <= on
    return begun and not is_inactive and (valid_until is None or on < valid_until)


def may_close(*, known: int, missing: int) -> bool:
    """Whether a new version may close what it no longer lists."""
    return known <= FEW or missing <= known * CLOSES_AT_MOST


def oid_of(address: str) -> str:
    """The OID of `urn:oid:…`, or of a bare one; '' for another address."""
    bare = address.removeprefix("urn:oid:")
    return bare if bare[:2] in ("0.", "1.", "2.") and bare.replace(".", "").isdigit() else ""


def system_address(address: str) -> tuple[str, str, str]:
    """(address, OID, name) of a code system named by an address or an OID."""
    oid = oid_of(address)
    if oid in KNOWN_SYSTEMS:
        url, name = KNOWN_SYSTEMS[oid]
        return url, oid, name
    if oid:
        return f"urn:oid:{oid}", oid, ""
    known = next((key for key, (url, _) in KNOWN_SYSTEMS.items() if url == address), "")
    return address, known, KNOWN_SYSTEMS[known][1] if known else ""
