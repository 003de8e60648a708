"""The notices of the circles: a request of access is told to whoever may answer it."""

from uuid import UUID

from django.urls import reverse

from enrs.core.access.models import Level
from enrs.core.events.outbox import OutboxEvent
from enrs.core.notifications.queries import persons_of, professionals_of
from enrs.core.notifications.registry import NoticeKind, Telling, declare, register_kind
from enrs.referentials.circles.models import AccessRequest
from enrs.referentials.circles.rules import ANSWERING_ROLES


def _access_asked(event: OutboxEvent) -> Telling:
    """The person, those who represent them and the circle's medical professions."""
    asked = AccessRequest.objects.get(pk=event.payload["ids"][0])
    told = persons_of(asked.patient_id) | professionals_of(
        asked.patient_id, roles=ANSWERING_ROLES, level=Level.CONTRIBUTE
    )
    details = {"by": asked.asker_name, "reason": asked.reason, "label": asked.asker_label}
    return Telling(told - {asked.user_id}, details)


def _requests(_patient_id: UUID) -> str:
    return reverse("circles:requests")


declare(
    NoticeKind(
        kind="circle.access.asked",
        tell=_access_asked,
        template="circles/_notice_asked.html",
        icon="door-open",
        category="circle",
        link_label="Répondre à la demande",
        address=_requests,
    )
)


def _mandates(patient_id: UUID) -> str:
    return reverse("circles:mandates", args=[patient_id])


register_kind(
    "circle.mandate.ending",
    label="Un mandat arrive à son terme",
    template="circles/_notice_ending.html",
    icon="hourglass-split",
    category="circle",
    link_label="Voir qui représente la personne",
    address=_mandates,
    channels=("mail",),
)
