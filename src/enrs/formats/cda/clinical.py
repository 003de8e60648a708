"""The clinical facts that a summary carries in its coded entries, as plain values: the builder writes them, the
reader gives them back the same.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from enrs.formats.cda.model import LOINC, Code, Party

SNOMED = "2.16.840.1.113883.6.96"
ABSENT_OR_UNKNOWN = "2.16.840.1.113883.5.1150.1"

# ANS, JDV_TypeEvenementIndesirablePrevisible-CISIS (2024-06-04): FHIR category to what the entry is about.
ALLERGY_KINDS = {
    "medication": Code("416098002", SNOMED, "allergie médicamenteuse", "SNOMED CT"),
    "food": Code("414285001", SNOMED, "allergie alimentaire", "SNOMED CT"),
    "environment": Code("419199007", SNOMED, "allergie à une substance", "SNOMED CT"),
    "biologic": Code("609328004", SNOMED, "allergie", "SNOMED CT"),
}

# ANS, JDV_SignesVitaux-CISIS: the vital signs that an entry may carry.
VITAL_SIGNS = {
    "8302-2": "Taille",
    "29463-7": "Poids",
    "8310-5": "Température corporelle",
    "8867-4": "Fréquence cardiaque",
    "9279-1": "Fréquence respiratoire",
    "8480-6": "Pression artérielle systolique",
    "8462-4": "Pression artérielle diastolique",
    "20564-1": "Saturation en O2",
    "8280-0": "Périmètre abdominal",
    "39156-5": "Index de masse corporelle",
}

TOBACCO = Code("74011-8", LOINC, "Consommation tabagique", "LOINC")
PACK_YEARS = "{pack}/a"
"""The unit that the published VSM gives tobacco in."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What every fact has: the words that a reader sees, its code when it has one, a remark.

    `key` names the entry (a UUID); dates of facts are partial texts YYYY[-MM[-DD]], empty when unknown.
    """

    label: str
    key: str = ""
    code: Code | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ProblemFact(Fact):
    """A disease, an operation or a risk, present or past."""

    is_active: bool = True
    began: str = ""
    ended: str = ""


@dataclass(frozen=True, slots=True)
class AllergyFact(Fact):
    """An allergy or intolerance: `kind` is a key of `ALLERGY_KINDS`, `criticality` a FHIR code or empty."""

    kind: str = "medication"
    criticality: str = ""
    reaction: str = ""
    is_active: bool = True
    began: str = ""


@dataclass(frozen=True, slots=True)
class TreatmentFact(Fact):
    """A medicine taken; `dosage` in the words of who wrote it."""

    dosage: str = ""
    began: str = ""
    ended: str = ""


@dataclass(frozen=True, slots=True)
class VaccineFact(Fact):
    """A vaccine received; `rank` is 0 when it is not known, `by` who gave it when they have a national number."""

    given_on: str = ""
    dose: str = ""
    lot: str = ""
    rank: int = 0
    route: Code | None = None
    site: Code | None = None
    by: Party | None = None


@dataclass(frozen=True, slots=True)
class PrescribedFact(Fact):
    """A line of a prescription: how much each time, how often, how long, how many boxes.

    Amounts are numbers with their words: `dose` in `dose_unit`; every `period` (UCUM `h`, `d`, `wk`, `mo`), `times`
    of it; for `lasts` `lasts_unit`. `dosage` says the whole in words. `refills` counts the deliveries after the first.
    """

    dosage: str = ""
    dose: Decimal | None = None
    dose_unit: str = ""
    times: int = 0
    period: str = ""
    lasts: int = 0
    lasts_unit: str = ""
    route: Code | None = None
    quantity: int = 0
    refills: int = 0
    began: str = ""
    ended: str = ""
    is_substitutable: bool = True
    no_substitution: str = ""
    is_long_term: bool = False
    to_pharmacist: str = ""


@dataclass(frozen=True, slots=True)
class HabitFact(Fact):
    """A way of life that is a risk: a quantity in a UCUM unit, or words alone."""

    value: Decimal | None = None
    unit: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class MeasureFact(Fact):
    """One vital sign: its LOINC code, value in a UCUM unit, and when."""

    value: Decimal = Decimal(0)
    unit: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a document says in coded entries; `is_no_allergy_known` is a stated fact, not an absence."""

    problems: tuple[ProblemFact, ...] = ()
    allergies: tuple[AllergyFact, ...] = ()
    treatments: tuple[TreatmentFact, ...] = ()
    vaccines: tuple[VaccineFact, ...] = ()
    habits: tuple[HabitFact, ...] = ()
    measures: tuple[MeasureFact, ...] = ()
    prescribed: tuple[PrescribedFact, ...] = ()
    is_no_allergy_known: bool = False
