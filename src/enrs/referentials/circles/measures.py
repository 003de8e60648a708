"""What each measure of protection of an adult gives to whoever is in charge of it (pure).

Sources: Code civil 425 to 459-2 (protection of the person: 458 and 459), 437 to 439 (sauvegarde de justice and
its special mandate), 440 to 442 and 472 (curatelle, tutelle, their length), 477 to 494 (mandat de protection
future), 494-1 to 494-12 (habilitation familiale); Code de la santé publique L1111-2 (information: whoever
represents the person receives it too, whoever assists them only with their express consent), L1111-4 (the
consent of the person is sought whenever they can express it; failing that, whoever represents them authorises,
having regard to their opinion), L1111-7 (access to the record).

What follows is the prudent reading: the decision of the judge always prevails and may give more or less. Only a
measure that the judge extended to the person, not to their goods alone, is entered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from enrs.core.moments import day_bounds
from enrs.referentials.circles.rules import years_after


class Decides(StrEnum):
    """Who decides for the health of the person."""

    REPRESENTATIVE = "representative"
    ASSISTED = "assisted"
    PERSON = "person"


class Act(StrEnum):
    """What the account of whoever is in charge may be asked to do."""

    SEE = "see"
    ASK = "ask"
    CONSENT = "consent"
    MESSAGE = "message"


class How(StrEnum):
    """On what condition an account does it."""

    ALONE = "alone"
    OPENED = "opened"
    WITH = "with"
    NEVER = "never"


DECIDES_WORDS: Mapping[str, str] = {
    Decides.REPRESENTATIVE: "Le représentant, après avoir entendu la personne, si elle ne peut décider elle-même",
    Decides.ASSISTED: "La personne, assistée",
    Decides.PERSON: "La personne seule",
}
ACT_WORDS: Mapping[str, str] = {
    Act.SEE: "Lire le dossier",
    Act.ASK: "Exercer les droits sur les données, télécharger une copie",
    Act.CONSENT: "Consentir, s’opposer, masquer un document",
    Act.MESSAGE: "Écrire à l’équipe",
}
HOW_WORDS: Mapping[str, str] = {
    How.ALONE: "oui, par son compte",
    How.OPENED: "si la personne l’ouvre",
    How.WITH: "avec la personne seulement : depuis le compte de celle-ci, ou au guichet",
    How.NEVER: "non",
}

PLAIN, MOTIVATED, RENEWED = "plain", "motivated", "renewed"
TERM_WORDS: Mapping[str, str] = {
    PLAIN: "Décision ordinaire",
    MOTIVATED: "Première décision, spécialement motivée",
    RENEWED: "Renouvellement spécialement motivé, sur avis médical",
}

_IN_PLACE = dict.fromkeys(Act, How.ALONE)
_BESIDE = {Act.SEE: How.OPENED, Act.ASK: How.WITH, Act.CONSENT: How.WITH, Act.MESSAGE: How.NEVER}
_ON_REQUEST = {
    Act.SEE: How.OPENED,
    Act.ASK: How.NEVER,
    Act.CONSENT: How.NEVER,
    Act.MESSAGE: How.NEVER,
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: `longest` holds, for each kind of decision, the years it may last from its day.

    `keeps_account`: the person signs in as before and acts by themselves (Code civil 459: they take alone the
    decisions about themselves that their state allows).
    """

    code: str
    label: str
    line: str
    decides: Decides
    acts: Mapping[Act, How]
    longest: Mapping[str, int]
    articles: tuple[str, ...]
    keeps_account: bool = field(default=True)

    @property
    def opens_at_once(self) -> bool:
        """Whether the record is read without the person opening it."""
        return self.acts[Act.SEE] == How.ALONE


