"""The offer as FHIR R4: HealthcareService and Location of the ROR profiles, with their search keys.

Profiles and extension names after the published guide (`interop.esante.gouv.fr/ig/fhir/ror`). City offers
are not here: the ROR publishes them as PractitionerRole, which the directory does.
"""

from collections.abc import Sequence
from typing import Any

from enrs.core.fhir.commands import Publication, publication
from enrs.core.fhir.rules.identifiers import identifier_keys
from enrs.referentials.directory.fhir import FINESS, IDENTIFIER_TYPES
from enrs.referentials.directory.models import Organisation
from enrs.referentials.directory.rules import name_key
from enrs.referentials.offer.models import HealthcareService
from enrs.referentials.offer.registry import location_extensions, location_identifiers
from enrs.referentials.offer.rules.contacts import FREE
from enrs.referentials.offer.rules.hours import DAY
from enrs.referentials.offer.rules.openings import days_of
from enrs.referentials.offer.tables import OWN_SYSTEM, find, system_of

ROR = "https://interop.esante.gouv.fr/ig/fhir/ror/StructureDefinition/"
COMMUNES = "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"
IDENTIFIERS = "urn:enrs:offer:unit"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Tree = dict[str, Any]
Keys = list[tuple[str, str]]
KINDS = ("HealthcareService", "Location")
AGES = f"{ROR}ror-healthcareservice-patient-type"
PUBLIC = "supportedPatientInfo"
ZONE = f"{ROR}ror-healthcareservice-intervention-zone"
EQUIPMENT = f"{ROR}ror-location-equipment"
LIMIT = f"{ROR}ror-location-equipment-limit"
UCUM, KILOGRAMS = "http://unitsofmeasure.org", "kg"
EFFECTIVE = f"{ROR}ror-available-time-effective-opening-closing-date"
PART = "https://enrs.fr/fhir/StructureDefinition/offre-internal-organisation"
"""In which pole or service a unit stands: `providedBy` stays its site, which bears a FINESS number."""
WHY = "https://enrs.fr/fhir/StructureDefinition/offre-opening-words"
CONTACT = f"{ROR}ror-healthcareservice-contact"


def publications(
    services: Sequence[HealthcareService], kinds: Sequence[str] = KINDS
) -> list[Publication]:
    """The resources of these offers; those never published, and the city's, have none."""
    shown = [one for one in services if one.kind != "city" and one.published_at is not None]
    ids = [one.pk for one in shown] if "Location" in kinds else []
    extensions, names = location_extensions(ids), location_identifiers(ids)
    found = []
    for one in shown:
        if "HealthcareService" in kinds:
            found.append(service_publication(one))
        if "Location" in kinds:
            parts, known_as = extensions.get(one.pk, []), names.get(one.pk, [])
            found.append(location_publication(one, parts, known_as))
    return found


def service_publication(one: HealthcareService) -> Publication:
    """A HealthcareService, found by identifier, name, organization, location, service-category,
    service-type, specialty, characteristic and active.

    Its zone is an extension of communes: FHIR's `coverage-area` looks for Locations, which they are not.
    """
    is_active = one.state == HealthcareService.State.PUBLISHED
    activity = _code("activity", one.activity_code)
    fields = [_code("field", one.field_code)] if one.field_code else []
    specialities = [_code("speciality", code) for code in one.speciality_codes]
    characteristics = [
        _code(name, code)
        for name, codes in (
            ("mode", one.mode_codes), ("reception", one.reception_codes), ("act", one.act_codes),
            ("maternity", [one.maternity_level] if one.maternity_level else []),
        )
        for code in codes
    ]  # fmt: skip
    tree: Tree = {
        "resourceType": "HealthcareService",
        "id": str(one.pk),
        "meta": {"profile": [f"{ROR}ror-healthcareservice"]},
        "identifier": [{"system": IDENTIFIERS, "value": str(one.pk)}],
        "active": is_active,
        "name": one.name,
        "category": [_concept(OWN_SYSTEM + "kind", one.kind, one.get_kind_display())],
        "type": fields,
        "specialty": [activity, *specialities],
        "location": [{"reference": f"Location/{one.pk}"}],
    }
    keys: Keys = [
        ("name", _text(one.name)), ("active", "true" if is_active else "false"),
        ("location", f"Location/{one.pk}"),
    ]  # fmt: skip
    keys += _token("identifier", IDENTIFIERS, str(one.pk))
    if one.site_id:
        tree["providedBy"] = {"reference": f"Organization/{one.site_id}"}
        keys.append(("organization", f"Organization/{one.site_id}"))
    if characteristics:
        tree["characteristic"] = characteristics
    for name, value in (("comment", one.description), ("extraDetails", one.conditions)):
        if value:
            tree[name] = value
    if telecom := [_contact_point(item) for item in one.contacts if item["level"] == FREE]:
        tree["telecom"] = [item for item in telecom if item]
    if extensions := _extensions(one):
        tree["extension"] = extensions
    tree |= _hours(one)
    keys += _coding_keys("service-category", tree["category"])
    keys += _coding_keys("service-type", tree["type"])
    keys += _coding_keys("specialty", tree["specialty"])
    keys += _coding_keys("characteristic", characteristics)
    return publication(
        {name: value for name, value in tree.items() if value not in ([], {})},
        patient_id=None, category="", keys=keys,
    )  # fmt: skip


