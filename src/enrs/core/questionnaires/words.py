"""The French words of the engine: faults, states, roles, values."""

from typing import Any

from enrs.core.access import words as access_words
from enrs.core.questionnaires.rules.comparison import label_of
from enrs.core.questionnaires.rules.shapes import Fault, Item
from enrs.core.ui import french

DEFINITION = {
    "too_large": "Le fichier dépasse {detail} ko : découpez le formulaire.",
    "not_json": "Ce fichier n’est pas du JSON lisible ({detail}).",
    "not_questionnaire": "Ce fichier n’est pas un Questionnaire FHIR (resourceType).",
    "shape": "La forme du fichier n’est pas celle d’un Questionnaire FHIR R4 ({detail}).",
    "missing": "Il manque « {detail} » en tête du formulaire.",
    "no_item": "Le formulaire n’a aucune question.",
    "modifier_extension": "Une modifierExtension changerait le sens de la question : elle n’est pas prise en charge.",
    "extension": "L’extension « {detail} » n’est pas prise en charge.",
    "too_deep": "Les groupes s’emboîtent sur plus de {detail} niveaux.",
    "too_many_items": "Le formulaire a plus de {detail} éléments.",
    "too_many_options": "La question a plus de {detail} réponses permises.",
    "too_many_expressions": "Le formulaire a plus de {detail} expressions.",
    "link_id": "L’élément n° {detail} n’a pas de linkId, ou un linkId déjà pris.",
    "type": "Le type « {detail} » n’existe pas en FHIR R4, ou n’est pas pris en charge.",
    "no_text": "La question n’a pas de texte.",
    "no_option": "La question à choix n’a aucune réponse permise.",
    "options_elsewhere": "Seules les questions à choix ont des réponses permises.",
    "option": "Une réponse permise de type « {detail} » n’est pas prise en charge.",
    "same_code": "Deux réponses permises ont le même code « {detail} ».",
    "value_set": "Le jeu de valeurs « {detail} » n’est ni dans le fichier ni dans les nomenclatures chargées : "
    "mettez-le dans « contained », ou faites charger la nomenclature.",
    "value_set_large": "Le jeu de valeurs « {detail} » a plus de 300 codes : choisissez-en un plus court.",
    "children_of_question": "Une question à plusieurs réponses n’en contient pas d’autres : mettez-les dans un groupe.",
    "repeating_attachment": "Une pièce jointe ne se répète pas : mettez-la dans un groupe qui se répète.",
    "enable_behavior": "enableBehavior vaut « all » ou « any ».",
    "question": "La condition d’affichage porte sur « {detail} », qui n’existe pas ou qui est cette question même.",
    "operator": "L’opérateur « {detail} » de la condition d’affichage n’existe pas, ou sa réponse manque.",
    "answer_type": "La condition d’affichage attend une réponse d’un autre type que la question {detail}.",
    "no_order": "On ne peut pas comparer par ordre les réponses de « {detail} ».",
    "circle": "Les conditions d’affichage tournent en rond (par « {detail} »).",
    "bound": "La limite « {detail} » n’est pas un nombre entier positif.",
    "regex": "L’expression régulière n’est pas prise en charge ({detail}).",
    "expression": "L’expression FHIRPath n’est pas prise en charge ({detail}).",
    "expression_language": "Les expressions sont en text/fhirpath, pas en « {detail} ».",
    "expression_in_table": "Une colonne n’a de valeur reprise que si son groupe est pré-rempli ligne à ligne.",
    "variable_here": "Une variable se déclare en tête du formulaire ou sur un groupe qui se répète.",
    "population_here": "Le pré-remplissage ligne à ligne a un nom, sur un groupe qui se répète, hors d’un autre.",
    "expression_here": "Ce type d’élément ne se calcule pas.",
    "role": "Le rôle « {detail} » n’existe pas.",
    "roles_apart": "Cette partie est réservée à un rôle que la partie qui la contient écarte.",
    "roles_in_table": "Une partie réservée est un groupe entier : pas une colonne d’un groupe qui se répète.",
    "initial": "La valeur initiale ne convient pas à la question ({detail}).",
    "name_taken": "Le nom « {detail} » est celui d’un formulaire livré avec un service : choisissez-en un autre.",
    "version_taken": "La version {detail} existe déjà : donnez un nouveau numéro de version.",
    "status": "Cet état ne permet pas cet acte.",
    "finished": "Ce formulaire est terminé : rectifiez-le.",
    "not_finished": "Ce formulaire n’est pas encore terminé.",
}
VALUES = {
    "required": "Répondez à cette question.",
    "required_elsewhere": "Il reste à répondre dans une partie réservée : {detail}.",
    "min_occurs": "Donnez au moins {detail} réponses.",
    "max_occurs": "Donnez au plus {detail} réponses.",
    "exclusive": "Cette réponse exclut les autres : gardez l’une ou les autres.",
    "integer": "Écrivez un nombre entier, par exemple 12.",
    "decimal": "Écrivez un nombre, par exemple 12,5.",
    "decimals": "Écrivez au plus {detail} chiffres après la virgule.",
    "boolean": "Choisissez oui ou non.",
    "text": "Ce texte contient des caractères qui ne peuvent pas être gardés.",
    "one_line": "Écrivez sur une seule ligne.",
    "max_length": "Écrivez au plus {detail} caractères.",
    "min_length": "Écrivez au moins {detail} caractères.",
    "url": "Écrivez une adresse complète, par exemple https://exemple.fr.",
    "pattern": "Ce texte n’a pas la forme attendue.",
    "date": "Écrivez une date qui existe : année-mois-jour.",
    "date_time": "Écrivez une date et une heure qui existent.",
    "time": "Écrivez une heure qui existe, par exemple 14:05.",
    "option": "Choisissez une des réponses proposées.",
    "quantity": "Écrivez un nombre et son unité.",
    "unit": "Choisissez une des unités proposées.",
    "reference": "Écrivez une référence, par exemple Patient/identifiant.",
    "attachment": "Cette pièce jointe ne peut pas être gardée.",
    "attachment_size": "La pièce jointe dépasse {detail} Mo.",
    "attachment_type": "Ce genre de fichier n’est pas accepté : PDF, image ou texte.",
    "rows": "Donnez au plus {detail} lignes.",
    "lost_rows": "Des lignes ont été ajoutées ou retirées et d’autres changées : on ne sait plus à laquelle vont "
    "les pièces jointes. Faites-le en deux fois.",
    "min_value": "La valeur la plus basse permise est {detail}.",
    "max_value": "La valeur la plus haute permise est {detail}.",
    "unknown_item": "Le formulaire n’a pas de question « {detail} ».",
    "calculation": "Le calcul n’a pas pu se faire avec ces réponses.",
}
NOBODY_ANSWERS = ("identity_officer", "operator", "standby", "auditor", "anonymous")
ROLES = {
    role: label[0].lower() + label[1:]
    for role, label in access_words.ROLES.items()
    if role not in NOBODY_ANSWERS
}
"""The roles that fill forms, as a sentence names them."""


