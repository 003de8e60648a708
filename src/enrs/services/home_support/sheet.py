"""The sheet of the week: one page to hang in the kitchen, who comes, when, for what, and whom to call."""

import json
from datetime import date
from pathlib import Path

import typst

from enrs.core.ui import filters
from enrs.core.ui.shapes import Banner
from enrs.services.home_support import queries
from enrs.services.home_support.models import HomeReturn
from enrs.services.home_support.rules import sentences, week, words

SHEET = Path(__file__).parent / "sheet.typ"
SAID = {
    week.COVERED: "", week.TAKEN: " (à confirmer)", week.AWAITED: "réponse attendue", week.LATE: "personne ce jour-là",
    week.NOBODY: "personne",
}  # fmt: skip


def pdf(one: HomeReturn, banner: Banner | None, monday: date) -> bytes:
    """The sheet as a PDF; what people wrote goes in as data, never as markup. Keys and codes stay off the wall."""
    passages = queries.passages([one.id])[one.id]
    leaving = queries.local(one.leaving_at)
    cells = week.cells(passages, leaving=leaving, first=monday, days=7)
    days: dict[date, list[list[str]]] = {}
    for cell in cells:
        held = cell.passage
        is_there = cell.state in (week.COVERED, week.TAKEN)
        who = f"{held.agency}{SAID[cell.state]}" if is_there else SAID[cell.state]
        days.setdefault(cell.day, []).append(
            [sentences.clock(held.starts), held.label, words.minutes_words(held.minutes), who]
        )
    data = {
        "who": filters.person_name(banner) if banner else "",
        "week": f"Semaine du {sentences.day(monday)}",
        "leaving": f"Retour à la maison\u00a0: {filters.moment(one.leaving_at)}",
        "days": [[sentences.day(day).capitalize(), rows] for day, rows in sorted(days.items())],
        "agencies": [
            [row.agency_name, filters.phone_fr(row.agency_phone) if row.agency_phone else ""]
            for row in queries.asks(one)
            if row.slots.all()
        ],
        "contact": " ".join(
            filter(None, [one.contact_name, f"({one.contact_link})" if one.contact_link else "", one.contact_phone])
        ),
        "hospital": " ".join(filter(None, [one.place_name, one.unit])),
    }  # fmt: skip
    return bytes(typst.compile(SHEET.read_bytes(), sys_inputs={"data": json.dumps(data)}))
