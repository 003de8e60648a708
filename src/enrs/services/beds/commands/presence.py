"""Occupied beds by the movements of a hospital's software (HL7): counted, applied, and whose beds they are."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max, Sum

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.services.beds import rules
from enrs.services.beds.commands.shared import (
    BedsRefusedError,
    demand_entry,
    figures_of,
    hint,
    locked,
    now,
    store,
    tell,
)
from enrs.services.beds.models import Capacity, Reading, SoftwareUnit, Unit
from enrs.services.beds.queries import rights

RENEWED = timedelta(minutes=15)
"""A count that did not change is said again no more often: each time is a line of the history."""

HEARD = timedelta(minutes=5)
"""A hospital sends movements all day: that it was heard again is written no more often, for all its units."""

OCCUPIED, ADDITIONAL = rules.STATUSES.index("occupied"), rules.STATUSES.index("additional")
HL7 = Capacity.Source.HL7


@dataclass(frozen=True, slots=True)
class Presence:
    """The patients of one unit, under its code in the software of a structure."""

    finess: str
    code: str
    name: str
    count: int


def receive_presence(*, told: Sequence[Presence], moved_at: Mapping[str, datetime]) -> int:
    """Bring every unit of every software to who is there now; returns how many units of ours changed.

    `told` is whole: a unit that it does not name holds nobody. `moved_at` is the last movement of each
    structure, by its FINESS, those of the stays that ended included: a departure is dated by it.

    Raises:
        AccessRefusedError: not the platform itself.
    """
    if current_actor().kind != "system":
        raise AccessRefusedError("profession")
    known = {(one.finess, one.code): one for one in SoftwareUnit.objects.order_by("pk")}
    counted = {(one.finess, one.code[:100]): one for one in told}
    heard = _heard(known, counted, moved_at)
    fresh, moved = [], []
    for key, one in counted.items():
        if key not in known:
            fresh.append(
                SoftwareUnit(
                    id=uuid7(), finess=key[0], code=key[1], name=one.name[:100], count=one.count,
                    heard_at=heard[key[0]],
                )
            )  # fmt: skip
    for key, row in known.items():
        told_now = counted.get(key)
        count, name = (told_now.count, told_now.name[:100]) if told_now else (0, row.name)
        is_same = (row.count, row.name) == (count, name)
        if not is_same or heard[key[0]] - row.heard_at >= HEARD:
            row.count, row.name, row.heard_at = count, name, heard[key[0]]
            moved.append(row)
    with act():
        SoftwareUnit.objects.bulk_create(fresh, ignore_conflicts=True)
        # Whose beds they are is a person's word: this statement leaves it alone.
        SoftwareUnit.objects.bulk_update(moved, ["count", "name", "heard_at"], batch_size=500)
        return _apply({one.unit_id for one in moved if one.unit_id})


def _heard(
    known: Mapping[tuple[str, str], SoftwareUnit],
    counted: Mapping[tuple[str, str], Presence],
    moved_at: Mapping[str, datetime],
) -> dict[str, datetime]:
    """Until when each structure's counts are known to be true: its last movement, which never goes back.

    A count that changed is never dated by the moment when it was read: a queue that empties late would then
    overwrite what a person saw meanwhile.
    """
    at = now()
    found = {finess: min(at, moment) for finess, moment in moved_at.items()}
    for (finess, _), row in known.items():
        found[finess] = max(found.get(finess, row.heard_at), row.heard_at)
    for finess, _ in counted:
        # Never heard of, and all that it sent is dated in the future.
        found.setdefault(finess, at)
    return found


def _apply(unit_ids: Collection[UUID]) -> int:
    """Count the patients of these units anew, and bring their figures to them; returns how many changed."""
    kinds = defaultdict(list)
    rows = Capacity.objects.filter(unit__in=unit_ids, unit__is_active=True, crisis="")
    for unit_id, pk in rows.order_by("pk").values_list("unit_id", "pk"):
        kinds[unit_id].append(pk)
    # The count of a unit that follows several kinds of beds says nothing of any: it is shown, and no more.
    held = locked(found[0] for found in kinds.values() if len(found) == 1)
    locks = Unit.objects.select_for_update().filter(pk__in=unit_ids).order_by("pk")
    units = {one.pk: one for one in locks}
    # Counted once the rows are held: what another act told meanwhile is in it.
    counts = SoftwareUnit.objects.filter(unit__in=units).order_by().values("unit")
    totals = {
        one["unit"]: (one["present"], one["heard"])
        for one in counts.annotate(present=Sum("count"), heard=Max("heard_at"))
    }
    changed = []
    for row in held.values():
        unit = units[row.unit_id]
        present, heard = totals.get(unit.pk, (None, None))
        if present is not None and _bring(row, present, heard, was=unit.present_count):
            changed.append(unit)
    for unit in units.values():
        unit.present_count, unit.present_at = totals.get(unit.pk, (None, None))
    Unit.objects.bulk_update(units.values(), ["present_count", "present_at"], batch_size=500)
    if changed:
        tell(changed, "figures.received", details={"source": HL7})
    return len(changed)


def _bring(row: Capacity, present: int, heard: datetime, *, was: int | None) -> bool:
    """Bring one row of figures to the patients who are there; whether it was written.

    What somebody entered stands until a movement of the unit itself: they saw the beds. While nothing that the
    hospital sent is newer than their entry, a movement goes to the history alone.
    """
    is_ours = row.sources[OCCUPIED] == HL7
    has_moved = present != was
    if not is_ours and not has_moved and row.moments[OCCUPIED] is not None:
        return False
    figures = rules.occupied_by(figures_of(row), present, additional=_given_additional(row))
    if rules.fault_of(figures):
        return False
    given = {"occupied": figures.occupied, "available": figures.available}
    if figures.additional != row.additional:
        given["additional"] = figures.additional
    known = [
        one for name, one in zip(rules.STATUSES, row.moments, strict=True) if name in given and one
    ]
    if any(heard < one for one in known):
        if has_moved:
            store(
                row, act="late", figures=figures_of(row), moments=row.moments, changed=(), at=heard,
                source=HL7, told=given,
            )  # fmt: skip
        return has_moved
    is_same = figures == figures_of(row) and is_ours
    if is_same and known and heard - max(known) < RENEWED:
        return False
    moments = [
        heard if name in given else one
        for name, one in zip(rules.STATUSES, row.moments, strict=True)
    ]
    store(
        row, act="received", figures=figures, moments=moments, changed=tuple(given), at=heard, source=HL7,
        told=given,
    )  # fmt: skip
    return True


def _given_additional(row: Capacity) -> int:
    """The additional beds that somebody gave last, a person or another feed: movements only add to them."""
    if row.sources[ADDITIONAL] != HL7:
        return row.additional
    # The movement that went beyond them first keeps, in its line, what stood before it.
    readings = Reading.objects.filter(capacity=row, source=HL7, act="received")
    first = readings.filter(told__has_key="additional").exclude(
        **{f"was__sources__{ADDITIONAL}": HL7}
    )
    before = first.order_by("-id").values_list("before", flat=True).first()
    return before[ADDITIONAL] if before else 0


def attach_software_unit(*, software_unit: SoftwareUnit, unit: Unit | None) -> SoftwareUnit:
    """Say whose beds a unit of the software is (None: no longer anybody's); the figures follow at once.

    Raises:
        AccessRefusedError: not one of the site of the unit, of the one that had it before, or the software is
            that of another structure.
        BedsRefusedError: `closed`, for a unit that is not followed.
    """
    held = SoftwareUnit.objects.select_for_update(of=("self",)).select_related("unit")
    with act():
        row = held.get(pk=software_unit.pk)
        before = row.unit
        if current_actor().kind != "system" and not rights.may_attach(row.finess):
            raise AccessRefusedError("profession")
        for one in (unit, before):
            if one is not None:
                demand_entry(one)
        if unit is not None and (not unit.is_active or unit.region):
            raise BedsRefusedError("closed")
        row.unit, row.told_by, row.told_at = unit, current_actor().name, now()
        row.save(update_fields=["unit", "told_by", "told_at"])
        touched = {one.pk: one for one in (before, unit) if one is not None}
        note(
            "beds.software.attached",
            object_kind="beds_software_unit",
            object_id=row.pk,
            details={"unit": str(unit.pk) if unit else ""},
        )
        _apply(touched)
        hint(list(touched), [one.site_id for one in touched.values()])
    return row
