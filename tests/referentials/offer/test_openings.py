"""Exceptional openings: their rule, the form, the card, the calendar, the export and FHIR."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.referentials.offer import commands
from enrs.referentials.offer.commands import OfferRefusedError
from enrs.referentials.offer.fhir import EFFECTIVE, WHY
from enrs.referentials.offer.fhir_reading import hours_of
from enrs.referentials.offer.fhir_writing import resource_of
from enrs.referentials.offer.models import HealthcareService
from enrs.referentials.offer.queries.search import Criteria, search
from enrs.referentials.offer.rules import openings
from enrs.referentials.offer.words import opening_words
from tests.core.fhir.test_patching import operation
from tests.referentials.offer.factories import make_site, make_unit
from tests.referentials.offer.test_pages import FORMS
from tests.referentials.offer.test_patches import send, worker

CHRISTMAS = {"from": "2026-12-24", "to": "2026-12-25", "hours": [[540, 780]], "words": "garde"}
WEEK = {"is_always": False, "week": [[3, 480, 1080]], "on_holidays": False, "exceptions": []}
NIGHT = {"from": "2026-12-24", "to": "2026-12-24", "hours": [[1320, 360]], "words": ""}


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-12-24T09:00", True), ("2026-12-24T12:59", True), ("2026-12-24T13:00", False),
        # A Thursday: the hours of the week are replaced.
        ("2026-12-24T15:00", False), ("2026-12-17T15:00", True),
        # Christmas is a holiday, on which the opening wins.
        ("2026-12-25T10:00", True), ("2026-12-26T10:00", False),
    ],
)  # fmt: skip
def test_the_hours_of_these_days_replace_the_others(moment, is_open):
    at = datetime.fromisoformat(moment)
    found = openings.is_open_at(
        **WEEK, special=[CHRISTMAS], at=at, is_holiday=at.date() == date(2026, 12, 25)
    )
    assert found is is_open


def test_it_wins_over_a_closure_and_over_day_and_night():
    at = datetime.fromisoformat("2026-12-24T10:00")
    closed = [{"from": "2026-12-20", "to": "2026-12-31", "words": ""}]
    shared = WEEK | {"exceptions": closed, "is_holiday": False, "at": at}
    assert openings.is_open_at(**shared, special=[CHRISTMAS])
    assert not openings.is_open_at(**shared, special=[])
    late = WEEK | {"is_always": True, "is_holiday": False, "at": at.replace(hour=20)}
    assert not openings.is_open_at(**late, special=[CHRISTMAS])


def test_a_night_is_open_to_its_end():
    after = datetime.fromisoformat("2026-12-25T05:00")
    assert openings.is_open([NIGHT], after)
    assert not openings.is_open([NIGHT], after.replace(hour=6))


def test_a_closure_is_told_without_the_days_that_open():
    closure = {"from": "2026-12-20", "to": "2026-12-31", "words": ""}
    assert openings.still_closed(closure, [CHRISTMAS]) == [
        (date(2026, 12, 20), date(2026, 12, 23)),
        (date(2026, 12, 26), date(2026, 12, 31)),
    ]
    assert openings.still_closed(closure, []) == [(date(2026, 12, 20), date(2026, 12, 31))]
    assert openings.still_closed(CHRISTMAS, [CHRISTMAS]) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, ""), ({"to": "2026-12-23"}, "opening_days"), ({"to": "2027-01-24"}, "opening_days"),
        ({"to": "2027-01-23"}, ""), ({"hours": []}, "opening_hours"),
        ({"hours": [[540, 540]]}, "opening_hours"), ({"hours": [[-1, 540]]}, "opening_hours"),
        ({"hours": [[540, 600]] * 20}, "opening_hours"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept(change, fault):
    assert openings.fault_of([CHRISTMAS | change]) == fault


def test_there_are_thirty_at_most():
    assert openings.fault_of([CHRISTMAS] * 31) == "openings"


def test_they_are_said_in_words():
    assert opening_words(CHRISTMAS | {"to": "2026-12-24"}).replace("\xa0", " ") == (
        "Ouvert le jeudi 24 décembre 2026, 9 h à 13 h : garde"
    )
    assert "du 24" in opening_words(CHRISTMAS)


def test_past_ones_are_not_shown():
    assert openings.coming([CHRISTMAS], date(2026, 12, 26)) == []
    assert openings.coming([CHRISTMAS], date(2026, 12, 25)) == [CHRISTMAS]


def soon(days=3):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def line(**fields):
    return FORMS | {"ouverture-TOTAL_FORMS": "1"} | {
        f"ouverture-0-{name}": value for name, value in fields.items()
    }  # fmt: skip


@pytest.fixture
def unit():
    made = make_unit(make_site())
    with acting(SYSTEM):
        return commands.publish_unit(service=made, expected_version=made.version)


@pytest.mark.django_db
def test_the_form_the_card_the_calendar_and_the_export_say_it(unit, signed_in):
    browser = signed_in(worker(unit.site))
    basics = {
        "name": unit.name, "activity_code": unit.activity_code, "day_0": "9h-17h", "acte": "publier",
        "version": unit.version,
    }  # fmt: skip
    page = browser.post(
        reverse("offer:edit", args=[unit.pk]),
        basics | line(first=soon(), last="", times="9h-13h, 14h-16h", words="garde"),
    )
    assert page.status_code == 302, page.content.decode()
    now = HealthcareService.objects.get(pk=unit.pk)
    assert now.special_openings == [
        {"from": soon(), "to": soon(), "hours": [[540, 780], [840, 960]], "words": "garde"}
    ]
    card = browser.get(reverse("offer:card", args=[unit.pk])).content.decode()
    assert "9 h à 13 h et 14 h à 16 h" in card.replace("\xa0", " ")
    text = browser.get(reverse("offer:opening_hours", args=[unit.pk])).content.decode()
    assert text.count("ouverture exceptionnelle") == 2
    export = browser.get(reverse("offer:export")).content.decode()
    assert "9 h à 13 h et 14 h à 16 h : garde" in export
    shown = browser.get(reverse("offer:edit", args=[unit.pk])).content.decode()
    assert 'value="9h-13h, 14h-16h"' in shown
    assert browser.get(reverse("offer:sheet", args=[unit.pk])).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"first": "2026-12-24", "times": ""}, "9h-13h"),
        ({"first": "2026-12-24", "times": "matin"}, "9h-13h"),
        ({"first": "2026-12-24", "last": "2026-12-20", "times": "9h-13h"}, "finit avant"),
        ({"first": "2026-12-24", "last": "2027-02-20", "times": "9h-13h"}, "31 jours"),
        ({"first": "", "times": "9h-13h"}, "quel jour"),
        ({"first": "9999-12-31", "times": "9h-24h"}, "trop lointaine"),
    ],
)
def test_the_form_says_what_to_mend(fields, words, unit, signed_in):
    browser = signed_in(worker(unit.site))
    basics = {"name": unit.name, "activity_code": unit.activity_code, "version": unit.version}
    page = browser.post(reverse("offer:edit", args=[unit.pk]), basics | line(**fields))
    assert page.status_code == 422
    assert words in page.content.decode()
    assert HealthcareService.objects.get(pk=unit.pk).draft is None


@pytest.mark.django_db
def test_open_now_is_asked_of_the_search(unit):
    at = timezone.make_aware(datetime.fromisoformat("2026-12-25T10:00"))
    assert search(Criteria(open_at=at)).hits == []
    with acting(SYSTEM):
        commands.amend_unit(
            service=unit, expected_version=unit.version, values={"special_openings": [CHRISTMAS]}
        )
    assert [hit.service.pk for hit in search(Criteria(open_at=at)).hits] == [unit.pk]
    with acting(SYSTEM), pytest.raises(OfferRefusedError) as refused:
        commands.amend_unit(
            service=unit, expected_version=unit.version,
            values={"special_openings": [CHRISTMAS | {"hours": []}]},
        )  # fmt: skip
    assert refused.value.reason == "opening_hours"
    endless = {"from": "2026-12-24", "to": "9999-12-31", "words": ""}
    with acting(SYSTEM), pytest.raises(OfferRefusedError) as refused:
        commands.amend_unit(
            service=unit, expected_version=unit.version, values={"exceptions": [endless]}
        )
    assert refused.value.reason == "far"


def dated(start, end, days, opens="09:00:00", closes="13:00:00"):
    """A range of hours with its dates, as a value of a patch."""
    period = {"url": EFFECTIVE, "valuePeriod": {"start": start, "end": end}}
    why = {"url": WHY, "valueString": "garde"}
    return {
        "part": [
            {"name": "extension", "valueExtension": period}, {"name": "extension", "valueExtension": why},
            *({"name": "daysOfWeek", "valueCode": one} for one in days),
            {"name": "availableStartTime", "valueTime": opens},
            {"name": "availableEndTime", "valueTime": closes},
        ]
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_patch_adds_one_and_fhir_tells_it(client, unit):
    HealthcareService.objects.filter(pk=unit.pk).update(draft={"hours": [[0, 540, 600]]})
    added = operation(
        "add", "HealthcareService", name="availableTime",
        value=dated("2026-12-24", "2026-12-25", ["thu", "fri"]),
    )  # fmt: skip
    answer = send(client, unit, worker(unit.site), added)
    assert answer.status_code == 200, answer.content
    now = HealthcareService.objects.get(pk=unit.pk)
    assert now.special_openings == [CHRISTMAS]
    # The hours of the week, of which the patch says nothing, are still the draft's own.
    assert now.hours == unit.hours
    assert now.draft == {"hours": [[0, 540, 600]]}
    assert hours_of(resource_of(now)["availableTime"])["special_openings"] == [CHRISTMAS]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "value",
    [
        dated("2026-12-24", "2026-12-25", ["thu"]), dated("2026-12-24", "2027-03-01", ["thu"]),
        dated("2026-12-24", "2026-12-20", ["thu"]), dated("Noël", "Noël", ["fri"]),
        dated("2026-12-24", "2026-12-24", ["thu"], closes="09:00:00"),
        dated("9999-12-31", "9999-12-31", ["fri"], closes="23:59:59"),
    ],
)  # fmt: skip
def test_a_patch_is_refused_as_the_form_would(client, unit, value):
    added = operation("add", "HealthcareService", name="availableTime", value=value)
    answer = send(client, unit, worker(unit.site), added)
    assert answer.status_code in (400, 422)
    assert HealthcareService.objects.get(pk=unit.pk).special_openings == []
