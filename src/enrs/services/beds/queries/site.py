"""The units that one enters, with their figures, their last entry and the crises of their site."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.services.beds import rules, tables
from enrs.services.beds.models import (
    Capacity,
    Crisis,
    CrisisAnswer,
    Reading,
    Reservation,
    SoftwareUnit,
    Unit,
)
from enrs.services.beds.queries.rights import software_numbers

MOST_SOFTWARE_UNITS = 500


@dataclass(slots=True)
class Line:
    """One kind of bed of a unit as its card shows it."""

    row: Capacity
    state: str
    undo: Reading | None = None

    @property
    def free(self) -> int:
        """What may still be given."""
        return max(0, self.row.available - self.row.held)

    @property
    def operational(self) -> int:
        return rules.Figures(*(getattr(self.row, one) for one in rules.STATUSES)).operational

    @property
    def more(self) -> int | None:
        """The figure of the button « + », None when no bed is left to free."""
        row = self.row
        has_room = row.available + row.reserved + row.closed < row.installed + row.additional
        return row.available + 1 if has_room else None

    @property
    def less(self) -> int | None:
        return self.row.available - 1 if self.row.available else None

    @property
    def is_short(self) -> bool:
        """Whether the cell gave more beds than the unit now has free."""
        return self.row.held > self.row.available

    @property
    def label(self) -> str:
        """« Lits adultes », « Places, enfants, Covid+ »."""
        words = ["Lits" if self.row.type == "bed" else "Places"]
        if self.row.age != Capacity.Age.ANY:
            words.append("adultes" if self.row.age == Capacity.Age.ADULT else "enfants")
        if self.row.sex != Capacity.Sex.ANY:
            words.append("hommes" if self.row.sex == Capacity.Sex.MALE else "femmes")
        if self.row.assignment:
            words.append(self.row.get_assignment_display())
        if self.row.crisis:
            words.append(tables.crisis_kinds()[self.row.crisis].label.lower())
        return " ".join(words)


@dataclass(slots=True)
class Question:
    """One question of an open crisis, with the unit's answer."""

    crisis: Crisis
    code: str
    label: str
    answer: CrisisAnswer | None = None


@dataclass(slots=True)
class Card:
    """One unit of the page of entry."""

    unit: Unit
    kind: tables.UnitKind
    state: str
    lines: list[Line] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    kept: list[Reservation] = field(default_factory=list)

    @property
    def present(self) -> int | None:
        """How many patients the site's software leaves in it."""
        return self.unit.present_count

    @property
    def occupied(self) -> int:
        """The occupied beds of its figures, those of a crisis apart."""
        return sum(one.row.occupied for one in self.lines if not one.row.crisis)

    @property
    def differs(self) -> bool:
        """Whether the figures say something else than the software."""
        return self.present is not None and self.present != self.occupied

    @property
    def beyond(self) -> int:
        """Patients whom the software leaves in it beyond its beds."""
        rank = rules.STATUSES.index("additional")
        return sum(
            one.row.additional
            for one in self.lines
            if one.row.sources[rank] == Capacity.Source.HL7 and not one.row.crisis
        )

    @property
    def is_known(self) -> bool:
        """Whether something was ever told: only then « rien n'a changé » means something."""
        return any(one.row.measured_at for one in self.lines)


def unit(unit_id: UUID) -> Unit | None:
    """A unit that is followed."""
    return Unit.objects.filter(pk=unit_id, is_active=True).first()


def unit_of_service(service_id: UUID) -> Unit | None:
    """The unit of an operational offer, whose Location bears the same identifier."""
    return Unit.objects.filter(service=service_id, is_active=True).first()


def at_known_age(unit: Unit, told: rules.Told) -> rules.Told:
    """What a feed says, of the age for which the unit counts: the ROR gives its figures none.

    A unit that counts one age alone is that age; one that counts several keeps these figures apart.
    """
    same = {name: value for name, value in told.kind.items() if name != "age"}
    ages = list(unit.capacities.filter(**same).order_by("pk").values_list("age", flat=True)[:2])
    return replace(told, age=ages[0]) if len(ages) == 1 else told


def capacity(capacity_id: UUID) -> Capacity | None:
    """A row of figures of a unit that is followed."""
    rows = Capacity.objects.select_related("unit")
    return rows.filter(pk=capacity_id, unit__is_active=True).first()


