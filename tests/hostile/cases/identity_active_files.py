"""The active file of a source: the unit's alone."""

from typing import Any

from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.referentials.identity.commands import active_files as commands
from enrs.referentials.identity.models import ActiveFile, IdentitySource
from tests.hostile.table import case, feed, part
from tests.hostile.world import World

E = "referentials.identity"
UNIT = ("identity_officer",)
CONTENT = b"numero;nom_naissance;premier_prenom;date_naissance;sexe\nA1;DURAND;ANNE;1948-03-12;F\n"


def _source() -> IdentitySource:
    key = str(uuid7())
    return IdentitySource.objects.create(id=uuid7(), system=f"urn:x:{key}", name="Source d’essai")


def _given() -> dict[str, Any]:
    return {
        "content": CONTENT, "file_name": "actifs.csv", "source_id": _source().id, "extracted_at": timezone.now()
    }  # fmt: skip


@case(f"{E}.open_active_file", "identity_officer", roles=UNIT)
def open_active_file(w: World) -> dict[str, Any]:
    return _given()


@case(f"{E}.give_up_file", "identity_officer", roles=UNIT)
def give_up_file(w: World) -> dict[str, Any]:
    with w.as_right():
        return {"file": commands.open_active_file(**_given())}


@case(f"{E}.start_import", "identity_officer", roles=UNIT)
def start_import(w: World) -> dict[str, Any]:
    with w.as_right():
        file = commands.open_active_file(**_given())
    state = ActiveFile.State.CHECKED
    ActiveFile.objects.filter(pk=file.pk).update(state=state, checked_at=timezone.now())
    return {"file": file}


@case(f"{E}.stop_import", "identity_officer", roles=UNIT)
def stop_import(w: World) -> dict[str, Any]:
    with w.as_right():
        file = commands.open_active_file(**_given())
    state = ActiveFile.State.RUNNING
    ActiveFile.objects.filter(pk=file.pk).update(state=state, started_at=timezone.now())
    return {"file": file}


feed(
    "the clock of the worker, for the unit who handed the file in",
    f"{E}.run_active_files", f"{E}.forget_lines",
)  # fmt: skip
part("which lines of a file are done together", f"{E}.commands.active_ties")
part(
    "readings: the lines that had their time, whether a file waits",
    f"{E}.past_lines",
    f"{E}.is_any_waiting",
)
