"""Invariants of R4 that no table says, by type: each gives a French sentence when it is broken."""

from collections.abc import Callable
from typing import Any

Tree = dict[str, Any]
Invariant = Callable[[Tree], str]


def _extension(tree: Tree) -> str:
    has_value = any(name.startswith(("value", "_value")) for name in tree)
    if has_value == ("extension" in tree):
        return "Une extension porte une valeur, ou des extensions, jamais les deux (ext-1)."
    return ""


def _period(tree: Tree) -> str:
    start, end = tree.get("start"), tree.get("end")
    if type(start) is str and type(end) is str:
        # Compared as far as both are known: 2026-03 may hold 2026-03-12.
        size = min(len(start), len(end), 10)
        if start[:size] > end[:size]:
            return "La fin précède le début (per-1)."
    return ""


def _quantity(tree: Tree) -> str:
    return (
        "Un code d'unité demande son système (qty-3)."
        if "code" in tree and "system" not in tree
        else ""
    )


def _attachment(tree: Tree) -> str:
    return (
        "Un contenu demande son « contentType » (att-1)."
        if "data" in tree and "contentType" not in tree
        else ""
    )


def _contact(tree: Tree) -> str:
    return (
        "Une coordonnée demande son système (cpt-2)."
        if "value" in tree and "system" not in tree
        else ""
    )


def _observation(tree: Tree) -> str:
    if "dataAbsentReason" in tree and any(name.startswith("value") for name in tree):
        return "Une valeur et la raison de son absence s'excluent (obs-6)."
    return ""


def _appointment(tree: Tree) -> str:
    if ("start" in tree) != ("end" in tree):
        return "Le début et la fin vont ensemble (app-2)."
    if "start" not in tree and tree.get("status") not in ("proposed", "cancelled", "waitlist"):
        return "Seul un rendez-vous proposé, annulé ou en attente est sans horaire (app-3)."
    return ""


def _participant(tree: Tree) -> str:
    return (
        ""
        if "type" in tree or "actor" in tree
        else "Un participant a un type ou un acteur (app-1)."
    )


def _patient_contact(tree: Tree) -> str:
    if tree.keys() & {"name", "telecom", "address", "organization"}:
        return ""
    return "Un contact a un nom, une coordonnée, une adresse ou un organisme (pat-1)."


def _questionnaire(tree: Tree) -> str:
    seen: set[str] = set()
    first = tree.get("item")
    waiting = list(first) if type(first) is list else []
    while waiting:
        item = waiting.pop()
        if type(item) is not dict:
            continue
        link = item.get("linkId")
        if type(link) is str:
            if link in seen:
                return f"« {link[:60]} » est employé deux fois comme linkId (que-2)."
            seen.add(link)
        inner = item.get("item")
        waiting += inner if type(inner) is list else []
    return ""


def _item(tree: Tree) -> str:
    kind, inner = tree.get("type"), tree.get("item")
    if kind == "group" and not inner:
        return "Un groupe a des éléments (que-1)."
    if kind == "display" and inner:
        return "Un texte affiché n'a pas d'éléments (que-1)."
    if "answerOption" in tree and "answerValueSet" in tree:
        return "Des réponses sont listées ou prises d'un jeu de valeurs, jamais les deux (que-4)."
    return ""


def _response_item(tree: Tree) -> str:
    if "answer" in tree and "item" in tree:
        return "Les éléments sont sous la réponse quand il y en a une (qrs-1)."
    return ""


def _care_plan_activity(tree: Tree) -> str:
    if "detail" in tree and "reference" in tree:
        return "Une activité est détaillée ou désignée, jamais les deux (cpl-3)."
    return ""


INVARIANTS: dict[str, tuple[Invariant, ...]] = {
    "Extension": (_extension,),
    "Period": (_period,),
    "Quantity": (_quantity,),
    "Attachment": (_attachment,),
    "ContactPoint": (_contact,),
    "Observation": (_observation,),
    "Appointment": (_appointment,),
    "Appointment.participant": (_participant,),
    "Patient.contact": (_patient_contact,),
    "Questionnaire": (_questionnaire,),
    "Questionnaire.item": (_item,),
    "QuestionnaireResponse.item": (_response_item,),
    "CarePlan.activity": (_care_plan_activity,),
}
