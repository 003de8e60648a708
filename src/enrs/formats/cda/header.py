"""Reads the header of a CDA document into Metadata, with the names of XDS and MHD (CI-SIS,
structuration minimale).
"""

import re

from lxml import etree

from enrs.formats.cda.format_codes import guess_format_code
from enrs.formats.cda.model import (
    ID_NAT_PS,
    ID_NAT_STRUCT,
    INS_OIDS,
    Code,
    Encounter,
    Identifier,
    Metadata,
    Moment,
    Organization,
    Party,
    Patient,
    ServiceEvent,
)
from enrs.formats.cda.nodes import (
    LAB,
    attr,
    code_of,
    elements,
    first,
    identifier_of,
    interval,
    kids,
    local_name,
    parse_moment,
    squeeze,
    text_of,
)
from enrs.formats.cda.reader import CdaDocument

_ENTITIES = (
    "assignedAuthor", "assignedEntity", "intendedRecipient", "associatedEntity", "relatedEntity",
    "participantRole", "guardian",
)  # fmt: skip
_PERSONS = (
    "assignedPerson", "informationRecipient", "associatedPerson", "relatedPerson", "playingEntity",
    "guardianPerson",
)  # fmt: skip
_ORGANIZATIONS = (
    "representedOrganization", "receivedOrganization", "scopingOrganization",
    "guardianOrganization", "scopingEntity",
)  # fmt: skip
_SECURE_MAIL = re.compile(r"[@.]mssante\.fr$", re.IGNORECASE)


def metadata(document: CdaDocument) -> Metadata:
    """The header as Metadata; what the document does not say stays empty (see missing)."""
    root = document.root
    templates = tuple(identifier_of(node) for node in kids(root, "templateId"))
    events = _service_events(root)
    media = "" if document.is_structured else attr(first(document.body, "text"), "mediaType")
    legal = first(root, "legalAuthenticator")
    encounter = first(root, "componentOf", "encompassingEncounter")
    version = attr(first(root, "versionNumber"), "value")
    set_id = first(root, "setId")
    return Metadata(
        unique_id=_first_identifier(root),
        set_id=identifier_of(set_id) if set_id is not None else None,
        version_number=int(version) if version.isascii() and version.isdigit() else None,
        replaces=_replaced(root),
        type_code=code_of(first(root, "code")),
        title=text_of(first(root, "title")),
        creation_time=parse_moment(attr(first(root, "effectiveTime"), "value")),
        confidentiality=code_of(first(root, "confidentialityCode")),
        language=attr(first(root, "languageCode"), "code"),
        template_ids=templates,
        format_code=guess_format_code(templates, media.lower()),
        patient=_patient(first(root, "recordTarget", "patientRole")),
        authors=tuple(party_of(node, "AUT") for node in kids(root, "author")),
        custodian=_organization(
            first(root, "custodian", "assignedCustodian", "representedCustodianOrganization")
        ),
        legal_authenticator=party_of(legal, "LA") if legal is not None else None,
        authenticators=tuple(party_of(node, "AUTHEN") for node in kids(root, "authenticator")),
        recipients=tuple(party_of(node, "PRCP") for node in kids(root, "informationRecipient")),
        participants=tuple(party_of(node, "") for node in kids(root, "participant")),
        informants=tuple(party_of(node, "INF") for node in kids(root, "informant")),
        orders=_orders(root),
        service_events=events,
        informations=_informations(root),
        encounter=_encounter(encounter) if encounter is not None else None,
        practice_setting=_practice_setting(events),
    )


def missing(meta: Metadata) -> list[str]:
    """What XDS requires of a document entry and this header lacks, in French words."""
    wanted = (
        ("l'identifiant du document", meta.unique_id.root),
        ("le type du document", meta.type_code),
        ("le titre", meta.title),
        ("la date de création", meta.creation_time),
        ("le niveau de confidentialité", meta.confidentiality),
        ("la langue", meta.language),
        ("l'identité du patient", meta.patient.birth_name),
        ("l'identifiant du patient", meta.patient.ins or meta.patient.identifiers),
        ("l'auteur", meta.authors),
        ("la structure de conservation", meta.custodian),
        ("le responsable du document", meta.legal_authenticator),
        ("l'acte documenté", meta.service_events),
        ("le type de structure", meta.facility_type),
        ("le cadre d'exercice", meta.practice_setting),
    )
    return [words for words, value in wanted if not value]


