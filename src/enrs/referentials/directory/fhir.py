"""Directory objects as FHIR R4 resources of the French Core profiles, with their search keys.

Many are made at once: what stands beside them (mailboxes, qualifications) is read for all of them together.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from enrs.core.fhir.commands import Publication, publication
from enrs.referentials.directory.fhir_beside import (
    NOS,
    mailbox_keys,
    mailbox_points,
    qualifications,
)
from enrs.referentials.directory.models import (
    LegalEntity,
    Organisation,
    Practitioner,
    PractitionerRole,
)
from enrs.referentials.directory.queries.beside import (
    Box,
    Skill,
    known_entities,
    mailboxes_of_people,
    mailboxes_of_places,
    mailboxes_of_roles,
    qualifications_of,
)
from enrs.referentials.directory.rules import name_key

IDNPS = "urn:oid:1.2.250.1.71.4.2.1"
IDNAT_STRUCT = "urn:oid:1.2.250.1.71.4.2.2"
RPPS = "https://rpps.esante.gouv.fr"
FINESS = "https://finess.esante.gouv.fr"
SIRENE = "https://sirene.fr"
IDENTIFIER_TYPES = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
PROFILE = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-"
PROFESSIONS = f"{NOS}TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"
SPECIALITIES = f"{NOS}TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale"
FUNCTIONS = f"{NOS}TRE_R21-Fonction/FHIR/TRE-R21-Fonction"
CATEGORIES = f"{NOS}TRE_R66-CategorieEtablissement/FHIR/TRE-R66-CategorieEtablissement"
LEGAL_STATUS = f"{NOS}TRE_R72-FinessStatutJuridique/FHIR/TRE-R72-FinessStatutJuridique"
LEGAL_STATUSES = (
    LEGAL_STATUS,
    "https://smt.esante.gouv.fr/fhir/CodeSystem/tre-r400-finess-statut-juridique",
)
"""Legal statuses as NOS publishes them, and as the JSON flow of FINESS names them."""
ORGANISATION_TYPES = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-3307"
LEGAL, GEOGRAPHICAL = "LEGAL-ENTITY", "GEOGRAPHICAL-ENTITY"
"""What tells a legal entity from an establishment (French Core; Annuaire Santé)."""

Tree = dict[str, Any]
Keys = list[tuple[str, str]]


def practitioner_publications(people: Sequence[Practitioner]) -> list[Publication]:
    """Practitioners with their mailboxes and qualifications."""
    ids = [one.id for one in people]
    boxes, skills = mailboxes_of_people(ids), qualifications_of(ids)
    return [_practitioner(one, boxes.get(one.id, []), skills.get(one.id, [])) for one in people]


def organisation_publications(places: Sequence[Organisation]) -> list[Publication]:
    """Organizations with the mailboxes that are their own; `partOf` is their legal entity, when it is known."""
    boxes = mailboxes_of_places([one.id for one in places])
    entities = known_entities({one.finess_ej for one in places if one.finess_ej})
    return [
        _organisation(one, boxes.get(one.id, []), entities.get(one.finess_ej)) for one in places
    ]


def entity_publications(entities: Sequence[LegalEntity]) -> list[Publication]:
    """Organizations of the legal entities of FINESS."""
    return [_entity(one) for one in entities]


def role_publications(roles: Sequence[PractitionerRole]) -> list[Publication]:
    """PractitionerRoles, each with the mailboxes that its professional has for its structure."""
    boxes = mailboxes_of_roles({one.practitioner_id for one in roles})
    return [
        _role(one, boxes.get((one.practitioner_id, one.organisation_id), []))
        if one.organisation_id
        else _role(one, [])
        for one in roles
    ]


def practitioner_publication(person: Practitioner) -> Publication:
    """One Practitioner."""
    return practitioner_publications([person])[0]


def organisation_publication(place: Organisation) -> Publication:
    """One Organization."""
    return organisation_publications([place])[0]


def _practitioner(
    person: Practitioner, boxes: Sequence[Box], skills: Sequence[Skill]
) -> Publication:
    """Found by identifier, family, given, name, email and active."""
    identifiers = [_identifier("IDNPS", IDNPS, person.idnat)]
    if person.rpps:
        identifiers.append(_identifier("RPPS", RPPS, person.rpps))
    name: Tree = {"use": "official", "family": person.family}
    if person.given:
        name["given"] = person.given.split(" ")
    if person.title:
        name["prefix"] = [person.title]
    keys = _identifier_keys(identifiers)
    keys += [("family", _text(person.family)), ("given", _text(person.given))]
    keys += [
        ("name", _text(person.family)),
        ("name", _text(person.given)),
        _active(person.is_active),
    ]
    tree = {
        "resourceType": "Practitioner",
        "id": str(person.id),
        "meta": {"profile": [PROFILE + "practitioner"]},
        "identifier": identifiers,
        "active": person.is_active,
        "name": [name],
    }
    if boxes:
        tree["telecom"] = mailbox_points(boxes)
    if skills:
        tree["qualification"] = qualifications(skills)
    return _public(tree, keys + mailbox_keys(boxes))


def _organisation(
    place: Organisation, boxes: Sequence[Box], entity: UUID | None = None
) -> Publication:
    """Found by identifier, name, type, partof, address-city, address-postalcode and active."""
    identifiers = []
    if place.finess_eg:
        identifiers.append(_identifier("FINEG", FINESS, place.finess_eg))
        identifiers.append(_identifier("IDNST", IDNAT_STRUCT, "1" + place.finess_eg))
    if place.siret:
        identifiers.append(_identifier("SIRET", SIRENE, place.siret))
        if not place.finess_eg:
            identifiers.append(_identifier("IDNST", IDNAT_STRUCT, "3" + place.siret))
    if not identifiers:
        identifiers.append(_identifier("INTRN", IDNAT_STRUCT, place.technical_id or str(place.id)))
    tree: Tree = {
        "resourceType": "Organization",
        "id": str(place.id),
        "meta": {"profile": [PROFILE + "organization"]},
        "identifier": identifiers,
        "active": not place.is_closed,
        "name": place.name,
    }
    types = [(ORGANISATION_TYPES, GEOGRAPHICAL, "")] if place.finess_eg else []
    if place.category_code:
        types.append((CATEGORIES, place.category_code, place.category_label))
    if types:
        tree["type"] = [_concept(*one) for one in types]
    if place.city or place.address:
        tree["address"] = [_address(place)]
    if entity:
        tree["partOf"] = {"reference": f"Organization/{entity}"}
    telecom = _telecom(place.phone, place.email) + mailbox_points(boxes)
    if telecom:
        tree["telecom"] = telecom
    keys = _identifier_keys(identifiers)
    keys += [("name", _text(place.name)), _active(not place.is_closed)]
    keys += _town_keys(place) + _type_keys(types)
    keys += [("partof", f"Organization/{entity}")] if entity else []
    return _public(tree, keys)


def _entity(entity: LegalEntity) -> Publication:
    """Found by identifier (FINESS, SIREN), name, type, address-city, address-postalcode and active."""
    identifiers = [
        _identifier("FINEJ", FINESS, entity.finess),
        _identifier("IDNST", IDNAT_STRUCT, "1" + entity.finess),
    ]
    if entity.siren:
        identifiers.append(_identifier("SIREN", SIRENE, entity.siren))
    types = [(ORGANISATION_TYPES, LEGAL, "")]
    if entity.status_code:
        types.append((LEGAL_STATUS, entity.status_code, entity.status_label))
    tree: Tree = {
        "resourceType": "Organization",
        "id": str(entity.id),
        "meta": {"profile": [PROFILE + "organization"]},
        "identifier": identifiers,
        "active": not entity.is_closed,
        "type": [_concept(*one) for one in types],
        "name": entity.name,
    }
    if entity.city or entity.address:
        tree["address"] = [_address(entity)]
    if telecom := _telecom(entity.phone, ""):
        tree["telecom"] = telecom
    keys = _identifier_keys(identifiers)
    keys += [("name", _text(entity.name)), _active(not entity.is_closed)]
    return _public(tree, keys + _town_keys(entity) + _type_keys(types))


def _town_keys(place: Organisation | LegalEntity) -> Keys:
    keys = [("address-city", _text(place.city))] if place.city else []
    return keys + ([("address-postalcode", place.postal_code)] if place.postal_code else [])


def _type_keys(types: Sequence[tuple[str, str, str]]) -> Keys:
    return [key for system, code, _ in types for key in _token("type", system, code)]


def _role(role: PractitionerRole, boxes: Sequence[Box]) -> Publication:
    """Found by practitioner, organization, role, specialty, email and active."""
    tree: Tree = {
        "resourceType": "PractitionerRole",
        "id": str(role.id),
        "meta": {"profile": [PROFILE + "practitioner-role"]},
        "active": role.is_active,
        "practitioner": {"reference": f"Practitioner/{role.practitioner_id}"},
    }
    keys: Keys = [("practitioner", f"Practitioner/{role.practitioner_id}"), _active(role.is_active)]
    if role.organisation_id:
        tree["organization"] = {"reference": f"Organization/{role.organisation_id}"}
        keys.append(("organization", f"Organization/{role.organisation_id}"))
    codes = []
    if role.profession_code:
        codes.append(_concept(PROFESSIONS, role.profession_code, role.profession_label))
        keys += _token("role", PROFESSIONS, role.profession_code)
    if role.function_code:
        codes.append(_concept(FUNCTIONS, role.function_code, role.function_label))
        keys += _token("role", FUNCTIONS, role.function_code)
    if codes:
        tree["code"] = codes
    if role.speciality_code:
        tree["specialty"] = [_concept(SPECIALITIES, role.speciality_code, role.speciality_label)]
        keys += _token("specialty", SPECIALITIES, role.speciality_code)
    telecom = _telecom(role.phone, role.email) + mailbox_points(boxes)
    if telecom:
        tree["telecom"] = telecom
    if role.email:
        keys.append(("email", role.email.lower()))
    return _public(tree, keys + mailbox_keys(boxes))


def _public(tree: Tree, keys: Keys) -> Publication:
    return publication(tree, patient_id=None, category="", keys=keys)


def _identifier(kind: str, system: str, value: str) -> Tree:
    coding = {"system": IDENTIFIER_TYPES, "code": kind}
    return {"use": "official", "type": {"coding": [coding]}, "system": system, "value": value}


def _identifier_keys(identifiers: list[Tree]) -> Keys:
    return [key for one in identifiers for key in _token("identifier", one["system"], one["value"])]


def _token(name: str, system: str, code: str) -> Keys:
    return [(name, f"{system}|{code}"), (name, code)]


def _active(value: bool) -> tuple[str, str]:
    return "active", "true" if value else "false"


def _text(value: str) -> str:
    return name_key(value).lower()


def _concept(system: str, code: str, label: str) -> Tree:
    coding = {"system": system, "code": code}
    return (
        {"coding": [coding | {"display": label}], "text": label} if label else {"coding": [coding]}
    )


def _address(place: Organisation | LegalEntity) -> Tree:
    parts: Tree = {"use": "work", "country": "FR"}
    if place.address:
        parts["line"] = [place.address]
    if place.city:
        parts["city"] = place.city
    if place.postal_code:
        parts["postalCode"] = place.postal_code
    return parts


def _telecom(phone: str, email: str) -> list[Tree]:
    given = [("phone", phone), ("email", email)]
    return [{"system": kind, "value": value, "use": "work"} for kind, value in given if value]
