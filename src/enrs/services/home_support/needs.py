"""From the needs of a filled form to the visits that they call for; the table is data of the release."""

import json
from collections.abc import Collection
from datetime import date, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.utils import timezone

from enrs.core.moments import legal_day
from enrs.core.questionnaires.models import Answer
from enrs.core.questionnaires.queries import values_of

FORM = "retour-domicile-besoins"
FOLDER = Path(__file__).parent
ASKED = "besoins"
"""The question whose choices call for visits."""


@cache
def table() -> dict[str, list[dict[str, Any]]]:
    """Code of a need to the lines of the week that it calls for, as `commands.Line` takes them."""
    given = json.loads((FOLDER / "data" / "visits.json").read_text(encoding="utf-8"))
    return {
        code: [
            one | {"starts": time.fromisoformat(one["starts"]), "days": tuple(one.get("days", ()))}
            for one in lines
        ]
        for code, lines in given.items()
    }


@cache
def labels() -> dict[str, str]:
    """Code of a need to its words, as the form of the release says them."""
    form = json.loads((FOLDER / "forms" / f"{FORM}.json").read_text(encoding="utf-8"))
    asked = next(one for one in form["item"] if one["linkId"] == ASKED)
    return {
        one["valueCoding"]["code"]: one["valueCoding"]["display"] for one in asked["answerOption"]
    }


def codes_of(answer: Answer) -> list[str]:
    """The needs that were ticked, in the order of the form."""
    given = values_of(answer).get(ASKED) or []
    return [code for code in labels() if code in given]


def words_of(answer: Answer) -> list[str]:
    """The needs in words: what agencies read of the form, and nothing else."""
    return [labels()[code] for code in codes_of(answer)]


def proposed(answer: Answer, leaving: date, known: Collection[str] = ()) -> list[dict[str, Any]]:
    """The lines that the needs call for, but those of a kind that the week has already.

    What is to be there for the return comes once, so many days before the discharge (`before`).
    """
    return [
        _dated(one, leaving)
        for code in codes_of(answer)
        for one in table().get(code, ())
        if one["kind"] not in known
    ]


def _dated(line: dict[str, Any], leaving: date) -> dict[str, Any]:
    if "before" not in line:
        return line
    kept = {name: value for name, value in line.items() if name != "before"}
    today = legal_day(timezone.now())
    day = leaving - timedelta(days=line["before"])
    return kept | {"once_on": day if day >= today else max(leaving, today)}
