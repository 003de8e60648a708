"""The public RPPS file: header variants, hostile rows, round trip."""

import io

import pytest

from enrs.formats.directory.common import MAX_LINE_BYTES, DirectoryFileError, Refusal
from enrs.formats.directory.rpps import HEADER, RppsRow, read_rpps, write_rpps

ROW = RppsRow(
    "8",
    "99700366240",
    "899700366240",
    family="MOREAU-LEFEBVRE",
    given="Claire",
    profession_code="10",
    profession="Médecin",
    skill_code="SM54",
    site_finess="759000011",
    email="claire@mssante.example",
)


def line_with(**changes):
    values = {name: getattr(ROW, name) for name in ROW.__dataclass_fields__} | changes
    return list(write_rpps([RppsRow(**values)]))[1]


def test_the_header_has_56_columns_and_a_final_bar():
    assert HEADER.endswith("|")
    assert len(HEADER.split("|")) == 57


@pytest.mark.parametrize("as_bytes", [True, False])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_what_is_written_is_read_back(as_bytes, end, mark):
    lines = [line.replace("\n", end) for line in write_rpps([ROW, ROW])]
    lines[0] = mark + lines[0]
    source = io.BytesIO("".join(lines).encode()) if as_bytes else lines
    assert list(read_rpps(source)) == [ROW, ROW]


def without_columns(line, first, last):
    cells = line.rstrip("\n").split("|")
    return "|".join(cells[: first - 1] + cells[last:])


def test_the_skill_columns_may_be_absent():
    lines = [without_columns(line, 14, 17) for line in write_rpps([ROW])]
    (row,) = read_rpps(lines)
    assert row.skill_code == ""
    assert row.email == ROW.email


def test_columns_are_read_by_name_in_any_order_and_spelling():
    lines = [without_columns(line, 55, 56) for line in write_rpps([ROW])]
    flipped = ["|".join(reversed(line.removesuffix("|").split("|"))) for line in lines]
    flipped[0] = flipped[0].replace("Libellé civilité d'exercice", "LIBELLE CIVILITE EXERCICE")
    flipped[0] = flipped[0].replace("Code fonction", "Code rôle")
    assert list(read_rpps(flipped)) == [ROW]


def test_a_missing_required_column_is_named():
    lines = [without_columns(line, 10, 10) for line in write_rpps([ROW])]
    with pytest.raises(DirectoryFileError, match="Code profession"):
        list(read_rpps(lines))


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe\x00", b"a;b;c\n"])
def test_another_file_is_refused_whole(content):
    with pytest.raises(DirectoryFileError, match="Fichier RPPS"):
        list(read_rpps(io.BytesIO(content)))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("a|b|c\n", "column_count"),
        (line_with().rstrip("\n") + "x|\n", "column_count"),
        (line_with(identifier="9970036624", national_id="89970036624"), "rpps_shape"),
        (line_with(identifier="99700366241", national_id="899700366241"), "rpps_key"),
        (line_with(national_id="899700366241"), "national_id"),
        (line_with(identifier="", national_id="8"), "missing_identifier"),
        (line_with(identifier_type="0", national_id="099700366240"), "adeli_shape"),
        (line_with(family=""), "missing_name"),
        (line_with(profession_code=""), "missing_profession"),
        (line_with(given="a\x00b"), "control_character"),
        ("x" * (3 * MAX_LINE_BYTES) + "\n", "line_too_long"),
    ],
)
def test_a_bad_row_is_refused_and_the_next_one_is_read(raw, code):
    raw = raw if isinstance(raw, bytes) else raw.encode()
    header, good = (line.encode() for line in write_rpps([ROW]))
    refused, row = read_rpps(io.BytesIO(header + raw + good))
    assert isinstance(refused, Refusal)
    assert refused.reason_code == code
    assert refused.reason_fr.endswith(".")
    assert len(refused.raw_head) <= 120
    assert "\x00" not in refused.raw_head
    assert row == ROW


def test_a_latin_1_line_is_read_among_utf_8_ones():
    lines = [line.encode() for line in write_rpps([ROW])]
    latin = line_with(given="Zoé").encode("latin-1")
    rows = list(read_rpps(io.BytesIO(b"".join([*lines, latin, lines[1]]))))
    assert [row.given for row in rows] == [ROW.given, "Zoé", ROW.given]


def test_an_adeli_number_without_its_zero_is_mended():
    shapes = [("12807590", "12807590"), ("12807590", "012807590"), ("012807590", "0012807590")]
    lines = [
        line_with(identifier_type="0", identifier=own, national_id=national)
        for own, national in shapes
    ]
    rows = list(read_rpps([next(write_rpps([])), *lines]))
    assert {(row.identifier, row.national_id) for row in rows} == {("012807590", "0012807590")}
    assert len(rows) == 3


def test_an_adeli_number_of_eight_other_characters_is_refused():
    (row,) = read_rpps(
        [next(write_rpps([])), line_with(identifier_type="0", identifier="1280759A", national_id="01280759A")]
    )  # fmt: skip
    assert row.reason_code == "adeli_shape"


def test_documentation_numbers_pass_in_test_mode_only():
    line = line_with(identifier="10001234567", national_id="810001234567")
    assert isinstance(next(read_rpps([HEADER, line], test_numbers=True)), RppsRow)
    assert isinstance(next(read_rpps([HEADER, line])), Refusal)


def test_a_role_without_a_profession_is_taken():
    assert isinstance(
        next(read_rpps([HEADER, line_with(profession_code="", function_code="331")])), RppsRow
    )


@pytest.mark.parametrize("value", ["a|b", "a\nb", "a\rb"])
def test_a_separator_cannot_be_written(value):
    with pytest.raises(ValueError, match="separator"):
        list(write_rpps([RppsRow("8", "1", "81", family=value)]))
