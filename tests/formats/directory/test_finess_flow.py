"""The JSON flow of FINESS: what is read of an establishment, oddities, cut and foreign documents."""

import gzip
import io
import json
import tracemalloc
from datetime import date

import pytest

from enrs.formats.directory import documents
from enrs.formats.directory.common import DirectoryFileError, Refusal
from enrs.formats.directory.finess import FinessLocation, FinessStructure, write_finess
from enrs.formats.directory.finess_flow import (
    FinessClosed,
    FinessGroup,
    FinessLegalClosed,
    FinessLegalOpen,
    FinessOpen,
    read_any_finess,
    read_flow,
)
from tests.referentials.directory.factories import (
    finess_flow,
    finess_number,
    flow_place,
    place,
)

OWN = finess_number(1)


def read(*establishments, **root):
    """What a flow says of establishments: the rows of its legal entity and of groups are apart."""
    rows = read_all(finess_flow(*establishments, **root))
    return [row for row in rows if not isinstance(row, FinessLegalOpen | FinessGroup)]


def read_all(tree):
    return list(read_flow([json.dumps(tree)]))


def structure(one) -> FinessStructure:
    (row,) = [row for row in read(one) if isinstance(row, FinessOpen)]
    return row.structure


def test_an_establishment_gives_its_structure_and_its_place():
    told, where = read(flow_place(1))
    assert isinstance(told, FinessOpen)
    row = told.structure
    assert (row.finess, row.legal_finess, row.siret) == (OWN, finess_number(9001), "")
    assert (row.name, row.long_name) == ("HOPITAL 1", "HÔPITAL DES TROIS-VALLÉES 1")
    assert (row.street_number, row.street_type, row.street_name) == ("12", "R", "DES ÉRABLES")
    assert (row.commune_code, row.department_code) == ("75114", "75")
    assert (row.postal_code, row.city) == ("75014", "PARIS")
    assert (row.phone, row.category_code) == ("0140000001", "355")
    assert isinstance(where, FinessLocation)
    assert (where.finess, where.latitude, where.longitude) == (OWN, 48.83, 2.32)


def test_unknown_fields_are_left_and_nameless_groups_too():
    one = flow_place(1) | {"nouveauChamp": {"profond": [1, 2]}}
    one["informationsGeneralesEGE"]["autre"] = None
    rows = read(one, gcc=[{"gccId": "1"}], nouvelleListe=[[], 3], gco=[])
    assert [type(row) for row in rows] == [FinessOpen, FinessLocation]


@pytest.mark.parametrize(
    "absent",
    ["adresse", "contact", "categorieentiteGeographiqueExercice", "etatObjet", "dateDerniereMaj"],
)
def test_absent_fields_are_empty(absent):
    one = flow_place(1)
    del one[absent]
    assert structure(one).finess == OWN


@pytest.mark.parametrize("odd", [None, [], "x", 3, [None], [3], {}], ids=str)
@pytest.mark.parametrize("name", ["adresse", "contact"])
def test_fields_of_another_type_are_empty(name, odd):
    row = structure(flow_place(1) | {name: odd})
    assert row.department == "75"


def test_without_a_name_or_with_a_bad_number_it_is_refused_with_its_rank():
    nameless = flow_place(2)
    nameless["informationsGeneralesEGE"] |= {"nomEgeLong": "  ", "nomEgeCourt": ""}
    bad = flow_place(3)
    bad["informationsGeneralesEGE"]["numFinessEge"] = OWN[:-1] + "x"
    numberless = flow_place(4)
    del numberless["informationsGeneralesEGE"]["numFinessEge"]
    rows = read(nameless, bad, numberless, "rien")
    assert all(isinstance(row, Refusal) for row in rows)
    assert [(row.line_number, row.reason_code) for row in rows] == [
        (1, "missing_name"), (2, "finess_key"), (3, "finess_shape"), (4, "not_an_object"),
    ]  # fmt: skip


def test_names_are_trimmed_and_unprinted_characters_dropped():
    one = flow_place(1)
    one["informationsGeneralesEGE"]["nomEgeLong"] = "SMUR \x00 AMBERIEU\ud800\n EN BUGEY      "
    assert structure(one).long_name == "SMUR AMBERIEU EN BUGEY"


