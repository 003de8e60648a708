"""Loading files: what is added, changed, closed, refused, published; twice is once."""

import zipfile

import orjson
import pytest
from django.db import connection

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.fhir.models import Key, Resource
from enrs.referentials.directory import queries
from enrs.referentials.directory.commands import load
from enrs.referentials.directory.commands.deposit import take_deposits
from enrs.referentials.directory.commands.load import load_finess, load_rpps
from enrs.referentials.directory.commands.publication import PUBLISHED, publish_some
from enrs.referentials.directory.models import (
    Change,
    LoadReport,
    Organisation,
    Practitioner,
    PractitionerRole,
    RefusedRow,
    Unpublished,
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


def test_each_change_keeps_what_was_before():
    rpps(activity(1), activity(2))
    assert not Change.objects.exists()
    report = rpps(activity(1, family="MARCHETTI"), activity(3))
    told = {(one.kind, one.what) for one in Change.objects.filter(report=report)}
    assert told == {
        ("Practitioner", "changed"), ("Practitioner", "added"), ("Practitioner", "closed"),
        ("PractitionerRole", "added"), ("PractitionerRole", "closed"),
    }  # fmt: skip
    one = Change.objects.get(kind="Practitioner", what="changed")
    assert one.before == {"family": "DUBREUIL1", "name_key": "DUBREUIL1 HELENE"}
    assert one.after == {"family": "MARCHETTI", "name_key": "MARCHETTI HELENE"}
    assert Change.objects.filter(what__in=("added", "closed")).exclude(before={}).count() == 0


def test_who_comes_back_is_told_reopened():
    rpps(activity(1), activity(2))
    rpps(activity(1))
    rpps(activity(1), activity(2))
    told = list(
        Change.objects.filter(kind="Practitioner").order_by("id").values_list("what", flat=True)
    )
    assert told == ["closed", "reopened"]


def test_a_structure_that_changes_legal_entity_keeps_its_identifier_and_its_history():
    finess(place(1), location(1))
    before = Organisation.objects.get()
    report = finess(place(1, legal_finess=finess_number(9777)), location(1))
    assert counts(report) == (0, 1, 0, 0)
    after = Organisation.objects.get()
    assert (after.id, after.finess_ej) == (before.id, finess_number(9777))
    one = Change.objects.get()
    assert (one.before, one.after) == (
        {"finess_ej": finess_number(9001)},
        {"finess_ej": finess_number(9777)},
    )


def test_a_number_given_twice_is_told_and_the_last_row_is_kept():
    report = finess(place(1), place(1, long_name="HÔPITAL NEUF"), place(2))
    assert report.details["repeated"] == 1
    assert queries.organisation_by_finess(finess_number(1)).name == "HÔPITAL NEUF"
    again = rpps(activity(1), activity(1, family="MARCHETTI"))
    assert again.details["repeated"] == 1
    assert Practitioner.objects.get().family == "MARCHETTI"


def test_activities_stand_where_their_place_is():
    finess(place(1), location(1))
    rpps(activity(1))
    role = PractitionerRole.objects.get()
    assert (role.latitude, role.longitude) != (None, None)
    finess(place(1), location(1, x=653_000.0))
    moved = PractitionerRole.objects.get()
    assert moved.longitude > role.longitude
    assert not Change.objects.exists()


def test_the_activities_of_a_town_follow_a_place_that_moves():
    def found(town: str) -> int:
        by_trade = queries.practitioners(profession="10", town=town)
        by_speciality = queries.practitioners(speciality="SM04", town=town)
        assert len(by_trade.rows) == len(by_speciality.rows)
        return len(by_trade.rows)

    finess(place(1))
    rpps(activity(1))
    assert [found(town) for town in ("Paris", "75014", "7", "Melun")] == [1, 1, 1, 0]
    finess(place(1, routing_line="77000 MELUN"))
    assert [found(town) for town in ("Paris", "75014", "77", "melun")] == [0, 0, 1, 1]


def test_a_report_measures_what_the_directory_lacks():
    finess(place(1, siret=""), location(1), place(2))
    report = rpps(activity(1, phone="0102030405"), activity(2))
    kept = report.details["quality"]
    assert kept["people"] == {"total": 2, "rpps": 2, "with_activity": 2}
    assert kept["roles"]["with_phone"] == 1
    assert kept["places"] == {
        "total": 2, "with_siret": 0, "with_phone": 0, "located": 1, "with_commune": 2,
    }  # fmt: skip


def test_what_a_cut_load_did_not_publish_is_published_later(monkeypatch):
    monkeypatch.setattr(load, "publish_waiting", lambda: 0)
    rpps(activity(1), activity(2))
    directory = Resource.objects.filter(type__in=PUBLISHED)
    assert not directory.exists()
    assert Unpublished.objects.count() == 3
    while publish_some():
        pass
    assert directory.filter(is_current=True).count() == 5
    assert not Unpublished.objects.exists()


def test_a_second_load_at_the_same_time_is_refused():
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(hashtext('directory.load'))")
        with pytest.raises(load.LoadBusyError):
            rpps(activity(1))
        with other.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(hashtext('directory.load'))")
    finally:
        other.close()
    assert rpps(activity(1)).read_count == 1


def test_deposits_are_loaded_once_and_put_aside(tmp_path):
    good = tmp_path / "PS_LibreAcces_Personne_activite_202611280300.txt"
    good.write_text("".join(rpps_file(activity(1), activity(2))), encoding="utf-8")
    (tmp_path / "etalab-cs1100502-stock.csv").write_text("autre;chose\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("à garder", encoding="utf-8")
    assert take_deposits(tmp_path) == []
    reports = take_deposits(tmp_path, quiet_seconds=0)
    assert sorted(one.state for one in reports) == ["done", "failed"]
    assert Practitioner.objects.count() == 2
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["notes.txt"]
    assert len(list((tmp_path / "faits").iterdir())) == 1
    assert len(list((tmp_path / "refuses").iterdir())) == 1
    assert take_deposits(tmp_path, quiet_seconds=0) == []


def test_a_broken_archive_is_put_aside(tmp_path):
    with zipfile.ZipFile(tmp_path / "PS_LibreAcces_Personne_activite.zip", "w"):
        pass
    (report,) = take_deposits(tmp_path, quiet_seconds=0)
    assert report.state == LoadReport.State.FAILED
    assert len(list((tmp_path / "refuses").iterdir())) == 1


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
