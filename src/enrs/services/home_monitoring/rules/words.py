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
"""Why a follow-up ends; `other` wants its words."""