@pytest.mark.parametrize(
    ("state", "closed_on", "is_closed"),
    [
        ("A", None, False), ("I", "1993-01-01", True), ("I", None, True), ("A", "1993-01-01", False),
        (None, "1993-01-01", True), (None, "2999-01-01", False), (None, None, False),
    ],
)  # fmt: skip
def test_what_is_closed_is_told_so(state, closed_on, is_closed):
    one = flow_place(1) | {"etatObjet": state}
    one["informationsGeneralesEGE"]["dateFermeture"] = closed_on
    (first, *_) = read(one)
    assert isinstance(first, FinessClosed if is_closed else FinessOpen)


@pytest.mark.parametrize(
    ("commune", "department", "code"),
    [
        ("2A004", "2A", "2A004"), ("2b033", "2B", "2B033"), ("97105", "971", "97105"), ("97213", "972", "97213"),
        ("9A105", "971", "97105"), ("9F008", "976", ""), ("97701", "977", "97701"), ("98613", "986", "98613"),
        ("1053", "01", "01053"), ("75114", "75", "75114"), ("", "75", ""), ("ABC", "75", ""),
    ],
)  # fmt: skip
def test_communes_of_corsica_and_overseas(commune, department, code):
    one = flow_place(1)
    one["adresse"][0]["cogCommune"] = commune
    row = structure(one)
    assert (row.department_code, row.commune_code) == (department, code)


def test_without_an_address_the_number_tells_the_department():
    one = flow_place(1) | {"adresse": []}
    one["informationsGeneralesEGE"]["numFinessEge"] = "970100012"
    assert structure(one).department == "971"


def test_the_address_of_the_place_and_the_main_contact_are_taken():
    one = flow_place(1)
    one["adresse"].insert(0, {"usageAdresse": "02", "cogCommune": "93048", "codePostal": "93100"})
    one["contact"].insert(0, {"telecom": {"telephone": "0100000000"}})
    assert (structure(one).commune_code, structure(one).phone) == ("75114", "0140000001")
    one["contact"].pop()
    assert structure(one).phone == "0100000000"


@pytest.mark.parametrize(
    ("x", "y", "first", "second", "expected"),
    [
        ("6862000.0", "652000.0", "48.85", "2.34", (48.85, 2.34)),
        ("2.34", "48.85", "6862000.0", "652000.0", (48.85, 2.34)),
        ("48.85", "2.34", "2.34", "48.85", (48.85, 2.34)),
        ("0", "0", "16.2", "-61.5", (16.2, -61.5)),
        ("0", "0", "-21.1", "55.4", (-21.1, 55.4)),
        ("0", "0", "0", "0", None),
        ("", "", "nan", "inf", None),
        ("1e400", "x", None, [], None),
    ],
)  # fmt: skip
def test_only_degrees_in_france_are_believed(x, y, first, second, expected):
    one = flow_place(1)
    one["adresse"][0]["coordonneesGeographique"] = {
        "coordonneeX": x, "coordonneeY": y, "directionLatitude": first, "directionLongitude": second,
    }  # fmt: skip
    places = [(row.latitude, row.longitude) for row in read(one) if isinstance(row, FinessLocation)]
    assert places == ([expected] if expected else [])


def test_a_legal_entity_stands_by_itself():
    (told,) = read_all(finess_flow(legal=finess_number(9777)))
    assert isinstance(told, FinessLegalOpen)
    row = told.entity
    assert (row.finess, row.siren, row.long_name) == (
        finess_number(9777), "260100037", "HÔPITAUX DES TROIS-VALLÉES",
    )  # fmt: skip
    assert (row.status_code, row.created_on, told.technical_id) == (
        "14", "1994-01-01", finess_number(9777)[3:],
    )  # fmt: skip


def entity(**changes):
    """The only row that a flow gives of its legal entity, with these fields of the entity or of its names."""
    tree = finess_flow()
    names = tree["pmej"][0]["informationsGeneralesPMEJ"]
    for name, value in changes.items():
        (names if name in names or name.startswith("date") else tree["pmej"][0])[name] = value
    (row,) = read_all(tree)
    return row


@pytest.mark.parametrize(
    ("state", "closed_on", "is_closed"),
    [("A", None, False), ("I", "2019-03-03", True), (None, "2019-03-03", True), (None, "2999-01-01", False)],
)  # fmt: skip
def test_a_closed_entity_is_told_so_with_its_day(state, closed_on, is_closed):
    row = entity(etatObjet=state, dateFermeture=closed_on)
    assert isinstance(row, FinessLegalClosed if is_closed else FinessLegalOpen)
    if is_closed:
        assert row.closed_on == closed_on


