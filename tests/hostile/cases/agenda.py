"""Agendas and appointments: the person's circle, the agenda's holders, the place in an invitation."""

from datetime import date, time, timedelta
from typing import Any

from django.utils import timezone

from enrs.core.agenda import commands
from enrs.core.agenda.models import Slot
from enrs.core.agenda.rules import Person
from tests.core.agenda.factories import NINE, agenda_of, appointment
from tests.hostile.table import case, feed, part
from tests.hostile.world import World

AGENDA = "core.agenda"
HALF = timedelta(minutes=30)
ICS = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20990112T090000Z\r\n"
    b"DTEND:20990112T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
OF_OWNER = {"own": True, "placed": True, "in_circle": True}
"""An agenda is its owner's: somebody of the same circle or place holds nothing in it."""


def own(w: World) -> Any:
    return agenda_of(w.right)


def slot_of(w: World) -> Any:
    return Slot.objects.create(agenda=own(w), period=(NINE, NINE + HALF), kind="consultation")


def about(w: World, **fields: Any) -> Any:
    return appointment(patient=w.patient, **fields)


@case(f"{AGENDA}.ensure_agenda", "nurse", **OF_OWNER)
def ensure_agenda(w: World) -> dict[str, Any]:
    return {"owner_id": w.right.grantee_id, "label": "Cabinet"}


@case(f"{AGENDA}.share", "nurse", **OF_OWNER)
def share(w: World) -> dict[str, Any]:
    to = w.user("nurse")
    return {"agenda": own(w), "grantee_id": to.grantee_id, "display": to.name, "level": 2}


@case(f"{AGENDA}.end_share", "nurse", **OF_OWNER)
def end_share(w: World) -> dict[str, Any]:
    given = share(w)
    with w.as_right():
        return {"share": commands.share(**given)}


@case(f"{AGENDA}.open_slots", "nurse", **OF_OWNER)
def open_slots(w: World) -> dict[str, Any]:
    return {
        "agenda": own(w), "first_on": date(2099, 1, 5), "last_on": date(2099, 1, 9), "weekdays": [0, 1],
        "opens_at": time(9), "closes_at": time(11), "minutes": 30,
    }  # fmt: skip


@case(f"{AGENDA}.close_slot", "nurse", **OF_OWNER)
def close_slot(w: World) -> dict[str, Any]:
    return {"slot": slot_of(w)}


@case(f"{AGENDA}.create_feed", "nurse", more=("role:patient",), in_circle=True)
def create_feed(w: World) -> dict[str, Any]:
    return {"label": "Téléphone"}


@case(f"{AGENDA}.revoke_feed", "nurse", **OF_OWNER)
def revoke_feed(w: World) -> dict[str, Any]:
    with w.as_right():
        return {"feed": commands.create_feed(label="Téléphone")[0]}


@case(f"{AGENDA}.import_busy", "nurse", **OF_OWNER)
def import_busy(w: World) -> dict[str, Any]:
    soon = timezone.now() + timedelta(days=3)
    content = ICS.replace(b"20990112", soon.strftime("%Y%m%d").encode())
    return {"agenda": own(w), "content": content, "source": "hopital"}


@case(f"{AGENDA}.follow", "nurse", **OF_OWNER)
def follow(w: World) -> dict[str, Any]:
    return {"agenda": own(w), "source": "hopital", "address": "https://exemple.fr/a.ics"}


@case(f"{AGENDA}.unfollow", "nurse", **OF_OWNER)
def unfollow(w: World) -> dict[str, Any]:
    given = follow(w)
    with w.as_right():
        return {"followed": commands.follow(**given)}


@case(f"{AGENDA}.book", "nurse", category="agenda")
def book(w: World) -> dict[str, Any]:
    return {"start": NINE, "end": NINE + HALF, "patient_id": w.patient.pk}


@case(f"{AGENDA}.book_series", "nurse", **OF_OWNER)
def book_series(w: World) -> dict[str, Any]:
    return {
        "rule": "FREQ=WEEKLY;COUNT=3", "starts_on": date(2026, 11, 24), "starts_at": time(9), "minutes": 30,
        "agenda": own(w), "kind": "meeting",
    }  # fmt: skip


@case(f"{AGENDA}.change", "nurse", category="agenda")
def change(w: World) -> dict[str, Any]:
    made = about(w)
    return {
        "appointment": made, "expected_version": made.version, "start": NINE + HALF, "end": NINE + 2 * HALF,
        "kind": "consultation",
    }  # fmt: skip


@case(f"{AGENDA}.move_status", "nurse", category="agenda")
def move_status(w: World) -> dict[str, Any]:
    made = about(w)
    return {"appointment": made, "status": "arrived", "expected_version": made.version}


@case(f"{AGENDA}.cancel", "nurse", category="agenda")
def cancel(w: World) -> dict[str, Any]:
    return {"appointment": about(w), "reason": "La personne est hospitalisée"}


@case(
    f"{AGENDA}.answer", "nurse", own=True, in_circle=True,
    more=("outside", "opposed", "right_who_left", "right_opposed", "other_patient"),
)  # fmt: skip
def answer(w: World) -> dict[str, Any]:
    with w.as_right():
        made = commands.book(
            start=NINE, end=NINE + HALF, patient_id=w.patient.pk,
            participants=[Person(w.right.grantee_id, w.right.name)],
        )  # fmt: skip
    return {"appointment": made, "answer": "accepted"}


part(
    "guards and traces of the agenda's commands",
    f"{AGENDA}.commands.refusals", f"{AGENDA}.commands.traces",
)  # fmt: skip
part("frees hours for the end of a followed calendar, which asks first", f"{AGENDA}.take_back_busy")
feed("a periodic job", f"{AGENDA}.refresh_due")
