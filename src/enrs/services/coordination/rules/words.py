"""The words and numbers of coordination: why a request ends, why a case closes, the delays promised."""

REFUSALS = (
    ("outside", "Hors du territoire ou de la mission"),
    ("followed", "Déjà suivie par une autre équipe"),
    ("person", "Refus de la personne"),
    ("unreachable", "Personne injoignable"),
    ("unfounded", "Demande sans objet"),
    ("other", "Autre motif"),
)
ORIENTATIONS = (
    ("information", "Information donnée"),
    ("home_help", "Aide ou soins à domicile"),
    ("social", "Service social"),
    ("specialist", "Consultation spécialisée ou hôpital de jour"),
    ("facility", "Établissement d’hébergement"),
    ("other", "Autre orientation"),
)
CLOSINGS = (
    ("goals", "Objectifs atteints"),
    ("relay", "Relais pris par d’autres"),
    ("facility", "Entrée en établissement"),
    ("moved", "Déménagement"),
    ("refusal", "Refus de la personne"),
    ("lost", "Perdue de vue"),
    ("death", "Décès"),
    ("other", "Autre motif"),
)
MISSING = (
    ("contact", "Coordonnées de la personne"),
    ("consent", "Accord de la personne"),
    ("situation", "Situation à préciser"),
    ("medical", "Volet médical"),
)

QUALIFY_DAYS = 2
FIRST_CONTACT_DAYS = 3
COMPLETE_DAYS = 5
"""From qualification; the delay that the region's teams promise to who asks."""
QUIET_DAYS = 30
"""Without any contact for this long a case is alerted."""
LATE_DAYS = 14
"""An alert without answer for this long is told again."""

SMALL = 5
"""Counts below this are not shown: with them one could recognise somebody (CNIL, secret statistique)."""

DESK_CATEGORIES = ("695",)
"""FINESS categories of the organisations that receive requests for support."""

TEAM_ROLES = ("coordinator", "social_worker", "nurse", "physician")
DESK_ROLES = (*TEAM_ROLES, "secretary")
ASKER_ROLES = (
    "physician",
    "nurse",
    "pharmacist",
    "midwife",
    "allied",
    "social_worker",
    "coordinator",
    "secretary",
)

ANSWERS = {
    "incomplete": "Nous avons bien reçu votre demande. Il nous manque des éléments pour la traiter.",
    "oriented": "Nous avons étudié votre demande et orienté la personne vers une réponse adaptée.",
    "included": "Nous avons étudié votre demande : notre équipe suit désormais la personne.",
    "refused": "Nous avons étudié votre demande et ne pouvons pas y donner suite.",
}
"""What the letter to whoever asked says first, by the state of a request that was answered."""
REASON_TITLES = {
    "incomplete": "Ce qui manque",
    "oriented": "Orientation",
    "included": "Motif",
    "refused": "Motif",
}
ANSWER_END = "Nous restons à votre disposition pour toute précision."
