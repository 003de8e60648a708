"""Crises: declared at a site, ended, and what its units answer."""

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.directory.models import Organisation
from enrs.services.beds import rules, tables
from enrs.services.beds.commands.shared import (
    BedsRefusedError,
    demand_entry,
    hint,
    now,
    text,
)
from enrs.services.beds.models import Crisis, CrisisAnswer, Unit
from enrs.services.beds.queries import rights


def open_crisis(*, site: Organisation, code: str, words: str = "") -> Crisis:
    """Declare a crisis at a site: its units are asked the questions of this kind.

    Raises:
        AccessRefusedError: neither the cell, nor a physician or coordinator of the site.
        BedsRefusedError: `kind`, for one that is unknown; `known`, for one that is open already.
    """
    _demand(site)
    if code not in tables.crisis_kinds():
        raise BedsRefusedError("kind")
    with act():
        # The site's units are the lock: two people who declare at once make one crisis.
        list(Unit.objects.select_for_update().filter(site_id=site.pk).order_by("pk").values("pk"))
        if Crisis.objects.filter(site=site, code=code, closed_at=None).exists():
            raise BedsRefusedError("known")
        made = Crisis(
            id=uuid7(),
            code=code,
            site=site,
            note=text(words, 400),
            opened_by=current_actor().name,
        )
        made.save(force_insert=True)
        note(
            "beds.crisis.opened",
            object_kind="bed_crisis",
            object_id=made.pk,
            details={"code": code},
        )
        hint([made.pk], [site.pk])
    return made


def close_crisis(*, crisis: Crisis) -> Crisis:
    """End a crisis at a site; what was answered stays.

    Raises:
        BedsRefusedError: `ended`, when it was ended already.
    """
    _demand(crisis.site)
    with act():
        held = Crisis.objects.select_for_update().get(pk=crisis.pk)
        if held.closed_at:
            raise BedsRefusedError("ended", held)
        held.closed_at, held.closed_by = now(), current_actor().name
        held.save(update_fields=["closed_at", "closed_by"])
        note("beds.crisis.closed", object_kind="bed_crisis", object_id=held.pk)
        hint([held.pk], [held.site_id])
    return held


def answer_crisis(
    *, crisis: Crisis, unit: Unit, question: str, count: int, expected_version: int = 0
) -> CrisisAnswer:
    """Answer one question of a crisis for one unit; `expected_version` 0 is a first answer.

    Raises:
        AccessRefusedError: not one of the unit's site.
        StaleSaveError: somebody answered meanwhile.
        BedsRefusedError: `kind`, `number`, or `ended`.
    """
    demand_entry(unit)
    asked = dict(tables.crisis_kinds()[crisis.code].questions)
    if question not in asked or unit.site_id != crisis.site_id:
        raise BedsRefusedError("kind")
    if not 0 <= count <= rules.MOST:
        raise BedsRefusedError("number")
    with act():
        held = Crisis.objects.select_for_update().get(pk=crisis.pk)
        if held.closed_at:
            raise BedsRefusedError("ended", held)
        known = held.answers.filter(unit=unit, question=question).first()
        if known is not None and known.version != expected_version:
            raise StaleSaveError(known)
        row = known or CrisisAnswer(
            id=uuid7(), crisis=held, unit=unit, question=question, version=0
        )
        row.count, row.at, row.by_name = count, now(), current_actor().name
        row.version += 1
        row.save(force_insert=known is None)
        note("beds.crisis.answered", object_kind="bed_unit", object_id=unit.pk)
        hint([unit.pk], [unit.site_id])
    return row


def _demand(site: Organisation) -> None:
    if current_actor().kind != "system" and not rights.may_open_crisis(site.pk):
        raise AccessRefusedError("profession")
