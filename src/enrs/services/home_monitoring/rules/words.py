"""Codes of home monitoring that are kept, with their French words."""

ENDINGS = {
    "recovered": "Amélioration : la surveillance n’est plus utile",
    "planned": "Fin de la durée prévue",
    "hospital": "Hospitalisation",
    "other_care": "Relais par une autre prise en charge",
    "refusal": "La personne ne le souhaite plus",
    "unreachable": "Personne injoignable",
    "death": "Décès",
    "other": "Autre motif",
}
"""Why somebody ends a follow-up; `other` wants its words."""
LAPSED = "lapsed"
ALL_ENDINGS = ENDINGS | {LAPSED: "Durée prévue passée, sans autre décision"}
"""Those and the one of a follow-up that ends by itself (`commands.overdue`)."""
