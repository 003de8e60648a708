"""The pages of the directory, by who asks."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrs.core.access.actor import SYSTEM, acting
from enrs.referentials.directory.commands.load import load_finess, load_rpps
from enrs.referentials.directory.models import LoadReport, Organisation, Practitioner
from tests.factories import UserFactory
from tests.referentials.directory.factories import activity, finess_file, place, rpps_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def directory():
    with acting(SYSTEM):
        load_finess(finess_file(place(1), place(2)), file_name="finess.csv", publish=False)
        lines = rpps_file(*(activity(rank) for rank in range(1, 31)))
        load_rpps([*lines, "x|\n"], file_name="ps.txt", publish=False)


@pytest.fixture
def browser(signed_in):
    return signed_in(UserFactory(role="nurse"))


def addresses():
    return [
        reverse("directory:search"),
        reverse("directory:structures"),
        reverse("directory:practitioner", args=[Practitioner.objects.order_by("id")[0].id]),
        reverse("directory:organisation", args=[Organisation.objects.order_by("id")[0].id]),
    ]


def test_a_stranger_is_sent_to_sign_in(directory, client):
    for address in addresses():
        assert client.get(address).status_code == 302


def test_a_professional_reads_every_page(directory, browser):
    for address in addresses():
        assert browser.get(address).status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "dubreuil7"}, 1),
        ({"q": "helene dubreuil7"}, 1),
        ({"q": "dubreuil"}, 25),
        ({"q": "dubreuil7", "profession": "10", "ville": "paris"}, 1),
        ({"q": "dubreuil7", "ville": "lyon"}, 0),
        ({"ville": "750"}, 25),
        ({"profession": "60"}, 0),
        ({"q": "& | ! :*"}, 25),
    ],
)
def test_searching_professionals(directory, browser, query, found):
    page = browser.get(reverse("directory:search"), query)
    assert len(page.context["found"]) == found


def test_the_second_page_follows_the_first(directory, browser):
    first = browser.get(reverse("directory:search"), {"q": "dubreuil"})
    second = browser.get(reverse("directory:search") + first.context["next_url"])
    names = [one.name_key for page in (first, second) for one in page.context["found"]]
    assert len(names) == 30
    assert names == sorted(names)
    assert second.context["next_url"] == ""


def test_the_number_of_queries_does_not_grow(directory, browser):
    def cost(text):
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("directory:search"), {"q": text})
        return len(queries)

    cost("dubreuil7")
    assert cost("dubreuil") == cost("dubreuil7")


def test_searching_structures_by_number_or_words(directory, browser):
    known = Organisation.objects.filter(source="finess").order_by("finess_eg")[0]
    for text in (known.finess_eg, "trois vallees 1"):
        page = browser.get(reverse("directory:structures"), {"q": text})
        assert [one.id for one in page.context["found"]] == [known.id]


def test_unknown_cards_are_404(directory, browser):
    for name in ("practitioner", "organisation"):
        address = reverse(f"directory:{name}", args=["00000000-0000-7000-8000-000000000000"])
        assert browser.get(address).status_code == 404


def test_load_reports_are_for_operators_and_auditors(directory, browser, signed_in):
    listing = reverse("directory:reports")
    detail = reverse("directory:report", args=[LoadReport.objects.get(kind="rpps").id])
    assert browser.get(listing).status_code == 404
    operator = signed_in(UserFactory(operator=True, role="operator"))
    assert "ps.txt" in operator.get(listing).content.decode()
    assert "colonnes au lieu de" in operator.get(detail).content.decode()
