"""The notices of the circles: a request of access is told to whoever may answer it."""

from uuid import UUID

from django.urls import reverse

from enrs.core.access.models import Level
from enrs.core.accounts.models import User
from enrs.core.events.outbox import OutboxEvent
from enrs.core.notifications.queries import persons_of, professionals_of
from enrs.core.notifications.registry import NoticeKind, Telling, declare, register_kind
from enrs.core.ui.filters import date_fr
from enrs.referentials.circles.models import AccessRequest, Mandate, Member
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
    link_label="Voir qui représente ou assiste la personne",
    address=_mandates,
    channels=("mail",),
)


def _concerned(member: Member) -> set[UUID]:
    """The person, those who represent them, and whoever is in charge of the measure, whose place may be over."""
    told = persons_of(member.patient_id)
    if member.user_id:
        holders = User.objects.filter(grantee_id=member.user_id, is_active=True)
        told |= set(holders.values_list("id", flat=True))
    return told


def _ended(event: OutboxEvent) -> Telling:
    member = Member.objects.get(pk=event.payload["ids"][0])
    return Telling(_concerned(member), {"who": member.display})


def _renewed(event: OutboxEvent) -> Telling:
    made = Mandate.objects.select_related("member").get(pk=event.payload["ids"][0])
    details = {"who": made.member.display, "day": date_fr(made.ends_on)}
    return Telling(_concerned(made.member), details)


register_kind(
    "circle.mandate.ended",
    label="Une mesure est terminée",
    text="La mesure de protection exercée par {who} est terminée : ce qu’elle ouvrait est fermé.",
    icon="person-dash",
    category="circle",
    link_label="Voir qui représente ou assiste la personne",
    address=_mandates,
    tell=_ended,
    channels=("mail",),
)
register_kind(
    "circle.mandate.renewed",
    label="Une décision de protection est enregistrée",
    text="Une nouvelle décision est enregistrée pour la mesure de protection exercée par {who} : jusqu’au {day}.",
    icon="arrow-repeat",
    category="circle",
    link_label="Voir qui représente ou assiste la personne",
    address=_mandates,
    tell=_renewed,
    channels=("mail",),
)
register_kind(
    "circle.mandate.lacking",
    label="Une décision de protection est à préciser",
    text="La mesure de protection exercée par {who} n’a pas sa décision : à préciser, avec sa date de fin.",
    icon="file-earmark-text",
    category="circle",
    link_label="Voir qui représente ou assiste la personne",
    address=_mandates,
)
