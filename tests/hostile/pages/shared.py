"""What a page of the table says: for each address that takes a POST, a right post and who must not make it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from enrs.referentials.identity import queries as identity
from tests.hostile import load  # noqa: F401  fills the table of commands
from tests.hostile.table import cases
from tests.hostile.world import World

Given = dict[str, Any]
Part = Callable[[World, Given], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Page:
    """One address: who is right, what a scene prepares, the parts of the address, what is posted."""

    name: str
    role: str
    scene: Callable[[World], Given]
    args: Part
    data: Part
    against: tuple[str, ...]
    in_circle: bool
    writes: bool = True

    @property
    def app(self) -> str:
        return self.name.partition(":")[0]


SAME_GATE = ("ended", "right_who_left", "right_opposed")
"""Tried on every command; a page asks the same decision as for who was never in the circle, or is opposed."""
pages: dict[str, Page] = {}
trusted: dict[str, str] = {}
"""Addresses that take a POST and need no case here, with the reason."""


def page(
    name: str,
    of: str,
    args: Part | None = None,
    data: Part | None = None,
    *,
    role: str = "",
    scene: Callable[[World], Given] | None = None,
    but: tuple[str, ...] = (),
    more: tuple[str, ...] = (),
    writes: bool = True,
) -> None:
    """Declare a page after the command that it calls: the same people are wrong for both."""
    assert name not in pages, name
    known = cases[of]
    left_out = {*but, *SAME_GATE}
    roles = [one for one in known.against if one.startswith("role:")]
    left_out |= set(roles[1:])
    against = tuple(one for one in dict.fromkeys([*known.against, *more]) if one not in left_out)
    pages[name] = Page(
        name, role or known.role, scene or known.scene, args or (lambda w, k: {}), data or (lambda w, k: {}),
        against, known.in_circle, writes,
    )  # fmt: skip


def patient(w: World, k: Given) -> Given:
    return {"patient_id": w.patient.pk}


def token(w: World) -> str:
    """What the exact search seals for whoever calls."""
    return identity._seal(w.patient.pk, w.caller.pk)


def file(content: bytes, name: str = "fichier.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)
