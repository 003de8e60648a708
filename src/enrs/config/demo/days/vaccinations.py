"""The vaccinations of the autumn: the pharmacist's and the nurse's, at every state."""

from typing import Final

from enrs.config.demo.days.stage import Stage
from enrs.services.vaccination import demo

CAST: Final = (
    ("marchand", "nguyen", 12, "grippe-2026", "told"),
    ("aubertin_lucien", "kouassi", 18, "grippe-2026", "0"),
    ("montbel", "nguyen", 6, "covid-2026", "given"),
    ("montbel", "nguyen", 6, "grippe-2026", "corrected"),
)
"""Who of the cast was vaccinated, by whom, how many days ago, in which campaign, and what became of it."""
FATES: Final = (
    "given", "told", "given", "corrected", "given", "prescribed", "withdrawn", "given", "1", "given", "2", "told",
)  # fmt: skip
ROLES: Final = {"nguyen": "pharmacist", "kouassi": "nurse"}
PEOPLE: Final = {"nguyen": 24, "kouassi": 14}
SPAN: Final = 40
"""Days over which they came."""


def play(stage: Stage) -> None:
    """Fill the campaigns that are open on the day of the demo."""
    doctor = stage.people["moreau"].name
    shots = [
        demo.Shot(
            stage.lives[life], stage.people[login], days, campaign, fate, doctor, ROLES[login]
        )
        for life, login, days, campaign, fate in CAST
    ]
    taken = {one.id for one in stage.lives.values()}
    for login, count in PEOPLE.items():
        followed = [one for one in stage.patients_of(login, count * 2) if one.id not in taken]
        for rank, patient in enumerate(followed[:count]):
            taken.add(patient.id)
            shots.append(
                demo.Shot(
                    patient, stage.people[login], rank * SPAN / count + stage.rng.uniform(0, 0.9),
                    "covid-2026" if rank % 5 == 4 else "grippe-2026", FATES[rank % len(FATES)], doctor,
                    ROLES[login],
                )
            )  # fmt: skip
    demo.fill(stage.rows, shots, now=stage.now)
