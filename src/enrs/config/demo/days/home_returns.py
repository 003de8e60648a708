"""Returns home that the hospital prepares: the agency of the cast answers some, others are late or have gaps."""

from typing import Final

from enrs.config.demo.days.stage import Stage
from enrs.core.demo import Patient, Someone
from enrs.referentials.directory.models import Organisation
from enrs.referentials.identity.models import RegionalIdentity
from enrs.services.home_support import demo as home

WHO, AGENCY = "delmas", "perrin"
LIFE: Final = ("aubertin_lucien", "late", 3)
"""The father whose daughter has an account: she reads his week."""
OTHERS: Final = (("gaps", 1), ("waiting", 4), ("home", -3), ("question", 6), ("ended", -20))
UNITS: Final = (
    "Médecine gériatrique, chambre 12",
    "Soins de suite, chambre 204",
    "Chirurgie, chambre 31",
)
NOTES: Final = (
    "Clé chez la voisine du rez-de-chaussée.",
    "Code 48B, deuxième étage sans ascenseur.",
    "Sonner longtemps.",
)
CONTACTS: Final = (
    ("Monique ESSAI-LEROY", "Enfant", "01 99 00 41 02"), ("Paul ESSAI-MARTIN", "Conjoint", "01 99 00 41 03"),
    ("Rose ESSAI-PETIT", "Voisin ou ami", "01 99 00 41 04"),
)  # fmt: skip


def play(stage: Stage) -> None:
    """The cast first, then the oldest people whom the hospital has."""
    taken = {one.id for one in stage.lives.values()}
    old = [one for one in stage.older_than(WHO, 70) if one not in taken]
    chosen = stage.known(old[: len(OTHERS)])
    life, story, days = LIFE
    found = [(stage.lives[life], story, days)]
    found += [(one, *told) for one, told in zip(chosen, OTHERS, strict=False)]
    homes = RegionalIdentity.objects.in_bulk([one.id for one, *_ in found])
    leavings = [
        _leaving(one, story, days, homes[one.id], rank)
        for rank, (one, story, days) in enumerate(found)
    ]
    home.fill(stage.rows, leavings=leavings, crew=_crew(stage), now=stage.now)


def _leaving(
    one: Patient, story: str, days: int, known: RegionalIdentity, rank: int
) -> home.Leaving:
    turn = rank % len(UNITS)
    return home.Leaving(
        one, story, days, known.address or "4 rue des Lilas", known.postal_code, known.city or "Melun",
        CONTACTS[turn], UNITS[turn], NOTES[turn],
    )  # fmt: skip


def _crew(stage: Stage) -> home.Crew:
    """The agency of the cast, then another service of care at home, where nobody has an account."""
    own, who = stage.place_of(AGENCY), stage.people[AGENCY]
    others = Organisation.objects.filter(category_code="354", is_closed=False)
    other = others.exclude(pk=own.grantee_id).order_by("name", "id").first()
    agencies: list[tuple[Someone, Someone | None]] = [(own, who)]
    if other is not None:
        place = Someone(other.id, other.name, "", phone=other.phone)
        answers = Someone(
            other.id, "Karine ESSAI-BLANC", "Responsable de secteur", None, other.id, other.name
        )
        agencies.append((place, answers))
    return home.Crew(stage.people[WHO], agencies)
