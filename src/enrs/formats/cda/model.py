"""The values that a CDA document carries, as plain frozen data with XDS/MHD names; readers fill
them, the builder writes them.
"""

from dataclasses import dataclass
from datetime import datetime

# An aware or naive datetime, a partial ISO date as text, or None.
Moment = datetime | str | None

INS_OIDS = {
    "1.2.250.1.213.1.4.8": "INS-NIR",
    "1.2.250.1.213.1.4.9": "INS-NIA",
    "1.2.250.1.213.1.4.10": "INS-NIR-TEST",
    "1.2.250.1.213.1.4.11": "INS-NIR-DEMO",
}
ID_NAT_PS = "1.2.250.1.71.4.2.1"
ID_NAT_STRUCT = "1.2.250.1.71.4.2.2"
LOINC = "2.16.840.1.113883.6.1"


@dataclass(frozen=True, slots=True)
class Code:
    """A coded value: code in a system (OID), its label, and the words of the document."""

    code: str = ""
    system: str = ""
    display: str = ""
    system_name: str = ""
    original_text: str = ""
    translations: tuple["Code", ...] = ()
    null_flavor: str = ""

    @property
    def label(self) -> str:
        """The best words for a person: those of the document, else the label, else the code."""
        return self.original_text or self.display or self.code


@dataclass(frozen=True, slots=True)
class Identifier:
    """An HL7 instance identifier: an OID or UUID root and an optional extension."""

    root: str = ""
    extension: str = ""
    authority: str = ""

    def __str__(self) -> str:
        """XDS form ``root^extension``; the root alone without extension (ITI TF-3 4.2.3.2.26)."""
        return f"{self.root}^{self.extension}" if self.extension else self.root


@dataclass(frozen=True, slots=True)
class Organization:
    """A structure; ``idnat`` is its IdNat_Struct (for example ``1`` + FINESS)."""

    idnat: str = ""
    name: str = ""
    identifiers: tuple[Identifier, ...] = ()
    telecoms: tuple[str, ...] = ()
    practice_setting: Code | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """A person or device with a part in the document; ``role`` is the CDA typeCode or classCode."""

    role: str = ""
    idnat: str = ""
    family: str = ""
    given: str = ""
    prefix: str = ""
    suffix: str = ""
    profession: Code | None = None
    function: Code | None = None
    organization: Organization | None = None
    mailbox: str = ""
    telecoms: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    device: str = ""
    at: Moment = None
    until: Moment = None

    @property
    def name(self) -> str:
        """The name for a person to read: ``Dr Anne MARTIN``; the device's name for a software."""
        title = _TITLES.get(self.suffix.upper(), "") or _TITLES.get(
            self.prefix.upper(), self.prefix
        )
        return " ".join(part for part in (title, self.given, self.family) if part) or self.device


_TITLES = {
    "": "",
    "DR": "Dr",
    "PR": "Pr",
    "M": "M.",
    "MME": "Mme",
    "MLLE": "Mme",
    "MLE": "Mme",
}


@dataclass(frozen=True, slots=True)
class Patient:
    """The patient of the header; ``birth_date`` is a partial text YYYY[-MM[-DD]],
    ``birth_place_code`` a COG code.
    """

    ins: Identifier | None = None
    identifiers: tuple[Identifier, ...] = ()
    birth_name: str = ""
    first_given_name: str = ""
    given_names: str = ""
    used_name: str = ""
    used_given_name: str = ""
    birth_date: str = ""
    sex: str = ""
    birth_place_code: str = ""
    birth_place: str = ""
    address: tuple[str, ...] = ()
    telecoms: tuple[str, ...] = ()
    mailbox: str = ""
    guardians: tuple[Party, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceEvent:
    """An act that the document reports, with its period and who did it."""

    code: Code | None = None
    start: Moment = None
    end: Moment = None
    status: str = ""
    identifiers: tuple[Identifier, ...] = ()
    performers: tuple[Party, ...] = ()


@dataclass(frozen=True, slots=True)
class Encounter:
    """The stay or visit of the document, its kind and the place where it happened."""

    identifiers: tuple[Identifier, ...] = ()
    code: Code | None = None
    start: Moment = None
    end: Moment = None
    facility_type: Code | None = None
    facility_name: str = ""
    facility_idnat: str = ""
    responsible: Party | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """The header with the names of XDS and MHD; lists keep the document's order."""

    unique_id: Identifier = Identifier()
    set_id: Identifier | None = None
    version_number: int | None = None
    replaces: tuple[Identifier, ...] = ()
    type_code: Code | None = None
    title: str = ""
    creation_time: Moment = None
    confidentiality: Code | None = None
    language: str = ""
    template_ids: tuple[Identifier, ...] = ()
    format_code: str = ""
    patient: Patient = Patient()
    authors: tuple[Party, ...] = ()
    custodian: Organization | None = None
    legal_authenticator: Party | None = None
    authenticators: tuple[Party, ...] = ()
    recipients: tuple[Party, ...] = ()
    participants: tuple[Party, ...] = ()
    informants: tuple[Party, ...] = ()
    orders: tuple[Identifier, ...] = ()
    service_events: tuple[ServiceEvent, ...] = ()
    informations: tuple[Code, ...] = ()
    """What a prescription says of itself in its header (bizone, urgent…): service events of the class INFO."""
    encounter: Encounter | None = None
    practice_setting: Code | None = None

    @property
    def facility_type(self) -> Code | None:
        """healthcareFacilityTypeCode (JDV_J02)."""
        return self.encounter.facility_type if self.encounter else None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the document; ``mime`` is one that is safe to serve, ``problem`` says in
    French why it is not readable.
    """

    index: int
    mime: str
    name: str
    data: bytes
    reference: str = ""
    declared_mime: str = ""
    problem: str = ""
    external: str = ""

    @property
    def is_image(self) -> bool:
        """Whether a page may show it with an ``img`` element."""
        return self.mime in ("image/png", "image/jpeg", "image/gif")
