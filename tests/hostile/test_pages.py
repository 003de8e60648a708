"""Every page that writes, posted to by everybody who should be refused, then by who may, with the same values."""

import inspect
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import resolve, reverse

from enrs.core.access.gate import declared_permission
from enrs.core.accounts.models import User
from enrs.core.audit.models import AuditLine
from enrs.core.ids import uuid7
from tests.codebase.addresses import Address, addresses
from tests.hostile.pages import Given, Page, pages, trusted
from tests.hostile.world import World, differences, undone, written, wrong_user

pytestmark = pytest.mark.django_db
APPS = sorted({one.app for one in pages.values()})
SAID = {200, 302, 403, 404, 409, 422}
"""Answers of a refusal: the sign-in page, an address that is not there, or the page again with its reason."""

ANYBODY_S = {
    "circles:join": "whoever is in the directory may be brought into any circle that one may write",
    **dict.fromkeys(
        (f"vaccination:{name}" for name in ("begin", "ask_again", "prescribe", "declare")),
        "a campaign is for everybody",
    ),
}
"""Pages whose second identifier belongs to no patient."""
FOUND_NOT = {"colleague", "other_place"}
"""Who may open the page, and asks for what is another's: it is not found, without a line."""


def takes_posts(one: Address) -> bool:
    """Whether a view reads what is posted to it."""
    view = getattr(one.view, "view_class", None) or inspect.unwrap(one.view)
    return "POST" in inspect.getsource(view) or one.view.__module__.endswith("writing_views")


def test_every_page_that_takes_a_post_has_a_hostile_case():
    ours = [one for one in addresses() if one.is_ours and takes_posts(one)]
    missing = [one.name for one in ours if one.name not in pages and one.name not in trusted]
    assert missing == []


def test_the_table_names_pages_that_exist():
    known = {one.name for one in addresses()}
    assert {*pages, *trusted} <= known


class Visit:
    """A page under attack."""

    def __init__(self, declared: Page) -> None:
        self.page = declared
        self.world = World(declared.role, in_circle=declared.in_circle)
        self.faults: list[str] = []
        self.browser = Client(raise_request_exception=False)

    def run(self) -> list[str]:
        self.world.right, self.world.patient, self.world.elsewhere  # noqa: B018  what everybody shares
        given = self.page.scene(self.world)
        for kind in self.page.against:
            with undone():
                user = wrong_user(kind, self.world)
                self.judge(kind, user, given)
        self.enter(self.world.right)
        before = written()
        self.cross(given, before)
        status = self.post(given)
        if status >= 400:
            self.faults.append(f"{self.page.name}, {self.world.role}: refused, {status}")
        elif self.page.writes and not differences(before, written()):
            self.faults.append(
                f"{self.page.name}, {self.world.role}: nothing was written, {status}"
            )
        return self.faults

    def cross(self, given: Given, before: dict[str, tuple[int, int]]) -> None:
        """Each identifier of the address is another's in turn: nothing is found, nothing is written."""
        args = dict(self.page.args(self.world, given))
        objects = [
            key for key, one in args.items() if isinstance(one, UUID) and key != "patient_id"
        ]
        tries = {key: args | {key: uuid7()} for key in objects}
        if objects and "patient_id" in args and self.page.name not in ANYBODY_S:
            with undone():
                tries["patient_id"] = args | {"patient_id": self.world.other.pk}
                self.found(tries.pop("patient_id"), given, "patient_id", written())
        for key, forged in tries.items():
            self.found(forged, given, key, before)

    def found(
        self, args: Given, given: Given, key: str, before: dict[str, tuple[int, int]]
    ) -> None:
        url = reverse(self.page.name, kwargs=args)
        status = self.browser.post(url, dict(self.page.data(self.world, given))).status_code
        is_told = status == 404 or (status == 302 and key != "patient_id")
        if not is_told or differences(before, written()):
            self.faults.append(f"{self.page.name}, another {key}: {status}")

    def enter(self, user: User | None) -> None:
        self.world.attacker = user
        self.browser = Client(raise_request_exception=False)
        if user is not None:
            self.browser.force_login(user)

    def post(self, given: Given) -> int:
        url = reverse(self.page.name, kwargs=dict(self.page.args(self.world, given)))
        self.is_of_a_patient = declared_permission(resolve(url).func).audience == "patient"
        return self.browser.post(url, dict(self.page.data(self.world, given))).status_code

    def judge(self, kind: str, user: User | None, given: Given) -> None:
        self.enter(user)
        before, lines = written(), refusals()
        status = self.post(given)
        at = f"{self.page.name}, {kind}: {status}"
        if changed := differences(before, written()):
            self.faults.append(f"{at}, wrote in {changed}")
        if status not in SAID or (user is None and status != 302):
            self.faults.append(f"{at}, an odd answer")
        if status == 404 and self.is_of_a_patient and refusals() == lines and kind not in FOUND_NOT:
            self.faults.append(f"{at}, no line of the refusal")


def refusals() -> int:
    return AuditLine.objects.filter(outcome="refused").count()


@pytest.mark.parametrize("app", APPS)
def test_everybody_else_is_refused_by_the_page(app: str) -> None:
    faults: list[str] = []
    for declared in [one for one in pages.values() if one.app == app]:
        with undone():
            faults += Visit(declared).run()
    assert not faults, "\n" + "\n".join(faults)


def test_a_place_of_another_is_not_chosen(signed_in: Callable[[User], Client], db: Any) -> None:
    world = World("nurse")
    browser = signed_in(world.right)
    other = world.user("physician", world.elsewhere).positions.get()
    browser.post(reverse("accounts:position"), {"place": str(other.pk)})
    assert "position" not in browser.session
