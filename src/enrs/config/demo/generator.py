"""The demo region as a whole: a plan, then streams of structures, professionals, people, stories."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import groupby
from operator import attrgetter
from random import Random
from typing import Final, Self

from enrs.config.demo import files, people, personas, places, professionals, stories, structures
from enrs.config.demo.shapes import (
    DemoPerson,
    DemoPersona,
    DemoProfessional,
    DemoStory,
    DemoStructure,
)
from enrs.formats.directory.finess import FinessLegalEntity, FinessLocation, FinessStructure
from enrs.formats.directory.rpps import RppsRow

# The cast of the stories is taken among the first professionals, whatever the region's size.
_CAST_SIZE: Final = 800
_FIND_TRIES: Final = 400


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """How much to draw, from which seed, and which day is today in the region."""

    seed: int
    today: date
    departments: tuple[str, ...]
    structure_count: int
    professional_count: int
    person_count: int

    @classmethod
    def small(cls, *, today: date, seed: int = 1) -> Self:
        """Three departments, 60 establishments, 800 professionals, 5,000 people."""
        return cls(seed, today, places.SMALL_DEPARTMENTS, 60, 800, 5_000)

    @classmethod
    def region(cls, *, today: date, seed: int = 1) -> Self:
        """Eight departments, 140,000 establishments, 360,000 professionals, 2.5 million people."""
        return cls(seed, today, places.ALL_DEPARTMENTS, 140_000, 360_000, 2_500_000)


@dataclass
class DemoRegion:
    """One region drawn from a plan; the same plan always gives the same region."""

    plan: DemoPlan

    def __post_init__(self) -> None:
        plan = self.plan

        @lru_cache(maxsize=8_192)
        def structure_at(index: int) -> DemoStructure:
            return structures.structure_at(index, plan.seed, plan.departments)

        self.structure_at = structure_at

    def structures(self) -> Iterator[DemoStructure]:
        """Yield the establishments, the ones of the personas first."""
        plan = self.plan
        yield from structures.iter_structures(plan.structure_count, plan.seed, plan.departments)

    def _find(self, rng: Random, kinds: tuple[str, ...]) -> DemoStructure:
        """Return an establishment of one of the kinds, by drawing ranks until one fits."""
        plan = self.plan
        wanted = kinds[int(rng.random() * len(kinds))]
        first = structures.first_of_kind(wanted, plan.structure_count)
        if first and (plan.structure_count <= 60 or not structures.is_drawn(wanted)):
            return self.structure_at(first[int(rng.random() * len(first))])
        for _ in range(_FIND_TRIES):
            index = int(rng.random() * plan.structure_count)
            if structures.kind_of(index, plan.seed).key == wanted:
                return self.structure_at(index)
        return self.structure_at(0)

    @cached_property
    def workers(self) -> list[DemoProfessional]:
        """The professionals behind the demo accounts."""
        return personas.working_professionals(self.plan.seed, self.structure_at)

    def professionals(self) -> Iterator[DemoProfessional]:
        """Yield the professionals in constant memory, the ones of the demo accounts first."""
        yield from self.workers
        yield from professionals.iter_professionals(
            personas.WORK_COUNT, self.plan.professional_count, self.plan.seed, self._find
        )

    @cached_property
    def lives(self) -> dict[str, DemoPerson]:
        """The patients and relatives behind the demo accounts, by key."""
        return personas.private_people(self.plan.seed, self.plan.today, self.plan.departments)

    def accounts(self) -> list[DemoPersona]:
        """Return every demo account, professionals first."""
        return personas.accounts(self.workers, self.lives)

    def people(self) -> Iterator[DemoPerson]:
        """Yield the people in constant memory, household by household, personas first."""
        plan = self.plan
        yield from self.lives.values()
        drawn = plan.person_count - personas.LIFE_COUNT
        yield from people.iter_people(0, drawn, plan.seed, plan.today, plan.departments)

    @cached_property
    def cast(self) -> stories.Cast:
        """Who appears in the stories: taken among the first establishments and professionals."""
        plan = self.plan
        sites = [self.structure_at(index) for index in range(min(60, plan.structure_count))]
        count = min(_CAST_SIZE, plan.professional_count)
        drawn = professionals.iter_professionals(personas.WORK_COUNT, count, plan.seed, self._find)
        staff = [*self.workers, *drawn]
        doctors = [person for person in staff if person.profession_code == "10"]
        ward = [p for p in doctors if p.activities[0].structure.kind in {"hospital", "clinic"}]
        town = ("practice", "msp", "health_centre", "ssiad")
        return stories.Cast(
            hospitals=[site for site in sites if site.kind == "hospital"],
            labs=[site for site in sites if site.kind == "lab"],
            dacs=[site for site in sites if site.kind == "dac"],
            general=[p for p in doctors if p.skill_code in {"SM53", "SM54"}],
            nurses=[
                p
                for p in staff
                if p.profession_code == "60" and p.activities[0].structure.kind in town
            ],
            hospital_doctors=ward,
            pharmacists=[p for p in staff if p.profession_code == "21"],
            radiologists=[p for p in doctors if p.skill_code == "SM74"],
        )

    def stories(self) -> Iterator[DemoStory]:
        """Yield the story of each person, in the order of `people`."""
        for _, members in groupby(self.people(), key=attrgetter("household")):
            household = list(members)
            for person in household:
                yield self._story(person, household)

    def _story(self, person: DemoPerson, household: list[DemoPerson]) -> DemoStory:
        plan = self.plan
        given = personas.illness_and_busy(person.index)
        if given is None:
            return stories.tell(person, plan.seed, plan.today, self.cast, household=household)
        illness, busy = given
        return stories.tell(
            person,
            plan.seed,
            plan.today,
            self.cast,
            illness=illness,
            busy=busy,
            household=[*household, *self._relatives(person)],
            gp=self.workers[0],
            nurse=self.workers[1],
            hospital=self.structure_at(0),
            also=self._care_team(person, illness),
        )

    def _care_team(self, person: DemoPerson, illness: str) -> list[tuple[str, DemoProfessional]]:
        """Return the professionals with an account who also look after a persona."""
        by_login = {worker.login: worker for worker in self.workers}
        team = []
        if illness not in {"healthy", "child"}:
            team.append(("Pharmacien", by_login["nguyen"]))
        if illness == "diabetes":
            team.append(("Diabétologue", by_login["benhamou"]))
        if illness == "frail":
            team.append(("Assistante sociale", by_login["traore"]))
        return team

    def _relatives(self, person: DemoPerson) -> list[DemoPerson]:
        """Return the relatives with an account who do not live with the person."""
        lives = self.lives
        return [lives["aubertin"]] if person.id == lives["aubertin_lucien"].id else []

    def rpps_rows(self) -> Iterator[RppsRow]:
        """Yield the directory of people as rows of the public RPPS file."""
        yield from files.rpps_rows(self.professionals())

    def legal_rows(self) -> Iterator[FinessLegalEntity]:
        """Yield the legal entities as rows of the public FINESS file that is theirs."""
        yield from files.legal_rows(self.structures())

    def finess_rows(self) -> Iterator[FinessStructure | FinessLocation]:
        """Yield the directory of places as rows of the public FINESS file."""
        yield from files.finess_rows(self.structures(), updated_on=self.plan.today)
