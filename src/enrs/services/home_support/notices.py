"""Whom a return tells: who prepares it (gaps), agencies (what becomes of their visits), the person (their week)."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse

from enrs.core.events.outbox import OutboxEvent
from enrs.core.notifications.registry import Telling, register_kind
from enrs.core.ui import filters
from enrs.core.workflow.models import Task
from enrs.core.workflow.queries import users_behind, users_of
from enrs.services.home_support import queries
from enrs.services.home_support.models import Ask, HomeReturn
from enrs.services.home_support.rules import sentences

CATEGORY = "request"
SAID = 3
"""Gaps that a notice says; the page says them all."""


def link(details: Mapping[str, Any]) -> str:
    """The page of the return."""
    try:
        return reverse(
            "home_support:show", args=[UUID(details["patient"]), UUID(details["return"])]
        )
    except (KeyError, ValueError):
        return ""


def ask_link(_details: Mapping[str, Any]) -> str:
    """The board of an agency: what it was asked may be over."""
    return reverse("workflow:board", args=["aides-au-retour"])


def _of(event: OutboxEvent) -> HomeReturn | None:
    rows = HomeReturn.objects.filter(pk=event.payload["return"], withdrawn_at=None)
    return rows.select_related("task").first()


def _details(found: HomeReturn) -> dict[str, Any]:
    return {
        "patient": str(found.patient_id), "return": str(found.id), "leaving": filters.moment(found.leaving_at),
        "city": found.city,
    }  # fmt: skip


def _preparers(found: HomeReturn) -> set[UUID]:
    task = Task.objects.get(pk=found.task_id)
    # Whoever opened it may be off: those of the same place who know the person are told too.
    return users_behind(task, ("requester", "assignee")) | queries.colleagues(found)


def telling_gap(event: OutboxEvent) -> Telling:
    """Whoever prepares the return, when somebody is missing; nobody when the week is whole, or is being written."""
    found = _of(event)
    if found is None or found.ended_at is not None:
        return Telling(())
    # A week of which nothing was asked yet is all gaps: that is no news, until the discharge is near.
    if not event.payload.get("is_near") and not Ask.objects.filter(home_return=found).exists():
        return Telling(())
    gaps = queries.gaps_of(found)
    if not gaps:
        return Telling(())
    said = " ".join(sentences.gap(one) for one in gaps[:SAID])
    more = f" Et {len(gaps) - SAID} autres." if len(gaps) > SAID else ""
    users = {one for one in _preparers(found) if str(one) != event.payload.get("by_user")}
    return Telling(users, _details(found) | {"said": said + more})


def telling_missed(event: OutboxEvent) -> Telling:
    """Whoever prepared the return."""
    found = _of(event)
    return Telling(_preparers(found), _details(found)) if found else Telling(())


def telling_adjusted(event: OutboxEvent) -> Telling:
    """Whoever prepares the return: what an agency that comes says now."""
    found = _of(event)
    ask = Ask.objects.filter(pk=event.payload["ask"]).first()
    if found is None or ask is None or ask.from_on is None:
        return Telling(())
    said = f"{ask.agency_name} vient à partir du {sentences.day(ask.from_on)} : relisez la semaine."
    return Telling(_preparers(found), _details(found) | {"said": said})


def telling_person(event: OutboxEvent) -> Telling:
    """The person and those who stand for them."""
    found = _of(event)
    if found is None or found.ended_at is not None:
        return Telling(())
    return Telling(queries.users_of_person(found.patient_id), _details(found))


def telling_agencies(event: OutboxEvent) -> Telling:
    """The agencies named by the event, or all those that are still concerned. Nothing of it names the person."""
    found = _of(event)
    if found is None:
        return Telling(())
    told = event.payload.get("told")
    if told is None:
        asked = Ask.objects.filter(home_return=found, task__state__in=("sent", "more", "accepted"))
        told = asked.values_list("agency_id", flat=True)
    places = {UUID(str(one)) for one in told}
    details = {"leaving": filters.moment(found.leaving_at), "city": found.city}
    return Telling(users_of(places, category=CATEGORY), details)


def _agency_kind(
    name: str,
    label: str,
    text: str,
    tell: Callable[[OutboxEvent], Telling],
    urgency: str = "normal",
) -> None:
    register_kind(
        f"home_support.{name}", label=label, text=text, icon="house-heart", category=CATEGORY, link=ask_link,
        link_label="Ouvrir les demandes", tell=tell, urgency=urgency, audience=("professional",),
        is_apart=True,
    )  # fmt: skip


register_kind(
    "home_support.gap", label="Retour à domicile : un passage n’est couvert par personne", text="{said}",
    icon="exclamation-triangle", category=CATEGORY, link=link, link_label="Ouvrir la semaine",
    tell=telling_gap, urgency="urgent", audience=("professional",),
)  # fmt: skip
register_kind(
    "home_support.missed", label="Retour à domicile : une intervention n’a pas eu lieu",
    text="Quelqu’un signale que la structure attendue n’est pas venue.", icon="person-x", category=CATEGORY,
    link=link, link_label="Ouvrir la semaine", tell=telling_missed, urgency="urgent", audience=("professional",),
)  # fmt: skip
register_kind(
    "home_support.adjusted", label="Retour à domicile : une structure change le jour où elle commence, ou vous écrit",
    text="{said}", icon="calendar-event", category=CATEGORY, link=link, link_label="Ouvrir la semaine",
    tell=telling_adjusted, urgency="urgent", audience=("professional",),
)  # fmt: skip
register_kind(
    "home_support.week", label="Votre semaine à domicile est à jour",
    text="Une aide est confirmée pour votre retour à domicile : voyez qui vient, et quand.", icon="calendar-week",
    category=CATEGORY, link=link, link_label="Voir ma semaine", tell=telling_person, audience=("person",),
)  # fmt: skip
_agency_kind(
    "retained", "Retour à domicile : vos passages sont confirmés",
    "Les passages que vous avez pris sont confirmés ({city}, sortie prévue le {leaving}).", telling_agencies,
)  # fmt: skip
_agency_kind(
    "released", "Retour à domicile : des passages vous sont retirés",
    "Des passages que vous aviez pris vous sont retirés ({city}) : relisez votre demande.", telling_agencies,
)  # fmt: skip
_agency_kind(
    "withdrawn", "Retour à domicile : une demande est retirée",
    "Une demande qui vous était faite est retirée ({city}) : il n’y a rien à faire.", telling_agencies,
)  # fmt: skip
_agency_kind(
    "moved", "Retour à domicile : la date de sortie change",
    "La sortie est maintenant prévue le {leaving} ({city}) : dites si cela change quelque chose pour vous.",
    telling_agencies, "urgent",
)  # fmt: skip
_agency_kind(
    "absent", "Retour à domicile : on signale que vous n’êtes pas venus",
    "Une absence est signalée ({city}) : ouvrez la demande, appelez la personne ou l’hôpital.",
    telling_agencies, "urgent",
)  # fmt: skip
_agency_kind(
    "where", "Retour à domicile : l’adresse, l’accès ou qui appeler changent",
    "Où et comment entrer a changé ({city}, sortie prévue le {leaving}) : relisez la demande.",
    telling_agencies, "urgent",
)  # fmt: skip
_agency_kind(
    "closed", "Retour à domicile : l’hôpital a terminé le retour",
    "L’hôpital a terminé le retour qu’il préparait ({city}) : appelez-le avant toute nouvelle venue.",
    telling_agencies, "urgent",
)  # fmt: skip
_agency_kind(
    "home", "Retour à domicile : la personne est rentrée",
    "La personne est rentrée chez elle ({city}) : dites quand vous commencez.", telling_agencies,
)  # fmt: skip
