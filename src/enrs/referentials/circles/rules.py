"""On what ground somebody joins a circle, what it opens, and why an access is given or refused (pure).

Sources: Code de la santé publique L1110-4 (secret, sharing, opposition), L1110-12 (équipe de soins),
D1110-3-1 (consent outside of it), R1110-1 and R1110-2 (social field), L1111-7 (own access, minors,
protected adults), L1111-17 (emergency and centre 15).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid5

from enrs.core.access.rules import Decision

NAMESPACE = UUID("8d0a1ad5-0f6e-5a8e-bb0e-5a8de10b6c42")

RELATIVES, CARE_TEAM, ORGANISATIONS = "relatives", "care_team", "organisations"
BLOCKS = (RELATIVES, CARE_TEAM, ORGANISATIONS)

GROUNDS = ("same_structure", "recognised", "coordinated")
"""L1110-12 1° (same structure), 2° (recognised by the patient), 3° (formal coordination)."""

PROXY_KINDS = ("parental_authority", "mandate")
"""L1111-7: holders of parental authority, helpers whom the person chose. Whoever is in charge of a protected adult
comes by a measure, `measures.MEASURES`."""

MEANS = ("oral", "written", "electronic")

READ, CONTRIBUTE, MANAGE = 1, 2, 3

STAY_DAYS_AFTER_DISCHARGE = 30
"""Late results, the letter of discharge and the first follow-up come within the month: the team of the
stay still files and reads then. Past it a new contact, or a place in the circle, is needed."""

STAY_DAYS_WITHOUT_NEWS = 90
"""A stay whose discharge never came would open the record for ever. Each movement prolongs its right:
in acute and follow-up care one comes within the quarter; after that the person is taken to have left."""

MAJORITY = 18


@dataclass(frozen=True, slots=True)
class Opening:
    """What a basis gives to its holder; `purpose` is what decisions and audit lines name."""

    purpose: str
    level: int


_OPENINGS = {
    "care_team": Opening("care_team", CONTRIBUTE),
    "consent": Opening("consent", CONTRIBUTE),
    "self": Opening("self", MANAGE),
    "proxy": Opening("proxy", MANAGE),
    "stay": Opening("stay", CONTRIBUTE),
}
_BASES_OF = {
    RELATIVES: ("self", "proxy", "contact"),
    CARE_TEAM: ("care_team", "consent"),
    ORGANISATIONS: ("care_team", "consent", "stay"),
}


def opening(*, basis: str, block: str) -> Opening | None:
    """The grant of a basis; None for a relative who is only to be called (`contact`)."""
    if basis == "care_team" and block == ORGANISATIONS:
        return Opening("organisation", CONTRIBUTE)
    return _OPENINGS.get(basis)


@dataclass(frozen=True, slots=True)
class Joining:
    """Somebody about to join: what is known when the decision is taken.

    `role` is their role in the matrix (empty for an organisation or a relative).
    """

    block: str
    basis: str
    ground: str = ""
    role: str = ""
    is_informed: bool = False
    is_opposed: bool = False
    has_consent: bool = False
    consent_given_on: date | None = None
    consent_is_withdrawn: bool = False


def refusal(joining: Joining, *, today: date) -> str:
    """Why this joining may not be, as a code; empty when it may.

    Inside the équipe de soins: a legal ground, information given, no opposition. Outside of it: a
    prior consent that stands. A relative represents, is the patient, or is a contact.
    """
    if joining.basis not in _BASES_OF.get(joining.block, ()):
        return "basis"
    if joining.block == RELATIVES:
        return ""
    if joining.block == CARE_TEAM and joining.role in ("", "anonymous"):
        return "no_right"
    if joining.basis == "consent":
        return _consent_refusal(joining, today)
    return _care_team_refusal(joining)


def _care_team_refusal(joining: Joining) -> str:
    if joining.is_opposed:
        return "opposed"
    if joining.basis == "stay":
        return ""
    if joining.ground not in GROUNDS:
        return "ground"
    return "" if joining.is_informed else "not_informed"


def _consent_refusal(joining: Joining, today: date) -> str:
    if not joining.has_consent or joining.consent_given_on is None:
        return "consent_missing"
    if joining.consent_is_withdrawn:
        return "consent_withdrawn"
    return "consent_date" if joining.consent_given_on > today else ""


def may_remove(*, role: str, level: int, is_self: bool, basis: str = "") -> bool:
    """Anyone may leave; the person and who manages the circle may remove; so may its doctors.

    The person and their legal proxies are in no professional's hands (L1111-7).
    """
    if is_self or level >= MANAGE:
        return True
    if basis in ("self", "proxy"):
        return False
    return level >= CONTRIBUTE and role in ANSWERING_ROLES


SPEAKING_ROLES = frozenset({"patient", "proxy", "physician", "coordinator"})


def may_speak_for_person(role: str) -> bool:
    """Who records an opposition, its lifting or the withdrawal of a consent: acts of the person.

    The person or their proxy does it (L1110-4 IV, D1110-3-1), or a physician or a coordinator writes
    down what they said.
    """
    return role in SPEAKING_ROLES


ANSWERING_ROLES = frozenset({"physician", "midwife", "dentist", "patient", "proxy"})


def may_answer(role: str) -> bool:
    """Who answers a request of access: the circle's medical professions, the person, their proxy."""
    return role in ANSWERING_ROLES


