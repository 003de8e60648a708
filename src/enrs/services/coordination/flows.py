"""The two tables of coordination: a request for support, and the case that it may become."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from enrs.core.workflow.escalation import to_on_call
from enrs.core.workflow.registry import register
from enrs.core.workflow.rules import (
    ADDRESSEE,
    ASSIGNEE,
    REQUESTER,
    SYSTEM,
    Limit,
    State,
    Transition,
    Workflow,
)
from enrs.services.coordination.models import Case, Contact
from enrs.services.coordination.rules import words

REQUEST, CASE = "coordination.request", "coordination.case"


def _has_case(task: Any, actor: Any) -> str:
    """A request is included by the page that makes the case."""
    if Case.objects.filter(request_id=task.id).exists():
        return ""
    return "Incluez la personne par « Inclure » : sa situation s’ouvre en même temps."


def _has_new_contact(task: Any, actor: Any) -> str:
    """A contact is written with its day and length, then the case follows."""
    rows = Contact.objects.filter(case__task_id=task.id, recorded_at__gte=task.changed_at)
    return "" if rows.exists() else "Inscrivez le contact depuis l’onglet Coordination du dossier."


def _include_page(task: Any) -> str:
    return reverse("coordination:include", args=[task.patient_id, task.id])


def _case_page(name: str) -> Callable[[Any], str]:
    def page(task: Any) -> str:
        case_id = Case.objects.filter(task_id=task.id).values_list("id", flat=True).first()
        return reverse(f"coordination:{name}", args=[task.patient_id, case_id]) if case_id else ""

    return page


def _is_closed(task: Any, actor: Any) -> str:
    if Case.objects.filter(task_id=task.id, closed_at__isnull=False).exists():
        return ""
    return "Clôturez la situation depuis l’onglet Coordination du dossier."


_DESK = (ADDRESSEE, ASSIGNEE, *words.DESK_ROLES)
_TEAM = (ADDRESSEE, ASSIGNEE, *words.TEAM_ROLES)
_OPEN = ("received", "qualified", "contacted")
_FIRST = Limit(
    "first_contact", "Premier contact", working_days=words.FIRST_CONTACT_DAYS, remind_before=(9,),
    escalate_after=(0, 18), escalate_to=to_on_call,
)  # fmt: skip

register(
    Workflow(
        name=REQUEST,
        label="Demande d’appui",
        plural="Demandes d’appui",
        category="request",
        openers=words.ASKER_ROLES,
        states=(
            State("received", "Reçue", "information", "inbox", fhir="requested"),
            State("incomplete", "À compléter", "attention", "question-circle", fhir="on-hold"),
            State("qualified", "Qualifiée", "action", "clipboard-check", fhir="accepted"),
            State("contacted", "Premier contact fait", "action", "telephone", fhir="in-progress"),
            State("oriented", "Orientée", "sur", "signpost", is_final=True),
            State("included", "Incluse", "sur", "person-check", is_final=True),
            State("refused", "Non retenue", "neutre", "x-circle", is_final=True, fhir="rejected"),
            State("cancelled", "Annulée", "neutre", "slash-circle", is_final=True, fhir="cancelled"),
        ),
        limit=Limit(
            "qualify", "Qualification", working_days=words.QUALIFY_DAYS, remind_before=(9,),
            escalate_after=(0, 9), escalate_to=to_on_call,
        ),
        transitions=(
            Transition(
                "qualify", "Qualifier", ("received",), "qualified", who=_DESK, claims=True,
                deadline=_FIRST, undo_minutes=15, tells=("requester",), icon="clipboard-check",
            ),
            Transition(
                "contact", "Premier contact fait", ("qualified",), "contacted", who=_DESK,
                undo_minutes=15, icon="telephone",
            ),
            Transition(
                "include", "Inclure", ("qualified", "contacted"), "included", who=_TEAM,
                guard=_has_case, page=_include_page, tells=("requester",), icon="person-check",
            ),
            Transition(
                "orient", "Orienter", _OPEN, "oriented", who=_DESK, needs_reason=True,
                reasons=words.ORIENTATIONS, tells=("requester",), icon="signpost",
            ),
            Transition(
                "ask", "Demander un complément", _OPEN, "incomplete", who=_DESK, needs_reason=True,
                reasons=words.MISSING, tells=("requester",), icon="question-circle", is_rare=True,
                deadline=Limit(
                    "complete", "Complément attendu", working_days=words.COMPLETE_DAYS, escalate_after=(0,)
                ),
            ),
            Transition(
                "complete", "Complément apporté", ("incomplete",), "received",
                who=(REQUESTER, ADDRESSEE, ASSIGNEE), tells=("assignee", "addressees"),
                icon="check2",
            ),
            Transition(
                "refuse", "Ne pas retenir", (*_OPEN, "incomplete"), "refused", who=_DESK,
                needs_reason=True, reasons=words.REFUSALS, tells=("requester",), is_rare=True,
                is_dangerous=True, icon="x-circle",
            ),
            Transition(
                "cancel", "Annuler la demande", ("received", "incomplete", "qualified"), "cancelled",
                who=(REQUESTER,), needs_reason=True, tells=("assignee", "addressees"), is_rare=True,
                icon="slash-circle",
            ),
        ),
        agreed="qualify",
        refused="refuse",
    )
)  # fmt: skip

_QUIET = Limit(
    "quiet", "Nouveau contact", hours=24 * words.QUIET_DAYS, remind_before=(72,), then="lapse",
    escalate_after=(), holds_in=(),
)  # fmt: skip
_LATE = Limit("late", "Contact en retard", hours=24 * words.LATE_DAYS, escalate_after=(0, 168))

register(
    Workflow(
        name=CASE,
        label="Situation suivie",
        plural="Situations suivies",
        category="plan",
        openers=words.TEAM_ROLES,
        states=(
            State("active", "Suivie", "action", "person-check", fhir="in-progress"),
            State("overdue", "Sans contact", "alerte", "alarm", fhir="in-progress"),
            State("closed", "Clôturée", "neutre", "archive", is_final=True),
        ),
        limit=_QUIET,
        transitions=(
            Transition(
                "contact", "Contact inscrit", ("active", "overdue"), "active", who=words.TEAM_ROLES,
                guard=_has_new_contact, page=_case_page("contact"),
                page_label="Inscrire un contact", deadline=_QUIET, icon="telephone",
            ),
            Transition(
                "lapse", "Aucun contact depuis un mois", ("active",), "overdue", who=(SYSTEM,),
                deadline=_LATE, tells=("assignee",), icon="alarm",
            ),
            Transition(
                "close", "Clôturer", ("active", "overdue"), "closed", who=words.TEAM_ROLES,
                guard=_is_closed, page=_case_page("close"), needs_reason=True, reasons=words.CLOSINGS, closes="all",
                is_rare=True, icon="archive",
            ),
        ),
        assigners=words.TEAM_ROLES,
        senders=words.TEAM_ROLES,
    )
)  # fmt: skip
