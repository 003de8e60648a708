"""The pages of the directory, by who asks."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrs.core.access.actor import SYSTEM, acting
from enrs.referentials.directory.commands.load import load_finess, load_rpps
from enrs.referentials.directory.models import LoadReport, Mistake, Organisation, Practitioner
from enrs.referentials.directory.queries import shared
from enrs.referentials.geography.models import Commune
from tests.factories import UserFactory
from tests.referentials.directory.factories import (
    activity,
    finess_file,
    finess_number,
    location,
    place,
    rpps_file,
)

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
    assert len(page.context["lines"]) == found


@pytest.mark.parametrize("few", [3_000, 30, 29, 1])
def test_the_second_page_follows_the_first(directory, browser, monkeypatch, few):
    """Whether the names are gathered then sorted, or read in order because they are many."""
    monkeypatch.setattr(shared, "FEW", few)
    first = browser.get(reverse("directory:search"), {"q": "dubreuil"})
    second = browser.get(reverse("directory:search") + first.context["next_url"])
    names = [one.name_key for page in (first, second) for one, _ in page.context["lines"]]
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
        assert [one.id for one in page.context["lines"]] == [known.id]


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


@pytest.fixture
def operator(signed_in):
    return signed_in(UserFactory(role="operator", kind="operator"))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("MARCHETI", "MARCHETTI"),
        ("MARCHETTTI", "MARCHETTI"),
        ("MARCHEETI", "MARCHETTI"),
        ("MRACHETTI", "MARCHETTI"),
        ("marchétti hélene", "MARCHETTI"),
        ("Helnee Marchetti", "MARCHETTI"),
    ],
)
def test_a_mistyped_name_is_found(browser, typed, meant):
    with acting(SYSTEM):
        load_rpps(rpps_file(activity(1, family="MARCHETTI"), activity(2)), file_name="ps.txt")
    answer = browser.get(reverse("directory:search"), {"q": typed}).content.decode()
    assert meant in answer
    assert answer.count('class="pro-name"') == 1


def test_nobody_is_offered_for_another_name(directory, browser):
    answer = browser.get(reverse("directory:search"), {"q": "ZZYZXYZZ"}).content.decode()
    assert "Aucun professionnel ne correspond" in answer
    assert "Vouliez-vous dire" not in answer


def test_specialities_filter(directory, browser):
    shown = browser.get(reverse("directory:search"), {"specialite": "SM04"}).content.decode()
    assert shown.count('class="pro-name"') == 25
    assert "Cardiologie et maladies vasculaires" in shown
    assert (
        browser.get(reverse("directory:search"), {"specialite": "SM40"})
        .content.decode()
        .count('class="pro-name"')
        == 0
    )


def test_a_card_tells_its_history(directory, browser):
    with acting(SYSTEM):
        load_rpps(
            rpps_file(*(activity(rank, phone="0102030405") for rank in range(1, 31))),
            file_name="nuit.txt",
        )
    person = Practitioner.objects.order_by("id")[0]
    answer = browser.get(reverse("directory:practitioner", args=[person.id])).content.decode()
    assert "Historique" in answer
    assert "Téléphone" in answer
    assert "0102030405" in answer


def test_a_mistake_is_told_then_settled(directory, browser, operator):
    person = Practitioner.objects.order_by("id")[0]
    address = reverse("directory:tell_practitioner", args=[person.id])
    assert browser.get(address).status_code == 200
    refused = browser.post(address, {"about": "place", "words": ""})
    assert refused.status_code == 400
    assert (
        browser.post(address, {"about": "place", "words": "A quitté le cabinet"}).status_code == 302
    )
    told = Mistake.objects.get()
    assert (told.object_id, told.number) == (person.id, person.idnat)
    page = operator.get(reverse("directory:mistakes")).content.decode()
    assert "A quitté le cabinet" in page
    exported = operator.get(reverse("directory:mistakes_csv")).content.decode()
    assert "A quitté le cabinet" in exported
    settle = reverse("directory:settle", args=[told.id])
    assert browser.post(settle, {"etat": "sent", "version": 1}).status_code in (403, 404)
    operator.post(settle, {"etat": "sent", "reponse": "Transmis le 3", "version": 1})
    told.refresh_from_db()
    assert (told.state, told.answer, told.version) == ("sent", "Transmis le 3", 2)
    operator.post(settle, {"etat": "dismissed", "version": 1})
    told.refresh_from_db()
    assert told.state == "sent"


def test_a_structure_s_mistake_is_told(directory, browser):
    place_ = Organisation.objects.order_by("id")[0]
    address = reverse("directory:tell_organisation", args=[place_.id])
    browser.post(address, {"about": "gone", "words": "Fermée depuis juin"})
    assert Mistake.objects.get().number == place_.finess_eg


def test_refused_rows_leave_as_a_spreadsheet(directory, operator, browser):
    report = LoadReport.objects.get(kind="rpps")
    address = reverse("directory:refused_csv", args=[report.id])
    answer = operator.get(address)
    told = answer.content.decode("utf-8-sig")
    assert told.splitlines()[0] == "ligne;code;motif;debut_de_la_ligne"
    assert "column_count" in told
    assert browser.get(address).status_code in (403, 404)


def test_the_quality_page_shows_what_is_missing(directory, operator, browser):
    answer = operator.get(reverse("directory:quality")).content.decode()
    assert "Activités avec un téléphone" in answer
    assert browser.get(reverse("directory:quality")).status_code in (403, 404)


def test_the_nearest_of_a_speciality_come_first(browser):
    near, far = finess_number(1), finess_number(2)
    with acting(SYSTEM):
        load_finess(
            finess_file(place(1), location(1), place(2), location(2, x=656_000.0)),
            file_name="f.csv",
        )
        load_rpps(
            rpps_file(
                activity(1, family="LOINTAIN", site_finess=far),
                activity(2, family="PROCHE", site_finess=near),
                activity(3, family="SANSLIEU", site_finess="", site_name=""),
            ),
            file_name="ps.txt",
        )
    commune = Commune.objects.create(
        code="75114", name="Paris 14e", name_key="PARIS 14E", department="75", region="11",
        latitude=Organisation.objects.get(finess_eg=near).latitude,
        longitude=Organisation.objects.get(finess_eg=near).longitude,
    )  # fmt: skip
    asked = {"specialite": "SM04", "autour": commune.code, "km": "10"}
    page = browser.get(reverse("directory:search"), asked).content.decode()
    assert page.index("PROCHE") < page.index("LOINTAIN")
    assert "à 0,0 km" in page
    assert "à 4,0 km" in page
    assert "SANSLIEU" not in page
    closer = browser.get(reverse("directory:search"), asked | {"km": "2"}).content.decode()
    assert "LOINTAIN" not in closer
    alone = browser.get(reverse("directory:search"), {"autour": commune.code}).content.decode()
    assert "Choisissez une profession" in alone
