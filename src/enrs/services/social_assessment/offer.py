"""What the service offers: its form, its workflow, its board, its panel on the record."""

from pathlib import Path

from django.urls import reverse

from enrs.core.questionnaires.registry import register_forms, register_next
from enrs.core.ui.registry import Panel, panel
from enrs.core.workflow.columns import STANDARD
from enrs.core.workflow.registry import Board, register, register_board, register_opening
from enrs.core.workflow.rules import (
    ADDRESSEE,
    ASSIGNEE,
    REQUESTER,
    Limit,
    State,
    Transition,
    Workflow,
)

WORKFLOW, FORM = "social_assessment.request", "demande-evaluation-sociale"
SOCIAL = ("social_worker", "coordinator", ADDRESSEE)

register_forms(Path(__file__).parent / "forms", owner="social_assessment")
register_next(FORM, lambda answer: reverse("social_assessment:panel", args=[answer.patient_id]))
# fmt: off
register(Workflow(
    name=WORKFLOW, label="Demande d’évaluation sociale", plural="Demandes d’évaluation sociale", category="request",
    states=(
        State("sent", "Envoyée", "information", "send", fhir="requested"),
        State("accepted", "Acceptée", "action", "person-check"),
        State("done", "Évaluation faite", "sur", "check-circle", is_final=True),
        State("refused", "Refusée", "alerte", "x-circle", is_final=True, fhir="rejected"),
        State("cancelled", "Annulée", "neutre", "slash-circle", is_final=True, fhir="cancelled"),
    ),
    limit=Limit("answer", "Réponse attendue", working_days=3, remind_before=(9,), escalate_after=(0, 18)),
    transitions=(
        Transition("accept", "Accepter", ("sent",), "accepted", who=SOCIAL, claims=True, closes="others",
                   tells=("requester",), undo_minutes=15, icon="person-check"),
        Transition("finish", "Évaluation faite", ("accepted",), "done", who=(ASSIGNEE,), closes="all",
                   tells=("requester",), undo_minutes=15, icon="check-circle"),
        Transition("refuse", "Refuser", ("sent",), "refused", who=SOCIAL, needs_reason=True, closes="all",
                   tells=("requester",), is_rare=True, icon="x-circle"),
        Transition("cancel", "Annuler la demande", ("sent", "accepted"), "cancelled", who=(REQUESTER,),
                   needs_reason=True, closes="all", tells=("assignee",), is_rare=True, icon="slash-circle"),
    ),
    agreed="accept", refused="refuse",
))
register_board(Board("evaluations-sociales", WORKFLOW, STANDARD, label="Évaluations sociales", icon="house-heart",
    lead="Celles que l’on demande à votre équipe, et celles que vous avez demandées."))
panel(Panel("social_assessment", "Évaluation sociale", "house-heart", "social_assessment:panel", "request", 70))
# fmt: on
register_opening(WORKFLOW, form=FORM)
