"""Whom home monitoring tells: an alert to those whom the protocol names, a follow-up that arrives, the person."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse

from enrs.core.events.outbox import OutboxEvent
from enrs.core.notifications.registry import Telling, register_kind
from enrs.core.workflow.queries import users_of
from enrs.services.home_monitoring import queries
from enrs.services.home_monitoring.commands.calls import NOTICE
from enrs.services.home_monitoring.commands.shared import CATEGORY
from enrs.services.home_monitoring.models import FollowUp


def link(details: Mapping[str, Any]) -> str:
    """The page of the follow-up that a notice speaks of."""
    return _address("home_monitoring:follow_up", details)


def entry_link(details: Mapping[str, Any]) -> str:
    """Where the person enters a reading."""
    return _address("home_monitoring:enter", details)


def _address(name: str, details: Mapping[str, Any]) -> str:
    try:
        return reverse(name, args=[UUID(details["patient"]), UUID(details["follow_up"])])
    except (KeyError, ValueError):
        return ""


def _of(event: OutboxEvent) -> tuple[FollowUp | None, dict[str, Any]]:
    found = FollowUp.objects.filter(pk=event.payload["follow_up"]).first()
    details = {
        "title": found.title if found else "",
        "by": event.payload.get("by", ""),
        "patient": str(event.patient_id),
        "follow_up": event.payload["follow_up"],
    }
    return found, details


def telling_watcher(event: OutboxEvent) -> Telling:
    """Whoever watches from now on."""
    found, details = _of(event)
    if found is None or found.ended_at is not None:
        return Telling(())
    return Telling(users_of({found.watcher_id}, category=CATEGORY), details)


def telling_over(event: OutboxEvent) -> Telling:
    """Whoever watches; where nobody of them may open it any more, whoever writes in the record."""
    found, details = _of(event)
    if found is None or found.ended_at is not None:
        return Telling(())
    return Telling(_openers(found, {found.watcher_id}) or _circle(found), details)


def telling_lapsed(event: OutboxEvent) -> Telling:
    """Whoever watched and whoever began it; else whoever writes in the record."""
    found, details = _of(event)
    if found is None:
        return Telling(())
    known = {one for one in (found.watcher_id, found.starter_id) if one}
    return Telling(_openers(found, known) or _circle(found), details)


def telling_person_lapsed(event: OutboxEvent) -> Telling:
    """The person and those who stand for them, who may still be measuring."""
    found, details = _of(event)
    return Telling(queries.users_of_person(found.patient_id) if found else (), details)


def _openers(found: FollowUp, grantees: set[UUID]) -> set[UUID]:
    return queries.who_may_open(found.patient_id, users_of(grantees, category=CATEGORY))


def _circle(found: FollowUp) -> set[UUID]:
    return _openers(found, queries.grantees(found.patient_id))


def telling_person(event: OutboxEvent) -> Telling:
    """The person and those who stand for them: what to enter, and when."""
    found, details = _of(event)
    if found is None or found.ended_at is not None or found.entry_means != "person":
        return Telling(())
    return Telling(queries.users_of_person(found.patient_id), details)


register_kind(
    NOTICE,
    label="Surveillance à domicile : une alerte attend",
    template="home_monitoring/_notice_alert.html",
    icon="activity",
    category=CATEGORY,
    link=link,
    link_label="Ouvrir la surveillance",
    urgency="urgent",
    mail_text="Une alerte vous attend dans votre espace {region} : ouvrez-le pour dire que vous vous en occupez.",
    sms="{region} : une alerte vous attend, à prendre maintenant. {link}",
    audience=("professional",),
)
register_kind(
    f"{NOTICE}.person",
    label="Votre relevé est attendu",
    text="Votre relevé « {title} » n’est pas arrivé : faites-le dès que possible.",
    icon="alarm",
    category=CATEGORY,
    link=entry_link,
    link_label="Faire le relevé",
    urgency="urgent",
    mail_text="Votre équipe attend de vos nouvelles : ouvrez votre espace {region}.",
    sms="{region} : votre équipe attend de vos nouvelles. {link}",
    audience=("person",),
)
register_kind(
    "home_monitoring.handed_over",
    label="Surveillance à domicile : une personne vous est confiée",
    text="{by} vous confie la surveillance « {title} » de {patient}.",
    icon="arrow-left-right",
    category=CATEGORY,
    link=link,
    link_label="Ouvrir la surveillance",
    tell=telling_watcher,
    audience=("professional",),
)
register_kind(
    "home_monitoring.over",
    label="Surveillance à domicile : une durée prévue est passée",
    text="La surveillance « {title} » de {patient} a dépassé sa durée : terminez-la, ou recommencez-la. "
    "Sans relevé ni décision, elle se termine d’elle-même dans une semaine.",
    icon="hourglass-bottom",
    category=CATEGORY,
    link=link,
    link_label="Ouvrir la surveillance",
    tell=telling_over,
    audience=("professional",),
)
register_kind(
    "home_monitoring.lapsed",
    label="Surveillance à domicile : une surveillance s’est terminée",
    text="La surveillance « {title} » de {patient} s’est terminée d’elle-même : sa durée était passée, sans décision. "
    "Plus aucune mesure n’y alerte : recommencez-la s’il le faut.",
    icon="hourglass",
    category=CATEGORY,
    link=link,
    link_label="Ouvrir la surveillance",
    tell=telling_lapsed,
    audience=("professional",),
)
register_kind(
    "home_monitoring.lapsed.person",
    label="Votre surveillance à domicile est terminée",
    text="Votre surveillance « {title} » est terminée : vos mesures ne préviennent plus votre équipe. "
    "Si vous n’allez pas bien, appelez votre médecin, ou le 15.",
    icon="hourglass",
    category=CATEGORY,
    link=entry_link,
    link_label="Ouvrir ma surveillance",
    tell=telling_person_lapsed,
    audience=("person",),
)
register_kind(
    "home_monitoring.started",
    label="Votre surveillance à domicile commence",
    text="Votre surveillance « {title} » a commencé : vos relevés se font depuis votre espace.",
    icon="activity",
    category=CATEGORY,
    link=entry_link,
    link_label="Faire mon premier relevé",
    tell=telling_person,
    audience=("person",),
)
