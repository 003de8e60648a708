"""The public FINESS stock: both variants, hostile rows, coordinates, round trip."""

import io
from datetime import date

import pytest

from enrs.formats.directory.common import DirectoryFileError, Refusal
from enrs.formats.directory.finess import (
    STRUCTURE_FIELDS,
    FinessLocation,
    FinessStructure,
    read_finess,
    read_release,
    write_finess,
)
from enrs.formats.directory.projections import projection_of

FIRST = "finess;etalab;94;2026-05-12\n"
SITE = FinessStructure(
    "759000011",
    "759000011",
    "HOPITAL D'ESSAI",
    commune_suffix="114",
    department="75",
    routing_line="75014 PARIS",
    category_code="355",
)


def lines_of(*rows):
    return list(write_finess(rows, release=94, released_on=date(2026, 5, 12)))


def structure_line(**changes):
    values = {name: getattr(SITE, name) for name in STRUCTURE_FIELDS} | changes
    return lines_of(FinessStructure(**values))[1]


def test_a_structure_row_has_31_fields_and_a_final_semicolon():
    first, row = lines_of(SITE)
    assert first == FIRST
    assert row.count(";") == 32
    assert row.endswith(";\n")


def test_what_is_written_is_read_back():
    place = FinessLocation(
        "759000011", 652000.0, 6862000.0, "1,A,96,BAN,L93_METROPOLE", "2026-05-12", 0, 0
    )
    site, location = read_finess(lines_of(SITE, place))
    assert site == SITE
    assert (location.x, location.y, location.finess) == (place.x, place.y, place.finess)
    assert location.latitude == pytest.approx(48.85624814, abs=1e-5)
    assert location.longitude == pytest.approx(2.34581196, abs=1e-5)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_both_encodings_are_read(encoding):
    raw = (FIRST + structure_line(name="HÔPITAL ÉTÉ")).encode(encoding)
    (row,) = read_finess(io.BytesIO(raw))
    assert row.name == "HÔPITAL ÉTÉ"


@pytest.mark.parametrize("name", ['"HOPITAL"', 'HOPITAL"', '""HOPITAL""'])
def test_stray_quotes_are_dropped(name):
    (row,) = read_finess([FIRST, structure_line(name=name)])
    assert row.name == "HOPITAL"


def test_a_quoted_field_may_hold_a_semicolon():
    line = structure_line().replace("HOPITAL D'ESSAI", '"HOPITAL; AILE B"')
    (row,) = read_finess([FIRST, line])
    assert row.name == "HOPITAL; AILE B"


@pytest.mark.parametrize(
    ("department", "suffix", "code"),
    [
        ("75", "114", "75114"),
        ("2A", "004", "2A004"),
        ("9A", "105", "97105"),
        ("9B", "209", "97209"),
        ("9C", "302", "97302"),
        ("9D", "411", "97411"),
        ("9F", "608", "97608"),
        ("9A", "05", "97105"),
        ("9A", "209", ""),
        ("75", "", ""),
    ],
)
def test_the_cog_of_the_commune(department, suffix, code):
    site = FinessStructure("", "", "", commune_suffix=suffix, department=department)
    assert site.commune_code == code


def test_the_routing_line_is_cut():
    assert (SITE.postal_code, SITE.city) == ("75014", "PARIS")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("structureet;759000011\n", "column_count"),
        ('structureet;"759000011\n', "column_count"),
        (structure_line(finess="759000012"), "finess_key"),
        (structure_line(finess="75900001"), "finess_shape"),
        (structure_line(legal_finess="759000012"), "finess_key"),
        (structure_line(name=""), "missing_name"),
        (structure_line(category_code=""), "missing_category"),
        (structure_line(department=""), "missing_department"),
        ("autre;1;2\n", "unknown_kind"),
        ("geolocalisation;759000011;1;2\n", "column_count"),
        ("geolocalisation;759000011;1;2;1,A,96,BAN,MARS;2026-01-01\n", "unknown_projection"),
        ("geolocalisation;759000011;x;2;1,A,96,BAN,L93;2026-01-01\n", "bad_coordinates"),
        ("geolocalisation;759000011;nan;2;1,A,96,BAN,L93;2026-01-01\n", "bad_coordinates"),
        (
            "geolocalisation;759000011;1e300;1e300;1,A,96,BAN,UTM_N20;2026-01-01\n",
            "bad_coordinates",
        ),
        ("geolocalisation;759000012;1;2;1,A,96,BAN,L93;2026-01-01\n", "finess_key"),
        ("struct\x00ureet;1\n", "control_character"),
        ("x" * 200_000 + "\n", "line_too_long"),
    ],
)
def test_a_bad_row_is_refused_and_the_next_one_is_read(raw, code):
    refused, row = read_finess(io.BytesIO((FIRST + raw + structure_line()).encode()))
    assert isinstance(refused, Refusal)
    assert refused.reason_code == code
    assert row == SITE


def test_a_number_without_its_zero_is_mended_when_its_key_holds():
    site = structure_line(finess="10780054", legal_finess="10780054", department="1")
    place = "geolocalisation;10780054;652000;6862000;1,A,96,BAN,L93;2026-01-01\n"
    read, located = read_finess([FIRST, site, place])
    assert (read.finess, read.legal_finess, located.finess) == ("010780054",) * 3
    (refused,) = read_finess([FIRST, structure_line(finess="10780055", department="01")])
    assert refused.reason_code == "finess_shape"


def test_example_numbers_pass_in_test_mode_only():
    line = structure_line(finess="120456789")
    assert isinstance(next(read_finess([FIRST, line], test_numbers=True)), FinessStructure)


@pytest.mark.parametrize(
    "first", ["", "nofinesset;rs", "finess;etalab;x;2026-01-01", "finess;etalab;1;hier"]
)
def test_another_first_line_is_refused(first):
    with pytest.raises(DirectoryFileError, match="FINESS"):
        list(read_finess([first] if first else []))


def test_the_release_is_read():
    assert read_release('"finess";"etalab";94;2026-05-12;') == (94, date(2026, 5, 12))


# Reference points computed with PROJ; a hundred-thousandth of a degree is about a metre.
@pytest.mark.parametrize(
    ("system", "x", "y", "longitude", "latitude"),
    [
        ("L93_METROPOLE", 700000, 6600000, 3.0, 46.5),
        ("L93_METROPOLE", 124000, 6800000, -4.74240666, 48.04602765),
        ("LAMBERT_93", 1226000, 6090000, 9.31254759, 41.72175388),
        ("L93", 650000, 7110000, 2.28808284, 51.08349796),
        ("UTM_N20", 656000, 1797000, -61.54025596, 16.24868525),
        ("UTM_N20_MARTINIQUE", 708000, 1616000, -61.06903377, 14.60931928),
        ("UTM_N21", 550000, 5180000, -56.34511033, 46.7716759),
        ("UTM_N22", 354000, 546000, -52.31680625, 4.93840381),
        ("UTM_S40", 338000, 7690000, 55.44259383, -20.88314469),
        ("UTM_S38", 523000, 8585000, 45.21192712, -12.79974618),
    ],
)
def test_known_points_fall_within_a_metre(system, x, y, longitude, latitude):
    found = projection_of(f"1,ATLASANTE,96,BAN,{system}")(x, y)
    assert found == pytest.approx((latitude, longitude), abs=5e-6)


def test_an_older_release_names_its_system_last():
    assert projection_of("1,ATLASANTE,100,IGN,BD_ADRESSE,V2.2,LAMBERT_93") is not None
    assert projection_of("") is None
