"""What is asked of the coordination desk: support, social assessments; and what became of it."""

from typing import Final

from enrs.config.demo.days.stage import Stage
from enrs.services.coordination import demo as coordination
from enrs.services.social_assessment import demo as social

CAST: Final = (
    ("aubertin_lucien", "active", "moreau", 140),
    ("montbel", "contacted", "moreau", 5),
    ("marchand", "oriented", "benhamou", 45),
)
"""What becomes of the requests about patients of the cast, who asks, and how many days ago."""

FATES: Final = (
    "received",
    "qualified",
    "active",
    "incomplete",
    "late",
    "overdue",
    "refused",
    "closed",
    "active",
)
"""What becomes of those of the doctor and of the nurse."""

ASKS: Final = (
    ("moreau", 6, "sent"), ("kouassi", 20, "sent"), ("letallec", 100, "sent"), ("petit", 130, "sent"),
    ("moreau", 60, "accepted"), ("letallec", 40, "accepted"), ("benhamou", 90, "accepted"),
    ("petit", 30, "accepted"), ("moreau", 400, "done"), ("kouassi", 700, "done"), ("letallec", 900, "done"),
    ("ferreira", 28, "accepted"), ("nguyen", 46, "sent"), ("ferreira", 600, "done"),
    ("benhamou", 300, "refused"), ("moreau", 500, "cancelled"), ("kouassi", 3, "sent"),
)  # fmt: skip
"""Social assessments: by whom, how many hours ago, what became of it; two are late."""

OLD: Final = 60


def play(stage: Stage) -> None:
    """Fill the desk of the cast."""
    coordination.fill(now=stage.now, wishes=_wishes(stage))
    team = coordination.desk_team()
    if not team:
        return
    asks = []
    for rank, (login, hours, fate) in enumerate(ASKS):
        followed = stage.patients_of(login, len(ASKS) + 12)
        asks.append(
            social.Ask(followed[(rank * 2 + 3) % len(followed)], stage.people[login], hours, fate)
        )
    desk = stage.place_of("traore")
    social.fill(stage.rows, asks=asks, desk=desk, social=stage.people["traore"], now=stage.now)


def _wishes(stage: Stage) -> list[coordination.Wish]:
    """The cast first, then the oldest patients of the doctor and of the nurse."""
    found = [
        coordination.Wish(stage.lives[life].id, fate, stage.people[login], days)
        for life, fate, login, days in CAST
    ]
    taken = {one.id for one in stage.lives.values()}
    for login in ("moreau", "kouassi"):
        ids = [one for one in stage.older_than(login, OLD) if one not in taken]
        for patient_id, fate in zip(ids, FATES, strict=False):
            taken.add(patient_id)
            found.append(coordination.Wish(patient_id, fate, stage.people[login]))
    return found
