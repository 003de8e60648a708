"""The invented populations of the measures: always the same for a seed, right where a register is right."""

import csv
from collections import Counter

import pytest
from benchmarks.identity.people import people_of_block
from benchmarks.identity.population import read_records, traits_of, write_population

from enrs.formats.ins import INS_TEST_OID, check_ins
from enrs.referentials.identity.rules import settle

PEOPLE = 3_000


@pytest.fixture(scope="module")
def population(tmp_path_factory):
    return write_population(tmp_path_factory.mktemp("people"), people=PEOPLE, seed=1, processes=1)


def lines(population, name):
    return [path.read_bytes() for path in sorted(population.folder.glob(f"{name}-*.csv"))]


def test_a_seed_always_gives_the_same_files_and_another_one_others(population, tmp_path):
    again = write_population(tmp_path / "again", people=PEOPLE, seed=1, processes=1)
    other = write_population(tmp_path / "other", people=PEOPLE, seed=2, processes=1)
    assert lines(population, "records") == lines(again, "records")
    assert lines(population, "truth") == lines(again, "truth")
    assert lines(population, "records") != lines(other, "records")


def test_every_record_can_be_kept_and_every_ins_is_of_the_test_range_with_its_key(population):
    for row in read_records(population):
        assert settle(traits_of(row), mode="demo").traits.birth_name
        if row["ins"]:
            assert row["ins_oid"] == INS_TEST_OID
            assert check_ins(row["ins"], row["ins_oid"]) == []


def test_every_person_has_a_record_and_some_have_several(population):
    of = Counter()
    for path in population.folder.glob("truth-*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            of.update(row["person"] for row in csv.DictReader(file))
    assert len(of) == PEOPLE
    assert 1.12 < of.total() / PEOPLE < 1.28
    assert max(of.values()) > 2


def test_default_birth_dates_take_their_share(tmp_path):
    population = write_population(tmp_path, people=PEOPLE, seed=1, default_dates=0.03, processes=1)
    rows = list(read_records(population))
    assert 0.02 < sum(row["birth_date"] == "1900-01-01" for row in rows) / len(rows) < 0.04


def test_families_have_twins_of_one_day_and_never_two_living_children_of_one_name():
    people = people_of_block(1, 0)
    twins = [one for one in people if one.twin]
    assert twins
    for one, other in zip(twins[::2], twins[1::2], strict=False):
        if other.twin == "2":
            assert (one.born, one.name, one.place) == (other.born, other.name, other.place)
            assert one.given[0] != other.given[0]


def test_no_two_people_have_one_ins():
    given = Counter(one.ins for number in (0, 1) for one in people_of_block(1, number) if one.ins)
    assert max(given.values()) == 1


def test_a_person_may_be_born_abroad_in_corsica_and_overseas():
    places = Counter(one.place[:2] for one in people_of_block(1, 0))
    assert places["99"] > 200
    assert places["97"] > 10
    assert places["2A"] + places["2B"] > 5
