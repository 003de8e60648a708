"""Writes the header of a CDA document from Metadata, in the order of the CDA schema (CI-SIS,
structuration minimale).
"""

from collections.abc import Sequence
from dataclasses import replace

from lxml import etree

from enrs.formats.cda.model import (
    ID_NAT_PS,
    ID_NAT_STRUCT,
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
from enrs.formats.cda.nodes import V3, XSI, format_stamp

_FRENCH_TEMPLATES = (Identifier("2.16.840.1.113883.2.8.2.1"), Identifier("1.2.250.1.213.1.1.1.1"))
_NORMAL = Code("N", "2.16.840.1.113883.5.25", "Normal")
_SEXES = {"M": "Masculin", "F": "Féminin", "U": "Inconnu"}


def add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    """Append an HL7 v3 element with its text and attributes; empty attributes are left out."""
    node = etree.SubElement(parent, f"{{{V3}}}{name}")
    if text:
        node.text = text
    for key, value in attributes.items():
        if value:
            node.set(key, value)
    return node


def complete(meta: Metadata, templates: Sequence[Identifier]) -> Metadata:
    """The metadata as it will be written: French templates, defaults, mailboxes among the telecoms.

    The first author signs when no ``legal_authenticator`` is given; the frame of practice goes
    to the performer of the first act, where CI-SIS wants it.
    """
    wanted = (*_FRENCH_TEMPLATES, *templates)
    roots = {item.root for item in wanted}
    legal = meta.legal_authenticator or (meta.authors[0] if meta.authors else None)
    return replace(
        meta,
        template_ids=(*wanted, *(item for item in meta.template_ids if item.root not in roots)),
        confidentiality=meta.confidentiality or _NORMAL,
        language=meta.language or "fr-FR",
        version_number=meta.version_number or 1,
        patient=replace(
            meta.patient, telecoms=_with_mailbox(meta.patient.telecoms, meta.patient.mailbox)
        ),
        authors=tuple(_contactable(item) for item in meta.authors),
        legal_authenticator=replace(_contactable(legal), role="LA", function=None)
        if legal
        else None,
        authenticators=tuple(_contactable(item) for item in meta.authenticators),
        recipients=tuple(_contactable(item) for item in meta.recipients),
        participants=tuple(_contactable(item) for item in meta.participants),
        informants=tuple(_contactable(item) for item in meta.informants),
        service_events=_events(meta),
    )


def _contactable(party: Party) -> Party:
    return replace(party, telecoms=_with_mailbox(party.telecoms, party.mailbox))


def _with_mailbox(telecoms: tuple[str, ...], mailbox: str) -> tuple[str, ...]:
    address = f"mailto:{mailbox}"
    return telecoms if not mailbox or address in telecoms else (*telecoms, address)


def _events(meta: Metadata) -> tuple[ServiceEvent, ...]:
    events = meta.service_events or (ServiceEvent(start=meta.creation_time),)
    lead = events[0]
    if lead.performers or not meta.authors:
        return events
    author = _contactable(meta.authors[0])
    place = author.organization or Organization()
    performer = replace(
        author,
        role="PRF",
        function=None,
        at=None,
        organization=replace(
            place, practice_setting=meta.practice_setting or place.practice_setting
        ),
    )
    return (replace(lead, performers=(performer,)), *events[1:])


def header_element(meta: Metadata) -> etree._Element:
    """A ClinicalDocument element with the whole header; the caller adds the body."""
    root = etree.fromstring(f'<ClinicalDocument xmlns="{V3}" xmlns:xsi="{XSI}"/>')
    add(root, "realmCode", code="FR")
    add(root, "typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040")
    for template in meta.template_ids:
        identifier_element(root, "templateId", template)
    identifier_element(root, "id", meta.unique_id)
    code_element(root, "code", meta.type_code)
    add(root, "title", meta.title)
    add(root, "effectiveTime", value=format_stamp(meta.creation_time))
    code_element(root, "confidentialityCode", meta.confidentiality)
    add(root, "languageCode", code=meta.language)
    if meta.set_id:
        identifier_element(root, "setId", meta.set_id)
    add(root, "versionNumber", value=str(meta.version_number or 1))
    _patient(root, meta.patient)
    for author in meta.authors:
        _author(root, author)
    for informant in meta.informants:
        _informant(root, informant)
    _custodian(root, meta.custodian)
    _others(root, meta)
    return root


def _others(root: etree._Element, meta: Metadata) -> None:
    for party in meta.recipients:
        entity = add(add(root, "informationRecipient"), "intendedRecipient")
        _entity(entity, party, "informationRecipient", "receivedOrganization")
    if meta.legal_authenticator:
        _authenticator(root, "legalAuthenticator", meta.legal_authenticator)
    for party in meta.authenticators:
        _authenticator(root, "authenticator", party)
    for party in meta.participants:
        node = add(root, "participant", typeCode=party.role)
        code_element(node, "functionCode", party.function)
        period_element(node, "time", party.at, party.until)
        entity = add(node, "associatedEntity", classCode="PROV")
        _entity(entity, party, "associatedPerson", "scopingOrganization")
    for order in meta.orders:
        identifier_element(add(add(root, "inFulfillmentOf"), "order"), "id", order)
    for event in meta.service_events:
        _service_event(root, event)
    for fact in meta.informations:
        code_element(
            add(add(root, "documentationOf"), "serviceEvent", classCode="INFO"), "code", fact
        )
    for replaced in meta.replaces:
        link = add(root, "relatedDocument", typeCode="RPLC")
        identifier_element(add(link, "parentDocument"), "id", replaced)
    if meta.encounter:
        _encounter(root, meta.encounter)


def identifier_element(parent: etree._Element, name: str, item: Identifier) -> None:
    """Write an instance identifier."""
    add(
        parent,
        name,
        root=item.root,
        extension=item.extension,
        assigningAuthorityName=item.authority,
    )


def code_element(
    parent: etree._Element, name: str, code: Code | None, reference: str = ""
) -> etree._Element | None:
    """Write a coded element; its words go inline, or as a ``reference`` to a narrative ID."""
    if code is None:
        return None
    node = add(
        parent,
        name,
        code=code.code,
        codeSystem=code.system,
        displayName=code.display,
        codeSystemName=code.system_name,
        nullFlavor=code.null_flavor,
    )
    if code.original_text:
        original = add(node, "originalText", "" if reference else code.original_text)
        if reference:
            add(original, "reference", value=f"#{reference}")
    for item in code.translations:
        code_element(node, "translation", item)
    return node


def period_element(parent: etree._Element, name: str, start: Moment, end: Moment) -> None:
    """Write a time by its low and high bounds, those that are known; nothing without either."""
    if start is None and end is None:
        return
    node = add(parent, name)
    for bound, moment in (("low", start), ("high", end)):
        if moment is not None:
            add(node, bound, value=format_stamp(moment))


def _patient(root: etree._Element, patient: Patient) -> None:
    role = add(add(root, "recordTarget"), "patientRole")
    for item in ((patient.ins,) if patient.ins else ()) + patient.identifiers:
        identifier_element(role, "id", item)
    if patient.address:
        address = add(role, "addr", use="H")
        for line in patient.address:
            add(address, "streetAddressLine", line)
    for telecom in patient.telecoms:
        add(role, "telecom", value=telecom)
    person = add(role, "patient", classCode="PSN")
    name = add(person, "name")
    for part, words, qualifier in (
        ("family", patient.birth_name, "BR"),
        ("given", patient.given_names, ""),
        ("given", patient.first_given_name, "BR"),
        ("family", patient.used_name, "CL"),
        ("given", patient.used_given_name, "CL"),
    ):
        if words:
            add(name, part, words, qualifier=qualifier)
    if patient.sex:
        add(
            person,
            "administrativeGenderCode",
            code=patient.sex,
            displayName=_SEXES.get(patient.sex, ""),
            codeSystem="2.16.840.1.113883.5.1",
        )
    add(person, "birthTime", value=format_stamp(patient.birth_date))
    for guardian in patient.guardians:
        _entity(add(person, "guardian"), guardian, "guardianPerson", "guardianOrganization")
    if patient.birth_place_code or patient.birth_place:
        address = add(add(add(person, "birthplace"), "place"), "addr")
        add(address, "county", patient.birth_place_code)
        add(address, "city", patient.birth_place)


def _author(root: etree._Element, author: Party) -> None:
    node = add(root, "author")
    code_element(node, "functionCode", author.function)
    add(node, "time", value=format_stamp(author.at))
    entity = add(node, "assignedAuthor")
    _entity(entity, author, "assignedPerson", "representedOrganization")


def _informant(root: etree._Element, party: Party) -> None:
    """An informant is a relative (ECON to warn, NOK trusted person) or a professional."""
    node = add(root, "informant")
    if party.idnat:
        _entity(add(node, "assignedEntity"), party, "assignedPerson", "representedOrganization")
    else:
        _entity(add(node, "relatedEntity", classCode=party.role), party, "relatedPerson", "")


def _custodian(root: etree._Element, organization: Organization | None) -> None:
    keeper = add(add(root, "custodian"), "assignedCustodian")
    organization_element(keeper, "representedCustodianOrganization", organization or Organization())


def _authenticator(root: etree._Element, name: str, party: Party) -> None:
    node = add(root, name)
    add(node, "time", value=format_stamp(party.at))
    add(node, "signatureCode", code="S")
    _entity(add(node, "assignedEntity"), party, "assignedPerson", "representedOrganization")


def _entity(node: etree._Element, party: Party, person_name: str, organization_name: str) -> None:
    if party.idnat:
        identifier_element(node, "id", Identifier(ID_NAT_PS, party.idnat))
    for item in party.identifiers:
        identifier_element(node, "id", item)
    code_element(node, "code", party.profession)
    for telecom in party.telecoms:
        add(node, "telecom", value=telecom)
    if party.device:
        add(add(node, "assignedAuthoringDevice"), "softwareName", party.device)
    else:
        _name(add(node, person_name), party)
    if party.organization and organization_name:
        organization_element(node, organization_name, party.organization)


def _name(person: etree._Element, party: Party) -> None:
    name = add(person, "name")
    for part in ("prefix", "given", "family", "suffix"):
        words = getattr(party, part)
        if words:
            add(name, part, words)


def organization_element(parent: etree._Element, name: str, organization: Organization) -> None:
    """Write a structure with its IdNat_Struct first."""
    node = add(parent, name)
    if organization.idnat:
        identifier_element(node, "id", Identifier(ID_NAT_STRUCT, organization.idnat))
    for item in organization.identifiers:
        identifier_element(node, "id", item)
    add(node, "name", organization.name)
    for telecom in organization.telecoms:
        add(node, "telecom", value=telecom)
    code_element(node, "standardIndustryClassCode", organization.practice_setting)


def performer_element(parent: etree._Element, party: Party) -> None:
    """Write who did an act."""
    node = add(parent, "performer", typeCode=party.role or "PRF")
    period_element(node, "time", party.at, party.until)
    _entity(add(node, "assignedEntity"), party, "assignedPerson", "representedOrganization")


def _service_event(root: etree._Element, event: ServiceEvent) -> None:
    node = add(add(root, "documentationOf"), "serviceEvent")
    for item in event.identifiers:
        identifier_element(node, "id", item)
    code_element(node, "code", event.code)
    if event.status:
        add(node, "statusCode", code=event.status)
    period_element(node, "effectiveTime", event.start, event.end)
    for party in event.performers:
        performer_element(node, party)


def _encounter(root: etree._Element, encounter: Encounter) -> None:
    node = add(add(root, "componentOf"), "encompassingEncounter")
    for item in encounter.identifiers:
        identifier_element(node, "id", item)
    code_element(node, "code", encounter.code)
    period_element(node, "effectiveTime", encounter.start, encounter.end)
    if encounter.responsible:
        entity = add(add(node, "responsibleParty"), "assignedEntity")
        _entity(entity, encounter.responsible, "assignedPerson", "representedOrganization")
    facility = add(add(node, "location"), "healthCareFacility")
    if encounter.facility_idnat:
        identifier_element(facility, "id", Identifier(ID_NAT_STRUCT, encounter.facility_idnat))
    code_element(facility, "code", encounter.facility_type)
    if encounter.facility_name:
        add(add(facility, "location"), "name", encounter.facility_name)
