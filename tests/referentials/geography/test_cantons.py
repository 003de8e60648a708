"""Cantons: which commune is in which from when, what a territory takes of them, what the page says."""

import zipfile
from datetime import date

import pytest
from django.urls import reverse

from enrs.config.loading import LoadError
from enrs.config.places import load_cantons_files
from enrs.formats.geography.cantons import CantonFileError
from enrs.referentials.geography import queries
from enrs.referentials.geography.commands import (
    TerritoriesRefusedError,
    load_cantons,
    load_territories,
)
from enrs.referentials.geography.models import Area, CantonCommune, Commune, Territory
from tests.factories import UserFactory
from tests.referentials.geography.factories import canton_files, load, packaged

pytestmark = pytest.mark.django_db
TOWNS = tuple(packaged(f"2A90{rank}", f"Bourg {rank}") for rank in range(1, 7))
USUAL = (("2A901", "2A01"), ("2A902", "2A01"), ("2A903", "2A02"), ("2A904", "2A98"), ("69123", ""))


@pytest.fixture(autouse=True)
def towns():
    load(*TOWNS)


def cantons(*rows, year=2025, **options):
    return load_cantons(**canton_files(*(rows or USUAL), **options), on=date(year, 1, 1))


def of(code, on=None):
    found = queries.canton_of(code, on)
    return found.code if found else None


def test_communes_have_their_canton_from_the_day_of_the_file():
    done = cantons()
    assert (done.communes, done.added, done.changed, done.skipped) == (3, 3, 0, 1)
    assert [of(f"2A90{rank}") for rank in range(1, 6)] == ["2A01", "2A01", "2A02", None, None]
    assert of("2A901", date(2024, 12, 31)) is None
    assert of("2a901") == "2A01"
    assert Commune.objects.get(code="2A901").canton == "2A01"
    assert queries.communes_of_canton("2A01") == ["2A901", "2A902"]
    assert Area.objects.filter(level="canton").count() == 2
    again = cantons()
    assert (again.added, again.changed) == (0, 0)


def test_without_communes_nothing_is_loaded():
    Commune.objects.all().delete()
    with pytest.raises(CantonFileError, match="d'abord les communes"):
        cantons()
    assert not Area.objects.filter(level="canton").exists()


def test_cantons_of_departements_that_are_not_loaded_are_left():
    cantons(*USUAL, cantons=(("6901", "1", "C"),))
    assert not Area.objects.filter(code="6901").exists()


def test_a_commune_that_passes_to_another_canton_keeps_what_was():
    cantons()
    done = cantons(
        ("2A901", "2A02"), ("2A902", "2A98"), ("2A903", "2A02"), ("2A904", "2A01"), year=2026
    )
    assert (done.changed, done.added) == (2, 2)
    assert of("2A901", date(2025, 12, 31)) == "2A01"
    assert of("2A901", date(2026, 1, 1)) == "2A02"
    assert (of("2A902"), of("2A904")) == (None, "2A01")
    assert Commune.objects.get(code="2A902").canton == ""


def test_the_same_year_corrected_replaces_and_an_older_one_is_refused():
    cantons()
    assert cantons(("2A901", "2A02"), *USUAL[1:]).changed == 1
    assert (of("2A901"), CantonCommune.objects.filter(commune="2A901").count()) == ("2A02", 1)
    with pytest.raises(CantonFileError, match="2025"):
        cantons(year=2024)


def test_a_cut_file_changes_nothing():
    cantons()
    with pytest.raises(CantonFileError, match="manquent"):
        cantons(USUAL[0], year=2026)
    assert [of(f"2A90{rank}") for rank in range(1, 4)] == ["2A01", "2A01", "2A02"]
    assert Area.objects.get(code="2A02").valid_until is None


