"""Plans of health of the eldest whom a doctor and a nurse follow, each answered by those of the cast."""

from typing import Final

from enrs.config.demo.days.stage import Stage
from enrs.services.health_plan import demo

OLD: Final = 76
YOUNGER: Final = 66
REFERENTS: Final = ("moreau", "kouassi", "moreau")
ANSWERING: Final = ("moreau", "kouassi", "benhamou", "ferreira", "nguyen")
"""Those of the cast whose answers are told, when they are of the person's circle."""
EXCEPTION: Final = (
    "Démence débutante à 68 ans, deux hospitalisations dans l’année : même équipe, mêmes besoins."
)
COUNT: Final = len(demo.FATES)


def play(stage: Stage) -> None:
    """A plan for each of the eldest; one more for somebody younger, by exception."""
    people = {
        stage.people[login].grantee_id: stage.people[login]
        for login in ANSWERING
        if login in stage.people
    }
    eldest = stage.known(stage.older_than("moreau", OLD)[:COUNT])
    followed = set(stage.ids_of("kouassi"))
    found = []
    for rank, patient in enumerate(eldest):
        login = REFERENTS[rank % len(REFERENTS)]
        by = stage.people[login if login == "moreau" or patient.id in followed else "moreau"]
        found.append(demo.Told(patient, by, demo.FATES[rank % COUNT], patient.name))
    younger = [
        one
        for one in stage.older_than("moreau", YOUNGER)
        if one not in set(stage.older_than("moreau", OLD))
    ]
    found += [
        demo.Told(one, stage.people["moreau"], "validated", one.name, EXCEPTION)
        for one in stage.known(younger[:1])
    ]
    demo.fill(stage.rows, plans=found, people=people, now=stage.now)
