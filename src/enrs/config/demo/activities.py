"""What the demo's hospitals are authorised to do, as FINESS's flow of activities tells it."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from enrs.config.demo.shapes import DemoStructure

ACTIVITIES_FILE: Final = "finess-activites-journalier-demo.json"
HOSPITAL: Final = (
    ("01", "01", 96, 88), ("01", "03", 14, 14), ("02", "01", 60, 52), ("02", "07", 18, 18), ("14", "00", None, None),
    ("15", "00", 16, 14), ("18", "15", None, None), ("50", "01", 40, 36),
)  # fmt: skip
CLINIC: Final = (("01", "01", 30, 26), ("02", "01", 48, 45), ("02", "07", 24, 24))
HOME: Final = (("01", "05", 70, 62),)
BY_KIND: Final = {"hospital": HOSPITAL, "clinic": CLINIC, "had": HOME}
"""By kind of place: activity (TRE_R274), form (TRE_R276), beds or places authorised, and installed."""
EARLIEST: Final = date(2010, 1, 4)
"""Authorisations are of the law of 2009 on hospitals, or later."""
PLACES: Final = ("03", "05", "07")
"""Forms that are counted in places, not in beds."""


def activity_lines(structures: Iterable[DemoStructure], *, today: date) -> Iterator[str]:
    """Yield the flow, one legal entity after the other."""
    yield f'{{"schemaVersion": "v1.0.1", "generatedAt": "{today.isoformat()}T04:00:00Z", "pmej": [\n'
    is_first = True
    for site in structures:
        if site.kind not in BY_KIND:
            continue
        yield ("" if is_first else ",\n") + json.dumps(_entity(site))
        is_first = False
    yield "\n]}\n"


def _entity(site: DemoStructure) -> dict[str, Any]:
    done = [_pair(site, rank, told) for rank, told in enumerate(BY_KIND[site.kind])]
    place = {
        "egeId": str(site.index),
        "numFinessEge": site.finess,
        "activitesExercees": [one for _, one in done],
    }
    return {
        "numFiness": site.legal_finess,
        "pmSmsseId": str(site.index),
        "activitesAutorisees": [one for one, _ in done],
        "ege": [place],
    }


def _pair(
    site: DemoStructure, rank: int, told: tuple[str, str, int | None, int | None]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """An authorisation, and the activity that stands on it."""
    activity, form, authorised, installed = told
    number = f"9{site.index:06d}{rank:02d}"
    since = max(site.opened_on, EARLIEST).isoformat()
    unit = "02" if form in PLACES else "01"
    general = {
        "activiteAeId": number, "etatObjet": "A", "numAutorisationArhgos": f"99-{site.index:05d}-{rank}",
        "dateDebutActiviteAutorisee": since, "dateFinActiviteAutorisee": "2031-06-30" if rank == 0 else None,
        "typeActiviteSMSSE": activity,
    }  # fmt: skip
    kind = {"activiteAMF": activity, "modaliteActivite": "00", "formeActivite": form}
    nature = {"codeNature": "AMF", "caracteristiquesSpecifiques": {"typeActiviteAMF": kind}}
    started = {"codeEvenement": "012", "dateEvenement": since}
    grant = {
        "caracteristiquesGeneriques": general, "nature": nature, "capacite": _capacity("09", authorised, unit),
    }  # fmt: skip
    carried = {
        "caracteristiquesGeneriques": general
        | {"activiteAeId": f"{number}1", "identifiantAutorisation": number},
        "nature": nature, "capacite": _capacity("01", installed, unit),
        # The last authorisation of a hospital waits for its rooms.
        "evenement": [] if rank == 7 else [started],
    }  # fmt: skip
    return grant, carried


def _capacity(state: str, count: int | None, unit: str) -> list[dict[str, str]]:
    if count is None:
        return []
    return [{"nombre": str(count), "statutCapacite": state, "uniteMesureCapacite": unit}]