def test_a_nameless_or_misnumbered_entity_is_refused():
    nameless = entity(denominationPm=" ", denominationLonguePmSmsse=None)
    assert (nameless.reason_code, nameless.line_number) == ("missing_name", 0)
    assert entity(numFinessPm="12345678X").reason_code == "finess_key"


def test_the_address_of_a_seat_is_taken():
    seat = {"usageAdresse": "02", "numeroVoie": "240", "cogCommune": "01143", "codePostal": "1220"}
    row = entity(adresse=[{"usageAdresse": "03", "cogCommune": "75114"}, seat]).entity
    assert (row.commune_code, row.postal_code, row.street_number) == ("01143", "01220", "240")


def test_a_group_has_its_members_and_their_roles():
    group = {
        "gccId": "1", "nomGcc": "75 Est", "typeGcc": "001", "etatObjet": "A",
        "pmejDuGcc": [
            {"pmSmsseId": "7", "typeRoleEntiteGroupe": "S"},
            {"pmSmsseId": "8", "typeRoleEntiteGroupe": "M"}, None, {"pmSmsseId": ""},
        ],
    }  # fmt: skip
    told = read_all(finess_flow(gcc=[group, {"gccId": "2"}, 3]))
    (row,) = [row for row in told if isinstance(row, FinessGroup)]
    assert (row.number, row.name, row.members) == ("1", "75 Est", (("7", "S"), ("8", "M")))


WHOLE = json.dumps(finess_flow(flow_place(1), flow_place(2), gcc=[{"a": 1}])).encode()


@pytest.mark.parametrize("length", range(0, len(WHOLE), 37))
def test_a_cut_document_is_an_error_wherever_it_is_cut(length):
    with pytest.raises(DirectoryFileError):
        list(read_any_finess(io.BytesIO(WHOLE[:length])))


@pytest.mark.parametrize(
    "content",
    [
        b"[]", b"{}", b'{"a": 1}', b'{"pmej": 3}', b'{"pmej": [3]}', b'{"pmej": [{}]}', b'{"pmej": {}}',
        b'{"pmej": [] "a": 1}', b'{"pmej": [],}', b"{3: []}", b'{"pmej": []} fin', b'{"pmej": [{"numFiness": "1"}]}',
        b'{"schemaVersion": "v2.0.0", "pmej": []}', b'{"a": "\xff", "pmej": []}', b'{"a": ' + b"[" * 100_000,
        b'{"a": ' + b"9" * 5_000 + b", ", b'{"a": truc}',
    ],
    ids=lambda content: repr(content[:30]),
)  # fmt: skip
def test_other_documents_are_errors(content):
    with pytest.raises(DirectoryFileError):
        list(read_any_finess(io.BytesIO(content)))


def test_the_flow_and_the_stock_are_told_apart_in_every_form():
    for content in (WHOLE, b"\xef\xbb\xbf" + WHOLE, b"\n " + WHOLE):
        assert isinstance(next(read_any_finess(io.BytesIO(content))), FinessLegalOpen)
        inside = gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(content)))
        assert isinstance(next(read_any_finess(inside)), FinessLegalOpen)
    assert isinstance(next(read_any_finess([WHOLE.decode()])), FinessLegalOpen)
    lines = list(write_finess([place(1)], release=1, released_on=date(2026, 3, 1)))
    assert isinstance(next(read_any_finess(lines)), FinessStructure)
    assert isinstance(next(read_any_finess(io.BytesIO("".join(lines).encode()))), FinessStructure)


def test_a_long_flow_is_read_in_bounded_memory():
    def chunks():
        yield '{"schemaVersion": "v1.0.1", "pmej": ['
        for rank in range(4_000):
            legal = finess_flow(flow_place(rank % 90 + 1))["pmej"][0]
            yield ("," if rank else "") + json.dumps(legal, indent=2)
        yield "]}"

    tracemalloc.start()
    count = sum(1 for _ in read_flow(chunks()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 12_000
    assert peak < 4_000_000


def test_a_record_longer_than_a_chunk_is_read_and_an_endless_one_refused(monkeypatch):
    monkeypatch.setattr(documents, "CHUNK", 64)
    rows = list(read_flow(io.BytesIO(WHOLE)))
    assert len(rows) == 5
    monkeypatch.setattr(documents, "MAX_RECORD", 500)
    with pytest.raises(DirectoryFileError, match="trop long"):
        list(read_flow(io.BytesIO(WHOLE)))
