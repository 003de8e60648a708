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

QUALIFY_HOURS = 48
FIRST_CONTACT_HOURS = 72
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
