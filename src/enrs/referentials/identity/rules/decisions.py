"""What the identity unit may decide of an item, in words, and what a source may be asked."""

DECISIONS = {
    "linked": "Même personne",
    "kept_apart": "Deux personnes, pour toujours",
    "namesake": "Homonymes",
}
"""Outcomes that a person chooses, by code."""

PROPOSALS = DECISIONS | {
    "corrected": "C’est la même personne, corriger ses traits",
    "refused": "C’est une autre personne, refuser les traits",
    "parted": "Séparer l’identité de ce dossier",
    "rejoined": "Remettre l’identité à son ancien dossier",
    "undone": "Défaire la décision",
}
"""What one person may propose and another confirm, by code."""

SEVERITY_WORDS = {
    0: "Danger : un mauvais dossier peut être lu",
    1: "Élevée",
    2: "Courante",
    3: "Rangement",
}
SEVERITY_TONES = {0: "alerte", 1: "attention", 2: "information", 3: "neutre"}
SEVERITY_SHORT = {0: "Danger", 1: "Élevée", 2: "Courante", 3: "Rangement"}
