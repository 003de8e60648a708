"""The JSON flow of FINESS brings the directory to its state as the stock does, closings told, or not at all."""

import gzip
import json

import pytest

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.terminology.models import CodeSystem, Concept
from enrs.referentials.directory.commands.deposit import kind_of, take_deposits
from enrs.referentials.directory.commands.load import load_finess
from enrs.referentials.directory.fhir import CATEGORIES
from enrs.referentials.directory.models import Change, LoadReport, Organisation, RefusedRow
from tests.referentials.directory.factories import (
    finess_file,
    finess_flow,
    finess_number,
    flow_place,
    location,
    place,
)

pytestmark = pytest.mark.django_db
NAME = "finess-structures-journalier-20260309.json"


@pytest.fixture(autouse=True)
def as_system():
    with acting(SYSTEM):
        yield


def load(*trees, **options):
    """The legal entities of these trees in one flow."""
    whole = trees[0] | {"pmej": [entity for tree in trees for entity in tree["pmej"]]}
    return load_finess([json.dumps(whole)], file_name=NAME, **options)


def flow(*establishments, **options):
    return load(finess_flow(*establishments), **options)


def counts(report):
    """What a load did with structures; legal entities have their own tests."""
    told = report.details["tables"]["Organization"]
    return (told["added"], told["changed"], told["closed"], report.refused_count)


def closed(rank, **changes):
    return flow_place(rank, etatObjet="I", **changes)


def named(rank, name, **changes):
    one = flow_place(rank, **changes)
    one["informationsGeneralesEGE"]["nomEgeLong"] = name
    return one


def test_a_flow_makes_places_and_the_same_again_changes_nothing():
    report = flow(flow_place(1), flow_place(2))
    assert (report.state, report.read_count, counts(report)[0]) == (LoadReport.State.DONE, 5, 2)
    one = Organisation.objects.get(finess_eg=finess_number(1))
    assert (one.source, one.finess_ej, one.commune_code) == ("finess", finess_number(9001), "75114")
    assert (one.address, one.city, one.latitude) == ("12 R DES ÉRABLES", "PARIS", 48.83)
    assert counts(flow(flow_place(1), flow_place(2))) == (0, 0, 0, 0)
    assert not Change.objects.exists()


def test_the_stock_then_the_flow_is_one_history():
    load_finess(finess_file(place(1), location(1)), file_name="etalab.csv")
    before = Organisation.objects.get()
    report = flow(named(1, "HÔPITAL NEUF"))
    assert counts(report)[:1] == (0,)
    after = Organisation.objects.get()
    assert (after.id, after.name, after.category_label) == (
        before.id, "HÔPITAL NEUF", "Centre Hospitalier (C.H.)",
    )  # fmt: skip
    told = Change.objects.get(report=report, kind="Organization")
    assert set(told.before) == {"name", "name_key", "phone"}


def test_a_category_takes_its_name_from_the_nomenclature_when_nobody_said_it():
    system = CodeSystem.objects.create(
        id="0190f000-0000-7000-8000-000000000001", url=CATEGORIES, loaded_at="2026-01-01T00:00Z"
    )
    Concept.objects.create(
        system=system, code="355", display="Centre hospitalier", key="", rank=1, row_hash=""
    )
    flow(flow_place(1), flow_place(2, categorieentiteGeographiqueExercice="999"))
    labels = dict(Organisation.objects.values_list("category_code", "category_label"))
    assert labels == {"355": "Centre hospitalier", "999": ""}


def test_what_was_always_closed_is_not_made():
    report = flow(flow_place(1), closed(2))
    assert counts(report)[0] == 1
    assert Organisation.objects.count() == 1


def test_what_closes_is_closed_with_its_history_and_may_come_back():
    flow(flow_place(1), flow_place(2))
    report = flow(flow_place(1), closed(2))
    assert counts(report) == (0, 0, 1, 0)
    one = Organisation.objects.get(finess_eg=finess_number(2))
    assert one.is_closed
    assert Change.objects.get(report=report).what == "closed"
    assert counts(flow(flow_place(1), closed(2))) == (0, 0, 0, 0)
    flow(flow_place(1), flow_place(2))
    assert list(Change.objects.order_by("id").values_list("what", flat=True)) == [
        "closed", "reopened",
    ]  # fmt: skip


