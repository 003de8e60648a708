"""The board of the week and what is written on it, for each role."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.ids import uuid7
from enrs.core.rosters.models import Absence, Roster, Shift
from tests.core.rosters.factories import colleague, moment, place_with, roster, shift
from tests.factories import user_of_role

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"
WEEK = "?semaine=2026-W43"
ROSTER = {
    "label": "Astreinte sociale", "coverage": "always", "day_starts": "08:00", "night_starts": "19:00",
    "ranks": "2", "note": "",
}  # fmt: skip
SHIFT = {
    "name": "Dr Ousmane N'DIAYE", "phone": "0612345678", "from_day": "2026-10-24", "from_time": "19:00",
    "to_day": "2026-10-25", "to_time": "08:00", "rank": "1", "weeks": "1",
}  # fmt: skip


@pytest.fixture
def secretary():
    return place_with("secretary")


@pytest.mark.parametrize("role", access_rules.ROLES)
def test_who_reads_the_board(role, signed_in):
    status = signed_in(user_of_role(role)).get(reverse("rosters:board")).status_code
    shut = {"patient": 404, "proxy": 404, "anonymous": 404, "standby": 302}
    assert status == shut.get(role, 200)


def test_the_board_says_whom_to_call_what_is_uncovered_and_escapes(secretary, signed_in):
    user, place = secretary
    one = roster(place, note=SCRIPT)
    now = timezone.now()
    shift(one, now - timedelta(hours=1), 3, display=f"Aya {SCRIPT}", phone="0612345678")
    page = signed_in(user).get(reverse("rosters:board")).content.decode()
    assert "tel:0612345678" in page
    assert "Heures que personne ne couvre" in page
    assert SCRIPT not in page


@pytest.mark.parametrize("week", ["x", "2026-W99", "9999-W53", ""])
def test_a_week_that_is_none_is_this_one(week, secretary, signed_in):
    answer = signed_in(secretary[0]).get(f"{reverse('rosters:board')}?semaine={week}")
    assert answer.status_code == 200


def test_a_roster_and_its_first_shift_by_the_page(secretary, signed_in):
    user, _ = secretary
    browser = signed_in(user)
    assert browser.post(reverse("rosters:create"), ROSTER).status_code == 302
    one = Roster.objects.get()
    address = reverse("rosters:add", args=[one.pk])
    assert browser.get(address).status_code == 200
    assert browser.post(address, SHIFT).status_code == 302
    kept = Shift.objects.get()
    assert kept.period.upper - kept.period.lower == timedelta(hours=14)
    answer = browser.post(address, SHIFT)
    assert answer.status_code == 422
    assert "Quelqu’un tient déjà ce rang" in answer.content.decode()
    assert "NDIAYE" in browser.get(reverse("rosters:board") + WEEK).content.decode().replace("&#x27;", "")  # fmt: skip


@pytest.mark.parametrize(
    "forged",
    [
        {"rank": "7"},
        {"rank": "0"},
        {"weeks": "9999"},
        {"person": str(uuid7()), "name": ""},
        {"person": "", "name": " "},
        {"to_day": "2026-10-23"},
        {"to_day": "2027-10-23"},
        {"from_time": "25:00"},
        {"name": "x" * 300},
    ],
)
def test_forged_shifts(forged, secretary, signed_in):
    one = roster(secretary[1])
    address = reverse("rosters:add", args=[one.pk])
    assert signed_in(secretary[0]).post(address, SHIFT | forged).status_code == 422
    assert Shift.objects.count() == 0


@pytest.mark.parametrize(
    "forged", [{"label": ""}, {"ranks": "40"}, {"coverage": "x"}, {"day_starts": "20:00"}]
)
def test_forged_rosters(forged, secretary, signed_in):
    answer = signed_in(secretary[0]).post(reverse("rosters:create"), ROSTER | forged)
    assert answer.status_code == 422
    assert Roster.objects.count() == 0


def test_a_replacement_and_a_removal_by_the_page(secretary, signed_in):
    user, place = secretary
    other = colleague(place)
    one = roster(place)
    first = shift(one, moment(24, 17), 14)
    browser, address = signed_in(user), reverse("rosters:shift", args=[first.pk])
    until = {"to_day": "2026-10-24", "to_time": "23:00"}
    given = SHIFT | until | {"person": str(other.grantee_id), "name": ""}
    assert browser.post(address, given).status_code == 302
    standing = Shift.objects.filter(ended_at=None).order_by("period")
    assert [each.display for each in standing] == [other.name, "Aya KOUASSI"]
    assert browser.get(address).status_code == 404
    rest = reverse("rosters:shift", args=[standing[1].pk])
    browser.post(rest, {"acte": "retirer", "reason": ""})
    assert standing.all().count() == 2
    browser.post(rest, {"acte": "retirer", "reason": "Fermeture"})
    assert standing.all().count() == 1


def test_being_in_two_places_is_said(secretary, signed_in):
    user, place = secretary
    other = colleague(place)
    shift(roster(place, label="Cardiologie"), moment(24, 17), 14, grantee_id=other.grantee_id)
    one = roster(place)
    given = SHIFT | {"person": str(other.grantee_id), "name": ""}
    page = signed_in(user).post(reverse("rosters:add", args=[one.pk]), given, follow=True)
    assert "déjà d’astreinte à ces heures : Cardiologie" in page.content.decode()


def test_an_absence_by_the_page(secretary, signed_in):
    user, place = secretary
    other = colleague(place)
    browser = signed_in(user)
    day = (timezone.now() + timedelta(days=2)).date()
    given = {
        "person": str(other.grantee_id), "from_day": str(day), "from_time": "08:00",
        "to_day": str(day + timedelta(days=3)), "to_time": "08:00", "reason": SCRIPT,
    }  # fmt: skip
    assert browser.post(reverse("rosters:absence"), given).status_code == 302
    page = browser.get(reverse("rosters:board")).content.decode()
    assert other.name.replace("'", "&#x27;") in page
    assert SCRIPT not in page
    away = Absence.objects.get()
    stranger = signed_in(place_with("secretary")[0])
    assert stranger.post(reverse("rosters:end_absence", args=[away.pk])).status_code == 404
    browser.post(reverse("rosters:end_absence", args=[away.pk]))
    away.refresh_from_db()
    assert away.ended_at


def test_a_stale_change_says_so(secretary, signed_in):
    user, place = secretary
    one = roster(place)
    browser, address = signed_in(user), reverse("rosters:change", args=[one.pk])
    assert browser.post(address, ROSTER | {"version": "1", "ranks": "3"}).status_code == 302
    answer = browser.post(address, ROSTER | {"version": "1", "label": "Autre"})
    assert answer.status_code == 422
    assert "entre-temps" in answer.content.decode()


@pytest.mark.parametrize("role", ["physician", "nurse", "social_worker", "auditor", "patient"])
@pytest.mark.parametrize("name", ["create", "absence", "change", "add", "shift"])
def test_others_write_nothing(role, name, secretary, signed_in):
    one = roster(secretary[1])
    held = shift(one, moment(24, 17), 14)
    args = {"create": [], "absence": [], "shift": [held.pk]}.get(name, [one.pk])
    browser = signed_in(user_of_role(role))
    assert browser.get(reverse(f"rosters:{name}", args=args)).status_code == 404
    assert browser.post(reverse(f"rosters:{name}", args=args), SHIFT | ROSTER).status_code == 404


@pytest.mark.parametrize("name", ["change", "add", "shift"])
def test_the_secretary_of_another_place_neither(name, secretary, signed_in):
    one = roster(secretary[1])
    args = [shift(one, moment(24, 17), 14).pk] if name == "shift" else [one.pk]
    browser = signed_in(place_with("secretary")[0])
    assert browser.post(reverse(f"rosters:{name}", args=args), SHIFT | ROSTER).status_code == 404


def test_an_operator_of_the_place_writes(signed_in):
    user, place = place_with("operator", kind="operator")
    one = roster(place)
    answer = signed_in(user).post(reverse("rosters:add", args=[one.pk]), SHIFT)
    assert answer.status_code == 302


def test_the_number_of_queries_is_constant(secretary, signed_in):
    user, place = secretary
    browser, counts = signed_in(user), []
    for size in (1, 50):
        while Roster.objects.count() < size:
            one = roster(place)
            shift(one, moment(24, 17), 14)
            shift(one, moment(20, 17), 14)
        browser.get(reverse("rosters:board") + WEEK)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(reverse("rosters:board") + WEEK).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_holiday_is_told_and_its_day_is_no_hole(signed_in):
    user, place = place_with("secretary")
    roster(place, coverage="days")
    shown = signed_in(user).get(reverse("rosters:board") + "?semaine=2026-W46").content.decode()
    assert "Armistice de 1918" in shown
    assert "11 novembre 2026 à 8" not in shown.replace("\u00a0", " ")
    assert "10 novembre 2026 à 8" in shown.replace("\u00a0", " ")
