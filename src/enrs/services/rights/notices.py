"""The notices of the desk: what is to be read again, what is asked and answered, what the person is told."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from enrs.core.events.outbox import OutboxEvent
from enrs.core.notifications.queries import persons_of
from enrs.core.notifications.registry import Telling, register_kind
from enrs.core.ui import filters
from enrs.services.rights.models import (
    AccessReview,
    AccessReviewAct,
    DataCopy,
    Glass,
    GlassAct,
    RightsRequest,
)
from enrs.services.rights.queries.desk import officers, reviewers_of

STAFF = ("professional", "operator")


def _desk(details: Mapping[str, Any]) -> str:
    return reverse("rights:glass", args=[details["glass"]])


def _own(details: Mapping[str, Any]) -> str:
    return reverse("rights:own_glass", args=[details["glass"]])


def _journal(patient_id: UUID) -> str:
    return reverse(settings.FRAME_URLS["journal"], args=[patient_id])


def _read(event: OutboxEvent) -> tuple[Glass, dict[str, str]]:
    held = Glass.objects.get(pk=event.payload["ids"][0])
    details = {"glass": str(held.id), "day": filters.moment(held.opened_at)}
    return held, details


def _said(event: OutboxEvent) -> tuple[Glass, dict[str, str]]:
    held, details = _read(event)
    said = GlassAct.objects.get(pk=event.payload["ids"][1])
    return held, details | {"by": said.by_name, "reason": said.text}


def _listed(event: OutboxEvent) -> Telling:
    held, details = _read(event)
    told = reviewers_of(held.organisation_id) - {held.user_id}
    return Telling(told, details | {"by": held.user_name, "due": filters.date_fr(held.due_at)})


def _asked(event: OutboxEvent) -> Telling:
    held, details = _said(event)
    return Telling({held.user_id}, details)


def _explained(event: OutboxEvent) -> Telling:
    held, details = _said(event)
    return Telling({held.asked_by_id} if held.asked_by_id else set(), details)


def _judged(event: OutboxEvent) -> Telling:
    held, details = _said(event)
    words = "justifiée" if held.state == Glass.State.JUSTIFIED else "non justifiée"
    return Telling({held.user_id}, details | {"verdict": words})


def _found(event: OutboxEvent) -> Telling:
    held, details = _said(event)
    return Telling(persons_of(held.patient_id), details | {"by": held.user_name})


register_kind(
    "rights.glass.listed",
    label="Un bris de glace est à relire",
    text="{by} a ouvert un dossier en urgence le {day} : à relire avant le {due}.",
    icon="shield-exclamation",
    link=_desk,
    link_label="Relire",
    tell=_listed,
    urgency="low",
    channels=("mail",),
    audience=STAFF,
)
register_kind(
    "rights.glass.asked",
    label="On me demande d’expliquer un bris de glace",
    text="{by} vous demande d’expliquer le dossier ouvert en urgence le {day}.",
    icon="question-circle",
    link=_own,
    link_label="Répondre",
    tell=_asked,
    channels=("mail",),
    audience=("professional",),
)
register_kind(
    "rights.glass.explained",
    label="Une explication est arrivée",
    text="{by} a répondu au sujet du dossier ouvert en urgence le {day}.",
    icon="chat-left-text",
    link=_desk,
    link_label="Lire la réponse",
    tell=_explained,
    channels=("mail",),
    audience=STAFF,
)
register_kind(
    "rights.glass.judged",
    label="Un de mes bris de glace est relu",
    text="L’ouverture en urgence du {day} est jugée {verdict} ({by}).",
    icon="clipboard-check",
    link=_own,
    link_label="Lire la conclusion",
    tell=_judged,
    channels=("mail",),
    audience=("professional",),
)
register_kind(
    "rights.glass.found",
    label="Un accès à mon dossier est jugé non justifié",
    template="rights/_notice_found.html",
    icon="shield-x",
    category="journal",
    address=_journal,
    link_label="Voir les accès au dossier",
    tell=_found,
    urgency="normal",
    mail_subject="Un accès a été contrôlé",
    mail_text="Un accès en urgence à votre dossier, ou à celui d’une personne que vous représentez, a été "
    "contrôlé. Ouvrez votre espace {region} pour lire la conclusion.",
    sms="{region} : un accès a été contrôlé. La conclusion est dans votre espace : {link}",
    audience=("person",),
)


def _asked_right(event: OutboxEvent) -> Telling:
    held, details = _request(event)
    return Telling(officers(), details | {"by": held.asker_name})


def _moved(event: OutboxEvent) -> Telling:
    held, details = _request(event)
    return Telling({held.asked_by_id} if held.asked_by_id else set(), details)


def _request(event: OutboxEvent) -> tuple[RightsRequest, dict[str, str]]:
    held = RightsRequest.objects.get(pk=event.payload["ids"][0])
    details = {"request": str(held.id), "number": held.number, "due": filters.date_fr(held.due_on)}
    return held, details


def _request_of_desk(details: Mapping[str, Any]) -> str:
    return reverse("rights:request", args=[details["request"]])


def _my_request(details: Mapping[str, Any]) -> str:
    return reverse("rights:my_request", args=[details["request"]])


register_kind(
    "rights.request.received",
    label="Quelqu’un exerce un droit sur ses données",
    text="{by} exerce un droit : demande {number}, à répondre avant le {due}.",
    icon="person-check",
    link=_request_of_desk,
    tell=_asked_right,
    channels=("mail",),
    audience=STAFF,
)
for kind, label, text in (
    ("extended", "Le délai de ma demande est prolongé",
     "Votre demande {number} est plus longue à traiter : réponse avant le {due}."),
    ("answered", "Ma demande a sa réponse", "Votre demande {number} a sa réponse."),
    ("restricted", "L’usage de mes données est limité",
     "Demande {number} : le traitement de vos données est limité depuis aujourd’hui."),
    ("lifted", "La limitation de l’usage de mes données est levée",
     "Demande {number} : la limitation du traitement est levée. Lisez pourquoi."),
    ("refused", "Ma demande est refusée", "Votre demande {number} est refusée : lisez pourquoi, et vos recours."),
):  # fmt: skip
    register_kind(
        f"rights.request.{kind}",
        label=label,
        text=text,
        icon="person-check",
        link=_my_request,
        link_label="Lire",
        tell=_moved,
        channels=("mail",),
        audience=("person",),
    )


def _copy(event: OutboxEvent) -> Telling:
    held = DataCopy.objects.get(pk=event.payload["ids"][0])
    over = filters.moment(held.expires_at) if held.expires_at else ""
    return Telling({held.asked_by_id}, {"copy": str(held.id), "until": over})


def _mine(details: Mapping[str, Any]) -> str:
    return reverse("rights:mine")


for kind, label, text in (
    ("made", "La copie de données que j’ai demandée est prête",
     "La copie de données que vous avez demandée est prête : téléchargez-la avant le {until}."),
    ("failed", "La copie de données que j’ai demandée n’a pas été préparée",
     "La copie de données que vous avez demandée n’a pas pu être préparée : demandez-la à nouveau."),
):  # fmt: skip
    register_kind(
        f"rights.copy.{kind}",
        label=label,
        text=text,
        icon="file-earmark-zip",
        link=_mine,
        link_label="Ouvrir « Mes droits »",
        tell=_copy,
        channels=("mail",),
        audience=("person",),
    )


def _review(event: OutboxEvent) -> tuple[AccessReview, dict[str, str]]:
    held = AccessReview.objects.get(pk=event.payload["ids"][0])
    said = AccessReviewAct.objects.get(pk=event.payload["ids"][1])
    details = {"review": str(held.id), "day": filters.moment(held.until_at), "by": said.by_name}
    return held, details


def _review_asked(event: OutboxEvent) -> Telling:
    held, details = _review(event)
    return Telling({held.user_id}, details)


def _review_listed(event: OutboxEvent) -> Telling:
    held, details = _review(event)
    return Telling(officers(), details | {"place": held.organisation_name})


def _review_explained(event: OutboxEvent) -> Telling:
    held, details = _review(event)
    return Telling({held.asked_by_id} if held.asked_by_id else set(), details)


def _review_of_desk(details: Mapping[str, Any]) -> str:
    return reverse("rights:review", args=[details["review"]])


def _own_review(details: Mapping[str, Any]) -> str:
    return reverse("rights:own_review", args=[details["review"]])


register_kind(
    "rights.access.asked",
    label="On me demande d’expliquer mes accès à un dossier",
    text="{by} vous demande d’expliquer vos accès à un dossier, le dernier le {day}.",
    icon="question-circle",
    link=_own_review,
    link_label="Répondre",
    tell=_review_asked,
    channels=("mail",),
    audience=("professional",),
)
register_kind(
    "rights.access.listed",
    label="Un référent demande d’expliquer un accès",
    text="{by} ({place}) demande d’expliquer des accès à un dossier, le dernier le {day}.",
    icon="question-circle",
    link=_review_of_desk,
    link_label="Voir",
    tell=_review_listed,
    urgency="low",
    channels=("mail",),
    audience=STAFF,
)
register_kind(
    "rights.access.explained",
    label="Une explication sur des accès est arrivée",
    text="{by} a expliqué ses accès à un dossier, le dernier le {day}.",
    icon="chat-left-text",
    link=_review_of_desk,
    link_label="Lire la réponse",
    tell=_review_explained,
    channels=("mail",),
    audience=STAFF,
)
register_kind(
    "rights.access.seen",
    label="Mon explication sur des accès a été lue",
    text="Vos accès à un dossier, le dernier le {day}, sont classés : rien à dire ({by}).",
    icon="clipboard-check",
    link=_own_review,
    link_label="Lire",
    tell=_review_asked,
    channels=("mail",),
    audience=("professional",),
)
