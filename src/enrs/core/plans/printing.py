"""A plan on paper: the PDF by Typst, and its history in words."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import typst
from django.utils import timezone

from enrs.core.plans.kinds import PlanKind
from enrs.core.plans.models import PlanStep
from enrs.core.plans.queries import Before, Whole
from enrs.core.ui import filters
from enrs.core.ui.shapes import Banner, Entry

SHEET = Path(__file__).parent / "plan.typ"
PARTS = (
    "Informations générales et intervenants",
    "Synthèse des problèmes et souhaits de la personne",
    "Plan d’action",
    "Objectifs partagés, formulés et non atteints",
)

OBJECTS = {"plan": "Plan", "problem": "Problème", "goal": "Objectif", "action": "Action"}
STEPS = {
    "created": ("créé", "plus-circle"),
    "revised": ("modifié", "pencil"),
    "active": ("commencé", "play-circle"),
    "completed": ("terminé", "check-circle"),
    "revoked": ("arrêté", "x-circle"),
    "added": ("ajouté", "plus-circle"),
    "changed": ("modifié", "pencil"),
    "withdrawn": ("retiré", "dash-circle"),
    "template": ("complété par un modèle", "layout-text-window-reverse"),
    "sent": ("envoyé pour accord", "send"),
    "validated": ("validé", "patch-check"),
    "unvalidated": ("plus validé", "patch-minus"),
    "signed": ("signé", "pen"),
    "refused": ("refusé par la personne", "x-circle"),
    "printed": ("imprimé", "printer"),
    "answer.taken_back": ("réponse reprise", "arrow-counterclockwise"),
    "answer.proposed": ("changement proposé", "pencil-square"),
    "answer.agreed": ("accord", "hand-thumbs-up"),
    "answer.reserved": ("accord avec réserves", "hand-thumbs-up"),
    "answer.refused": ("refus", "hand-thumbs-down"),
}
FIELDS = {
    "title": "titre", "situation": "situation", "wishes": "souhaits", "synthesis": "synthèse",
    "referent_name": "référent", "referent_label": "fonction du référent", "revise_on": "date de révision",
    "label": "intitulé", "detail": "précisions", "priority": "priorité", "text": "texte", "why": "pourquoi",
    "status": "état", "due_on": "échéance", "stated_by": "formulé par", "criteria": "critère",
    "is_shared": "partage", "is_resolved": "résolution", "kind": "type", "who_label": "qui",
    "evaluation": "évaluation", "reason": "raison",
}  # fmt: skip


def parse_position(text: str) -> Before | None:
    """The place in a history that an address names; None when it names none."""
    at, _, key = text.partition("_")
    try:
        return datetime.fromisoformat(at), UUID(key)
    except ValueError:
        return None


def entry(step: PlanStep) -> Entry:
    """One change, as a line of the history."""
    words, icon = STEPS.get(step.what, (step.what, "circle"))
    changed = [
        f"{FIELDS[name]} (avant : {_short(value)})"
        for name, value in step.former.items()
        if name in FIELDS
    ]
    text = "\u00a0; ".join(changed)
    return Entry(
        at=step.at,
        title=f"{OBJECTS.get(step.object_kind, '')} {words} : {step.label}".strip(" :"),
        text=text,
        author=step.author_name,
        icon=icon,
        key=str(step.id),
    )


def _short(value: Any) -> str:
    text = {True: "oui", False: "non"}.get(value, value) if isinstance(value, bool) else value
    return str(text)[:80] if text not in ("", None) else "vide"


def plan_pdf(whole: Whole, kind: PlanKind, banner: Banner | None) -> bytes:
    """The plan as a PDF. What people wrote goes in as data, never as markup."""
    team = [[one.name, one.role] for one in kind.team(whole.plan.patient_id)]
    data = sheet_data(whole, kind, banner, team)
    content = typst.compile(SHEET.read_bytes(), sys_inputs={"data": json.dumps(data)})
    return bytes(content)


def sheet_data(
    whole: Whole, kind: PlanKind, banner: Banner | None, team: list[list[str]]
) -> dict[str, Any]:
    """What the sheet shows, in words."""
    plan = whole.plan
    return {
        "title": kind.label,
        "who": _who(banner),
        "printed": f"Imprimé le {filters.moment(timezone.now())}",
        "parts": list(PARTS),
        "facts": [
            ["Plan", plan.title],
            ["État", plan.get_status_display()],
            ["Référent", _named(plan.referent_name, plan.referent_label) or "Non désigné"],
            ["Commencé le", _day(plan.started_at) or "Pas encore"],
            ["À réviser le", _day(plan.revise_on) or "Sans date"],
            ["Situation", plan.situation or "Non renseignée"],
        ],
        "team": team,
        "texts": [
            ["Ce que la personne souhaite", plan.wishes or "Non renseigné"],
            ["Synthèse", plan.synthesis or "Non renseignée"],
        ],
        "problems": [
            [str(one.priority), one.label + (" (résolu)" if one.is_resolved else ""), one.detail]
            for one in whole.problems
        ],
        "goals": [
            [one.text, one.stated_by, _day(one.due_on), one.get_status_display()]
            for one in whole.goals
        ],
        "actions": [
            [
                one.text, one.get_kind_display(), one.who_label, _day(one.due_on),
                ". ".join(filter(None, [one.get_status_display(), one.evaluation])),
            ]
            for one in whole.actions
        ],
        "unsettled": [[one.text, one.get_status_display(), one.why] for one in whole.unsettled],
        "edition": f"Édition n° {plan.edition}, empreinte {whole.print[:12]}",
        "standing": _standing(whole),
        "agreements": [_agreement(one.agreement, is_past=one.is_past) for one in whole.parties],
    }  # fmt: skip


def _standing(whole: Whole) -> list[list[str]]:
    """Where its validation and its signature stand, as the sheet says them."""
    plan, signature = whole.plan, whole.signature
    validated = "Pas encore validé"
    if plan.validated_at:
        validated = f"Validé le {_day(plan.validated_at)}"
        validated += (
            f" par {plan.validated_by} : {plan.validated_reason}" if plan.validated_reason else ""
        )
        validated += "" if plan.is_validated else " (modifié depuis)"
    signed = "Pas encore signé"
    if signature:
        who = ", ".join(
            filter(None, [signature.signed_name or signature.party_label, signature.capacity])
        )
        signed = f"{signature.get_answer_display()}, {who}, {_day(signature.said_on)}"
        signed += f", recueilli par {signature.recorded_by}"
        signed += "" if signature.edition == plan.edition else " (plan modifié depuis)"
    return [["Validation", validated], ["Signature", signed]]


def _agreement(one: Any, *, is_past: bool) -> list[str]:
    answer = one.get_answer_display() + (" (plan modifié depuis)" if is_past else "")
    return [
        one.party_label, answer, one.get_means_display(), _day(one.answered_at), one.remark,
    ]  # fmt: skip


def _who(banner: Banner | None) -> str:
    if banner is None:
        return ""
    born = filters.date_fr(banner.birth_date) if banner.birth_date else "date inconnue"
    return f"{filters.person_name(banner)} · {born} · {banner.sex_words} · {banner.status_words}"


def _named(name: str, label: str) -> str:
    return ", ".join(filter(None, [name, label]))


def _day(value: date | datetime | None) -> str:
    return filters.date_fr(value) if value else ""
