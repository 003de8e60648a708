"""What teams and doctors of the demo answer to the forms of coordination."""

from datetime import datetime
from typing import Any

from enrs.core.moments import legal_day
from enrs.services.coordination.rules.aggir import ADVERBS, SUB_VARIABLES, WEIGHTLESS

PROFILES = (
    {"toilette": "B", "deplacement_exterieur": "B", "habillage": "B"},
    {"toilette": "B", "habillage": "B", "elimination": "B", "deplacement_exterieur": "C", "alimentation": "B"},
    {"coherence": "B", "orientation": "B", "toilette": "C", "habillage": "B", "elimination": "B",
     "deplacement_exterieur": "C", "communication_distance": "B"},
    {"toilette": "C", "habillage": "C", "elimination": "C", "transferts": "B", "deplacement_interieur": "B",
     "deplacement_exterieur": "C", "alimentation": "B"},
    {"coherence": "C", "orientation": "C", "toilette": "C", "habillage": "C", "alimentation": "B",
     "elimination": "C", "deplacement_exterieur": "C", "communication_distance": "C"},
)  # fmt: skip
"""Variables that are not A, from who needs little help to who needs much."""

WORSE = ("toilette", "habillage", "deplacement_interieur")
"""What declines first between two grids."""

ADVERBS_OF = {"A": list(ADVERBS), "B": ["spontanement", "correctement"], "C": ["non"]}

LEVELS = {"fine": "fine", "watch": "watch", "difficulty": "difficulty"}
DOMAINS = (
    "cognition", "communication", "humeur", "vie_sociale", "autonomie", "continence", "sante", "nutrition",
    "peau", "medicaments", "soins", "aidants", "logement",
)  # fmt: skip
DETAILS: dict[str, str] = {
    "cognition": "Oublie des rendez-vous, se repère bien chez elle.",
    "humeur": "Pleure en parlant de son mari.",
    "vie_sociale": "Ne sort plus depuis l’hiver.",
    "autonomie": "A besoin d’aide pour le bas du corps et les courses.",
    "sante": "Deux chutes sans fracture, douleur du genou.",
    "nutrition": "Mange peu le soir, réfrigérateur presque vide.",
    "medicaments": "Un pilulier sur deux n’est pas fini.",
    "aidants": "La fille vient chaque soir et se dit épuisée.",
    "logement": "Troisième étage sans ascenseur, baignoire haute.",
}
WISHES = (
    "Rester chez elle, revoir ses amies du club.",
    "Ne plus dépendre de sa fille pour les courses.",
    "Comprendre qui vient, et quand.",
)


def grid(rank: int, number: int, at: datetime) -> dict[str, Any]:
    """An AGGIR grid; the second of somebody shows that they need more help."""
    letters = dict(PROFILES[rank % len(PROFILES)])
    for variable in WORSE[: 2 * number]:
        letters[variable] = "C" if letters.get(variable) == "B" else letters.get(variable, "B")
    values: dict[str, Any] = {"date": legal_day(at).isoformat(), "lieu": "home"}
    for variable, parts in SUB_VARIABLES.items():
        letter = letters.get(variable, "A")
        for rank_of_part, key in enumerate([f"{variable}.{part}" for part in parts] or [variable]):
            eased = letter == "B" and rank_of_part == 0 and variable not in WEIGHTLESS
            values[key] = ADVERBS_OF["A" if eased and parts else letter]
    values["remarques"] = "Vue au domicile, en présence de sa fille."
    return values


def assessment(rank: int, number: int, at: datetime) -> dict[str, Any]:
    """A multidimensional assessment; between the first and the second some domains got better."""
    values: dict[str, Any] = {
        "date": legal_day(at).isoformat(),
        "presents": "La personne, sa fille",
        "souhaits": WISHES[rank % len(WISHES)],
        "sante.chutes": max(0, 2 - number - rank % 2),
        "sante.douleur": 4 - number + rank % 3,
        "nutrition.poids": {"value": str(54 + rank % 20 + number), "unit": "kg"},
        "medicaments.nombre": 5 + rank % 4,
        "cognition.oublis": ("sometimes", "often")[rank % 2],
        "humeur.tristesse": ("often", "sometimes")[number],
        "vie_sociale.visites": ("sometimes", "often")[number],
        "aidants.fatigue": ("often", "sometimes")[number],
        "bilan.synthese": (
            "Situation fragile : chutes, isolement et aidante épuisée. Plan à établir avec la famille.",
            "Situation en amélioration : passages en place, sorties reprises, prise des médicaments suivie.",
        )[number],
    }
    for place, domain in enumerate(DOMAINS):
        level = ("difficulty", "fine", "watch", "fine")[(rank + place) % 4]
        if number and level == "difficulty" and place % 2:
            level = "watch"
        values[f"{domain}.niveau"] = level
        if level == "difficulty" and domain in DETAILS:
            values[f"{domain}.precisions"] = DETAILS[domain]
    return values


MOTIVES = (
    ["home"], ["discharge", "caregiver"], ["cognitive"], ["home", "social"], ["several"], ["breakdown"],
    ["social"], ["caregiver"],
)  # fmt: skip
"""In the order of `texts.NEEDS`."""


def request(rank: int, need: str) -> dict[str, Any]:
    """What a doctor writes to ask for support."""
    return {
        "motifs": MOTIVES[rank % len(MOTIVES)],
        "attente": "Une visite d’évaluation et un appui pour organiser les aides.",
        "informee": True,
        "volonte": "agrees",
        "vit": ("alone", "couple", "alone", "family")[rank % 4],
        "aidant": "Sa fille, 06 39 98 12 34",
        "contexte": need,
        "risques": (["falls", "isolation"], ["medication"], ["undernutrition", "isolation"])[
            rank % 3
        ],
        "aides": [{"aide.qui": "Infirmière libérale", "aide.quoi": "Chaque matin"}],
        "hospitalisations": rank % 3,
        "pathologies": "Hypertension, arthrose, diabète de type 2.",
    }
