"""What vaccination offers: its questionnaires, its entry in the rail, its tab of the record, its life-line kind."""

from pathlib import Path

from django.urls import reverse

from enrs.core.access.actor import Actor, current_actor
from enrs.core.questionnaires.models import Answer
from enrs.core.questionnaires.registry import register_forms, register_next_about
from enrs.core.ui.registry import LifeKind, Offer, Panel, life_kind, offer, panel
from enrs.services.vaccination import queries
from enrs.services.vaccination.rules.eligibility import ROLES

register_forms(Path(__file__).parent / "forms", owner="vaccination")


def _next(answer: Answer) -> str:
    if current_actor().role not in ROLES:
        return reverse("questionnaires:read", args=[answer.pk])
    return reverse("vaccination:decide", args=[answer.patient_id, answer.subject_id])


register_next_about(queries.SUBJECT, _next)


def _is_for(actor: Actor) -> bool:
    return actor.kind == "professional" and actor.role in ROLES


offer(
    Offer(
        key="vaccination",
        label="Vaccination",
        icon="shield-plus",
        url_name="vaccination:home",
        summary="Vacciner, prescrire, attester : la personne en face de vous.",
        is_for=_is_for,
        order=35,
    )
)
offer(
    Offer(
        key="vaccination_campaigns",
        label="Campagnes de vaccination",
        icon="shield-check",
        url_name="vaccination:campaigns",
        summary="Décrire les campagnes et les vaccins de la région, et les suivre.",
        is_for=lambda actor: actor.role == "operator",
        order=85,
    )
)
panel(Panel("vaccination", "Vaccinations", "shield-plus", "vaccination:panel", "summary", 35))
life_kind(
    LifeKind(
        "doses",
        "Vaccinations faites",
        "shield-plus",
        "summary",
        queries.life_rows,
        45,
        "vaccination_act",
    )
)
