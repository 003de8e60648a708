"""The stories told to the demo: the generator's, with what the personas need to have work to do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Final

from enrs.config.demo import ids, labs, texts
from enrs.config.demo.generator import DemoRegion
from enrs.config.demo.shapes import (
    DemoCircleMember,
    DemoNote,
    DemoProfessional,
    DemoResult,
    DemoStory,
    DemoStructure,
)

CLINICAL_COUNT: Final = 5_000
"""People who have a record, whatever the size of the region."""

_NURSE_PATIENTS: Final = 40
_LAB_PATIENTS: Final = 80
_YEARS: Final = 10
_CAST: Final = 800


@dataclass
class Cast:
    """Who and where the stories speak of, by RPPS and FINESS number."""

    people: dict[str, DemoProfessional]
    places: dict[str, DemoStructure]
    biologists: dict[str, DemoProfessional]

    @classmethod
    def of(cls, region: DemoRegion) -> "Cast":
        """The first professionals of a region, and the establishments that they and it name."""
        staff = list(islice(region.professionals(), _CAST))
        sites = list(islice(region.structures(), 60))
        sites += [activity.structure for person in staff for activity in person.activities]
        biologists = {
            activity.structure.finess: person
            for person in reversed(staff)
            if person.skill_code == "SM03"
            for activity in person.activities
        }
        return cls({one.rpps: one for one in staff}, {one.finess: one for one in sites}, biologists)

    def biologist(self, site: DemoStructure) -> DemoProfessional:
        """Who signs the results of a laboratory; any biologist where none of the cast works."""
        return self.biologists.get(site.finess) or next(iter(self.biologists.values()))


@dataclass
class Teller:
    """Tells the clinical stories of a region, in the order of its people."""

    region: DemoRegion
    count: int = CLINICAL_COUNT
    _given: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        workers = {worker.login: worker for worker in self.region.workers}
        self._gp, self._nurse = workers["moreau"], workers["kouassi"]
        self._lab = self.region.structure_at(2)

    def stories(self) -> Iterator[DemoStory]:
        """Yield the stories, each with a circle that names nobody twice."""
        for story in islice(self.region.stories(), self.count):
            if story.person.id == self.region.lives["marchand"].id:
                self._lengthen(story)
            self._widen(story)
            story.circle = _once(story.circle)
            yield story

    def _widen(self, story: DemoStory) -> None:
        """Give the town nurse and the laboratory of the personas patients enough."""
        known = {member.rpps for member in story.circle}
        if self._nurse.rpps in known:
            self._take("nurse", _NURSE_PATIENTS * 2)
        elif self._gp.rpps in known and self._take("nurse", _NURSE_PATIENTS):
            self._join(story, "care_team", "Infirmière de ville", rpps=self._nurse.rpps)
        sampled = any(one.structure_finess == self._lab.finess for one in story.results)
        if sampled and self._take("lab", _LAB_PATIENTS):
            self._join(story, "organisations", "Laboratoire", finess=self._lab.finess)

    def _take(self, what: str, most: int) -> bool:
        taken = self._given.get(what, 0)
        self._given[what] = taken + 1 if taken < most else taken
        return taken < most

    def _join(
        self, story: DemoStory, block: str, role: str, *, rpps: str = "", finess: str = ""
    ) -> None:
        rng = self._rng("widen", story.person.index, role)
        since = self._midnight() - timedelta(days=30 + int(rng.random() * 900), hours=-9)
        identifier = ids.uuid7(rng, ids.milliseconds(since))
        story.circle.append(
            DemoCircleMember(identifier, story.person.id, block, role, since, rpps, finess)
        )

    def _lengthen(self, story: DemoStory) -> None:
        """Ten years of a diabetes: a report each quarter, a note each month of the last three."""
        rng = self._rng("long")
        own = rng.gauss(0, 0.3)
        for quarter in range(_YEARS * 4):
            at = self._midnight() - timedelta(days=5 + quarter * 91, hours=-8 - rng.random())
            story.results += self._panel(story, rng, at, 5 - quarter / 4, own)
        for month in range(36):
            at = self._midnight() - timedelta(days=2 + month * 30, hours=-10 - rng.random() * 6)
            by = self._nurse if month % 3 else self._gp
            text = texts.pick(rng, texts.NOTES)
            identifier = ids.uuid7(rng, ids.milliseconds(at))
            story.notes.append(DemoNote(identifier, story.person.id, by.rpps, text, at))
        story.results.sort(key=lambda item: item.taken_at)
        story.notes.sort(key=lambda item: item.written_at)

    def _panel(
        self, story: DemoStory, rng: Random, at: datetime, years: float, own: float
    ) -> list[DemoResult]:
        number = f"L{int(rng.random() * 1e9):09d}"
        found = []
        for loinc in labs.PANELS["diabetes"]:
            analyte = labs.ANALYTES[loinc]
            value = labs.draw_value(rng, analyte, "diabetes", years, own)
            mark = labs.interpretation(analyte, value)
            found.append(
                DemoResult(
                    ids.uuid7(rng, ids.milliseconds(at)), story.person.id, self._lab.finess, number,
                    loinc, analyte.name, value, analyte.unit, analyte.low, analyte.high, mark, at,
                )
            )  # fmt: skip
        return found

    def _rng(self, *path: object) -> Random:
        return ids.rng_for(self.region.plan.seed, "seed", *path)

    def _midnight(self) -> datetime:
        day = self.region.plan.today
        return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _once(circle: list[DemoCircleMember]) -> list[DemoCircleMember]:
    """The first place of each person or structure: a circle holds nobody twice."""
    kept: dict[object, DemoCircleMember] = {}
    for member in circle:
        kept.setdefault(member.rpps or member.finess or member.relative_id, member)
    return list(kept.values())
