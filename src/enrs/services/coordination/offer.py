"""What coordination offers: its forms, tables and boards, its entry in the rail, its tab of the record."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.urls import reverse

from enrs.core.access.actor import Actor
from enrs.core.moments import legal_day
from enrs.core.plans.kinds import PlanKind, declare_kind
from enrs.core.questionnaires.registry import register_forms, register_next
from enrs.core.ui.registry import LifeKind, Offer, Panel, life_kind, offer, panel
from enrs.core.workflow import columns
from enrs.core.workflow.registry import Board, Column, Pill, Row, register_board
from enrs.services.coordination import queries
from enrs.services.coordination.flows import CASE, REQUEST
from enrs.services.coordination.models import ORIGINS, Case
from enrs.services.coordination.rules import words

REQUESTS_BOARD, CASES_BOARD = "demandes-appui", "situations-suivies"

register_forms(Path(__file__).parent / "forms", owner="coordination")

register_next(
    "coordination-request",
    lambda answer: reverse("coordination:send", args=[answer.patient_id, answer.id]),
)
register_next(
    "aggir", lambda answer: reverse("coordination:grid", args=[answer.patient_id, answer.id])
)

declare_kind(
    PlanKind(
        key="ppcs",
        label="Plan personnalisé de coordination en santé",
        short="PPCS",
        panel="coordination",
        back="coordination:panel",
        team=queries.teammates,
    )
)


def _state(row: Row) -> Pill:
    place = row.task.place
    return Pill(place.label, place.tone, place.icon)


def _origin(row: Row) -> str:
    return dict(ORIGINS).get(row.task.details.get("origin", ""), "")


def _case(row: Row) -> Case | None:
    found: Case | None = row.extra["cases"].get(row.task.id)
    return found


def _of_case(name: str) -> Any:
    def read(row: Row) -> date | str:
        found = _case(row)
        value = getattr(found, name) if found else ""
        return legal_day(value) if isinstance(value, datetime) else value or ""

    return read


def _hours(row: Row) -> str:
    found = _case(row)
    return f"{found.minutes // 60} h {found.minutes % 60:02d}" if found else ""


register_board(
    Board(
        REQUESTS_BOARD,
        REQUEST,
        label="Demandes d’appui",
        lead="Ce que l’on demande à votre équipe, et ce que vous avez demandé. Une nouvelle demande s’écrit"
        " depuis l’onglet Coordination du dossier de la personne.",
        icon="inbox",
        columns=(
            Column("patient", "Personne", lambda row: row.patient_name),
            Column("state", "État", _state),
            Column("title", "Demande", lambda row: row.task.title),
            Column("from", "Demandeur", lambda row: row.task.requester_name or row.task.requester_organisation_name),
            Column("origin", "Reçue par", _origin, is_optional=True),
            Column("opened", "Le", lambda row: row.task.opened_at),
            columns.DUE,
            Column("assignee", "En charge", lambda row: row.task.assignee_name or row.task.team_name),
        ),
        bulk=("qualify",),
        roles=words.ASKER_ROLES,
    )
)  # fmt: skip
register_board(
    Board(
        CASES_BOARD,
        CASE,
        label="Situations suivies",
        lead="Les personnes que votre équipe accompagne. Une situation sans contact depuis un mois est signalée.",
        icon="person-check",
        columns=(
            Column("patient", "Personne", lambda row: row.patient_name),
            Column("state", "État", _state),
            Column("referent", "Référent", _of_case("referent_name")),
            Column("opened", "Depuis", _of_case("opened_at")),
            Column("last", "Dernier contact", _of_case("last_contact_at")),
            Column("visit", "Première visite", _of_case("first_visit_at")),
            Column("time", "Temps passé", _hours, roles=words.TEAM_ROLES),
            replace(columns.DUE, label="Prochain contact avant"),
        ),
        roles=words.TEAM_ROLES,
        load=queries.load_cases,
    )
)  # fmt: skip


def _is_for(actor: Actor) -> bool:
    return actor.kind == "professional" and actor.role in ("coordinator", "social_worker")


offer(
    Offer(
        key="coordination",
        label="Coordination",
        icon="diagram-3",
        url_name="coordination:home",
        summary="Demandes d’appui et situations suivies par votre équipe.",
        is_for=_is_for,
        order=30,
    )
)
panel(Panel("coordination", "Coordination", "diagram-3", "coordination:panel", "request", 60))
life_kind(
    LifeKind(
        "contacts",
        "Contacts de coordination",
        "telephone",
        "plan",
        queries.life_rows,
        70,
        "coordination_contact",
    )
)
