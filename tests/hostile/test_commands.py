"""Every command called directly by everybody who should be refused, then by who may, with the same values."""

import inspect
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError
from django.db.models import Model

from enrs.core.access.commands import AccessRefusedError
from enrs.core.subjects.commands import StaleSaveError
from tests.hostile import load  # noqa: F401  fills the table
from tests.hostile.table import Case, cases
from tests.hostile.test_table import functions
from tests.hostile.world import World, actor_for, differences, undone, written, wrong_user

pytestmark = pytest.mark.django_db
APPS = sorted({one.app for one in cases.values()})


class Attempt:
    """A case under attack: each call begins from what the database holds."""

    def __init__(self, declared: Case, as_actor: Any) -> None:
        self.case, self.as_actor = declared, as_actor
        self.function = functions()[declared.command]
        self.world = World(declared.role, in_circle=declared.in_circle)
        self.faults: list[str] = []

    def run(self) -> list[str]:
        self.world.right, self.world.patient  # noqa: B018  what everybody shares
        given = self.case.scene(self.world)
        for kind in self.case.against:
            with undone():
                actor, before = actor_for(wrong_user(kind, self.world)), written()
                self.judge(kind, self.call(actor, given), before)
        before = written()
        if "expected_version" in inspect.signature(self.function).parameters:
            said = self.call(
                self.world.actor, given | {"expected_version": given["expected_version"] + 7}
            )
            if not isinstance(said, StaleSaveError) and type(said).__name__ != "StaleMoveError":
                self.faults.append(f"{self.case.command}, stale: {said!r}")
        said = self.call(self.world.actor, given)
        if isinstance(said, Exception):
            self.faults.append(f"{self.case.command}, {self.world.role}: refused, {said!r}")
        elif bool(differences(before, written())) is self.case.is_reading:
            self.faults.append(
                f"{self.case.command}, {self.world.role}: nothing was written, or too much"
            )
        return self.faults

    def call(self, actor: Any, given: dict[str, Any]) -> Any:
        """What the command gives, or how it refused."""
        values = {name: fresh(value) for name, value in given.items()}
        if "by" in inspect.signature(self.function).parameters:
            values["by"] = actor
        try:
            with self.as_actor(actor):
                try:
                    return self.function(**values)
                except DatabaseError:
                    raise
                except Exception as error:
                    return error
        except DatabaseError as error:
            return error

    def judge(self, kind: str, said: Any, before: Any) -> None:
        at = f"{self.case.command}, {kind}"
        if changed := differences(before, written()):
            self.faults.append(f"{at}: wrote in {changed}")
        if kind in self.case.quiet:
            return
        if not isinstance(said, Exception):
            self.faults.append(f"{at}: not refused")
        elif not is_refusal(said):
            self.faults.append(f"{at}: failed, {said!r}")


def is_refusal(said: Exception) -> bool:
    """A refusal of access, one of ours that says why, or a row that is not there for whoever asks."""
    return isinstance(said, AccessRefusedError | ObjectDoesNotExist) or type(said).__name__ in {
        "TaskRefusedError", "CircleError", "RefusedSmsError", "TakenError", "MobileCodeError",
    }  # fmt: skip


def fresh(value: Any) -> Any:
    """A row as the database holds it: an earlier call may have changed the object."""
    if isinstance(value, Model):
        return type(value)._default_manager.get(pk=value.pk)
    return value


@pytest.mark.parametrize("app", APPS)
def test_everybody_else_is_refused_by_the_command_itself(app: str, as_actor: Any) -> None:
    faults: list[str] = []
    for declared in [one for one in cases.values() if one.app == app]:
        with undone():
            faults += Attempt(declared, as_actor).run()
    assert not faults, "\n" + "\n".join(faults)
