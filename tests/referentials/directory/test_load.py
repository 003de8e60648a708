"""Loading files: what is added, changed, closed, refused, published; twice is once."""

import orjson
import pytest
from django.db import connection

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.fhir.models import Key, Resource
from enrs.referentials.directory import queries
from enrs.referentials.directory.commands.load import load_finess, load_rpps
from enrs.referentials.directory.models import (
    LoadReport,
    Organisation,
    Practitioner,
    PractitionerRole,
    RefusedRow,
)
from tests.referentials.directory.factories import (
    activity,
    finess_file,
    finess_number,
    location,
    place,
    rpps_file,
    rpps_number,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def as_system():
    with acting(SYSTEM):
        yield


def rpps(*rows, **options):
    return load_rpps(rpps_file(*rows), file_name="ps.txt", **options)


def finess(*rows, **options):
    return load_finess(finess_file(*rows), file_name="finess.csv", **options)


def counts(report):
    return (report.added_count, report.changed_count, report.closed_count, report.refused_count)


def test_a_file_makes_people_places_and_roles():
    report = rpps(activity(1), activity(1, skill_code="SM26", skill="Qualifié MG"), activity(2))
    assert report.state == LoadReport.State.DONE
    assert report.read_count == 3
    assert (Practitioner.objects.count(), PractitionerRole.objects.count()) == (2, 3)
    assert Organisation.objects.get().source == "rpps"
    person = queries.practitioner_by_idnat(rpps_number(1))
    assert person.display == "Dr Hélène DUBREUIL1"
    assert person.name_key == "DUBREUIL1 HELENE"


def test_the_same_file_again_changes_nothing():
    rpps(activity(1), activity(2))
    ids = set(PractitionerRole.objects.values_list("id", flat=True))
    versions = Resource.objects.count()
    assert counts(rpps(activity(1), activity(2))) == (0, 0, 0, 0)
    assert set(PractitionerRole.objects.values_list("id", flat=True)) == ids
    assert Resource.objects.count() == versions


def test_a_changed_name_keeps_the_identifier_and_publishes_a_new_version():
    rpps(activity(1))
    before = Practitioner.objects.get().id
    report = rpps(activity(1, family="MARCHETTI"))
    assert counts(report) == (0, 1, 0, 0)
    assert Practitioner.objects.get().id == before
    current = Resource.objects.get(type="Practitioner", is_current=True)
    assert current.version == 2
    assert orjson.loads(current.body)["name"][0]["family"] == "MARCHETTI"


def test_what_a_complete_file_does_not_have_is_closed_and_may_come_back():
    rpps(activity(1), activity(2))
    assert counts(rpps(activity(1))) == (0, 0, 2, 0)
    assert Practitioner.objects.filter(is_active=False).count() == 1
    assert Resource.objects.get(
        type="Practitioner", is_current=True, id=Practitioner.objects.get(is_active=False).id
    ).body.count('"active":false')
    assert counts(rpps(activity(1), activity(2))) == (0, 2, 0, 0)
    assert not Practitioner.objects.filter(is_active=False).exists()


def test_a_partial_file_closes_nothing():
    rpps(activity(1), activity(2))
    assert counts(rpps(activity(3), is_complete=False))[2] == 0
    assert Practitioner.objects.filter(is_active=True).count() == 3


def test_a_cut_file_closes_nothing_and_says_so():
    rows = [activity(rank) for rank in range(1, 131)]
    rpps(*rows, publish=False)
    report = rpps(*rows[:60], publish=False)
    assert report.state == LoadReport.State.KEPT
    assert report.closed_count == 0
    assert Practitioner.objects.filter(is_active=True).count() == 130


def test_refused_rows_are_kept_with_line_and_reason():
    lines = rpps_file(activity(1), activity(2))
    lines[2] = lines[2].replace(rpps_number(2), rpps_number(2)[:-1] + "x")
    report = load_rpps([*lines, "trop|court|\n"], file_name="ps.txt")
    assert report.refused_count == 2
    kept = list(
        RefusedRow.objects.order_by("line_number").values_list("line_number", "reason_code")
    )
    assert kept == [(3, "rpps_shape"), (4, "column_count")]
    assert report.details["reasons"] == {"rpps_shape": 1, "column_count": 1}


def test_a_file_of_another_format_changes_nothing_and_leaves_its_report():
    rpps(activity(1))
    report = load_rpps(["nom;prénom\n", "a;b\n"], file_name="autre.csv")
    assert report.state == LoadReport.State.FAILED
    assert "colonne obligatoire" in report.error
    assert Practitioner.objects.filter(is_active=True).count() == 1


def test_finess_describes_the_places_that_rpps_only_named():
    rpps(activity(1))
    finess(place(1), location(1))
    known = Organisation.objects.get()
    assert (known.source, known.name) == ("finess", "HÔPITAL DES TROIS-VALLÉES 1")
    assert known.address == "12 R DES ÉRABLES"
    assert known.commune_code == "75114"
    assert 48 < known.latitude < 49
    assert 2 < known.longitude < 3
    assert counts(rpps(activity(1))) == (0, 0, 0, 0)
    assert Organisation.objects.get().source == "finess"


def test_the_plain_variant_keeps_the_coordinates():
    finess(place(1), location(1))
    assert counts(finess(place(1))) == (0, 0, 0, 0)
    assert Organisation.objects.get().latitude is not None
    assert counts(finess(place(1), location(1, x=653_000.0))) == (0, 1, 0, 0)


def test_a_structure_that_left_finess_is_closed():
    finess(place(1), place(2))
    assert finess(place(1)).closed_count == 1
    assert queries.organisation_by_finess(finess_number(2)).is_closed


def test_published_resources_are_found_by_their_national_numbers():
    rpps(activity(1))
    finess(place(1))
    found = Key.objects.filter(param="identifier").values_list("type", "value")
    assert ("Practitioner", f"https://rpps.esante.gouv.fr|{rpps_number(1)}") in found
    assert ("Practitioner", f"urn:oid:1.2.250.1.71.4.2.1|8{rpps_number(1)}") in found
    assert ("Organization", f"https://finess.esante.gouv.fr|{finess_number(1)}") in found
    assert Key.objects.filter(type="PractitionerRole", param="specialty", value="SM04").exists()
    assert Key.objects.filter(type="Organization", param="address-city", value="paris").exists()


def test_without_publication_nothing_is_published():
    rpps(activity(1), publish=False)
    assert not Resource.objects.exclude(type="Questionnaire").exists()


def test_the_load_works_as_the_feed_role_too():
    with connection.cursor() as cursor:
        cursor.execute("set local role enrs_feed")
    assert rpps(activity(1)).added_count == 3
