"""Loading communes, contours and territories: the same again, mergers, refusals; what searches find then."""

from datetime import date

import orjson
import pytest

from enrs.formats.geography.contours import ContourError
from enrs.formats.geography.packages import PackageError
from enrs.referentials.geography import queries
from enrs.referentials.geography.commands import (
    TerritoriesRefusedError,
    load_contours,
    load_geography,
    load_territories,
)
from enrs.referentials.geography.models import Area, Commune, Territory, TerritoryCommune
from tests.referentials.geography.factories import commune, former, load, package, packaged, town

pytestmark = pytest.mark.django_db

BOURG = packaged("2A901", "Bourg-Neuf", population=5000, anciensCodes=["20901"])
VAL = packaged("2A902", "Val-d'Essai", codesPostaux=["20000", "20167"])
HILL = packaged("2A903", "Sainte-Colline", codesPostaux=["20199"])
OLD = {"code": "2A904", "nom": "Vieux-Hameau", "type": "commune-deleguee", "chefLieu": "2A901",
       "departement": "2A", "region": "94"}  # fmt: skip
SEA = packaged("97199", "Pointe-d'Essai", region="01", codesPostaux=["97199"])
TOWNS = (town("Bourg-Neuf", "2A", 41.9, 8.7), town("Pointe d'Essai", "", 16.2, -61.5, "GP"))
ALL = (BOURG, VAL, HILL, SEA, OLD)


def names(text: str, **options: str) -> list[str]:
    return [one.commune.name for one in queries.search(text, **options)]


def test_the_package_gives_communes_areas_old_codes_and_places():
    done = load(*ALL, towns=TOWNS)
    assert (done.communes, done.added) == (4, 4)
    bourg, val, hill = (Commune.objects.get(code=one) for one in ("2A901", "2A902", "2A903"))
    assert (bourg.latitude, bourg.position, bourg.epci) == (41.9, "town", "200000001")
    assert (val.latitude, val.position) == (41.9, "near")
    assert (hill.latitude, hill.position) == (None, "")
    assert Commune.objects.get(code="97199").longitude == -61.5
    assert Area.objects.get(level="department", code="971").name == "Département 971"


def test_the_same_again_changes_nothing_and_a_part_of_the_departments_touches_the_others_not():
    load(*ALL, towns=TOWNS)
    again = load(*ALL, towns=TOWNS)
    assert (again.added, again.changed, again.closed) == (0, 0, 0)
    part = load(BOURG, VAL, HILL, towns=TOWNS, departments=["2A"])
    assert part.closed == 0
    assert Commune.objects.get(code="97199").valid_until is None


def test_a_merged_commune_is_closed_and_its_code_leads_to_the_new_one():
    rest = [packaged(f"2A91{rank}", f"Autre {rank}") for rank in range(6)]
    load(*ALL, *rest)
    merged = HILL | {"type": "commune-deleguee", "chefLieu": "2A901"}
    done = load(BOURG, VAL, SEA, OLD, merged, *rest)
    assert done.closed == 1
    assert Commune.objects.get(code="2A903").valid_until
    assert queries.commune("2A903").code == "2A901"
    assert names("sainte coll") == ["Bourg-Neuf"]
    back = load(*ALL, *rest)
    assert back.changed >= 1
    assert Commune.objects.get(code="2A903").valid_until is None


def test_a_file_that_lost_most_communes_closes_none():
    load(*ALL)
    done = load(BOURG, SEA)
    assert (done.is_kept, done.closed) == (True, 0)


@pytest.mark.parametrize("missing", ["communes", "departements", "regions", "epci"])
def test_a_missing_file_is_said(missing):
    files = package(*ALL)
    del files[missing]
    with pytest.raises(PackageError, match=missing):
        load_geography(files)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b"[{}]", b'[{"type": "commune-actuelle"}]'], ids=str
)
def test_a_file_of_another_shape_changes_nothing(content):
    load(*ALL)
    with pytest.raises(PackageError):
        load_geography(package(*ALL) | {"communes": content})
    assert Commune.objects.count() == 4


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("2A901", "2A901"), ("2a901", "2A901"), ("20901", "2A901"), ("2A904", "2A901"), ("9A199", "97199"),
        ("97199", "97199"), ("99999", None), ("", None), ("'; drop", None),
    ],
)  # fmt: skip
def test_a_code_of_any_time_leads_to_the_present_commune(code, expected):
    load(*ALL)
    found = queries.commune(code)
    assert (found.code if found else None) == expected


def test_mergers_in_a_row_are_followed_and_a_circle_ends():
    commune("99801", "Aujourd'hui")
    commune("99802", "Hier", valid_until=date(2020, 1, 1))
    former("99803", "Avant-hier", "99802")
    former("99802", "Hier", "99801")
    assert queries.commune("99803").code == "99801"
    former("99804", "Rond", "99805")
    former("99805", "Rond", "99804")
    assert queries.commune("99804") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bourg", ["Bourg-Neuf"]), ("BOURG NEUF", ["Bourg-Neuf"]), ("bour neuf", ["Bourg-Neuf"]),
        ("ste colline", ["Sainte-Colline"]), ("vieux ham", ["Bourg-Neuf"]), ("20167", ["Val-d'Essai"]),
        ("2016", ["Val-d'Essai"]), ("20000", ["Bourg-Neuf", "Val-d'Essai"]), ("20901", ["Bourg-Neuf"]),
        ("", []), ("%", []), ("zzzzzz", []), ("x" * 5000, []),
    ],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_communes_are_found_as_one_types(text, expected):
    load(*ALL)
    assert names(text) == expected