def location_publication(
    one: HealthcareService, extensions: Sequence[Tree], known_as: Sequence[Tree]
) -> Publication:
    """The Location of a unit, found by identifier, name, organization, status, address-city,
    address-postalcode and equipment. Its identifiers are ours, what else the unit is `known_as`, and the
    FINESS number of its site, which its other units share."""
    identifiers = [{"system": IDENTIFIERS, "value": str(one.pk)}, *known_as, *_of_site(one.site)]
    is_active = one.state == HealthcareService.State.PUBLISHED
    tree: Tree = {
        "resourceType": "Location",
        "id": str(one.pk),
        "meta": {"profile": [f"{ROR}ror-location"]},
        "identifier": identifiers,
        "status": "active" if is_active else "inactive",
        "name": " – ".join(filter(None, [one.name, one.building if one.shows_place else ""])),
        "mode": "instance",
    }
    keys: Keys = [("name", _text(one.name)), ("status", str(tree["status"]))]
    keys += identifier_keys(identifiers)
    if one.site_id:
        tree["managingOrganization"] = {"reference": f"Organization/{one.site_id}"}
        keys.append(("organization", f"Organization/{one.site_id}"))
    address = {
        "line": [one.address] if one.address and one.shows_place else [],
        "city": one.city,
        "postalCode": one.postal_code,
    }
    if kept := {name: value for name, value in address.items() if value}:
        tree["address"] = kept | {"country": "FR"}
    keys += [("address-city", _text(one.city))] if one.city else []
    keys += [("address-postalcode", one.postal_code)] if one.postal_code else []
    if one.shows_place and one.latitude is not None and one.longitude is not None:
        tree["position"] = {"latitude": one.latitude, "longitude": one.longitude}
    whole = [*(equipment_extension(item) for item in one.equipment), *extensions]
    if whole:
        tree["extension"] = whole
    for item in one.equipment:
        keys += _coding_keys("equipment", [_code("equipment", item["code"])])
    return publication(tree, patient_id=None, category="", keys=keys)


def _of_site(site: Organisation | None) -> list[Tree]:
    if site is None or not site.finess_eg:
        return []
    kind = {"coding": [{"system": IDENTIFIER_TYPES, "code": "FINEG"}]}
    return [{"use": "secondary", "type": kind, "system": FINESS, "value": site.finess_eg}]


def _extensions(one: HealthcareService) -> list[Tree]:
    found: list[Tree] = []
    people: list[Tree] = [
        {"url": PUBLIC, "valueCodeableConcept": _code("public", code)} for code in one.public_codes
    ]
    if one.age_from is not None or one.age_to is not None:
        ages = {
            name: {"value": value, "unit": "mois", "system": UCUM, "code": "mo"}
            for name, value in (("low", one.age_from), ("high", one.age_to))
            if value is not None
        }
        people.append({"url": "ageRange", "valueRange": ages})
    if people:
        found.append({"url": AGES, "extension": people})
    found.append(
        {"url": f"{ROR}ror-healthcareservice-sensitive-unit", "valueBoolean": one.is_sensitive}
    )
    if one.internal_organisation_id:
        part = {"reference": f"Organization/{one.internal_organisation_id}"}
        found.append({"url": PART, "valueReference": part})
    if one.psychiatric_sector:
        url = f"{ROR}ror-healthcareservice-psychiatric-sector"
        found.append({"url": url, "valueString": one.psychiatric_sector})
    for code in one.zone_codes:
        zone = {"coding": [{"system": COMMUNES, "code": code}]}
        found.append({"url": ZONE, "valueCodeableConcept": zone})
    # Only what anybody may read is published: any token reads this resource.
    found += [contact_extension(item) for item in one.contacts if item["level"] == FREE]
    return found


