"""Authorised activities: loaded, changed, closed, and shown on the card of their establishment."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrs.config.nomenclatures import load_own
from enrs.core.access.actor import SYSTEM, acting
from enrs.referentials.directory.commands.deposit import kind_of
from enrs.referentials.directory.commands.load import load_file, load_finess
from enrs.referentials.directory.models import Activity, Change, LoadReport, Organisation
from tests.factories import UserFactory
from tests.referentials.directory.factories import (
    activities_flow,
    capacity,
    carried,
    finess_file,
    finess_flow,
    finess_number,
    place,
)

pytestmark = pytest.mark.django_db
NAME = "finess-activites-journalier-20260401.json"


@pytest.fixture(autouse=True)
def _places():
    with acting(SYSTEM):
        load_finess(finess_file(place(1), place(2)), file_name="etalab.csv", publish=False)


def load(*pairs, finess="", **options):
    with acting(SYSTEM):
        return load_file(
            "activities",
            [json.dumps(activities_flow(*pairs, finess=finess))],
            file_name=NAME,
            **options,
        )


def counts(report):
    return (report.added_count, report.changed_count, report.closed_count, report.refused_count)


def card(browser):
    one = Organisation.objects.get(finess_eg=finess_number(1))
    return browser.get(reverse("directory:organisation", args=[one.id]))


@pytest.fixture
def browser(signed_in):
    return signed_in(UserFactory(role="nurse"))


def test_a_flow_makes_activities_and_the_same_again_changes_nothing():
    given = [carried(1, granted=capacity("09", 40)), carried(2)]
    assert counts(load(*given)) == (2, 0, 0, 0)
    one = Activity.objects.get(number="11")
    assert (one.organisation.finess_eg, one.authorised_count) == (finess_number(1), 40)
    assert one.started_on.isoformat() == "2009-06-10"
    assert counts(load(*given)) == (0, 0, 0, 0)
    assert Change.objects.filter(kind="Activity").count() == 0


def test_what_changes_has_its_history_and_counts_that_swap_are_seen():
    load(carried(1, granted=capacity("09", 40)))
    assert counts(load(carried(1, capacite=[capacity("01", 40)])))[1] == 1
    told = Change.objects.get(kind="Activity")
    assert (told.before["authorised_count"], told.after["installed_count"]) == (40, 40)


def test_what_is_inactive_or_absent_closes_and_may_come_back():
    load(carried(1), carried(2), carried(3))
    assert counts(load(carried(1), carried(2, state="I"))) == (0, 0, 2, 0)
    assert Activity.objects.filter(is_active=True).count() == 1
    assert counts(load(carried(1), carried(2)))[1] == 1
    assert load(carried(1, state="I"), is_complete=False).closed_count == 1
    assert Activity.objects.get(is_active=True).number == "21"


def test_an_inactive_activity_is_never_made():
    assert counts(load(carried(1, state="I"))) == (0, 0, 0, 0)


def test_activities_of_an_unknown_establishment_are_counted_and_left():
    report = load(carried(1), finess=finess_number(77))
    assert (report.added_count, report.details["repeated"]) == (0, 1)


def test_the_two_flows_are_told_apart():
    with acting(SYSTEM):
        for kind, tree in (("finess", activities_flow(carried(1))), ("activities", finess_flow())):
            report = load_file(kind, [json.dumps(tree)], file_name=NAME)
            assert report.state == LoadReport.State.FAILED
            assert "se charge par" in report.error
    assert kind_of(NAME) == "activities"


def test_the_card_names_activities_in_the_words_of_the_nomenclature(browser):
    load_own()
    started = {"codeEvenement": "012", "dateEvenement": "2010-01-01"}
    load(carried(1, granted=capacity("09", 40), capacite=[capacity("01", 38)], evenement=[started]))
    page = card(browser).content.decode()
    assert "Médecine" in page
    assert "Hospitalisation complète" in page
    assert "40 lits" in page
    assert "38 lits" in page
    assert "En fonctionnement" in page
    assert "2009" in page
    load(carried(1, granted=capacity("09", 44), evenement=[started]))
    assert "<del>40</del>" in card(browser).content.decode()


def test_a_code_that_no_nomenclature_names_is_shown_as_it_is(browser):
    told = {"typeActiviteEML": {"typeEmlId": "99999"}}
    load(carried(1, nature={"codeNature": "EML", "caracteristiquesSpecifiques": told}))
    assert "Activité de code 99999" in card(browser).content.decode()


def test_the_cost_does_not_grow_with_the_activities(browser):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            page = card(browser)
        return page, len(queries)

    load(carried(1))
    cost()
    _, one = cost()
    load(*(carried(rank) for rank in range(1, 51)))
    page, many = cost()
    assert many == one
    assert len(page.context["activities"]) == 50


def test_an_establishment_without_activities_says_nothing(browser):
    assert "Activités autorisées" not in card(browser).content.decode()
