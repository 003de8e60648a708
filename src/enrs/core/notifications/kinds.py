"""The notices of the core itself: a broken glass is told to the person and to their circle."""

from uuid import UUID

from django.conf import settings
from django.urls import reverse

from enrs.core.access.models import BreakGlass
from enrs.core.events.outbox import OutboxEvent
from enrs.core.events.subscribers import subscribe
from enrs.core.notifications.commands import tell
from enrs.core.notifications.queries import persons_of, professionals_of
from enrs.core.notifications.registry import (
    TOLD,
    NoticeKind,
    Telling,
    declare,
    register_kind,
)


def _glass_broken(event: OutboxEvent) -> Telling:
    """The person, those who represent them and their circle's professionals, but who broke it."""
    opening = BreakGlass.objects.get(pk=event.payload["ids"][0])
    told = persons_of(opening.patient_id) | professionals_of(opening.patient_id)
    details = {
        "by": event.payload["by"],
        "reason": opening.reason_text,
        "reason_code": opening.reason_code,
    }
    return Telling(told - {opening.user_id}, details)


def _journal(patient_id: UUID) -> str:
    return reverse(settings.FRAME_URLS["journal"], args=[patient_id])


declare(
    NoticeKind(
        kind="access.glass.broken",
        tell=_glass_broken,
        template="notifications/_glass_broken.html",
        icon="shield-exclamation",
        category="journal",
        link_label="Voir les accès au dossier",
        address=_journal,
        label="Quelqu’un ouvre un dossier par bris de glace",
        urgency="urgent",
        channels=("mail", "sms"),
        mail_subject="Un accès à un dossier vous est signalé",
        mail_text=(
            "Un accès exceptionnel à un dossier que vous suivez, ou au vôtre, a eu lieu {at}. "
            "Ouvrez votre espace pour savoir qui, et pourquoi."
        ),
        sms="{region} : un accès exceptionnel vous est signalé. Détails dans votre espace : {link}",
    )
)
register_kind(
    "account.mobile.code",
    label="Confirmation de mon mobile",
    icon="phone",
    urgency="urgent",
    channels=(),
    sms="{region} : votre code est {code}. Il vaut 15 minutes. Ne le donnez à personne.",
)
subscribe("notices", TOLD, tell)
