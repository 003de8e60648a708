"""SIRENE joins FINESS by the SIRET: loading it, what differs on a card, and the list of the gaps."""

import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrs.core.access.actor import SYSTEM, acting
from enrs.referentials.directory import queries, rules
from enrs.referentials.directory.commands.deposit import kind_of, take_deposits
from enrs.referentials.directory.commands.load import load_file, load_finess
from enrs.referentials.directory.models import (
    Change,
    LoadReport,
    Organisation,
    SireneSite,
    SireneUnit,
)
from enrs.referentials.directory.queries import gaps, sirene_of
from tests.factories import UserFactory
from tests.referentials.directory.factories import (
    finess_file,
    finess_number,
    place,
    sirene_file,
    sirene_site,
    sirene_unit,
    siret_number,
)

pytestmark = pytest.mark.django_db


def load(*rows, units=False, **options):
    with acting(SYSTEM):
        return load_file(
            "sirene", sirene_file(*rows, units=units), file_name="StockEtablissement_utf8.csv", **options
        )  # fmt: skip


def finess(*rows):
    with acting(SYSTEM):
        return load_finess(finess_file(*rows), file_name="finess.csv", publish=False)


def known(rank, **fields):
    return place(rank, siret=siret_number(rank), **fields)


def one(rank=1) -> Organisation:
    return Organisation.objects.get(finess_eg=finess_number(rank))


@pytest.fixture
def operator(signed_in):
    return signed_in(UserFactory(role="operator", kind="operator"))


def test_a_stock_brings_what_is_known_here_and_the_health_of_the_region_alone():
    finess(known(1))
    report = load(
        sirene_site(1, activitePrincipale="01.11Z"), sirene_site(2), sirene_site(3, codeCommune="69123"),
        sirene_site(4, activitePrincipale="68.20B"),
    )  # fmt: skip
    assert (report.state, report.read_count, report.added_count) == (LoadReport.State.DONE, 4, 2)
    assert set(SireneSite.objects.values_list("siret", flat=True)) == {
        siret_number(1), siret_number(2),
    }  # fmt: skip
    again = load(sirene_site(1, activitePrincipale="01.11Z"), sirene_site(2))
    assert (again.added_count, again.changed_count, again.closed_count) == (0, 0, 0)


def test_legal_units_are_those_of_the_establishments_and_leave_these_alone():
    finess(known(1))
    load(sirene_site(1), sirene_site(2))
    report = load(sirene_unit(1), sirene_unit(2), sirene_unit(3), units=True)
    assert (report.added_count, report.closed_count) == (2, 0)
    assert SireneUnit.objects.filter(is_listed=True).count() == 2
    assert SireneSite.objects.filter(is_listed=True).count() == 2


def test_a_change_leaves_its_history_and_what_is_gone_is_no_longer_listed():
    finess(known(1), known(2))
    load(sirene_site(1), sirene_site(2))
    report = load(sirene_site(1, etatAdministratif="F", dateDebut="2026-05-31"))
    assert (report.changed_count, report.closed_count) == (1, 1)
    told = Change.objects.get(report=report, what="changed")
    assert (told.before["state"], told.after["state"]) == ("A", "F")
    assert sirene_of(one(2)) is None


def test_a_part_of_a_stock_ends_nothing_and_a_damaged_one_neither():
    finess(*(known(rank) for rank in range(1, 121)))
    load(*(sirene_site(rank) for rank in range(1, 121)))
    assert load(sirene_site(1), is_complete=False).closed_count == 0
    cut = load(*(sirene_site(rank) for rank in range(1, 61)))
    assert (cut.state, cut.closed_count) == (LoadReport.State.KEPT, 0)
    other = load(sirene_site(1), units=True)
    assert other.closed_count == 0


def test_the_history_and_other_files_change_nothing():
    finess(known(1))
    load(sirene_site(1))
    lines = [line.strip() + ",2020-01-01" for line in sirene_file(sirene_site(1))]
    lines[0] = lines[0].replace(",2020-01-01", ",dateFin")
    with acting(SYSTEM):
        report = load_file("sirene", lines, file_name="StockEtablissementHistorique_utf8.csv")
    assert report.state == LoadReport.State.FAILED
    assert SireneSite.objects.filter(is_listed=True).count() == 1


@pytest.mark.parametrize(
    ("cells", "unit", "expected"),
    [
        ({}, {}, []),
        ({"etatAdministratif": "F"}, {}, ["closed"]),
        ({"codeCommune": "93048", "codePostal": "93100"}, {}, ["moved"]),
        ({}, {"etatAdministratif": "C"}, ["ceased"]),
        ({"codeCommune": ""}, {}, []),
    ],
    ids=str,
)
def test_what_differs_is_told(cells, unit, expected):
    finess(known(1))
    load(sirene_site(1, **cells))
    load(sirene_unit(1, **unit), units=True)
    assert sirene_of(one()).differences == expected


def test_a_structure_that_is_closed_here_and_active_there_is_told():
    assert rules.sirene_differences(is_closed=True, communes=("", ""), state="A") == ["opened"]
    assert rules.sirene_differences(is_closed=True, communes=("a", "b"), state="F") == ["moved"]
    assert rules.sirene_differences(is_closed=False, communes=("a", "a"), state="") == []


