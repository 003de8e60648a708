"""The letter of the end of a follow-up: how long, what was found, why it ends, who to call."""

import json
from pathlib import Path

import typst

from enrs.core.subjects.measures import known_measures
from enrs.core.ui import filters
from enrs.core.ui.shapes import Banner
from enrs.services.home_monitoring import queries
from enrs.services.home_monitoring.models import FollowUp
from enrs.services.home_monitoring.rules.thresholds import plain
from enrs.services.home_monitoring.rules.words import ALL_ENDINGS

LETTER = Path(__file__).parent / "letter.typ"
MOST = 2_000
"""Measures of one kind that the letter counts."""
LEVELS = {"red": "Alerte", "amber": "À surveiller", "silent": "Silence"}


def pdf(one: FollowUp, banner: Banner | None) -> bytes:
    """The letter as a PDF; what people wrote goes in as data, never as markup."""
    who = ""
    if banner is not None:
        born = filters.date_fr(banner.birth_date) if banner.birth_date else "date inconnue"
        who = f"{filters.person_name(banner)}, {born}"
    data = {
        "team": one.watcher_name,
        "day": filters.date_fr(one.ended_at),
        "subject": f"fin de surveillance à domicile, {one.title}",
        "who": who,
        "facts": [
            ["Du", filters.date_fr(one.started_at)],
            ["Au", filters.date_fr(one.ended_at)],
            ["Commencée par", ", ".join(filter(None, [one.starter_name, one.starter_place]))],
            ["Qui a veillé en dernier", one.watcher_name],
            ["Fin", ALL_ENDINGS.get(one.ended_code, "")],
        ],
        "note": one.ended_note,
        "measures": _measures(one),
        "alerts": _alerts(one),
        "signature": _signature(one),
    }
    return bytes(typst.compile(LETTER.read_bytes(), sys_inputs={"data": json.dumps(data)}))


def _measures(one: FollowUp) -> list[list[str]]:
    """By measure: how many, first, lowest, highest, last."""
    content, labels, rows = queries.content_of(one.protocol), known_measures(), []
    for kind, points in queries.measures(one, content, MOST).items():
        if points:
            values = [point.value for point in points]
            figures = (values[0], min(values), max(values), values[-1])
            words = [filters.number_fr(plain(value)) for value in figures]
            label = f"{labels[kind].label} ({labels[kind].unit})"
            rows.append([label, str(len(values)), *words])
    return rows


def _signature(one: FollowUp) -> list[str]:
    """Who ended the follow-up, whoever prints the letter."""
    ended = queries.ending(one)
    return [line for line in (ended.author_name, ended.author_label) if line] if ended else []


def _alerts(one: FollowUp) -> list[list[str]]:
    return [
        [
            filters.moment(row.opened_at),
            LEVELS[row.kind],
            row.answered_by or "sans réponse",
            row.answer,
        ]
        for row in queries.alerts(one, 30)
    ]
