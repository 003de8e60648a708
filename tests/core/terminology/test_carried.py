"""The loaded version of a published set takes the place of what the code carries, until it is read again."""

import json

import pytest

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.terminology import carried
from enrs.core.terminology.commands import load_terminology

pytestmark = pytest.mark.django_db
NOS = "https://mos.esante.gouv.fr/NOS/"
SYSTEM_URL = f"{NOS}TRE_R332-GenreCapacite/FHIR/TRE-R332-GenreCapacite"
SET_URL = f"{NOS}JDV_J190-GenreCapacite-ROR/FHIR/JDV-J190-GenreCapacite-ROR"
PACKAGED = {"09": "Autre"}


@pytest.fixture(autouse=True)
def _nothing_kept():
    carried.forget()
    yield
    carried.forget()


def load(tree):
    with acting(SYSTEM):
        (done,) = load_terminology(json.dumps(tree).encode(), file_name="file.json")
    assert not done.error
    return done


def value_set(*codes, version="1"):
    concepts = [{"code": code, "display": words} for code, words in codes]
    return {
        "resourceType": "ValueSet", "url": SET_URL, "version": version, "status": "active",
        "compose": {"include": [{"system": SYSTEM_URL, "concept": concepts}]},
    }  # fmt: skip


def test_what_is_packaged_serves_until_a_version_is_loaded():
    assert carried.words_of(SET_URL, PACKAGED) == PACKAGED
    load(value_set(("01", "Femme"), ("02", "Homme")))
    assert carried.words_of(SET_URL, PACKAGED) == PACKAGED
    carried.forget()
    assert carried.words_of(SET_URL, PACKAGED) == {"01": "Femme", "02": "Homme"}


def test_a_later_version_takes_the_place_of_the_former():
    load(value_set(("01", "Femme"), ("03", "Indifférencié")))
    load(value_set(("01", "Femme"), ("04", "Indéterminé"), version="2"))
    found = carried.loaded(SET_URL)
    assert found is not None
    assert (found.version, dict(found.words)) == ("2", {"01": "Femme", "04": "Indéterminé"})
    assert found.systems["04"] == SYSTEM_URL


def test_a_system_known_by_a_part_is_not_taken_for_the_whole():
    load(value_set(("01", "Femme")))
    assert carried.loaded(SYSTEM_URL) is None
    load({
        "resourceType": "CodeSystem", "url": SYSTEM_URL, "version": "3", "status": "active",
        "content": "complete", "concept": [{"code": "02", "display": "Homme"}],
    })  # fmt: skip
    carried.forget()
    assert dict(carried.words_of(SYSTEM_URL, PACKAGED)) == {"02": "Homme"}


def test_it_is_read_again_after_a_while(monkeypatch):
    assert carried.loaded(SET_URL) is None
    load(value_set(("01", "Femme")))
    monkeypatch.setattr(carried, "FRESH_SECONDS", 0)
    assert carried.loaded(SET_URL) is not None