def test_what_is_absent_of_a_whole_flow_is_closed_and_of_a_part_only_what_it_says():
    flow(flow_place(1), flow_place(2), flow_place(3))
    assert flow(closed(2), is_complete=False).closed_count == 1
    assert Organisation.objects.filter(is_closed=False).count() == 2
    assert flow(flow_place(1)).closed_count == 1
    assert Organisation.objects.get(is_closed=False).finess_eg == finess_number(1)


def test_a_structure_that_changes_legal_entity_keeps_its_identifier():
    flow(flow_place(1))
    before = Organisation.objects.get()
    report = load(
        finess_flow(flow_place(1), legal=finess_number(9777)), finess_flow(closed(1))
    )  # The old entity still holds it, closed: the open one is believed, whichever comes first.
    assert counts(report) == (0, 1, 0, 0)
    assert report.details["repeated"] == 1
    after = Organisation.objects.get()
    assert (after.id, after.finess_ej, after.is_closed) == (before.id, finess_number(9777), False)
    told = Change.objects.get(kind="Organization")
    assert told.after == {"finess_ej": finess_number(9777)}
    again = load(finess_flow(closed(1)), finess_flow(flow_place(1), legal=finess_number(9777)))
    assert counts(again) == (0, 0, 0, 0)


def test_of_two_open_rows_of_a_number_the_last_that_was_written_is_kept():
    late = named(1, "DERNIER", dateDerniereMaj="2026-05-02 00:00:00")
    report = flow(late, named(1, "PREMIER"))
    assert report.details["repeated"] == 1
    assert Organisation.objects.get().name == "DERNIER"


def test_refused_rows_are_kept_with_their_rank_and_reason():
    bad = flow_place(2)
    bad["informationsGeneralesEGE"]["numFinessEge"] = "12345678X"
    report = flow(flow_place(1), bad, named(3, "", categorieentiteGeographiqueExercice=None))
    kept = RefusedRow.objects.filter(report=report).order_by("line_number")
    assert [(one.line_number, one.reason_code) for one in kept] == [(2, "finess_key")]
    assert "12345678X" in kept[0].raw_head


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9, 0.999])
def test_a_cut_flow_changes_nothing(part):
    flow(flow_place(1), flow_place(2))
    whole = json.dumps(finess_flow(named(1, "AUTRE"), *(flow_place(rank) for rank in range(3, 60))))
    report = load_finess([whole[: int(len(whole) * part)]], file_name=NAME)
    assert report.state == LoadReport.State.FAILED
    assert "coupé" in report.error
    assert Organisation.objects.filter(is_closed=False).count() == 2
    assert not Organisation.objects.filter(name="AUTRE").exists()
    assert not Change.objects.exists()


def test_a_flow_that_lost_most_of_its_places_closes_none():
    flow(*(flow_place(rank) for rank in range(1, 121)), publish=False)
    report = flow(
        *(flow_place(rank) for rank in range(1, 61)), *(closed(r) for r in range(61, 121)),
        publish=False,
    )  # fmt: skip
    assert (report.state, report.closed_count) == (LoadReport.State.KEPT, 0)


def test_compressed_flows_are_taken_from_the_folder_and_a_cut_one_put_aside(tmp_path):
    content = gzip.compress(json.dumps(finess_flow(flow_place(1))).encode())
    (tmp_path / f"{NAME}.gz").write_bytes(content)
    (report,) = take_deposits(tmp_path, quiet_seconds=0)
    assert (report.kind, report.state, counts(report)[0]) == ("finess", "done", 1)
    (tmp_path / f"{NAME}.gz").write_bytes(content[:-40])
    (report,) = take_deposits(tmp_path, quiet_seconds=0)
    assert report.state == LoadReport.State.FAILED
    assert len(list((tmp_path / "refuses").iterdir())) == 1
    assert Organisation.objects.filter(is_closed=False).count() == 1


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (NAME, "finess"), ("finess-structures-mensuel-202607_json.gz", "finess"),
        ("finess-activites-journalier-20260401.json", "activities"), ("etalab-cs1100507-stock-20210108.csv", "finess"),
        ("etalab-cs1100502-stock.csv", "finess"),
    ],
)  # fmt: skip
def test_names_tell_the_flow_of_structures_from_that_of_activities(name, kind):
    assert kind_of(name) == kind