def contact_extension(item: Tree) -> Tree:
    """A contact as the extension of the ROR; of its number and its address, the number alone."""
    parts: list[Tree] = [
        {"url": "nature", "valueCodeableConcept": _code("contact", item["nature"])},
        {"url": "confidentialityLevel", "valueCodeableConcept": _code("level", item["level"])},
    ]
    if point := _contact_point(item):
        parts.append({"url": "telecom", "valueContactPoint": point})
    return {"url": CONTACT, "extension": parts}


def _contact_point(item: Tree) -> Tree:
    if item.get("phone"):
        return {"system": "phone", "value": item["phone"], "use": "work"}
    if item.get("email"):
        return {"system": "email", "value": item["email"], "use": "work"}
    return {}


def equipment_extension(item: Tree) -> Tree:
    """A line of equipment as the extension of the ROR."""
    parts: list[Tree] = [
        {"url": "type", "valueCodeableConcept": _code("equipment", item["code"])},
        {"url": "nbInService", "valueInteger": item["count"]},
    ]
    if item["max_weight"]:
        weight = {
            "value": item["max_weight"], "unit": KILOGRAMS, "system": UCUM, "code": KILOGRAMS,
        }  # fmt: skip
        parts.append({"url": "maxWeight", "valueQuantity": weight})
    return {"url": EQUIPMENT, "extension": parts}


def _hours(one: HealthcareService) -> Tree:
    if one.is_always_open:
        times: list[Tree] = [{"daysOfWeek": list(DAYS), "allDay": True}]
    else:
        times = [
            {
                "daysOfWeek": [DAYS[day]],
                "availableStartTime": _clock(opens),
                "availableEndTime": _clock(closes),
            }
            for day, opens, closes in one.hours
        ]
    times += [time for item in one.special_openings for time in _special(item)]
    closed = [
        {
            "description": item["words"] or "Fermé",
            "during": {"start": item["from"], "end": item["to"]},
        }
        for item in one.exceptions
    ]
    return {"availableTime": times, "notAvailable": closed}


def _special(item: Tree) -> list[Tree]:
    """An exceptional opening: its dates in the extension of the ROR, every weekday that they hold, its hours.

    The profile has no word for why; the extension of ours says it.
    """
    extensions: list[Tree] = [
        {"url": EFFECTIVE, "valuePeriod": {"start": item["from"], "end": item["to"]}}
    ]
    if item["words"]:
        extensions.append({"url": WHY, "valueString": item["words"]})
    held = {day.weekday() for day in days_of(item)}
    return [
        {
            "extension": extensions,
            "daysOfWeek": [DAYS[day] for day in sorted(held)],
            "availableStartTime": _clock(opens),
            "availableEndTime": _clock(closes),
        }
        for opens, closes in item["hours"]
    ]


def _clock(minute: int) -> str:
    """A time of FHIR; midnight at the end of a day is its last second."""
    if minute >= DAY:
        return "23:59:59"
    hour, rest = divmod(minute, 60)
    return f"{hour:02d}:{rest:02d}:00"


def _code(name: str, code: str) -> Tree:
    known = find(name, code)
    return _concept(system_of(name, code), code, known.label if known else "")


def _concept(system: str, code: str, label: str) -> Tree:
    coding = {"system": system, "code": code} | ({"display": label} if label else {})
    return {"coding": [coding]} | ({"text": label} if label else {})


def _coding_keys(name: str, concepts: Sequence[Tree]) -> Keys:
    codings = [concept["coding"][0] for concept in concepts]
    return [
        key for one in codings if one["code"] for key in _token(name, one["system"], one["code"])
    ]


def _token(name: str, system: str, code: str) -> Keys:
    return [(name, f"{system}|{code}"), (name, code)]


def _text(value: str) -> str:
    return name_key(value).lower()
