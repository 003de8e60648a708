"""The tables of a return and of what is asked of one agency.

What an agency is asked is a task without a patient: the agency holds no right on the record, it is a party to what
it is asked. Moves that change the week have a command of their own; their guards ask whether it was done.
"""

from datetime import datetime
from typing import Any

from django.urls import reverse

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
from enrs.services.home_support.models import HomeReturn, Slot
from enrs.services.home_support.rules import words

RETURN, ASK = "home_support.return", "home_support.ask"
SUBJECT = "home_return"

_DONE = "Faites-le depuis la page du retour."
_ANSWER = Limit(
    "answer", "Réponse attendue", working_days=1, remind_before=(3,), escalate_after=(0, 9)
)
_OPEN = ("sent", "more")


def _return_page(task: Any) -> str:
    return reverse("home_support:show", args=[task.patient_id, task.subject_id])


def _ask_page(task: Any) -> str:
    return reverse("home_support:asked", args=[task.pk])


def _leaving(task: Any) -> datetime | None:
    text = task.details.get("leaving_at")
    return datetime.fromisoformat(text) if text else None


def _is_home(task: Any, _actor: Any) -> str:
    found = HomeReturn.objects.filter(task_id=task.pk, home_at__isnull=False).exists()
    return "" if found else _DONE


def _is_not_home(task: Any, _actor: Any) -> str:
    return _DONE if _is_home(task, _actor) == "" else ""


def _is_ended(task: Any, _actor: Any) -> str:
    found = HomeReturn.objects.filter(task_id=task.pk, ended_at__isnull=False).exists()
    return "" if found else _DONE


def _holds_something(task: Any, _actor: Any) -> str:
    found = Slot.objects.filter(ask__task_id=task.pk).exists()
    return (
        ""
        if found
        else "Cochez au moins un passage que vous pouvez prendre, et à partir de quel jour."
    )


def _holds_nothing(task: Any, _actor: Any) -> str:
    found = Slot.objects.filter(ask__task_id=task.pk).exists()
    return (
        "Des passages sont encore tenus par cette structure : libérez-les d’abord." if found else ""
    )


def _is_over(task: Any, _actor: Any) -> str:
    """What an agency took ends with the return: before, its visits are released."""
    found = HomeReturn.objects.filter(pk=task.subject_id, ended_at__isnull=False).exists()
    return "" if found else _DONE


register(
    Workflow(
        name=RETURN,
        label="Retour à domicile (LISA)",
        plural="Retours à domicile (LISA)",
        category="request",
        openers=words.HOSPITAL_ROLES,
        states=(
            State("preparing", "En préparation", "information", "calendar-week", fhir="requested"),
            State("home", "À domicile", "action", "house-check", fhir="in-progress"),
            State("closed", "Terminé", "neutre", "archive", is_final=True),
        ),
        transitions=(
            Transition(
                "arrive", "La personne est rentrée", ("preparing",), "home", who=words.HOSPITAL_ROLES,
                guard=_is_home, page=_return_page, tells=("assignee",), icon="house-check",
            ),
            Transition(
                "not_home", "Pas encore rentrée", ("home",), "preparing", who=words.HOSPITAL_ROLES,
                guard=_is_not_home, page=_return_page, tells=("assignee",), is_rare=True,
                icon="arrow-counterclockwise",
            ),
            Transition(
                "close", "Terminer", ("preparing", "home"), "closed", who=words.HOSPITAL_ROLES,
                guard=_is_ended, page=_return_page, needs_reason=True, reasons=words.ENDINGS,
                tells=("assignee",), is_rare=True, icon="archive",
            ),
        ),
        assigners=words.HOSPITAL_ROLES,
        senders=words.HOSPITAL_ROLES,
        page=_return_page,
        turn=_leaving,
    )
)  # fmt: skip

register(
    Workflow(
        name=ASK,
        label="Aide au retour à domicile",
        plural="Aides au retour à domicile",
        category="request",
        openers=words.HOSPITAL_ROLES,
        states=(
            State("sent", "À répondre", "information", "send", fhir="requested"),
            State("more", "Précision demandée", "attention", "question-circle", fhir="on-hold"),
            State("accepted", "Prise", "sur", "person-check", fhir="accepted"),
            State("refused", "Refusée", "alerte", "x-circle", is_final=True, fhir="rejected"),
            State("withdrawn", "Retirée", "neutre", "slash-circle", is_final=True, fhir="cancelled"),
            State("ended", "Terminée", "neutre", "archive", is_final=True),
        ),
        limit=_ANSWER,
        transitions=(
            Transition(
                "accept", "Nous pouvons prendre", _OPEN, "accepted", who=(ADDRESSEE,), claims=True,
                guard=_holds_something, page=_ask_page, tells=("requester",), icon="check2",
            ),
            Transition(
                "ask", "Demander une précision", ("sent",), "more", who=(ADDRESSEE,), needs_reason=True,
                tells=("requester",), icon="question-circle",
            ),
            Transition(
                "reply", "Répondre à la précision", ("more",), "sent", who=(REQUESTER,), needs_reason=True,
                tells=("addressees",), deadline=_ANSWER, icon="reply",
            ),
            Transition(
                "refuse", "Ne peut pas prendre", _OPEN, "refused", who=(ADDRESSEE,), needs_reason=True,
                reasons=words.REFUSALS, tells=("requester",), closes="all", icon="x-circle",
            ),
            Transition(
                "give_back", "Rendre les passages", ("accepted",), "refused", who=(ASSIGNEE,),
                guard=_holds_nothing, page=_ask_page, needs_reason=True, reasons=words.REFUSALS,
                tells=("requester",), closes="all", is_rare=True, icon="arrow-counterclockwise",
            ),
            Transition(
                "withdraw", "Retirer la demande", (*_OPEN, "accepted"), "withdrawn",
                who=(REQUESTER, SYSTEM), guard=_holds_nothing, closes="all",
                is_rare=True, icon="slash-circle",
            ),
            Transition(
                "end", "Terminer", ("accepted",), "ended", who=(REQUESTER, SYSTEM), guard=_is_over,
                tells=("team",), closes="all", icon="archive",
            ),
        ),
        agreed="accept",
        refused="refuse",
        assigners=(ASSIGNEE,),
        senders=(),
        page=_ask_page,
        turn=_leaving,
    )
)  # fmt: skip
