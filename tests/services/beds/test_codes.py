"""Codes of capacities: as published, as a loaded version has them, and as words beside them say."""

import json

import pytest

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.terminology import carried
from enrs.core.terminology.commands import load_terminology
from enrs.services.beds import codes
from enrs.services.beds.patches import told_by
from tests.services.beds.test_patches import concept, parameters, values, whole

SETS = (codes.TYPES, codes.SEXES, codes.SOURCES, codes.ASSIGNMENTS)


@pytest.fixture(autouse=True)
def _nothing_kept():
    carried.forget()
    yield
    carried.forget()


def load(one, *given):
    concepts = [{"code": code, "display": words} for code, words in given]
    name = one.name.replace("JDV_J190", "TRE_R332")
    system = f"{codes.SYSTEM}{name}/FHIR/{name.replace('_', '-')}"
    tree = {
        "resourceType": "ValueSet", "url": one.address, "version": "2027", "status": "active",
        "compose": {"include": [{"system": system, "concept": concepts}]},
    }  # fmt: skip
    with acting(SYSTEM):
        (done,) = load_terminology(json.dumps(tree).encode(), file_name="J.json")
    assert not done.error
    carried.forget()


@pytest.mark.parametrize(
    ("code", "sex"), [("01", "female"), ("02", "male"), ("03", "any"), ("04", "any"), ("05", None)]
)
def test_the_sexes_are_those_of_the_published_set(code, sex):
    assert codes.PACKAGED.sex.word_of(code) == sex


@pytest.mark.parametrize(
    ("code", "display", "sex"),
    [("02", "Indifférencié", "any"), ("02", "HOMME", "male"), ("02", "Lit double", "male"), ("99", "Femme", "female")],
)  # fmt: skip
def test_known_words_beside_a_code_win_over_it(code, display, sex):
    assert codes.PACKAGED.sex.word_of(code, display) == sex


def test_covid_plus_is_not_covid_minus():
    assert codes.PACKAGED.assignment.codes == {"01": "", "02": "covid"}


@pytest.mark.django_db
def test_what_is_written_without_a_loaded_version_is_the_published_code():
    assert codes.SEXES.writing() == {"female": "01", "male": "02", "any": "04"}
    assert codes.SOURCES.writing() == {"hand": "01", "software": "02", "admissions": "03"}
    assert codes.TYPES.writing() == {"bed": "01", "place": "02"}
    assert codes.ASSIGNMENTS.writing() == {"": "01", "covid": "02"}


@pytest.mark.django_db
def test_a_loaded_version_takes_the_place_of_ours():
    load(codes.SEXES, ("F", "Femme"), ("H", "Homme"), ("X", "Indéterminé"))
    assert codes.SEXES.writing() == {"female": "F", "male": "H", "any": "X"}
    read = codes.current().sex
    assert (read.word_of("X"), read.word_of("H"), read.word_of("03")) == ("any", "male", "any")


@pytest.mark.django_db
def test_a_loaded_version_may_give_a_code_another_meaning():
    load(codes.SEXES, ("01", "Homme"), ("02", "Indifférencié"), ("03", "Femme"))
    read = codes.current().sex
    assert [read.word_of(code) for code in ("01", "02", "03")] == ["male", "any", "female"]
    assert codes.SEXES.writing() == {"male": "01", "any": "02", "female": "03"}


@pytest.mark.parametrize(
    ("given", "sex"),
    [
        ({"valueCodeableConcept": concept("01")}, "female"),
        ({"valueCodeableConcept": {"coding": [{"code": "02", "display": "Indifférencié"}]}}, "any"),
        ({"valueCoding": {"code": "02"}}, "male"),
    ],
)
def test_a_patch_is_read_so(given, sex):
    (told,) = told_by(parameters(whole(values(genderCapacityAvailable=given))))
    assert told.sex == sex