def test_each_kind_of_gap_has_its_lines_by_page():
    finess(known(1), known(2), known(3), known(4), place(5), known(7))
    with acting(SYSTEM):
        assert gaps("unknown") == ([], None)
    load(
        sirene_site(1), sirene_site(2, etatAdministratif="F"),
        sirene_site(3, codeCommune="93048", codePostal="93100"), sirene_site(4, codeCommune="75115"),
        sirene_site(6), sirene_site(8, activitePrincipale="86.21Z"), sirene_site(9, activitePrincipale="87.10A"),
    )  # fmt: skip
    load(sirene_unit(6), units=True)

    def names(kind, **options):
        found, key = gaps(kind, **options)
        return [line.siret for line in found], key

    assert names("closed") == ([siret_number(2)], None)
    assert names("moved") == ([siret_number(3)], None)
    assert names("unknown") == ([siret_number(7)], None)
    first, key = names("absent", size=1)
    second, end = names("absent", size=1, after=key)
    assert (first + second, end) == ([siret_number(6), siret_number(9)], None)
    lines, _ = gaps("absent")
    assert [line.name for line in lines] == ["FONDATION DES TROIS VALLEES 6", "Sans nom publié"]


def test_the_card_says_what_sirene_has_and_where_it_comes_from(signed_in):
    finess(known(1))
    browser = signed_in(UserFactory(role="nurse"))
    address = reverse("directory:organisation", args=[one().id])
    assert "SIRENE" not in browser.get(address).content.decode()
    load(sirene_site(1, etatAdministratif="F", dateDebut="2026-05-31"))
    load(sirene_unit(1), units=True)
    page = browser.get(address).content.decode().replace("\xa0", " ")
    for words in (
        "fermé",
        "31 mai 2026",
        "9300, Fondation",
        "Activités hospitalières",
        "SIRENE (INSEE)",
    ):
        assert words in page


def test_the_history_of_a_structure_says_what_sirene_changed(signed_in):
    finess(known(1))
    load(sirene_site(1))
    load(sirene_site(1, etatAdministratif="F"))
    browser = signed_in(UserFactory(role="nurse"))
    page = browser.get(reverse("directory:organisation", args=[one().id])).content.decode()
    assert "État dans SIRENE : <del>actif</del> → <ins>fermé</ins>" in page
    assert "d’après StockEtablissement_utf8.csv" in page


def test_gaps_are_for_who_runs_the_region_and_leave_as_a_table(signed_in, client, operator):
    finess(known(1), known(2))
    load(sirene_site(1, etatAdministratif="F", enseigne1="=CALCUL"), sirene_site(2))
    listing, table = reverse("directory:gaps"), reverse("directory:gaps_csv")
    assert client.get(listing).status_code == 302
    nurse = signed_in(UserFactory(role="nurse"))
    assert [nurse.get(one).status_code for one in (listing, table)] == [404, 404]
    page = operator.get(listing).content.decode()
    assert finess_number(1) in page
    assert finess_number(2) not in page
    text = operator.get(table, {"ecart": "closed"}).content.decode("utf-8-sig")
    assert text.splitlines()[1].split(";")[1:3] == [finess_number(1), siret_number(1)]
    for kind in (*rules.GAPS, "autre", ""):
        assert operator.get(listing, {"ecart": kind}).status_code == 200
        assert operator.get(table, {"ecart": kind}).status_code == 200


def test_a_list_costs_the_same_with_one_line_and_with_fifty(operator):
    finess(*(known(rank) for rank in range(1, 51)))
    load(*(sirene_site(rank) for rank in range(2, 51)), sirene_site(1, etatAdministratif="F"))

    def cost():
        with CaptureQueriesContext(connection) as asked:
            assert operator.get(reverse("directory:gaps")).status_code == 200
        return len(asked)

    cost()
    few = cost()
    load(*(sirene_site(rank, etatAdministratif="F") for rank in range(1, 51)))
    assert len(gaps("closed")[0]) == 25
    assert cost() == few


def test_the_quality_screen_follows_the_active_ones_from_the_first_stock_on(operator):
    finess(known(1), known(2))
    address = reverse("directory:quality")
    assert "SIRENE</" not in operator.get(address).content.decode().partition("grid-cards")[2]
    report = load(sirene_site(1), sirene_site(2, etatAdministratif="F"))
    assert report.details["quality"]["sirene"] == {"total": 2, "active": 1}
    assert "Établissements actifs aussi dans SIRENE" in operator.get(address).content.decode()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("StockEtablissement_utf8.zip", "sirene"), ("StockUniteLegale_utf8.csv", "sirene"),
        ("StockEtablissementHistorique_utf8.zip", ""), ("StockUniteLegaleHistorique_utf8.zip", ""),
        ("StockEtablissementLiensSuccession_utf8.zip", ""),
    ],
)  # fmt: skip
def test_names_tell_the_stocks_from_their_histories(name, kind):
    assert kind_of(name) == kind


def test_zipped_stocks_are_taken_from_the_folder_establishments_first(tmp_path):
    finess(known(1))
    for name, lines in (
        ("StockUniteLegale_utf8", sirene_file(sirene_unit(1), sirene_unit(2), units=True)),
        ("StockEtablissement_utf8", sirene_file(sirene_site(1), sirene_site(2))),
    ):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{name}.csv", "".join(lines))
    reports = take_deposits(tmp_path, quiet_seconds=0)
    assert [report.added_count for report in reports] == [2, 2]
    assert queries.sirene_of(one()).unit.legal == "9300, Fondation"
