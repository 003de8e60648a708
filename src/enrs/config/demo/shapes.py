"""The plain values that the demo generators yield; every field is invented."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID


@dataclass(slots=True)
class DemoCommune:
    """A commune of the region: COG, postal code, population, town hall in Lambert-93 metres."""

    cog: str
    name: str
    postal_code: str
    department: str
    population: int
    x: int
    y: int


@dataclass(slots=True)
class DemoAddress:
    """A postal address; `commune_code` is the COG."""

    number: str
    street_type: str
    street_name: str
    postal_code: str
    commune_code: str
    city: str

    @property
    def line(self) -> str:
        """The street line as on an envelope."""
        return f"{self.number} {self.street_type} {self.street_name}"


@dataclass(slots=True)
class DemoStructure:
    """An establishment; `kind` is a word of ours, `category_code` the FINESS category."""

    id: UUID
    index: int
    kind: str
    finess: str
    legal_finess: str
    siret: str
    name: str
    long_name: str
    category_code: str
    category: str
    sector_code: str
    sector: str
    department: str
    address: DemoAddress
    phone: str
    x: float
    y: float
    opened_on: date


@dataclass(slots=True)
class DemoActivity:
    """One place and role of a professional, with the codes of the public RPPS file."""

    structure: DemoStructure
    mode_code: str
    mode: str
    function_code: str = ""
    function: str = ""


@dataclass(slots=True)
class DemoProfessional:
    """A professional; `profession_code` is empty for those who only hold a RPPS+ role."""

    id: UUID
    index: int
    rpps: str
    sex: str
    family: str
    given: str
    profession_code: str
    profession: str
    skill_code: str
    skill: str
    phone: str
    email: str
    activities: list[DemoActivity] = field(default_factory=list)
    login: str = ""

    @property
    def title(self) -> str:
        """How the person is addressed: « Dr » for doctors, dentists and pharmacists' own title."""
        return "Dr" if self.profession_code in {"10", "21", "40"} else ""

    @property
    def display_name(self) -> str:
        """Title, given name, family name in capitals."""
        return f"{self.title} {self.given} {self.family.upper()}".strip()


@dataclass(slots=True)
class DemoPerson:
    """A patient: strict traits in capitals as INSi gives them, then the other traits.

    `identity_status` is the HL7 code of PID-32 (VALI, PROV); `ins` is 15 characters or empty.
    """

    id: UUID
    index: int
    birth_name: str
    given_names: list[str]
    first_given_name: str
    used_name: str
    used_given_name: str
    sex: str
    birth_date: date
    birth_place_code: str
    birth_place: str
    ins: str
    ins_oid: str
    identity_status: str
    address: DemoAddress
    phone: str
    email: str
    household: int
    local_id: str


@dataclass(slots=True)
class DemoEncounter:
    """A stay, a visit to the emergency ward (`EMER`), a consultation (`AMB`) or a stay (`IMP`)."""

    id: UUID
    person_id: UUID
    structure_finess: str
    visit_number: str
    kind: str
    unit: str
    reason: str
    started_at: datetime
    ended_at: datetime | None
    practitioner_rpps: str


@dataclass(slots=True)
class DemoResult:
    """One laboratory value; `unit` is UCUM; `interpretation` is H, L, HH, LL or N."""

    id: UUID
    person_id: UUID
    structure_finess: str
    report_number: str
    loinc: str
    name: str
    value: float
    unit: str
    low: float | None
    high: float | None
    interpretation: str
    taken_at: datetime


@dataclass(slots=True)
class DemoDocument:
    """A document: its LOINC type, its title and its text by paragraphs."""

    id: UUID
    person_id: UUID
    structure_finess: str
    author_rpps: str
    type_code: str
    type_name: str
    title: str
    text: str
    created_at: datetime


@dataclass(slots=True)
class DemoNote:
    """A note of the shared follow-up."""

    id: UUID
    person_id: UUID
    author_rpps: str
    text: str
    written_at: datetime


@dataclass(slots=True)
class DemoCircleMember:
    """A member of a circle: block is `relatives`, `care_team` or `organisations`.

    Exactly one of `rpps`, `finess` and `relative_id` is filled.
    """

    id: UUID
    person_id: UUID
    block: str
    role: str
    since: datetime
    rpps: str = ""
    finess: str = ""
    relative_id: UUID | None = None


@dataclass(slots=True)
class DemoStory:
    """All that happened to one person, each list in the order of time."""

    person: DemoPerson
    encounters: list[DemoEncounter] = field(default_factory=list)
    results: list[DemoResult] = field(default_factory=list)
    documents: list[DemoDocument] = field(default_factory=list)
    notes: list[DemoNote] = field(default_factory=list)
    circle: list[DemoCircleMember] = field(default_factory=list)


@dataclass(slots=True)
class DemoPersona:
    """A demo account: `role` is a word of ours; `rpps` or `person_id` says who it is."""

    login: str
    role: str
    name: str
    presentation: str
    rpps: str = ""
    person_id: UUID | None = None
    relative_of: list[UUID] = field(default_factory=list)