def test_a_canton_that_is_gone_is_closed_and_may_come_back():
    cantons(*USUAL, cantons=(("2A03", "1", "C"),))
    cantons(year=2026)
    assert Area.objects.get(code="2A03").valid_until == date(2026, 1, 1)
    cantons(*USUAL, year=2027, cantons=(("2A03", "1", "C"),))
    assert Area.objects.get(code="2A03").valid_until is None


def test_a_later_load_of_the_communes_keeps_their_cantons():
    cantons()
    load(*(one | {"population": 5} for one in TOWNS))
    assert Commune.objects.get(code="2A901").canton == "2A01"


def zones(*lines, head="territoire;type;canton;commune;debut;fin"):
    return "\n".join((head, *lines)).encode()


def test_a_territory_takes_the_whole_communes_of_a_canton():
    cantons()
    load_territories(content=zones("Nord;CPTS;2A01;;;", "Nord;CPTS;;2A904;;"))
    key = Territory.objects.get(name="Nord").id
    assert [one.code for one in queries.communes_of(key)] == ["2A901", "2A902", "2A904"]
    load_territories(content=zones("Sud;CPTS;2a02", head="territoire;type;canton"))
    assert [one.name for one in queries.territories_of("2A903")] == ["Sud"]


def test_it_takes_those_of_its_first_day_or_of_today_before_any_file():
    cantons()
    cantons(("2A901", "2A02"), *USUAL[1:], year=2026)
    load_territories(content=zones("Été;Zone;2A01;;01/06/2025;", "Vieux;Zone;2A01;;01/06/1990;"))
    parts = {
        one.name: sorted(p.commune for p in one.parts.all()) for one in Territory.objects.all()
    }
    assert parts == {"Été": ["2A901", "2A902"], "Vieux": ["2A902"]}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Nord;CPTS;2A77;;;", "2A77"), ("Nord;CPTS;2A98;;;", "parties de communes"), ("Nord;CPTS;;;;", "l'un des deux"),
        ("Nord;CPTS;2A01;2A901;;", "l'un des deux"), ("Nord;CPTS;2;;;", "quatre ou cinq"),
        ("Nord;CPTS;2A01;;;\nNord;CPTS;;2A901;;", "déjà"),
    ],
)  # fmt: skip
def test_a_line_of_a_canton_that_does_not_hold_is_said(line, words):
    cantons()
    with pytest.raises(TerritoriesRefusedError) as refused:
        load_territories(content=zones(line))
    assert words in " ".join(refused.value.faults)
    assert not Territory.objects.exists()


def test_the_page_of_a_commune_says_its_canton_or_that_it_has_none(signed_in):
    browser = signed_in(UserFactory(role="operator", kind="operator"))

    def page(code):
        return browser.get(reverse("geography:commune", args=[code])).content.decode()

    assert "<dt>Canton</dt>" not in page("2A901")
    cantons()
    assert "Canton 2A01 (2A01)" in page("2A901")
    assert "partagée entre plusieurs" in page("2A904")


def test_files_are_found_by_their_year_in_a_folder_or_in_the_archive(tmp_path):
    for year in (2024, 2026):
        for kind, content in canton_files(*USUAL).items():
            (tmp_path / f"v_{kind.removesuffix('s')}_{year}.csv").write_bytes(content)
    (tmp_path / "v_canton_2027.csv").write_bytes(b"seul")
    assert "3 communes ont un canton" in load_cantons_files(tmp_path)
    assert of("2A901", date(2026, 1, 1)) == "2A01"
    assert of("2A901", date(2025, 12, 31)) is None
    with zipfile.ZipFile(tmp_path / "cog.zip", "w") as archive:
        for name in ("v_canton_2026.csv", "v_commune_2026.csv"):
            archive.write(tmp_path / name, f"cog_ensemble/{name}")
    assert "0 nouvelles" in load_cantons_files(tmp_path / "cog.zip")
    with pytest.raises(LoadError, match="même année"):
        load_cantons_files(tmp_path / "v_canton_2027.csv")
