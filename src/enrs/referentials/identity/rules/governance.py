"""Words of the governance of identity: indicators of quality, kinds and gravity of adverse events.

The scale of gravity is that of adverse events in care (HAS, 2017); the kinds follow the form of adverse events of
identity of the regional cells (RNIV, part 2: « gestion des événements indésirables »).
"""

from datetime import date
from typing import Any, Final

from enrs.referentials.identity.rules.quality import rounded, share

INDICATORS: Final = {
    "qualified": ("Identités qualifiées", "%"),
    "doubtful": ("Identités douteuses", "%"),
    "duplicates": ("Doublons dans la source", ""),
    "without_birth_place": ("Sans commune de naissance", "%"),
    "without_ins": ("Sans matricule INS", "%"),
    "ins_refused": ("INS refusées en attente", ""),
    "items_open": ("Lignes en attente à la cellule", ""),
    "oldest_days": ("Plus ancienne ligne en attente", "jours"),
    "delay_minutes": ("Délai médian d’arrivée", "min"),
}
"""Code of an indicator to its words and its unit, in the order of an audit."""


def frozen(day: Any) -> dict[str, float | None]:
    """The indicators of one night's count (a `SourceDay`), as an audit keeps them; empty of no count."""
    if day is None:
        return {}
    whole = day.identities
    return {
        "qualified": share(day.qualified, whole),
        "doubtful": share(day.doubtful, whole),
        "duplicates": day.duplicates,
        "without_birth_place": share(day.missing.get("birth_place_code", 0), whole),
        "without_ins": share(day.missing.get("ins", 0), whole),
        "ins_refused": day.ins_refused,
        "items_open": day.items_open,
        "oldest_days": day.oldest_days,
        "delay_minutes": rounded(day.delay_minutes),
    }


def is_overdue(due_on: date, today: date, *, is_open: bool) -> bool:
    """Whether an action should have been done before today."""
    return is_open and due_on < today


GRAVITY_TONES: Final = {
    "minor": "neutre",
    "significant": "information",
    "major": "attention",
    "critical": "alerte",
}
STATE_TONES: Final = {"declared": "attention", "qualified": "information", "closed": "sûr"}
