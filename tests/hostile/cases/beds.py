"""Beds: a site enters its own units' figures, the cell gives beds, the operator brings neighbours."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.services.beds import commands, rules
from enrs.services.beds.models import (
    Capacity,
    Crisis,
    CrisisAnswer,
    FeedFile,
    RefusedLine,
    Reservation,
    SoftwareUnit,
)
from enrs.services.beds.rules import Told
from tests.hostile.table import case, feed, part
from tests.hostile.world import World
from tests.services.beds import factories as beds

BEDS = "services.beds"
ENTRY: dict[str, Any] = {"roles": tuple(rules.ENTRY_ROLES), "placed": True}
CELL: dict[str, Any] = {"roles": ("operator",)}


def row_of(w: World) -> Any:
    """The figures of the one unit of the place."""
    found = Capacity.objects.select_related("unit").filter(unit__site_id=w.place.pk).first()
    return found or beds.capacity(beds.bed_unit(w.place, site_finess="770000011", code="REA1"))


def kept(w: World, state: str = "held") -> Any:
    """A bed of the place that the cell keeps for another one."""
    row = row_of(w)
    row.held += 1
    row.save()
    asked = beds.asked(state=state)
    return Reservation.objects.create(
        request=asked, capacity=row, state=state, until=timezone.now() + timedelta(hours=1), by_name="Cellule"
    )  # fmt: skip


def file_of(site_finess: str = "770000011") -> bytes:
    at = timezone.now().isoformat()
    return f"finess;code;disponibles;releve_le\n{site_finess};REA1;2;{at}\n".encode()


@case(f"{BEDS}.enter_figures", "nurse", **ENTRY)
def enter_figures(w: World) -> dict[str, Any]:
    return {"capacity": row_of(w), "given": {"available": 2}, "expected_version": 1}


@case(f"{BEDS}.confirm_figures", "nurse", **ENTRY)
def confirm_figures(w: World) -> dict[str, Any]:
    row = row_of(w)
    return {"unit": row.unit, "seen": {row.pk: 1}}


@case(f"{BEDS}.undo_entry", "nurse", **ENTRY)
def undo_entry(w: World) -> dict[str, Any]:
    row = row_of(w)
    with acting(w.actor):
        made = commands.enter_figures(capacity=row, given={"available": 2}, expected_version=1)
    return {"reading": made}


@case(f"{BEDS}.write_word", "nurse", **ENTRY)
def write_word(w: World) -> dict[str, Any]:
    return {"unit": row_of(w).unit, "words": "Une chambre d’isolement", "expected_version": 1}


@case(f"{BEDS}.set_code", "nurse", **ENTRY)
def set_code(w: World) -> dict[str, Any]:
    return {"unit": row_of(w).unit, "code": "UF12", "expected_version": 1}


@case(f"{BEDS}.open_capacity", "nurse", **ENTRY)
def open_capacity(w: World) -> dict[str, Any]:
    return {"unit": row_of(w).unit, "age": "child", "installed": 2}


@case(f"{BEDS}.receive_figures", "nurse", roles=(*rules.ENTRY_ROLES, "operator"), placed=True)
def receive_figures(w: World) -> dict[str, Any]:
    told = Told({"available": 2}, timezone.now(), age="adult")
    return {"unit": row_of(w).unit, "told": [told], "source": "ror"}


@case(f"{BEDS}.receive_file", "nurse", roles=(*rules.ENTRY_ROLES, "operator"))
def receive_file(w: World) -> dict[str, Any]:
    row_of(w)
    return {"name": "lits.csv", "content": file_of()}


@case(f"{BEDS}.replay_line", "nurse", roles=(*rules.ENTRY_ROLES, "operator"), placed=True)
def replay_line(w: World) -> dict[str, Any]:
    row_of(w)
    file = FeedFile.objects.create(name="lits.csv", digest="x", site_id=w.place.id, by_name="Essai")
    cells = {"finess": "770000011", "code": "REA1", "disponibles": "1", "age": "adulte"}
    cells |= {"releve_le": timezone.now().isoformat()}
    return {"line": RefusedLine.objects.create(file=file, number=1, cells=cells, reason="unit")}


@case(
    f"{BEDS}.open_crisis", "physician", roles=("physician", "coordinator", "operator"), placed=True
)
def open_crisis(w: World) -> dict[str, Any]:
    row_of(w)
    return {"site": w.place, "code": "plan-blanc"}


def crisis_of(w: World) -> Any:
    return Crisis.objects.create(code="plan-blanc", site=w.place, opened_by="Essai")


@case(
    f"{BEDS}.close_crisis", "physician", roles=("physician", "coordinator", "operator"), placed=True
)
def close_crisis(w: World) -> dict[str, Any]:
    return {"crisis": crisis_of(w)}


@case(f"{BEDS}.answer_crisis", "nurse", **ENTRY)
def answer_crisis(w: World) -> dict[str, Any]:
    crisis, unit = crisis_of(w), row_of(w).unit
    CrisisAnswer.objects.create(
        crisis=crisis, unit=unit, question="1h", count=1, at=timezone.now(), by_name="Essai"
    )
    return {"crisis": crisis, "unit": unit, "question": "1h", "count": 3, "expected_version": 1}


@case(f"{BEDS}.ask_bed", "physician", roles=(*rules.ASKING_ROLES, "operator"))
def ask_bed(w: World) -> dict[str, Any]:
    return {"kind": "rea"}


@case(f"{BEDS}.hold_bed", "operator", **CELL)
def hold_bed(w: World) -> dict[str, Any]:
    return {"asked": beds.asked(), "capacity": row_of(w), "expected_version": 1}


@case(f"{BEDS}.confirm_hold", "nurse", roles=(*rules.ENTRY_ROLES, "operator"), placed=True)
def confirm_hold(w: World) -> dict[str, Any]:
    return {"reservation": kept(w)}


@case(f"{BEDS}.release_hold", "nurse", roles=(*rules.ENTRY_ROLES, "operator"), placed=True)
def release_hold(w: World) -> dict[str, Any]:
    return {"reservation": kept(w), "reason": "Lit fermé"}


@case(f"{BEDS}.arrive", "nurse", roles=(*rules.ENTRY_ROLES, "operator"), placed=True)
def arrive(w: World) -> dict[str, Any]:
    return {"reservation": kept(w, "confirmed")}


@case(f"{BEDS}.cancel_ask", "physician", roles=(*rules.ASKING_ROLES, "operator"), placed=True)
def cancel_ask(w: World) -> dict[str, Any]:
    asked = beds.asked(place_id=w.place.id)
    return {"asked": asked, "reason": "Patient stabilisé", "expected_version": 1}


def software_unit(w: World) -> Any:
    """A unit that the software of the place names, and is nobody's yet."""
    w.place.finess_eg = "770000011"
    w.place.save()
    return SoftwareUnit.objects.create(
        finess="770000011", code="UF1", name="Médecine", count=2, heard_at=timezone.now()
    )


@case(f"{BEDS}.attach_software_unit", "nurse", **ENTRY)
def attach_software_unit(w: World) -> dict[str, Any]:
    return {"software_unit": software_unit(w), "unit": row_of(w).unit}


feed(
    "a periodic job of the platform, without a caller",
    *(f"{BEDS}.{name}" for name in ("add_units", "expire_holds", "read_folder", "warn_silent")),
)
feed(
    "the gateway, after the movements that it received; refuses whoever else",
    f"{BEDS}.receive_presence",
)
part("what the commands are made of, which have decided before", "services.beds.commands.shared")
part(
    "rows of a unit of the offer, not written: for the job and the demo",
    f"{BEDS}.unit_of", f"{BEDS}.first_capacity",
)  # fmt: skip