MEASURE_ROLES = frozenset({"physician", "midwife", "dentist", "coordinator"})


def may_keep_measure(role: str) -> bool:
    """Who enters the decision that renews a measure of protection, or one that stops it, having seen it.

    Those who answer for the circle, and the coordinator: neither the person, nor who represents them, nor any other
    profession, for the end of a measure closes at once what a judge opened.
    """
    return role in MEASURE_ROLES


def stay_member_id(encounter_id: UUID, organisation_id: UUID) -> UUID:
    """The identifier of a structure's place in the circle for one stay, the same at each message."""
    return uuid5(NAMESPACE, f"stay:{encounter_id}:{organisation_id}")


def care_team_id(patient_id: UUID) -> UUID:
    """The identifier of the published CareTeam of a patient."""
    return uuid5(NAMESPACE, f"circle:{patient_id}")


def stay_right_until(discharged_at: datetime) -> datetime:
    """When the right that a stay opened ends."""
    return discharged_at + timedelta(days=STAY_DAYS_AFTER_DISCHARGE)


def stay_right_without_news(seen_at: datetime) -> datetime:
    """When the right of a stay that goes on ends, should no other movement come.

    To the end of the week, so that the movements of one week prolong it once.
    """
    day = datetime.combine(seen_at.astimezone(UTC).date(), time.min, tzinfo=UTC)
    return day + timedelta(days=STAY_DAYS_WITHOUT_NEWS + 7 - day.weekday())


def years_after(day: date, years: int) -> date:
    """The same day some years later; 29 February becomes 1 March of a common year."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def majority_on(birth_date: str) -> date | None:
    """The day a child comes of age, from ISO text; None unless the birth date is whole."""
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return None
    return years_after(born, MAJORITY)


def proxy_ends_on(*, kind: str, birth_date: str) -> date | None:
    """Parental authority ends at majority; a helper chosen by the person stays until they are removed."""
    return majority_on(birth_date) if kind == "parental_authority" else None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an access is given or refused: a code whose sentence the template holds, and the articles."""

    code: str
    allowed: bool
    articles: tuple[str, ...]
    role: str
    level: int = 0
    may_ask: bool = False


_ARTICLES = {
    "outside_circle": ("L1110-4",),
    "profession": ("L1110-4", "R1110-1"),
    "level": ("L1110-4",),
    "care_team": ("L1110-4", "L1110-12"),
    "organisation": ("L1110-4", "L1110-12"),
    "stay": ("L1110-4", "L1110-12"),
    "consent": ("L1110-4", "D1110-3-1"),
    "self": ("L1111-7",),
    "proxy": ("L1111-7",),
    "break_glass": ("L1110-4", "L1111-17"),
    "centre_15": ("L1111-17",),
}
REASONS = tuple(_ARTICLES)


def explain(decision: Decision) -> Explanation:
    """The explanation of a decision, for « Pourquoi ai-je (ou n'ai-je pas) accès ? ».

    A professional of the social field who is refused reads the articles that limit them.
    """
    articles = _ARTICLES.get(decision.reason, ("L1110-4",))
    if decision.reason == "profession" and decision.role == "social_worker":
        articles = ("R1110-1", "R1110-2")
    return Explanation(
        code=decision.reason if decision.reason in _ARTICLES else "outside_circle",
        allowed=decision.allowed,
        articles=articles,
        role=decision.role,
        level=decision.right.level if decision.right else 0,
        may_ask=decision.reason == "outside_circle",
    )