_LONG = {PLAIN: 5, RENEWED: 20}
MEASURES: dict[str, Measure] = {
    one.code: one
    for one in (
        Measure(
            "tutelle",
            "Tutelle à la personne",
            "voit le dossier ; décide après avoir entendu la personne, quand elle ne le peut elle-même",
            Decides.REPRESENTATIVE,
            _IN_PLACE,
            {PLAIN: 5, MOTIVATED: 10, RENEWED: 20},
            ("C. civ. 440, 441, 442, 459", "CSP L1111-2, L1111-4, L1111-7"),
        ),
        Measure(
            "curatelle_simple",
            "Curatelle simple",
            "la personne décide seule ; le curateur ne voit que si elle l’ouvre",
            Decides.PERSON,
            _ON_REQUEST,
            _LONG,
            ("C. civ. 440, 441, 442, 459", "CSP L1111-2"),
        ),
        Measure(
            "curatelle_renforcee",
            "Curatelle renforcée",
            "comme la curatelle simple pour la santé : elle ne renforce que la gestion des revenus",
            Decides.PERSON,
            _ON_REQUEST,
            _LONG,
            ("C. civ. 440, 441, 442, 459, 472", "CSP L1111-2"),
        ),
        Measure(
            "habilitation",
            "Habilitation familiale, avec représentation",
            "voit le dossier ; décide après avoir entendu la personne, quand elle ne le peut elle-même",
            Decides.REPRESENTATIVE,
            _IN_PLACE,
            {PLAIN: 10, RENEWED: 20},
            ("C. civ. 494-1, 494-6, 459", "CSP L1111-2, L1111-4, L1111-7"),
        ),
        Measure(
            "habilitation_assist",
            "Habilitation familiale, avec assistance",
            "assiste la personne, qui décide ; ne voit que si elle l’ouvre",
            Decides.ASSISTED,
            _BESIDE,
            {PLAIN: 10, RENEWED: 20},
            ("C. civ. 494-1, 494-6, 459", "CSP L1111-2"),
        ),
        Measure(
            "protection_future",
            "Mandat de protection future, visé par le greffe",
            "voit le dossier ; décide après avoir entendu la personne, quand elle ne le peut elle-même",
            Decides.REPRESENTATIVE,
            _IN_PLACE,
            {PLAIN: 5},
            ("C. civ. 477 à 494, dont 479", "CSP L1111-2, L1111-4, L1111-7"),
        ),
        Measure(
            "sauvegarde_mandat",
            "Sauvegarde de justice, mandat spécial pour la personne",
            "assiste la personne, qui garde ses droits et décide ; ne voit que si elle l’ouvre",
            Decides.ASSISTED,
            _BESIDE,
            {PLAIN: 1},
            ("C. civ. 435, 437 à 439", "CSP L1111-2"),
        ),
    )
}
"""Code civil 441 (five years, ten for a tutelle by a specially motivated decision), 442 (twenty at most when it is
renewed), 494-6 (ten, then twenty), 439 (one year, renewable once: the second is a decision of its own). The law sets
no end to a mandat de protection future: it is seen again here every five years."""

REMINDED_BEFORE = timedelta(days=90)
"""A renewal is asked of the judge before the end; a quarter leaves the time of the medical certificate."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What the paper says: who decided (`authority`), on what day, until which day, by what kind of decision."""

    authority: str
    decided_on: date
    ends_on: date | None
    term: str = PLAIN


def is_measure(kind: str) -> bool:
    """Whether a kind of representation is a measure of protection of an adult."""
    return kind in MEASURES


def entered_for(ground: str) -> tuple[Measure, ...]:
    """The measures that a first decision may say of a place held on this ground, without a decision until now.

    Of whom the person chose, or who holds parental authority, only those that put the representative in their place:
    a measure that leaves the person to decide would close what they opened, and is entered once they did so themselves.
    """
    return tuple(one for one in MEASURES.values() if is_measure(ground) or one.opens_at_once)


def refusal(kind: str, decided: Decided | None, *, today: date) -> str:
    """Why a measure may not be entered, as a code; empty when it may."""
    if kind not in MEASURES:
        return "measure"
    if decided is None or not decided.authority.strip():
        return "measure_decision"
    if decided.ends_on is None:
        return "measure_end"
    years = MEASURES[kind].longest.get(decided.term, 0)
    wrong = {
        "measure_future": decided.decided_on > today,
        "measure_over": decided.ends_on < today,
        "measure_term": not years,
        "measure_long": decided.ends_on > years_after(decided.decided_on, years),
    }
    return next((code for code, is_so in wrong.items() if is_so), "")


def last_moment(ends_on: date) -> datetime:
    """When the right that a measure opened ends: at the end of its last day."""
    return day_bounds(ends_on)[1] - timedelta(seconds=1)


def is_near_its_end(ends_on: date, *, today: date) -> bool:
    """Whether its renewal is to be thought of."""
    return ends_on - today <= REMINDED_BEFORE
