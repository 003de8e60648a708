"""Roles, parts of the record, acts and relations as the pages of the matrix name them."""

from enrs.core.access.rules import Right

ROLES = {
    "physician": "Médecin",
    "midwife": "Sage-femme",
    "dentist": "Chirurgien-dentiste",
    "biologist": "Biologiste médical",
    "nurse": "Infirmier ou infirmière",
    "pharmacist": "Pharmacien",
    "allied": "Autre professionnel de santé",
    "coordinator": "Coordinateur de parcours",
    "social_worker": "Professionnel du champ social",
    "secretary": "Secrétaire médicale",
    "identity_officer": "Cellule d’identité",
    "patient": "La personne elle-même",
    "proxy": "Représentant de la personne",
    "operator": "Exploitation",
    "standby": "Exploitation, hors session",
    "auditor": "Contrôle (délégué à la protection des données)",
    "anonymous": "Sans rôle reconnu",
}
CATEGORIES = {
    "identity": "Identité",
    "summary": "Synthèse",
    "encounters": "Séjours",
    "documents": "Documents",
    "results": "Résultats",
    "notes": "Notes de soins",
    "social": "Notes sociales",
    "circle": "Cercle",
    "journal": "Accès au dossier",
    "plan": "Plans",
    "request": "Demandes",
    "agenda": "Rendez-vous",
    "messages": "Messages",
    "assessment": "Évaluations",
}
ACTS = {"": "Rien", "r": "Lit", "rw": "Lit, écrit"}
PRESENT = {"": "ne voit rien", "r": "lit", "rw": "lit et écrit"}

RELATIONS: tuple[tuple[str, tuple[Right, ...]], ...] = (
    ("Dans l’équipe de soins", (Right("member", "care_team", "record", 2),)),
    ("Avec le consentement de la personne", (Right("member", "consent", "record", 2),)),
    ("Par la structure du séjour", (Right("member", "stay", "record", 2),)),
    ("Lecture seule", (Right("member", "care_team", "record", 1),)),
    ("Bris de glace, pour une garde", (Right("glass", "break_glass", "record", 1),)),
    ("Régulation du centre 15", (Right("glass", "centre_15", "record", 1),)),
    ("Hors du cercle, ou opposition", ()),
)
"""How somebody may stand to a person, and the rights that this gives."""
