"""The demo region: the same each time, valid by its keys, plausible in its numbers."""

import io
import json
from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import islice

import pytest

from enrs.config.demo import people, places
from enrs.config.demo.activities import BY_KIND, activity_lines
from enrs.config.demo.generator import DemoPlan, DemoRegion
from enrs.formats import keys
from enrs.formats.directory.common import Refusal
from enrs.formats.directory.finess import FinessLocation, FinessStructure, read_finess, write_finess
from enrs.formats.directory.rpps import read_rpps, write_rpps

TODAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def region():
    return DemoRegion(DemoPlan.small(today=TODAY))


@pytest.fixture(scope="module")
def told(region):
    return list(region.stories())


def test_the_same_plan_gives_the_same_region(region):
    again = DemoRegion(DemoPlan.small(today=TODAY))
    assert list(islice(again.stories(), 60)) == list(islice(region.stories(), 60))
    assert list(again.structures()) == list(region.structures())
    other = DemoRegion(DemoPlan.small(today=TODAY, seed=2))
    assert next(islice(other.people(), 50, None)) != next(islice(region.people(), 50, None))


def test_the_small_region_has_its_size(region, told):
    assert len(list(region.structures())) == 60
    assert len(list(region.professionals())) == 800
    assert len(told) == 5_000
    filed = sum(len(story.results) + len(story.documents) for story in told)
    assert 38_000 <= filed <= 43_000


def test_numbers_are_valid_and_unique(region, told):
    structures = list(region.structures())
    professionals = list(region.professionals())
    found = [story.person for story in told]
    assert all(keys.is_finess(s.finess) and keys.is_finess(s.legal_finess) for s in structures)
    assert all(s.finess[2] == "9" and keys.is_siret(s.siret) for s in structures)
    assert all(keys.is_rpps(p.rpps) and p.rpps.startswith("997") for p in professionals)
    assert all(keys.is_nir(p.ins) for p in found if p.ins)
    assert {p.ins_oid for p in found if p.ins} == {"1.2.250.1.213.1.4.10"}
    for values in (
        [s.finess for s in structures],
        [p.rpps for p in professionals],
        [p.ins for p in found if p.ins],
        [p.id for p in found],
        [p.local_id for p in found],
        [r.id for story in told for r in story.results],
        [d.id for story in told for d in story.documents],
    ):
        assert len(set(values)) == len(values)


def test_the_nir_agrees_with_the_traits(told):
    for person in (story.person for story in told):
        if person.ins:
            assert person.ins[0] == ("1" if person.sex == "M" else "2")
            assert person.ins[1:5] == person.birth_date.strftime("%y%m")
            assert person.ins[5:10] == person.birth_place_code
        assert (person.identity_status == "VALI") == bool(person.ins)
        assert person.first_given_name == person.given_names[0]
        assert person.birth_name == person.birth_name.upper()


def test_the_population_looks_like_one(told):
    found = [story.person for story in told]
    ages = [(TODAY - person.birth_date).days / 365.25 for person in found]
    assert 0.13 <= sum(age < 15 for age in ages) / len(ages) <= 0.27
    assert 0.10 <= sum(age >= 65 for age in ages) / len(ages) <= 0.24
    assert any(age > 100 for age in ages)
    assert any(age < 1 for age in ages)
    assert min(ages) >= 0
    assert 0.47 <= sum(p.sex == "F" for p in found) / len(found) <= 0.55
    assert 0.08 <= sum(p.birth_place_code.startswith("99") for p in found) / len(found) <= 0.35
    assert {p.address.commune_code[:2] for p in found} == {"75", "92", "93"}
    twins = Counter((p.household, p.birth_date) for p in found)
    assert any(count > 1 for count in twins.values())
    homonyms = Counter((p.birth_name, p.first_given_name, p.birth_date) for p in found)
    assert any(count > 1 for count in homonyms.values())
    assert sum(bool(p.used_name) for p in found) > 200


