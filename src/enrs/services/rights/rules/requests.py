"""What people may ask about their data, until when they are answered, why one may say no (pure).

Sources: Code de la santé publique L1111-7 and R1111-1 (a record is given within eight days, two months when the
information is older than five years, and not before two days of reflection); GDPR art. 12(3) (one month for the
other rights, two more when it is complex, said within the first), 12(4) (a refusal says why and names the remedy),
12(5) (unfounded or excessive), 12(6) (doubt on the identity), 15 to 18 and 21. After a death: Code de la santé publique
L1110-4, V (who may know what, for which motive, unless the person opposed), R1111-7 (the motive is said).
"""

from dataclasses import dataclass
from datetime import date, timedelta

ACCESS_DAYS = 8
OLD_MONTHS = 2
USUAL_MONTHS = 1
EXTENSION_MONTHS = 2
REFLECTION_DAYS = 2


@dataclass(frozen=True, slots=True)
class DataRight:
    """One right: its name, the text that gives it, whether it is an access to the record."""

    label: str
    source: str
    is_access: bool = False


_ACCESS = "article 15 du RGPD, article L1111-7 du code de la santé publique"
RIGHTS: dict[str, DataRight] = {
    "access": DataRight("Consulter mes données", _ACCESS, True),
    "copy": DataRight("Recevoir une copie", _ACCESS, True),
    "rectification": DataRight("Faire corriger une erreur", "article 16 du RGPD"),
    "restriction": DataRight("Limiter l’usage de mes données", "article 18 du RGPD"),
    "opposition": DataRight("M’opposer à un usage", "article 21 du RGPD"),
    "heir": DataRight(
        "Information sur une personne décédée",
        "articles L1110-4 et R1111-7 du code de la santé publique", True,
    ),
}  # fmt: skip
HEIR = "heir"
"""Asked by others about somebody who died: never by the person, so never from a space."""

HEIRS: dict[str, str] = {
    "heir": "Ayant droit",
    "partner": "Concubin ou concubine",
    "pacs": "Partenaire lié par un PACS",
    "parent": "Titulaire de l’autorité parentale d’une personne mineure décédée",
}
"""Who may ask (L1110-4, V). The parents of a minor keep their access to everything, without a motive, but for what
the minor kept secret (L1111-5, L1111-5-1)."""

MOTIVES: dict[str, str] = {
    "cause": "Connaître les causes de la mort",
    "memory": "Défendre la mémoire de la personne",
    "rights": "Faire valoir ses droits",
}
"""What the information must be necessary for; nothing more is given than this one asks (L1110-4, V)."""

REFUSALS: dict[str, str] = {
    "identity": "L’identité de la personne qui demande n’a pas pu être établie (article 12, paragraphe 6, du RGPD).",
    "quality": "La personne qui demande n’a pas qualité pour agir au nom de la personne concernée.",
    "unfounded": "La demande est manifestement infondée ou excessive (article 12, paragraphe 5, du RGPD).",
    "not_held": "Aucune donnée de ce type n’est conservée dans l’espace régional.",
    "obligation": "La conservation de ces données est une obligation légale (article 17, paragraphe 3, du RGPD ; "
    "article R1112-7 du code de la santé publique).",
    "opposed": "La personne décédée s’est opposée de son vivant à cette communication (article L1110-4, V, du code de "
    "la santé publique).",
    "motive": "Les informations demandées ne sont nécessaires à aucun des trois motifs de l’article L1110-4, V, du "
    "code de la santé publique. Un certificat médical sans information couverte par le secret peut être délivré "
    "(article R1111-7).",
    "others": "La réponse porterait atteinte aux droits d’une autre personne (article 15, paragraphe 4, du RGPD).",
}  # fmt: skip

REMEDY = (
    "Vous pouvez contester cette réponse auprès de la Commission nationale de l’informatique et des libertés "
    "(CNIL), 3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07, ou sur www.cnil.fr, ou saisir le juge."
)
"""GDPR art. 12(4) and 77."""

OPEN_STATES = ("received", "extended")
CLOSED_STATES = ("answered", "refused")


def due_on(*, kind: str, received_on: date, is_old: bool) -> date:
    """The last day of the answer. `is_old`: what is asked is older than five years (an access alone)."""
    if RIGHTS[kind].is_access and not is_old:
        return received_on + timedelta(days=ACCESS_DAYS)
    return months_later(received_on, OLD_MONTHS if RIGHTS[kind].is_access else USUAL_MONTHS)


def needs_motive(quality: str) -> bool:
    """Whether this asker must say why, and whether the person said no before must be looked for."""
    return quality != "parent"


def extended_due_on(due: date) -> date:
    """The last day after an extension."""
    return months_later(due, EXTENSION_MONTHS)


def may_extend(*, kind: str, state: str, due: date, today: date) -> bool:
    """Once, before the first term, and never an access to the record: L1111-7 knows no extension."""
    return state == "received" and not RIGHTS[kind].is_access and today <= due


def is_open(state: str) -> bool:
    """Whether an answer is still owed."""
    return state in OPEN_STATES


def is_late(state: str, due: date, today: date) -> bool:
    """Whether the last day has passed without an answer."""
    return is_open(state) and due < today


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = (first_of_next - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))
