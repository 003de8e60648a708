"""The table of hostile cases: for each act who is wrong, and what a right call looks like.

A *case* is a command that somebody calls: it is tried by everybody who should be refused, then by the right
actor, with the same values. A *feed* trusts its caller by design and is not within a page's reach; a *part*
is what commands are made of.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from enrs.core.access.rules import OPERATOR, ROLES, STANDBY, WRITE, permits
from tests.hostile.world import World

Scene = Callable[[World], dict[str, Any]]

CIRCLE = (
    "anonymous", "outside", "opposed", "ended", "reader", "other_patient", "right_who_left", "right_opposed",
)  # fmt: skip
"""Who is wrong for whatever is written in a record, whatever their profession: the author too, who left the
circle or was opposed since."""
SHOWN = (
    "secretary",
    "pharmacist",
    "social_worker",
    "allied",
    "identity_officer",
    "operator",
    "standby",
    "auditor",
    "patient",
)
"""Professions in the order in which they are tried, three of them at most for one act."""
MOST_ROLES = 3


@dataclass(frozen=True, slots=True)
class Case:
    """One act: its command, the right role, the kinds of `world.wrong_user` that must be refused."""

    command: str
    role: str
    scene: Scene
    against: tuple[str, ...]
    quiet: Mapping[str, str] = field(default_factory=dict)
    in_circle: bool = True
    is_reading: bool = False

    @property
    def app(self) -> str:
        return ".".join(self.command.split(".")[:2])


cases: dict[str, Case] = {}
feeds: dict[str, str] = {}
parts: dict[str, str] = {}
"""Function, or whole module, to the reason."""


def wrong_roles(role: str, may: Callable[[str], bool]) -> tuple[str, ...]:
    """Professions of the matrix that may not, those that matter most first."""
    wrong = [one for one in SHOWN if one != role and not may(one)]
    wrong += [
        one for one in ROLES if one not in {*wrong, role, "anonymous", "proxy"} and not may(one)
    ]
    return tuple(f"role:{one}" for one in wrong[:MOST_ROLES])


def case(
    command: str,
    role: str,
    *,
    category: str = "",
    roles: tuple[str, ...] = (),
    own: bool = False,
    placed: bool = False,
    more: tuple[str, ...] = (),
    but: Mapping[str, str] | None = None,
    quiet: Mapping[str, str] | None = None,
    in_circle: bool | None = None,
    is_reading: bool = False,
) -> Callable[[Scene], Scene]:
    """Declare how a command is attacked; the decorated function gives the arguments of a right call.

    `category` of the record: everybody outside of the circle, and the professions that may not write it.
    `roles`: every other profession; what the exploitation may is refused to it without a session. `own`: a
    colleague too, for what belongs to its author. `placed`: somebody of another place too. `but` names kinds
    that are let in by design, `quiet` those for whom nothing is said and nothing is done; each with its reason.
    `is_reading`: it gives something and writes nothing.
    """
    against: list[str] = list(CIRCLE) if category else ["anonymous"]
    if category:
        against += wrong_roles(role, lambda one: permits(one, category, WRITE))
    if roles:
        against += wrong_roles(role, lambda one: one in roles)
    if OPERATOR in (role, *roles) and STANDBY not in (role, *roles):
        against.append(f"role:{STANDBY}")
    against += ["colleague"] * own + ["other_place"] * placed + list(more)
    kept = tuple(one for one in dict.fromkeys(against) if one not in (but or {}))

    def declare(scene: Scene) -> Scene:
        assert command not in cases, command
        cases[command] = Case(
            command, role, scene, kept, dict(quiet or {}),
            bool(category) if in_circle is None else in_circle, is_reading=is_reading,
        )  # fmt: skip
        return scene

    return declare


def feed(reason: str, *commands: str) -> None:
    """Commands that the platform alone calls, in whatever it receives or does by itself."""
    feeds.update(dict.fromkeys(commands, reason))


def part(reason: str, *commands: str) -> None:
    """What other commands are made of, which have decided before."""
    parts.update(dict.fromkeys(commands, reason))
