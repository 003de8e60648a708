"""French words of the offer's pages: sentences of the rules of quality, of refusals, of changes."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from enrs.core.ui.french import day_words
from enrs.referentials.offer.rules.hours import DAYS, clock

QUALITY = {
    "CP01": "Donnez un nom à l’unité.",
    "CP02": "Choisissez l’activité principale.",
    "CP03": "Dites comment on y est pris en charge (consultation, hospitalisation, domicile…).",
    "CP04": "Ajoutez au moins un contact.",
    "CP05": "Indiquez les horaires, ou « jour et nuit ».",
    "CP06": "Dites pour quel public.",
    "CP07": "Décrivez l’unité en quelques mots.",
    "CO01": "FINESS dit ce site fermé : vérifiez auprès de votre établissement.",
    "CO02": "Le département de l’unité n’est pas celui que FINESS donne au site.",
    "CO03": "L’âge minimal dépasse l’âge maximal.",
    "CO04": "Une hospitalisation complète, de nuit ou de semaine suppose un nombre de places.",
    "EX01": "L’unité n’est pas placée sur la carte : FINESS ne donne pas les coordonnées du site.",
    "EX02": "Dites comment on y accède : courrier, avis, dossier à joindre.",
    "RE01": "Personne n’a confirmé la description depuis 90 jours.",
    "RE02": "Personne n’a confirmé la description depuis un an.",
    "ST01": "Un code n’est plus dans les nomenclatures : choisissez-en un autre.",
}
REFUSALS = {
    "name": "Donnez un nom à l’unité.",
    "kind": "Choisissez la nature de l’unité dans la liste.",
    "hours": "Ces horaires ne se lisent pas : écrivez « 9h-12h, 14h-18h30 ».",
    "ages": "L’âge minimal dépasse l’âge maximal.",
    "exceptions": "Une fermeture finit avant de commencer.",
    "openings": "Une unité a 30 ouvertures exceptionnelles au plus : retirez d’abord celles qui sont passées.",
    "opening_days": "Une ouverture exceptionnelle va d’un jour à un autre, 31 jours au plus : au-delà, changez les "
    "horaires de la semaine.",
    "opening_hours": "Une ouverture exceptionnelle dit ses horaires : écrivez « 9h-13h ».",
    "ranges": "Ces horaires ont trop de plages pour un même jour : regroupez-les.",
    "contacts": "Une unité a 20 contacts au plus, ceux que tout le monde ne lit pas compris : retirez-en d’abord.",
    "closings": "Une unité a 30 fermetures au plus : retirez d’abord celles qui sont passées.",
    "far": "Une date est trop lointaine : cinq ans d’avance au plus.",
    "zone": "Une zone d’intervention compte 1 000 communes au plus.",
    "equipment": "Une unité a 40 lignes d’équipement au plus : regroupez celles de même nature.",
    "equipment_count": "Le nombre d’un équipement va de 1 à 1 000.",
    "equipment_weight": "Le poids maximal d’un équipement va de 20 à 1 000 kg.",
    "tokens": "Cochez de 1 à 60 codes : ce sont eux que l’on cherche.",
    "theme_words": "Donnez au thème un nom de 40 signes au plus, et une phrase de 200 au plus.",
    "themes": "Il y a déjà 20 thèmes : retirez-en d’abord un, la page ne se lirait plus.",
    "need_words": "Donnez de 1 à 30 façons de le dire, de un à quatre mots chacune.",
    "need_taken": "L’un de ces mots appartient déjà à un autre besoin : retirez-le d’abord là-bas.",
    "needs": "Il y a déjà 200 besoins : retirez-en d’abord un.",
    "vocabulary": "Cette ligne n’existe plus, ou rien n’y a été changé : rechargez la page.",
    "quality": "La publication attend : corrigez d’abord les points bloquants.",
    "state": "Cette unité n’est pas publiée : il n’y a rien à confirmer.",
    "closed": "Cette unité est fermée : rouvrez-la d’abord.",
    "reserved": "La régulation du centre 15 est donnée par l’exploitation de la région : demandez-la lui.",
    "reason": "Dites pourquoi l’unité ferme, en quelques mots.",
    "elsewhere": "Cette personne n’exerce pas dans cet établissement d’après le répertoire.",
    "twice": "Cette personne est déjà référente de ce site.",
    "part": "Ce pôle ou ce service n’est plus ouvert dans ce site : choisissez-en un autre.",
    "part_name": "Donnez un nom : pôle, service ou unité.",
    "part_kind": "Choisissez pôle, service ou unité dans la liste.",
    "part_closed": "C’est déjà fermé : rechargez la page.",
    "part_used": "Des unités ou des services y sont encore : fermez-les ou déplacez-les d’abord.",
    "parent": "Un pôle est en haut, un service va dans un pôle, une unité dans un service ou un pôle.",
    "parts": "Ce site a déjà 300 pôles, services et unités : fermez d’abord ceux qui ne servent plus.",
    "unknown": "Aucun professionnel ne porte ce numéro RPPS.",
}
ACTS = {
    "created": ("Unité créée", "plus-circle"),
    "drafted": ("Brouillon enregistré", "pencil"),
    "discarded": ("Brouillon abandonné", "trash3"),
    "published": ("Unité publiée", "megaphone"),
    "changed": ("Description modifiée", "pencil-square"),
    "verified": ("Toujours exact", "check-circle"),
    "closed": ("Unité fermée", "x-circle"),
}
IMPORTED = {
    "created": ("créée", "créées"), "changed": ("modifiée", "modifiées"), "closed": ("fermée", "fermées"),
    "same": ("inchangée", "inchangées"), "refused": ("refusée", "refusées"),
}  # fmt: skip
"""What became of an offer of a ROR, for one and for several."""
PARTS = {"pole": "Pôle", "service": "Service", "structure": "Unité"}
FIELDS = {
    "name": "nom", "description": "description", "conditions": "conditions d’accès", "field_code": "champ d’activité",
    "activity_code": "activité", "mode_codes": "modes de prise en charge", "reception_codes": "accueil",
    "speciality_codes": "spécialités", "act_codes": "actes", "public_codes": "publics",
    "equipment": "équipements", "maternity_level": "type de maternité", "psychiatric_sector": "secteur",
    "age_from": "âge minimal", "age_to": "âge maximal", "place_count": "places",
    "is_always_open": "ouverture continue", "is_open_on_holidays": "jours fériés", "hours": "horaires",
    "exceptions": "fermetures", "special_openings": "ouvertures exceptionnelles",
    "contacts": "contacts", "zone_codes": "zone d’intervention",
    "is_sensitive": "unité sensible", "building": "bâtiment", "part": "pôle ou service", "reason": "motif",
}  # fmt: skip


def age_words(low: int | None, high: int | None) -> str:
    """« à partir de 18 ans », « de 3 mois à 17 ans », or nothing."""
    if low in (None, 0) and high is None:
        return ""
    if high is None:
        return f"à partir de {_months(low or 0)}"
    if low in (None, 0):
        return f"jusqu’à {_months(high)}"
    return f"de {_months(low or 0)} à {_months(high)}"


def _months(count: int) -> str:
    return f"{count} mois" if count < 24 else f"{count // 12} ans"


def opening_words(one: Mapping[str, Any]) -> str:
    """« Ouvert le samedi 24 décembre 2026, 9 h à 13 h : garde », « Ouvert du … au …, 9 h à 13 h »."""
    first = date.fromisoformat(one["from"])
    days = f"le {DAYS[first.weekday()]} {day_words(one['from'])}"
    if one["to"] != one["from"]:
        days = f"du {day_words(one['from'])} au {day_words(one['to'])}"
    ranges = " et ".join(f"{clock(opens)} à {clock(closes)}" for opens, closes in one["hours"])
    told = f"Ouvert {days}, {ranges}"
    return f"{told} : {one['words']}" if one["words"] else told


def distance_words(metres: int | None) -> str:
    """« 850 m », « 3,4 km », « 12 km »."""
    if metres is None:
        return ""
    if metres < 1000:
        return f"{max(50, round(metres / 50) * 50)} m"
    kilometres = metres / 1000
    return f"{kilometres:.1f} km".replace(".", ",") if kilometres < 10 else f"{kilometres:.0f} km"
