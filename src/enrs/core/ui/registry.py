"""What the installed apps offer: entries of the rail, panels of the record page, kinds of its life line, help.

An app declares them in its `offer.py`, read when the program starts; services never import each other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from enrs.core.access.actor import Actor
from enrs.core.access.audiences import is_meant_for, is_there
from enrs.core.access.rules import office_of
from enrs.core.ui.shapes import Announcement, Banner, Kiosk, Service


@dataclass(frozen=True, slots=True)
class Offer:
    """A service in the rail and on the home page: `is_for` says whether an actor is shown it."""

    key: str
    label: str
    icon: str
    url_name: str
    summary: str
    is_for: Callable[[Actor], bool]
    order: int = 100


@dataclass(frozen=True, slots=True)
class Panel:
    """A tab of the record page: `url_name` takes `patient_id`, `category` is asked of access."""

    key: str
    label: str
    icon: str
    url_name: str
    category: str
    order: int = 100


class LifePosition(NamedTuple):
    """Where a page of the life line ends: the moment and id of its last row."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class LifeRow:
    """One point of a life line; `icon` is its kind's when it is empty, `url` already reversed."""

    id: UUID
    at: datetime
    title: str
    text: str = ""
    author: str = ""
    icon: str = ""
    tone: str = "neutre"
    state: str = ""
    url: str = ""


LifeQuery = Callable[[UUID, str, LifePosition | None, int], Sequence[LifeRow]]
"""`query(patient_id, role, before, limit)`: at most `limit` rows strictly older than `before` in the order
of (at, id), newest first, of what the part `role` may see. One statement, ended by an index."""


@dataclass(frozen=True, slots=True)
class LifeKind:
    """A kind of event of the life line: a filter of the page; `category` is asked of access first.

    `table` holds its rows, each with its `patient_id`: a record that has none there is not asked for them.
    """

    key: str
    label: str
    icon: str
    category: str
    query: LifeQuery
    order: int = 100
    table: str = ""


@dataclass(frozen=True, slots=True)
class BannerFacts:
    """Where the banner's allergies come from: None when nobody asked, empty when none is known."""

    category: str
    query: Callable[[UUID], Sequence[str] | None]


@dataclass(frozen=True, slots=True)
class HelpPage:
    """A short page that explains one service; `template` is its whole name, in the room that owns the service.

    `offers` are the keys of the offers that it explains: the kiosk leads from them to the page.
    """

    key: str
    label: str
    icon: str
    summary: str
    template: str
    offers: tuple[str, ...] = ()
    order: int = 100


@dataclass(frozen=True, slots=True)
class Opening:
    """To whom a service is shown: roles (keys of `AUDIENCES`) and departments; none of either means all."""

    roles: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()


EVERYWHERE = Opening()

_offers: dict[str, Offer] = {}
_help_pages: dict[str, HelpPage] = {}
_where: list[Callable[[Actor], str]] = []
_openings: list[Callable[[], Mapping[str, Opening]]] = []
_kiosks: list[Callable[[Actor], Kiosk]] = []
_announcements: list[Callable[[Actor], Sequence[Announcement]]] = []
_panels: dict[str, Panel] = {}
_life_kinds: dict[str, LifeKind] = {}
_banner_facts: list[BannerFacts] = []


def offer(item: Offer) -> None:
    """Add an entry to the rail."""
    _offers[item.key] = item


def panel(item: Panel) -> None:
    """Add a tab to the record page."""
    _panels[item.key] = item


def life_kind(item: LifeKind) -> None:
    """Add a kind of event to the life line of every record."""
    _life_kinds[item.key] = item


def life_kinds_for(categories: set[str]) -> list[LifeKind]:
    """The kinds of the life line for somebody who may read these categories, in their order."""
    # Notes of the social field are notes: who reads either category is given the kind.
    shown = categories | {"notes"} if "social" in categories else categories
    kinds = [one for one in _life_kinds.values() if one.category in shown]
    return sorted(kinds, key=lambda one: (one.order, one.label))


