"""No cell of a list is a formula."""

import pytest

from enrs.core.spreadsheets import csv_cell


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+33", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1+1", "\u00a0=cmd|' /C calc'!A0", "\u3000=1",
        "\uff1d1+1", "\uff20SUM(A1)", "\t1",
    ],
)  # fmt: skip
def test_what_would_be_a_formula_is_text(text):
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Centre hospitalier", "12", "a=b", "3-4"])
def test_the_rest_is_left_alone(text):
    assert csv_cell(text) == text
