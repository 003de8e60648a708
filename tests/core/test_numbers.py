"""What a browser may send in place of a number."""

import pytest

from enrs.core.numbers import whole


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("7", 7), ("00012", 12), ("99999999", 99_999_999)]
)
def test_a_number_is_read(text, value):
    assert whole(text, otherwise=-1) == value


@pytest.mark.parametrize(
    "text", ["", " 1", "-1", "+1", "1.0", "1e3", "²", "٣", "１", "9" * 9, "9" * 5000, "x"]
)
def test_what_is_none_is_something_else(text):
    assert whole(text, otherwise=-1) == -1
