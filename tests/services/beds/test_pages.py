"""The pages: entry by a thumb, the region, a stale save that shows both figures."""

import re

import pytest
from django.urls import reverse

from enrs.services.beds.models import Capacity
from tests.services.beds.factories import bed_unit, capacity, caregiver, cell_member, operator

pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    return capacity(hours=30)


@pytest.fixture
def browser(row, signed_in):
    return signed_in(caregiver(row.unit.site_id))


def enter(browser, row, **given):
    address = reverse("beds:enter", args=[row.pk])
    return browser.post(address, {"version": 1} | given, headers={"HX-Request": "true"})


def test_home_leads_to_ones_units_or_to_the_region(browser, signed_in):
    assert browser.get(reverse("beds:home")).url == reverse("beds:mine")
    assert signed_in(operator()).get(reverse("beds:home")).url == reverse("beds:region")


def test_a_tap_changes_a_figure_and_offers_to_take_it_back(browser, row):
    page = browser.get(reverse("beds:mine")).content.decode()
    assert "Réanimation polyvalente" in page
    assert "sans nouvelles" in page
    answer = enter(browser, row, available=4).content.decode()
    assert "Annuler ma saisie" in answer
    assert "à jour" in answer
    undo = re.search(r'hx-post="(/lits/annuler/[^"]+)"', answer)
    assert undo
    browser.post(undo[1], headers={"HX-Request": "true"})
    assert Capacity.objects.get(pk=row.pk).available == 3


def test_a_stale_tap_shows_both_figures(browser, row, signed_in):
    enter(signed_in(caregiver(row.unit.site_id, name="Paul IMBERT")), row, available=2)
    answer = enter(browser, row, available=4).content.decode()
    assert "Paul IMBERT a mis à jour avant vous" in answer
    assert "Maintenant\xa0: 2 libres" in answer.replace("&nbsp;", "\xa0")
    assert Capacity.objects.get(pk=row.pk).available == 2


@pytest.mark.parametrize("given", ["13", "-1", "treize", "9" * 40])
def test_an_impossible_figure_says_what_to_do(browser, row, given):
    answer = enter(browser, row, available=given).content.decode()
    assert 'role="alert"' in answer
    assert Capacity.objects.get(pk=row.pk).available == 3


def test_nothing_changed_in_one_tap(browser, row):
    address = reverse("beds:confirm", args=[row.unit_id])
    answer = browser.post(address, {"seen": f"{row.pk}:1"}, headers={"HX-Request": "true"})
    assert "C’est noté" in answer.content.decode()
    assert "à jour" in answer.content.decode()


def test_without_script_the_page_comes_back_with_the_same_words(browser, row):
    answer = browser.post(reverse("beds:enter", args=[row.pk]), {"version": 1, "available": 13})
    assert answer.url == reverse("beds:mine")
    assert "plus de lits libres" in browser.get(answer.url).content.decode()


def test_the_region_shows_totals_places_and_the_age_of_figures(browser, signed_in):
    fresh = capacity(bed_unit(name="Réanimation du jour"), hours=1, available=2)
    reader = signed_in(caregiver(fresh.unit.site_id, "physician"))
    page = reader.get(reverse("beds:region")).content.decode()
    assert "Réanimation du jour" in page
    assert "à jour" in page
    assert "sans nouvelles" in page
    assert 'class="beds-map"' in page
    only = reader.get(reverse("beds:region"), {"departement": "99"}).content.decode()
    assert "Aucune unité ne correspond" in only


@pytest.mark.parametrize(
    "given",
    [
        {"apres": "x|pas-une-cle"},
        {"apres": "|" * 50},
        {"type": "inconnu", "age": "'", "ou": "partout"},
        {"departement": "77' or 1=1 --"},
    ],
)
def test_odd_addresses_of_the_region(browser, given):
    assert browser.get(reverse("beds:region"), given).status_code == 200


def test_the_list_goes_on_by_its_key(browser):
    for rank in range(61):
        capacity(bed_unit(name=f"Unité {rank:02d}", sort_key=f"A{rank:03d}"))
    page = browser.get(reverse("beds:region")).content.decode()
    more = re.search(r'href="\?([^"]+)">Afficher la suite', page)
    assert more
    rest = browser.get(f"{reverse('beds:region')}?{more[1].replace('&amp;', '&')}").content.decode()
    assert "Unité 60" in rest
    assert "Unité 59" not in rest


@pytest.mark.parametrize("count", [1, 50])
def test_the_pages_ask_as_much_of_the_database_for_one_unit_or_fifty(
    signed_in, django_assert_max_num_queries, count
):
    site = bed_unit()
    for rank in range(count):
        capacity(bed_unit(site_id=site.site_id, name=f"Unité {rank}"))
    reader = signed_in(caregiver(site.site_id))
    for name in ("mine", "region"):
        reader.get(reverse(f"beds:{name}"))
        with django_assert_max_num_queries(24):
            assert reader.get(reverse(f"beds:{name}")).status_code == 200


def test_the_file_holds_no_formula(browser, row):
    row.unit.word = "=1+1"
    row.unit.save()
    text = browser.get(reverse("beds:export")).content.decode()
    assert "'=1+1" in text
    assert "Réanimation polyvalente" in text


@pytest.mark.parametrize("name", ["mine", "region", "export", "files", "crises", "cell", "ask"])
@pytest.mark.parametrize("role", ["pharmacist", "social_worker", "patient"])
def test_the_doors(signed_in, row, name, role):
    user = caregiver(row.unit.site_id, role)
    assert signed_in(user).get(reverse(f"beds:{name}")).status_code == 404


def test_a_unit_s_page_is_for_its_people_and_for_the_cell(row, signed_in, browser):
    address = reverse("beds:unit", args=[row.unit_id])
    assert browser.get(address).status_code == 200
    assert signed_in(cell_member()).get(address).status_code == 200
    assert signed_in(caregiver(bed_unit().site_id)).get(address).status_code == 404
