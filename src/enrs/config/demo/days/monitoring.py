"""Monitoring at home in the last days: the people of a doctor, of a nurse, of the support cell; one who enters."""

from datetime import datetime
from typing import Final
from uuid import UUID

from enrs.config.demo.days.stage import Stage
from enrs.core.demo import Patient, Someone
from enrs.services.home_monitoring import demo as monitoring
from enrs.services.record import demo as record

COVID, HEART = "covid-domicile", "insuffisance-cardiaque"
FATES: Final = ("green", "amber", "green", "silent", "green", "red", "green", "green")
OWN: Final = ("montbel", "moreau")
"""Who enters their own readings, and who watches over them."""
WATCHERS: Final = (("moreau", 8), ("kouassi", 6))
CELL_COUNT: Final = 5


def play(stage: Stage) -> None:
    """Follow-ups of the cast, then of the first patients of those who watch, then of the cell."""
    place = stage.place_of("traore")
    monitoring.cell(place, "01 99 00 15 15")
    own, watcher = OWN
    people, taken = stage.people, {stage.lives[own].id}
    found = [
        monitoring.Watched(
            stage.lives[own], HEART, 20, "green", people[watcher], people[watcher], people[own]
        )
    ]
    for login, count in WATCHERS:
        chosen = [one for one in stage.patients_of(login, count * 3) if one.id not in taken][:count]
        taken |= {one.id for one in chosen}
        found += [
            monitoring.Watched(
                one, HEART if rank % 3 == 2 else COVID, 4 + rank, FATES[rank % len(FATES)],
                people[login], people[login], people[login], "nurse" if rank % 2 else "call",
                residence="EHPAD, chambre 12" if rank == 1 else "",
            )
            for rank, one in enumerate(chosen)
        ]  # fmt: skip
    worker = people["lambert"]
    delegated = [one for one in stage.patients_of("traore", 30) if one.id not in taken]
    found += [
        monitoring.Watched(
            one, COVID, 3 + rank, FATES[rank + 1], place, worker, people["moreau"], "call",
            is_place=True, is_delegated=True, residence="Hébergement d’urgence" if rank == 0 else "",
        )
        for rank, one in enumerate(delegated[:CELL_COUNT])
    ]  # fmt: skip
    monitoring.fill(
        stage.rows, watched=found, measured=_measured(stage), now=stage.now, rng=stage.rng
    )


def _measured(stage: Stage) -> monitoring.Measured:
    """Writes the measures of a reading where the record keeps them."""

    def write(patient: Patient, by: Someone, kind: str, value: str, at: datetime) -> UUID:
        row = record.measure(
            stage.rows, patient=patient, by=by, kind=kind, value=value, at=at,
            is_by_person=by.place_id is None,
        )  # fmt: skip
        return row.id

    return write
