"""Figures by hand: changed, unchanged, taken back; the word of a unit; kinds of beds that it opens."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from enrs.core.access.actor import current_actor
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import StaleSaveError, save_version
from enrs.referentials.offer.commands import publish_locations
from enrs.services.beds import rules, tables
from enrs.services.beds.commands.shared import (
    BedsRefusedError,
    demand_entry,
    figures_of,
    hint,
    locked,
    now,
    store,
    tell,
    text,
)
from enrs.services.beds.models import Capacity, Reading, Unit

HAND = Capacity.Source.HAND


def enter_figures(
    *, capacity: Capacity, given: Mapping[str, int], expected_version: int
) -> Reading:
    """Change some of the six counts; occupied beds follow unless they are given.

    Raises:
        AccessRefusedError: not one of the unit's site.
        StaleSaveError: somebody, or a feed, changed them meanwhile: `current` is what stands.
        BedsRefusedError: `number`, `sum`, or `status` for one that is not entered (07 is computed).
    """
    demand_entry(capacity.unit)
    if not given or not set(given) <= set(rules.STATUSES):
        raise BedsRefusedError("status")
    with act():
        row = _locked(capacity, expected_version)
        figures = rules.entered_by_hand(figures_of(row), given)
        if figures.occupied < 0:
            raise BedsRefusedError("sum", row)
        made = _store(row, "entered", figures, now())
        tell([row.unit], "figures.entered", details={"after": list(figures)})
    return made


def confirm_figures(*, unit: Unit, seen: Mapping[UUID, int]) -> list[Reading]:
    """« Rien n'a changé »: every figure of the unit that was seen is true now.

    `seen` gives the version of each row that the page showed.

    Raises:
        StaleSaveError: one changed since the page was drawn.
        BedsRefusedError: `empty`, when nothing was ever entered.
    """
    demand_entry(unit)
    with act():
        rows = locked(unit.capacities.filter(crisis="").values_list("pk", flat=True))
        for row in rows.values():
            if row.version != seen.get(row.pk):
                raise StaleSaveError(row)
        kept = [row for row in rows.values() if row.measured_at is not None]
        if not kept:
            raise BedsRefusedError("empty")
        at = now()
        made = [_store(row, "same", figures_of(row), at) for row in kept]
        tell([unit], "figures.confirmed")
    return made


def undo_entry(*, reading: Reading) -> Reading:
    """Take one's last entry back, within a quarter of an hour and while nothing came after it.

    Raises:
        BedsRefusedError: `undo`, when something came after, or too late.
    """
    demand_entry(reading.capacity.unit)
    with act():
        row = _locked(reading.capacity, None)
        by = current_actor()
        is_own = by.kind == "system" or (by.user_id is not None and reading.user_id == by.user_id)
        late = now() - reading.received_at > timedelta(minutes=rules.UNDO_MINUTES)
        if not is_own or late or reading.act not in ("entered", "same"):
            raise BedsRefusedError("undo", row)
        if row.version != reading.version:
            raise BedsRefusedError("undo", row)
        was = [datetime.fromisoformat(one) if one else None for one in reading.was["moments"]]
        made = store(
            row, act="undone", figures=rules.Figures(*reading.before), moments=was,
            changed=rules.STATUSES, at=now(), source=HAND,
        )  # fmt: skip
        row.sources, row.source = reading.was["sources"], reading.was["source"]
        row.by_name = reading.was["by"]
        row.save(update_fields=["sources", "source", "by_name"])
        tell([row.unit], "figures.undone")
    return made


def _locked(capacity: Capacity, expected: int | None) -> Capacity:
    row = locked([capacity.pk]).get(capacity.pk)
    if row is None or not row.unit.is_active:
        raise BedsRefusedError("closed")
    if expected is not None and row.version != expected:
        raise StaleSaveError(row)
    return row


def _store(row: Capacity, what: str, figures: rules.Figures, at: datetime) -> Reading:
    """By hand every figure of the row is looked at: all of them take the moment."""
    return store(
        row, act=what, figures=figures, moments=[at] * len(rules.STATUSES), changed=rules.STATUSES,
        at=at, source=HAND,
    )  # fmt: skip


def write_word(*, unit: Unit, words: str, expected_version: int) -> Unit:
    """A word that whoever looks for a bed reads: isolation, ventilator.

    Raises:
        StaleSaveError: somebody wrote another one meanwhile.
    """
    demand_entry(unit)
    unit.word, unit.word_by, unit.word_at = text(words, 200), current_actor().name, now()
    with act():
        save_version(unit, expected=expected_version, fields=["word", "word_by", "word_at"])
        note("beds.word.written", object_kind="bed_unit", object_id=unit.pk)
        hint([unit.pk], [unit.site_id])
    return unit


def set_code(*, unit: Unit, code: str, expected_version: int) -> Unit:
    """How the site's own software names the unit: what its files are read by.

    Raises:
        BedsRefusedError: `code`, when another unit of the site has it.
    """
    demand_entry(unit)
    wanted = text(code, 40)
    others = Unit.objects.filter(site_finess=unit.site_finess, code=wanted).exclude(pk=unit.pk)
    if wanted and others.exists():
        raise BedsRefusedError("code")
    unit.code = wanted
    with act():
        save_version(unit, expected=expected_version, fields=["code"])
        note("beds.code.changed", object_kind="bed_unit", object_id=unit.pk)
        if unit.service_id:
            publish_locations([unit.service_id])
    return unit


def open_capacity(
    *,
    unit: Unit,
    type: str = Capacity.Type.BED,  # noqa: A002  the standard's word
    age: str = Capacity.Age.ANY,
    sex: str = Capacity.Sex.ANY,
    assignment: str = "",
    crisis: str = "",
    installed: int = 0,
) -> Capacity:
    """Follow one more kind of bed of a unit.

    Raises:
        BedsRefusedError: `kind`, for one that is unknown; `known`, for one that is followed already.
    """
    demand_entry(unit)
    given = {"type": type, "age": age, "sex": sex, "assignment": assignment, "crisis": crisis}
    is_known = (
        type in rules.TYPES
        and age in rules.AGES
        and sex in rules.SEXES
        and assignment in rules.ASSIGNMENTS
        and (not crisis or crisis in tables.crisis_kinds())
    )
    if not is_known or not 0 <= installed <= rules.MOST:
        raise BedsRefusedError("kind")
    with act():
        # The unit's row is the lock: two people who open the same kind at once make one.
        Unit.objects.select_for_update().filter(pk=unit.pk).first()
        if unit.capacities.filter(**given).exists():
            raise BedsRefusedError("known")
        made = Capacity(
            id=uuid7(), unit=unit, installed=installed, moments=[None] * 6, sources=[""] * 6, **given
        )  # fmt: skip
        made.save(force_insert=True)
        tell([unit], "kind.opened", details=given)
    return made