def _first_identifier(node: etree._Element) -> Identifier:
    found = first(node, "id")
    return identifier_of(found) if found is not None else Identifier()


def _replaced(root: etree._Element) -> tuple[Identifier, ...]:
    return tuple(
        identifier_of(node)
        for link in kids(root, "relatedDocument")
        if attr(link, "typeCode") == "RPLC"
        for parent in kids(link, "parentDocument")
        for node in kids(parent, "id")
    )


def _orders(root: etree._Element) -> tuple[Identifier, ...]:
    return tuple(
        identifier_of(node)
        for link in kids(root, "inFulfillmentOf")
        for order in kids(link, "order")
        for node in kids(order, "id")
    )


def _patient(role: etree._Element | None) -> Patient:
    if role is None:
        return Patient()
    person = first(role, "patient")
    name = first(person, "name")
    identifiers = tuple(identifier_of(node) for node in kids(role, "id"))
    place = first(person, "birthplace", "place", "addr")
    birth = parse_moment(attr(first(person, "birthTime"), "value"))
    telecoms = _telecoms(role)
    sex = attr(first(person, "administrativeGenderCode"), "code")
    return Patient(
        ins=next((item for item in identifiers if item.root in INS_OIDS), None),
        identifiers=tuple(item for item in identifiers if item.root not in INS_OIDS),
        birth_name=_qualified(name, "family", "BR") or _unqualified(name, "family"),
        first_given_name=_qualified(name, "given", "BR") or _unqualified(name, "given", 1),
        given_names=_unqualified(name, "given"),
        used_name=_qualified(name, "family", "CL") or _qualified(name, "family", "SP"),
        used_given_name=_qualified(name, "given", "CL"),
        birth_date=_as_date(birth),
        sex=sex,
        birth_place_code=text_of(first(place, "county")),
        birth_place=text_of(first(place, "city")),
        address=_address(first(role, "addr")),
        telecoms=telecoms,
        mailbox=_mailbox(telecoms),
        guardians=tuple(_entity_party(node, "GUARD") for node in kids(person, "guardian")),
    )


def _as_date(moment: Moment) -> str:
    if moment is None or isinstance(moment, str):
        return moment or ""
    return moment.date().isoformat()


def _qualified(name: etree._Element | None, part: str, qualifier: str) -> str:
    for node in kids(name, part):
        if qualifier in attr(node, "qualifier").split():
            return text_of(node)
    return ""


def _unqualified(name: etree._Element | None, part: str, most: int | None = None) -> str:
    found = [text_of(node) for node in kids(name, part) if not attr(node, "qualifier")]
    return " ".join(found[:most])


def _address(node: etree._Element | None) -> tuple[str, ...]:
    """The address as lines; structured parts are put in the French postal order."""
    if node is None:
        return ()
    lines = tuple(text_of(item) for item in kids(node, "streetAddressLine"))
    if lines:
        return tuple(line for line in lines if line)

    def joined(*names: str) -> str:
        return " ".join(text_of(item) for name in names for item in kids(node, name)).strip()

    rows = (
        joined("additionalLocator", "unitID"),
        joined("houseNumber", "houseNumberNumeric", "streetNameType", "streetName"),
        joined("postBox"),
        joined("postalCode", "city"),
        joined("country"),
    )
    return tuple(row for row in rows if row)


def _telecoms(node: etree._Element) -> tuple[str, ...]:
    return tuple(value for item in kids(node, "telecom") if (value := attr(item, "value")))


def _mailbox(telecoms: tuple[str, ...]) -> str:
    """The MSSanté address only: any other mail address must never receive health data."""
    mails = (item[7:] for item in telecoms if item.lower().startswith("mailto:"))
    return next((mail for mail in mails if _SECURE_MAIL.search(mail)), "")


def party_of(node: etree._Element, role: str) -> Party:
    """An author, authenticator, recipient, participant, informant or performer as Party.

    ``role`` is the default when the element has no typeCode (and its entity no classCode).
    """
    entity = next((item for item in elements(node) if local_name(item) in _ENTITIES), None)
    own = attr(node, "typeCode")
    kind = own or (attr(entity, "classCode") if local_name(node) == "informant" else "") or role
    start, end = interval(first(node, "time"))
    function = code_of(first(node, "functionCode"))
    return _entity_party(entity, kind, function, start, end)


