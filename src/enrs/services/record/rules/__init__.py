"""What comes into a record, as plain values, and the decisions about it (pure)."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

MARKS = ("masked_from_professionals", "hidden_from_patient", "hidden_from_proxies")
"""How a sender restricts a document or a report (MetaDMPMSS); its values bear the report's marks."""


@dataclass(frozen=True, slots=True)
class DocumentMeta:
    """XDS/MHD metadata of a document to file. Moments are aware; codes as (code, OID) pairs.

    `replaces` holds the unique ids that this one supersedes; with `set_id`, any lower
    `version_number` of the set is superseded too.
    """

    unique_id: str
    type_code: str
    type_display: str
    title: str
    mime_type: str
    happened_at: datetime
    set_id: str = ""
    version_number: int = 1
    replaces: tuple[str, ...] = ()
    type_system: str = "2.16.840.1.113883.6.1"
    format_code: str = ""
    language: str = "fr-FR"
    confidentiality: str = "N"
    masked_from_professionals: bool = False
    hidden_from_patient: bool = False
    hidden_from_proxies: bool = False
    service_start: datetime | None = None
    service_end: datetime | None = None
    author_name: str = ""
    author_idnat: str = ""
    author_profession: str = ""
    author_organisation: str = ""
    author_organisation_id: str = ""
    custodian: str = ""
    about_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewObservation:
    """One measured or observed value.

    `value` is the number when there is one (unit in UCUM), `text` what is shown otherwise;
    `interpretation` an HL7 code (`H`, `HH`, `L`, `LL`, `N`, `A`, …); `status` a FHIR code
    (`final`, `preliminary`, `corrected`, `cancelled`, `entered-in-error`).
    """

    code: str
    code_system: str
    display: str
    observed_at: datetime
    value: Decimal | None = None
    text: str = ""
    unit: str = ""
    comparator: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    reference_text: str = ""
    interpretation: str = ""
    status: str = "final"
    chapter: str = ""
    comment: str = ""
    sub_id: str = ""


@dataclass(frozen=True, slots=True)
class NewReport:
    """A set of observations issued together.

    `number` is the report's own identifier within `source` (filler order number, or the document's
    set id): a later report of the same number corrects this one, and `is_withdrawn` withdraws it. The
    marks stay out of its `repr`, by which the same content is known again.
    """

    number: str
    code: str
    display: str
    issued_at: datetime
    observations: tuple[NewObservation, ...]
    code_system: str = "2.16.840.1.113883.6.1"
    status: str = "final"
    author_name: str = ""
    organisation: str = ""
    document_unique_id: str = ""
    is_withdrawn: bool = False
    masked_from_professionals: bool = field(default=False, repr=False)
    hidden_from_patient: bool = field(default=False, repr=False)
    hidden_from_proxies: bool = field(default=False, repr=False)


@dataclass(frozen=True, slots=True)
class NewStay:
    """What a movement message says of a stay.

    `number` is the visit number within `system`; `movement_id` the ZBE-1 of the movement. `event` is
    the ADT trigger (`A01`, `A02`, `A03`, `A11`, …); a cancelled admission withdraws the stay.
    """

    system: str
    number: str
    event: str
    happened_at: datetime
    patient_class: str = "I"
    organisation_finess: str = ""
    organisation_name: str = ""
    unit: str = ""
    unit_code: str = ""
    room: str = ""
    bed: str = ""
    attending_name: str = ""
    attending_idnat: str = ""
    admitted_at: datetime | None = None
    discharged_at: datetime | None = None
    movement_id: str = ""
    movement_action: str = "INSERT"


STAY_STATUS = {
    "A01": "in-progress",
    "A02": "in-progress",
    "A04": "in-progress",
    "A05": "planned",
    "A06": "in-progress",
    "A07": "in-progress",
    "A03": "finished",
    "A13": "in-progress",
    "A12": "in-progress",
    "A11": "entered-in-error",
}
"""FHIR status of a stay after each ADT event (HL7 PAM; A13 cancels a discharge, A11 an admission)."""

CLASSES = {
    "I": ("IMP", "Hospitalisation"),
    "O": ("AMB", "Consultation externe"),
    "R": ("SS", "Séances"),
    "E": ("EMER", "Urgences"),
    "N": ("NONAC", "Sans objet"),
    "P": ("PRENC", "Pré-admission"),
}
"""PV1-2 to the HL7 v3 ActCode class and its French words."""

ABNORMAL = frozenset({"H", "HH", "HU", "L", "LL", "LU", "A", "AA", "POS", ">", "<"})
CRITICAL = frozenset({"HH", "LL", "AA"})


def interpretation_of(observation: NewObservation) -> str:
    """The sender's interpretation, else what the value says against its own reference range."""
    if observation.interpretation or observation.value is None:
        return observation.interpretation
    if observation.low is not None and observation.value < observation.low:
        return "L"
    if observation.high is not None and observation.value > observation.high:
        return "H"
    return "N" if observation.low is not None or observation.high is not None else ""


AUDIENCES = ("care", "shared")
"""`care`: professionals of care; `shared`: also the social field and the patient."""


CARE_NOTE_BLIND = frozenset({"social_worker", "patient", "proxy"})
"""Who reads shared notes only, besides their own."""


def reads_note(*, role: str, audience: str, is_author: bool) -> bool:
    """Whether a role that may open the record reads a note of this audience."""
    if is_author or audience == "shared":
        return True
    return role not in CARE_NOTE_BLIND


MAX_TAGS = 5
TAG_LENGTH = 30


def tags_of(text: str) -> list[str]:
    """Tags from words between commas: lower case, each once, five at most of thirty letters."""
    words = (
        " ".join(one.replace("\x00", "").split()).lower()[:TAG_LENGTH] for one in text.split(",")
    )
    return list(dict.fromkeys(one for one in words if one))[:MAX_TAGS]