def test_facts_lie_between_birth_and_today(told):
    for story in told:
        born = story.person.birth_date
        for result in story.results:
            assert born <= result.taken_at.date() <= TODAY
            assert result.value >= 0
        for document in story.documents:
            assert born <= document.created_at.date() <= TODAY
        assert any(member.role == "Médecin traitant" for member in story.circle)


def test_every_account_has_someone_behind_it(region, told):
    accounts = region.accounts()
    rpps = {person.rpps for person in region.professionals()}
    people_ids = {story.person.id for story in told}
    assert len({account.login for account in accounts}) == len(accounts) == 18
    for account in accounts:
        assert account.rpps in rpps if account.rpps else account.person_id in people_ids
        assert set(account.relative_of) <= people_ids
    names = {account.login: account.name for account in accounts}
    assert names["moreau"] == "Dr Claire MOREAU-LEFEBVRE"
    assert names["montbel"].endswith("DE LA ROCHEFOUCAULD-MONTBEL")


def test_the_diabetic_patient_has_a_rich_history(region, told):
    story = told[0]
    assert story.person.used_name == "MARCHAND"
    assert (TODAY - story.person.birth_date).days // 365.25 == 58
    assert sum(result.loinc == "4548-4" for result in story.results) >= 10
    assert len(story.documents) >= 20
    assert {"moreau", "kouassi"} <= {
        w.login for w in region.workers if w.rpps in {m.rpps for m in story.circle}
    }


def test_the_public_files_go_round(region):
    rows = list(region.rpps_rows())
    assert len(rows) > 800
    raw = "".join(write_rpps(rows)).encode()
    assert list(read_rpps(io.BytesIO(raw))) == rows
    raw = "".join(write_finess(region.finess_rows(), release=1, released_on=TODAY)).encode()
    read = list(read_finess(io.BytesIO(raw)))
    assert not any(isinstance(row, Refusal) for row in read)
    assert sum(isinstance(row, FinessStructure) for row in read) == 60
    places_found = [row for row in read if isinstance(row, FinessLocation)]
    assert all(48 < row.latitude < 49.5 and 1.4 < row.longitude < 3.6 for row in places_found)


def test_the_large_region_streams_its_first_rows():
    region = DemoRegion(DemoPlan.region(today=TODAY))
    assert len({s.finess for s in islice(region.structures(), 300)}) == 300
    assert len({p.rpps for p in islice(region.professionals(), 300)}) == 300
    assert len(list(islice(region.people(), 300))) == 300


def test_blocks_never_share_a_nir():
    plan = DemoPlan.region(today=TODAY)
    size = people.BLOCK_SIZE
    found = [
        list(
            islice(people.iter_people(n * size, (n + 1) * size, 1, TODAY, plan.departments), 3_000)
        )
        for n in (0, 1, people.MAX_BLOCKS - 1)
    ]
    orders = [{person.ins[10:13] for person in block if person.ins} for block in found]
    assert not (orders[0] & orders[1])
    assert max(orders[2]) <= "999"
    with pytest.raises(ValueError, match="At most"):
        next(people.iter_people(0, people.MAX_BLOCKS * size + 1, 1, TODAY, places.ALL_DEPARTMENTS))


def test_the_activities_of_a_whole_region_are_read_each_with_its_own_number():
    """A hospital opened on a 29 February, and more than 100,000 structures, are what the small region lacks."""
    whole = DemoRegion(DemoPlan.region(today=TODAY))
    sites = [one for one in whole.structures() if one.kind in BY_KIND]
    leap = replace(sites[0], opened_on=date(1996, 2, 29))
    flow = json.loads("".join(activity_lines([leap, *sites[1:]], today=TODAY)))
    granted = [one for tree in flow["pmej"] for one in tree["activitesAutorisees"]]
    done = [one for tree in flow["pmej"] for one in tree["ege"][0]["activitesExercees"]]
    numbers = [one["caracteristiquesGeneriques"]["activiteAeId"] for one in (*granted, *done)]
    assert len(set(numbers)) == len(numbers)
    assert {len(one) for one in numbers} == {9, 10}
    starts = {one["caracteristiquesGeneriques"]["dateDebutActiviteAutorisee"] for one in granted}
    assert min(starts) == "2010-01-04"