def _entity_party(
    entity: etree._Element | None,
    role: str,
    function: Code | None = None,
    start: Moment = None,
    end: Moment = None,
) -> Party:
    if entity is None:
        return Party(role=role, function=function, at=start, until=end)
    person = next((item for item in elements(entity) if local_name(item) in _PERSONS), None)
    owner = next((item for item in elements(entity) if local_name(item) in _ORGANIZATIONS), None)
    name = first(person, "name")
    identifiers = tuple(identifier_of(item) for item in kids(entity, "id"))
    telecoms = _telecoms(entity)
    device = first(entity, "assignedAuthoringDevice")
    family = text_of(first(name, "family"))
    return Party(
        role=role,
        idnat=_extension(identifiers, ID_NAT_PS),
        family=family or (text_of(name) if first(name, "given") is None else ""),
        given=" ".join(text_of(item) for item in kids(name, "given")),
        prefix=text_of(first(name, "prefix")),
        suffix=text_of(first(name, "suffix")),
        profession=code_of(first(entity, "code")),
        function=function,
        organization=_organization(owner),
        mailbox=_mailbox(telecoms),
        telecoms=telecoms,
        identifiers=tuple(item for item in identifiers if item.root != ID_NAT_PS),
        device=squeeze(
            f"{text_of(first(device, 'manufacturerModelName'))} "
            f"{text_of(first(device, 'softwareName'))}"
        ),
        at=start,
        until=end,
    )


def _extension(identifiers: tuple[Identifier, ...], root: str) -> str:
    return next((item.extension for item in identifiers if item.root == root), "")


def _organization(node: etree._Element | None) -> Organization | None:
    if node is None:
        return None
    identifiers = tuple(identifier_of(item) for item in kids(node, "id"))
    return Organization(
        idnat=_extension(identifiers, ID_NAT_STRUCT),
        name=text_of(first(node, "name")),
        identifiers=tuple(item for item in identifiers if item.root != ID_NAT_STRUCT),
        telecoms=_telecoms(node),
        practice_setting=code_of(first(node, "standardIndustryClassCode")),
    )


def _service_events(root: etree._Element) -> tuple[ServiceEvent, ...]:
    found = (first(link, "serviceEvent") for link in kids(root, "documentationOf"))
    return tuple(
        _service_event(node)
        for node in found
        if node is not None and attr(node, "classCode") != "INFO"
    )


def _informations(root: etree._Element) -> tuple[Code, ...]:
    """What a prescription says of itself (bizone, urgent…)."""
    found = (first(link, "serviceEvent") for link in kids(root, "documentationOf"))
    codes = (code_of(first(one, "code")) for one in found if attr(one, "classCode") == "INFO")
    return tuple(one for one in codes if one is not None)


def _service_event(node: etree._Element) -> ServiceEvent:
    start, end = interval(first(node, "effectiveTime"))
    status = first(node, "statusCode")
    if status is None:
        status = node.find(f"{{{LAB}}}statusCode")
    return ServiceEvent(
        code=code_of(first(node, "code")),
        start=start,
        end=end,
        status=attr(status, "code"),
        identifiers=tuple(identifier_of(item) for item in kids(node, "id")),
        performers=tuple(party_of(item, "PRF") for item in kids(node, "performer")),
    )


def _practice_setting(events: tuple[ServiceEvent, ...]) -> Code | None:
    """practiceSettingCode: the frame of practice of the first act's performer (CI-SIS, JDV_J04)."""
    for event in events:
        for performer in event.performers:
            if performer.organization and performer.organization.practice_setting:
                return performer.organization.practice_setting
    return None


def _encounter(node: etree._Element) -> Encounter:
    start, end = interval(first(node, "effectiveTime"))
    facility = first(node, "location", "healthCareFacility")
    owner = first(facility, "serviceProviderOrganization")
    responsible = first(node, "responsibleParty")
    identifiers = [identifier_of(item) for item in (*kids(facility, "id"), *kids(owner, "id"))]
    return Encounter(
        identifiers=tuple(identifier_of(item) for item in kids(node, "id")),
        code=code_of(first(node, "code")),
        start=start,
        end=end,
        facility_type=code_of(first(facility, "code")),
        facility_name=text_of(first(facility, "location", "name")) or text_of(first(owner, "name")),
        facility_idnat=_extension(tuple(identifiers), ID_NAT_STRUCT),
        responsible=party_of(responsible, "RESP") if responsible is not None else None,
    )