def sentence(fault: Fault) -> str:
    """What is wrong, and what to do, in French."""
    pattern = (
        VALUES.get(fault.code) or DEFINITION.get(fault.code) or "Cette réponse ne convient pas."
    )
    detail = fault.detail
    if fault.code == "required_elsewhere":
        detail = role_words(fault.detail.split(",")) or "calculs du formulaire"
    elif fault.code in ("min_value", "max_value"):
        detail = french.number_words(detail) if "-" not in detail[1:] else french.day_words(detail)
    elif fault.code == "unknown_item":
        detail = fault.link_id
    return pattern.replace("{detail}", detail)


def role_words(roles: Any) -> str:
    """Roles of the matrix in words, in alphabetical order."""
    return ", ".join(sorted(ROLES.get(one, one) for one in roles if one))


def value_words(item: Item, value: Any) -> str:  # noqa: PLR0911  one kind a line
    """One value as people read it."""
    if item.type == "boolean":
        return "Oui" if value else "Non"
    if item.type in ("integer", "decimal"):
        text = french.number_words(value)
        return f"{text}{french.NBSP}{item.units[0].display}" if item.units else text
    if item.type == "quantity":
        unit = next((one.display for one in item.units if one.code == value["unit"]), value["unit"])
        return f"{french.number_words(value['value'])}{french.NBSP}{unit}".strip()
    if item.type == "date":
        return french.day_words(value)
    if item.type == "dateTime":
        day, _, hour = value.partition("T")
        words = french.day_words(day)
        return f"{words} à{french.NBSP}{_hour(hour)}" if hour else words
    if item.type == "time":
        return _hour(value)
    if item.type == "reference":
        return str(value.get("display") or value["reference"])
    if item.type == "attachment":
        return str(value["title"])
    return label_of(item, value)


def _hour(text: str) -> str:
    hour, minute = text.split(":")[:2]
    return f"{int(hour)}{french.NBSP}h{french.NBSP}{minute}"