def banner_facts(item: BannerFacts) -> None:
    """Name the source of the banner's allergies."""
    _banner_facts[:] = [item]


def with_facts(banner: Banner, patient_id: UUID, categories: set[str]) -> Banner:
    """A banner with the allergies of its patient; who may not read them is told nothing of them."""
    for facts in _banner_facts:
        if facts.category in categories:
            return replace(banner, allergies=facts.query(patient_id))
    return replace(banner, shows_allergies=False)


def help_page(item: HelpPage) -> None:
    """Add a page to the help."""
    _help_pages[item.key] = item


def help_pages() -> list[HelpPage]:
    """Every page of the help, in its order."""
    return sorted(_help_pages.values(), key=lambda one: (one.order, one.label))


def territory(where: Callable[[Actor], str]) -> None:
    """Name who knows the department where an actor works (empty when none is known)."""
    _where[:] = [where]


def department_of(actor: Actor) -> str:
    """The department where an actor works; empty when none is known."""
    return _where[0](actor) if _where else ""


def openings(source: Callable[[], Mapping[str, Opening]]) -> None:
    """Name who knows to whom the exploitation decided to show services, by their key."""
    _openings[:] = [source]


def all_offers() -> list[Offer]:
    """Every service, in its order."""
    return sorted(_offers.values(), key=lambda one: (one.order, one.label))


def offer_of(key: str) -> Offer | None:
    """One service."""
    return _offers.get(key)


def offers_for(actor: Actor) -> list[Offer]:
    """The services shown to an actor, in their order: those of their role, open to it where they work.

    The exploitation decides service by service; where it did not, `[service_departments]` of `region.toml`
    says in which departments. It works for the whole region, and is shown them all. The actor's department
    is asked only when one of their services is limited.
    """
    # A door is shown to the exploitation without a session too: it leads to the form that opens one.
    held = replace(actor, role=office_of(actor.role))
    shown = [one for one in all_offers() if one.is_for(held)]
    if actor.runs:
        return shown
    decided = _openings[0]() if _openings else {}
    opened = [(one, decided.get(one.key) or _of_region(one.key)) for one in shown]
    opened = [(one, opening) for one, opening in opened if is_meant_for(actor.role, opening.roles)]
    if any(opening.departments for _, opening in opened):
        where = department_of(actor)
        opened = [(one, opening) for one, opening in opened if is_there(where, opening.departments)]
    return [one for one, _ in opened]


def _of_region(key: str) -> Opening:
    limits = settings.REGION.service_departments.get(key)
    return Opening(departments=tuple(limits)) if limits else EVERYWHERE


def kiosk(source: Callable[[Actor], Kiosk]) -> None:
    """Name who makes the kiosk of an actor."""
    _kiosks[:] = [source]


def kiosk_for(actor: Actor) -> Kiosk:
    """The kiosk of an actor: their services and applications, those that they keep first before the others."""
    return _kiosks[0](actor) if _kiosks else Kiosk()


def announcements(source: Callable[[Actor], Sequence[Announcement]]) -> None:
    """Name who knows the announcements of the exploitation."""
    _announcements[:] = [source]


def announcements_for(actor: Actor) -> Sequence[Announcement]:
    """The announcements for an actor that run now or will."""
    return _announcements[0](actor) if _announcements else ()


def panels_for(categories: set[str]) -> list[Panel]:
    """The tabs of a record for somebody who may read these categories."""
    shown = [one for one in _panels.values() if one.category in categories]
    return sorted(shown, key=lambda one: (one.order, one.label))


def record_tabs(categories: set[str], patient_id: UUID, current: str) -> list[Service]:
    """The tabs of one record as the page shows them; `current` is the key of the open one."""
    # The notes' tab is offered for the social category; who reads the care notes has it too.
    shown = categories | {"social"} if "notes" in categories else categories
    return [
        Service(one.label, reverse(one.url_name, args=[patient_id]), one.icon, one.key == current)
        for one in panels_for(shown)
    ]