def reading(reading_id: UUID) -> Reading | None:
    """A line of the history."""
    return Reading.objects.select_related("capacity__unit").filter(pk=reading_id).first()


def units_of(site_id: UUID) -> QuerySet[Unit]:
    """The units of a site, by name."""
    return Unit.objects.filter(site_id=site_id, is_active=True, region="").order_by(
        "sort_key", "pk"
    )


def software_units(site_id: UUID) -> list[SoftwareUnit]:
    """The units that the software of a site speaks of, those that are nobody's first."""
    rows = SoftwareUnit.objects.select_related("unit").filter(finess__in=software_numbers(site_id))
    return list(
        rows.order_by(F("unit__sort_key").asc(nulls_first=True), "name", "code", "pk")[
            :MOST_SOFTWARE_UNITS
        ]
    )


def software_unit(software_unit_id: UUID) -> SoftwareUnit | None:
    """One of them."""
    return SoftwareUnit.objects.select_related("unit").filter(pk=software_unit_id).first()


def unattached_count(site_id: UUID) -> int:
    """How many of them hold patients and are nobody's."""
    rows = SoftwareUnit.objects.filter(finess__in=software_numbers(site_id))
    return rows.filter(unit=None, count__gt=0).count()


def cards(units: Sequence[Unit]) -> list[Card]:
    """The cards of some units, in six queries however many they are."""
    at = timezone.now()
    kinds = tables.unit_kinds()
    made = {one.pk: Card(one, kinds[one.kind], _state(one.known_at, at, one.kind)) for one in units}
    rows = Capacity.objects.filter(unit__in=made).order_by("type", "age", "sex", "pk")
    lines = {
        row.pk: Line(row, _state(row.measured_at, at, made[row.unit_id].unit.kind)) for row in rows
    }
    for line in lines.values():
        made[line.row.unit_id].lines.append(line)
    for last in _undoable(list(lines), at):
        if last.version == lines[last.capacity_id].row.version:
            lines[last.capacity_id].undo = last
    for one in _questions(units):
        made[one[0]].questions.append(one[1])
    kept = Reservation.objects.select_related("request").filter(
        capacity__in=lines, state__in=("held", "confirmed")
    )
    for held in kept.order_by("pk"):
        made[lines[held.capacity_id].row.unit_id].kept.append(held)
    return list(made.values())


def lines(rows: Sequence[Capacity]) -> list[Line]:
    """Rows of figures, read with their units, as lines."""
    at = timezone.now()
    return [Line(row, _state(row.measured_at, at, row.unit.kind)) for row in rows]


def _state(measured_at: datetime | None, at: datetime, kind: str) -> str:
    return rules.freshness(measured_at, at, tables.unit_kinds()[kind].stale_hours)


def _undoable(capacity_ids: list[UUID], at: datetime) -> list[Reading]:
    """The entries that the actor may still take back."""
    since = at - timedelta(minutes=rules.UNDO_MINUTES)
    rows = Reading.objects.filter(
        capacity__in=capacity_ids, received_at__gte=since, user_id=current_actor().user_id,
        act__in=("entered", "same"),
    )  # fmt: skip
    return list(rows.order_by("pk"))


def _questions(units: Sequence[Unit]) -> list[tuple[UUID, Question]]:
    sites = {one.site_id for one in units if one.site_id}
    crises = Crisis.objects.filter(site__in=sites, closed_at=None).order_by("pk")
    found = defaultdict(list)
    for one in crises:
        found[one.site_id].append(one)
    answers = {
        (one.crisis_id, one.unit_id, one.question): one
        for one in CrisisAnswer.objects.filter(
            crisis__in=[c.pk for cs in found.values() for c in cs]
        )
    }
    return [
        (unit.pk, Question(crisis, code, label, answers.get((crisis.pk, unit.pk, code))))
        for unit in units
        for crisis in found.get(unit.site_id or unit.pk, ())
        for code, label in tables.crisis_kinds()[crisis.code].questions
    ]


HISTORY = 50


def history(unit: Unit, before: UUID | None = None) -> list[Reading]:
    """The last figures that came for a unit, newest first; one more than a page tells that there are others."""
    rows = Reading.objects.select_related("capacity").filter(capacity__unit=unit)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[: HISTORY + 1])
