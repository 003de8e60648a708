"""The last days of a demo region: what the accounts of the cast did, received and have to do."""

from datetime import UTC, datetime
from typing import Final

from enrs.config.demo.days import (
    accounts,
    agendas,
    arrivals,
    beds,
    care,
    circles,
    desks,
    documents,
    duties,
    forms,
    health_plans,
    home_returns,
    identities,
    messages,
    monitoring,
    offers,
    operating,
    prescriptions,
    requests,
    rights,
    sendings,
    statuses,
    summaries,
    talks,
    vaccinations,
)
from enrs.config.demo.days.stage import Stage
from enrs.config.demo.generator import DemoRegion

SCENES: Final = (
    offers, beds, requests, agendas, duties, talks, summaries, care, monitoring, health_plans, forms, circles, sendings,
    identities, statuses, vaccinations, home_returns, desks, messages, accounts, arrivals, rights, prescriptions,
    documents,
)  # fmt: skip
"""In this order: what comes later speaks of what came before."""


def live(region: DemoRegion, *, now: datetime | None = None) -> None:
    """Fill the last days; to be run once, after people, circles and accounts, as the platform."""
    stage = Stage.of(region, now or datetime.now(UTC))
    operating.begin(stage)
    for scene in SCENES:
        scene.play(stage)
        stage.rows.write()
    operating.finish(stage)
