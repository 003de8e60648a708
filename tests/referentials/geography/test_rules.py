"""Codes in all their forms, names, distances."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.referentials.geography import rules


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("93048", "93048"), (" 93048 ", "93048"), ("1004", "01004"), ("2a004", "2A004"), ("2B033", "2B033"),
        ("9A105", "97105"), ("9B209", "97209"), ("9C302", "97302"), ("9D411", "97411"), ("9E502", "97502"),
        ("9F611", "97611"), ("9A005", "97105"), ("97123", "97701"), ("97127", "97801"), ("98735", "98735"),
    ],
)  # fmt: skip
def test_a_code_is_written_as_insee_does(given, expected):
    assert rules.normalised_code(given) == expected


@pytest.mark.parametrize(
    ("code", "department"),
    [
        ("01004", "01"),
        ("2A004", "2A"),
        ("2B033", "2B"),
        ("97105", "971"),
        ("97611", "976"),
        ("98735", "987"),
    ],
)
def test_the_department_of_a_code(code, department):
    assert rules.department_of(code) == department


@pytest.mark.parametrize(
    ("given", "expected"), [("9A", "971"), ("9F", "976"), ("1", "01"), ("2a", "2A"), ("974", "974")]
)
def test_a_department_is_written_as_insee_does(given, expected):
    assert rules.normalised_department(given) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Saint-Denis", "ST DENIS"), ("L'Haÿ-les-Roses", "l hay les roses"),
        ("Asnières s/ Seine", "Asnières-sur-Seine"),
        ("PARIS CEDEX", "Paris"), ("Œuilly", "oeuilly"), ("Ste-Geneviève", "Sainte Genevieve"),
    ],
)  # fmt: skip
def test_names_are_the_same_however_they_are_written(one, other):
    assert rules.name_key(one) == rules.name_key(other)


def test_distances_are_those_of_the_earth():
    paris, lyon = (48.8566, 2.3522), (45.7640, 4.8357)
    assert rules.kilometres(paris, lyon) == pytest.approx(391.5, abs=1)
    assert rules.kilometres(paris, paris) == 0


PLACES = st.tuples(st.floats(-60, 60), st.floats(-170, 170))


@given(place=PLACES, turn=st.floats(-1, 1), up=st.floats(-1, 1), km=st.floats(1, 100))
def test_a_box_holds_whatever_is_near_enough(place, turn, up, km):
    other = (place[0] + up, place[1] + turn)
    south, west, north, east = rules.box_around(place, km)
    if rules.kilometres(place, other) <= km * 0.99:
        assert south <= other[0] <= north
        assert west <= other[1] <= east


def test_a_hole_is_outside():
    square = [[0.0, 0.0], [0.0, 10.0], [10.0, 10.0], [10.0, 0.0], [0.0, 0.0]]
    hole = [[4.0, 4.0], [4.0, 6.0], [6.0, 6.0], [6.0, 4.0], [4.0, 4.0]]
    assert rules.is_inside((1, 1), [[square, hole]])
    assert not rules.is_inside((5, 5), [[square, hole]])
    assert not rules.is_inside((11, 5), [[square, hole]])
