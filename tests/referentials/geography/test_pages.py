"""The pages of geography: who opens them, what they find, take and give back."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from enrs.referentials.geography.commands import load_territories
from enrs.referentials.geography.models import Territory
from tests.core.fhir.factories import make_user
from tests.factories import operating_session
from tests.referentials.geography.factories import commune, former

pytestmark = pytest.mark.django_db
ZONES = b"territoire;type;commune;debut;fin\nNord;CPTS;99801;01/01/2020;\n"
PAGES = ("territories", "communes", "import", "export")


@pytest.fixture
def places() -> None:
    commune("99801", "Essai-sur-Mer", latitude=48.8, longitude=2.3, epci="200000001")
    commune("99802", "Autre-Essai", latitude=48.81, longitude=2.3)
    former("99803", "Vieil-Essai", "99801")
    load_territories(content=ZONES)


@pytest.fixture
def operator(places, signed_in):
    user = make_user("exploitant", role="operator")
    operating_session(user)
    return signed_in(user)


@pytest.mark.parametrize("name", PAGES)
def test_the_operator_alone_opens_them(operator, signed_in, client, name):
    address = reverse(f"geography:{name}")
    assert operator.get(address).status_code == 200
    assert signed_in(make_user("infirmiere", role="nurse")).get(address).status_code in (403, 404)
    assert client.get(address).status_code == 302


def test_a_commune_shows_its_territories_neighbours_and_old_names(operator):
    page = operator.get(reverse("geography:commune", args=["99801"])).content.decode()
    assert all(word in page for word in ("Nord", "Autre-Essai", "Vieil-Essai"))
    old = operator.get(reverse("geography:commune", args=["99803"]))
    assert old["Location"] == reverse("geography:commune", args=["99801"])
    assert operator.get(reverse("geography:commune", args=["zzz"])).status_code == 404


def test_a_territory_shows_its_communes_and_may_be_taken_away(operator):
    key = Territory.objects.get().id
    assert (
        "Essai-sur-Mer" in operator.get(reverse("geography:territory", args=[key])).content.decode()
    )
    operator.post(reverse("geography:delete", args=[key]))
    assert not Territory.objects.exists()


def test_what_is_exported_is_taken_back_as_it_was(operator):
    content = operator.get(reverse("geography:export")).content
    Territory.objects.all().delete()
    file = SimpleUploadedFile("zones.csv", content)
    assert operator.post(reverse("geography:import"), {"file": file}).status_code == 302
    assert operator.get(reverse("geography:export")).content == content


def test_a_bad_file_says_its_lines_and_changes_nothing(operator):
    file = SimpleUploadedFile("zones.csv", b"territoire;type;commune\nNord;CPTS;12345\n")
    page = operator.post(reverse("geography:import"), {"file": file})
    assert page.status_code == 422
    assert "Ligne 2" in page.content.decode()
    assert Territory.objects.get().parts.count() == 1


@pytest.mark.parametrize(
    ("text", "codes"), [("vieil", ["99801"]), ("99800", ["99801", "99802"]), ("", [])]
)
def test_suggestions_are_for_everybody_signed_in(places, signed_in, client, text, codes):
    address = reverse("geography:suggestions")
    assert client.get(address, {"q": text}).status_code == 302
    found = signed_in(make_user("patiente", kind="patient")).get(address, {"q": text}).json()
    assert [one["code"] for one in found["communes"]] == codes


def test_everybody_reads_whose_the_data_are(places, signed_in):
    page = signed_in(make_user("patiente", kind="patient")).get(reverse("geography:sources"))
    assert "FINESS" in page.content.decode()
