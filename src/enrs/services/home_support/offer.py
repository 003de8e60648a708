"""What the service offers: its form, its two boards, the tab of the record, the person's own week, the help."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.urls import reverse
from django.utils import timezone

from enrs.core.questionnaires.registry import register_forms, register_next
from enrs.core.ui.registry import HelpPage, Offer, Panel, help_page, offer, panel
from enrs.core.workflow import columns
from enrs.core.workflow.registry import Board, Column, Pill, Row, register_board
from enrs.services.home_support import flows, needs, queries
from enrs.services.home_support.rules import words

RETURNS_BOARD, ASKS_BOARD = "retours-a-domicile", "aides-au-retour"

register_forms(Path(__file__).parent / "forms", owner="home_support")
register_next(needs.FORM, lambda answer: reverse("home_support:panel", args=[answer.patient_id]))


def _leaving(row: Row) -> datetime | None:
    text = row.task.details.get("leaving_at")
    return datetime.fromisoformat(text) if text else None


def _of_return(name: str) -> Any:
    def read(row: Row) -> str:
        found = row.extra["returns"].get(row.task.id)
        return getattr(found, name) if found else ""

    return read


def _gaps(row: Row) -> Any:
    """Whether somebody comes to each visit, in words."""
    if row.task.closed_at is not None:
        return ""
    found, awaited = (
        row.extra["gaps"].get(row.task.id, ()),
        row.extra["awaited"].get(row.task.id, 0),
    )
    if found:
        count = len(found)
        return Pill(
            f"{count} passages sans personne" if count > 1 else "1 passage sans personne", "alerte",
            "exclamation-triangle",
        )  # fmt: skip
    if awaited:
        return Pill("Réponses attendues", "attention", "hourglass-split")
    return Pill("Tout est couvert", "sur", "check-circle")


def _state(row: Row) -> Pill:
    place = row.task.place
    leaving = _leaving(row)
    if row.task.state == "preparing" and leaving is not None and leaving < timezone.now():
        return Pill("Sortie passée", "attention", "alarm")
    return Pill(place.label, place.tone, place.icon)


def _count(row: Row) -> str:
    count = row.task.details.get("visits", 0)
    return f"{count} passages" if count > 1 else f"{count} passage"


register_board(
    Board(
        RETURNS_BOARD,
        flows.RETURN,
        label="Mes retours à domicile",
        lead="Par date de sortie. Un retour s’ouvre depuis l’onglet « Retour à domicile » du dossier.",
        icon="house-heart",
        columns=(
            Column("patient", "Personne", lambda row: row.patient_name),
            Column("leaving", "Sortie", _leaving),
            Column("gaps", "La semaine", _gaps),
            Column("state", "État", _state),
            Column("city", "Commune", _of_return("city")),
            Column("unit", "Service", _of_return("unit"), is_optional=True),
            columns.ASSIGNEE,
        ),
        roles=words.HOSPITAL_ROLES,
        load=queries.load_returns,
    )
)  # fmt: skip
register_board(
    Board(
        ASKS_BOARD,
        flows.ASK,
        label="Aides au retour à domicile",
        lead="Ce que les hôpitaux demandent à votre structure, par date de sortie. Le nom et l’adresse viennent"
        " avec les passages que vous prenez.",
        icon="house-heart",
        columns=(
            Column("city", "Commune", lambda row: row.task.details.get("city", "")),
            Column("leaving", "Sortie", _leaving),
            Column("visits", "Demandé", _count),
            columns.STATE,
            columns.DUE,
            Column("from", "Demandé par", lambda row: row.task.requester_organisation_name or row.task.requester_name),
            columns.ASSIGNEE,
        ),
    )
)  # fmt: skip
offer(
    Offer(
        key="own_week",
        label="Ma semaine à domicile",
        icon="calendar-week",
        url_name="home_support:own",
        summary="Qui vient chez moi, quand, et pour quoi.",
        is_for=lambda actor: actor.kind == "person",
        order=32,
    )
)
panel(
    Panel("home_support", "Retour à domicile", "house-heart", "home_support:panel", "request", 68)
)
help_page(
    HelpPage(
        key="retour-a-domicile",
        label="Retour à domicile (LISA)",
        icon="house-heart",
        summary="Préparer un retour, demander aux structures d’aide, répondre « à partir du », voir les trous",
        template="home_support/help.html",
        offers=("tasks", "own_week"),
        order=56,
    )
)