def test_a_search_is_kept_to_a_department_however_it_is_written():
    load(*ALL)
    assert names("bourg", department="9A") == []
    assert names("pointe", department="9A") == ["Pointe-d'Essai"]
    assert names("pointe", department="2A") == []


def test_the_nearest_communes_come_first_with_their_distance():
    for rank, latitude in enumerate((48.80, 48.85, 48.95, 50.0)):
        commune(f"9981{rank}", f"Lieu {rank}", latitude=latitude, longitude=2.35)
    found = queries.nearest((48.80, 2.35), 20)
    assert [(one.name, round(km, 1)) for one, km in found] == [
        ("Lieu 0", 0),
        ("Lieu 1", 5.6),
        ("Lieu 2", 16.7),
    ]
    assert queries.nearest((48.80, 2.35), -5)[0][0].name == "Lieu 0"


CSV = "territoire;type;commune;debut;fin\n"


def zones(*lines: str) -> bytes:
    return (CSV + "\n".join(lines)).encode()


def test_a_territory_holds_its_communes_at_a_date_under_their_present_codes():
    load(*ALL)
    load_territories(content=zones(
        "Nord;CPTS;2A901;01/01/2020;01/01/2024", "Nord;CPTS;2A902;;", "Nord;CPTS;2A901;01/01/2025;",
        "Îles;Zone;9A199;;", "Nord;CPTS;2A904;01/01/2025;",
    ))  # fmt: skip

    def of(code: str, on: date | None = None) -> list[str]:
        return [one.name for one in queries.territories_of(code, on)]

    assert of("2A901", date(2023, 12, 31)) == ["Nord"]
    assert of("2A901", date(2024, 1, 1)) == []
    assert of("2A904", date(2025, 1, 1)) == ["Nord"]
    assert of("97199") == ["Îles"]
    assert of("2A903") == []
    assert of("inconnu") == []
    key = Territory.objects.get(name="Nord").id
    assert [one.code for one in queries.communes_of(key, date(2024, 6, 1))] == ["2A902"]


def test_a_file_replaces_the_territories_that_it_names_and_no_other():
    load(*ALL)
    load_territories(content=zones("Nord;CPTS;2A901;;", "Sud;CPTS;2A902;;"))
    key = Territory.objects.get(name="Nord").id
    load_territories(content=zones("Nord;;2A903;;"))
    assert Territory.objects.get(name="Nord").id == key
    assert Territory.objects.get(name="Nord").kind == "CPTS"
    assert set(TerritoryCommune.objects.values_list("territory__name", "commune")) == {
        ("Nord", "2A903"), ("Sud", "2A902"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        b"", b"a;b\n", b"\x00\x01", zones("Nord;CPTS;99999;;"), zones("Nord;CPTS;2A901;01/13/2020;"),
        zones("Nord;CPTS;2A901;02/01/2020;01/01/2020"), zones(";CPTS;2A901;;"), zones("Nord;CPTS;750;;"),
        zones("Nord;CPTS;2A901;;", "Nord;CPTS;2A901;01/01/2020;"), zones("x" * 300 + ";CPTS;2A901;;"),
        zones('"Nord;CPTS;2A901'),
    ],
    ids=lambda content: str(content[-24:]),
)  # fmt: skip
def test_a_file_with_one_bad_line_changes_nothing(content):
    load(*ALL)
    load_territories(content=zones("Nord;CPTS;2A902;;"))
    with pytest.raises(TerritoriesRefusedError):
        load_territories(content=content)
    assert list(TerritoryCommune.objects.values_list("commune", flat=True)) == ["2A902"]


def feature(code: str, *rings: list[list[float]], kind: str = "Polygon") -> dict[str, object]:
    return {"type": "Feature", "properties": {"code": code, "nom": "Essai"},
            "geometry": {"type": kind, "coordinates": list(rings)}}  # fmt: skip


SQUARE = [[8.0, 41.0], [8.0, 42.0], [9.0, 42.0], [9.0, 41.5], [9.0, 41.0], [8.0, 41.0]]


def test_contours_are_simplified_kept_and_tell_where_a_point_is():
    load(*ALL)
    tree = {"type": "FeatureCollection", "features": [
        feature("2A901", SQUARE), feature("2A", SQUARE), feature("", SQUARE), feature("2A902", [[900.0, 1.0]] * 4),
        {"geometry": 3}, feature("2A903", SQUARE, kind="Point"),
    ]}  # fmt: skip
    done = load_contours(orjson.dumps(tree))
    assert (done.added, done.skipped) == (2, 4)
    assert queries.contour("commune", "2A901") == [
        [[[8.0, 41.0], [8.0, 42.0], [9.0, 42.0], [9.0, 41.0], [8.0, 41.0]]]
    ]
    assert queries.contour("department", "2A") is not None
    assert queries.commune_at(41.5, 8.5).code == "2A901"
    assert queries.commune_at(0, 0) is None
    assert load_contours(orjson.dumps(tree)).added == 2


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"features": 3}', b"<a/>"], ids=str)
def test_what_is_no_geojson_is_refused(content):
    with pytest.raises(ContourError):
        load_contours(content)
