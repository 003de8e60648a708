"""Rosters: who writes the duties of a place works there."""

from datetime import timedelta
from typing import Any

from enrs.core.rosters import rules
from enrs.core.rosters.models import Absence
from tests.core.rosters.factories import moment, person, roster, shift
from tests.hostile.table import case
from tests.hostile.world import World

ROSTERS = "core.rosters"
START, END = moment(20, 8), moment(20, 20)


def of_place(w: World) -> Any:
    return roster(w.place.id)


def duty(w: World) -> Any:
    return shift(of_place(w), START, 12)


PLACED: dict[str, Any] = {"roles": tuple(rules.EDITORS), "placed": True}


@case(f"{ROSTERS}.create_roster", "coordinator", **PLACED)
def create_roster(w: World) -> dict[str, Any]:
    return {"organisation_id": w.place.id, "organisation_name": w.place.name, "label": "Astreinte"}


@case(f"{ROSTERS}.change_roster", "coordinator", **PLACED)
def change_roster(w: World) -> dict[str, Any]:
    made = of_place(w)
    return {"roster": made, "expected_version": made.version, "label": "Garde"}


@case(f"{ROSTERS}.add_shift", "coordinator", **PLACED)
def add_shift(w: World) -> dict[str, Any]:
    return {"roster": of_place(w), "person": person(), "start": START, "end": END}


@case(f"{ROSTERS}.replace_shift", "coordinator", **PLACED)
def replace_shift(w: World) -> dict[str, Any]:
    return {"shift": duty(w), "person": person("Paul IMBERT")}


@case(f"{ROSTERS}.remove_shift", "coordinator", **PLACED)
def remove_shift(w: World) -> dict[str, Any]:
    return {"shift": duty(w), "reason": "Cabinet fermé"}


@case(f"{ROSTERS}.declare_absence", "coordinator", **PLACED)
def declare_absence(w: World) -> dict[str, Any]:
    return {"organisation_id": w.place.id, "person": person(), "start": START, "end": END}


@case(f"{ROSTERS}.end_absence", "coordinator", **PLACED)
def end_absence(w: World) -> dict[str, Any]:
    away = Absence.objects.create(
        organisation_id=w.place.id, grantee_id=w.right.grantee_id, display="Aya KOUASSI",
        period=(START, START + timedelta(days=2)),
    )  # fmt: skip
    return {"absence": away}
