"""Until when a record is kept, at the edges."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.services.rights.rules import retention as rules
from enrs.services.rights.rules.retention import Term

D = date


@pytest.mark.parametrize(
    ("last", "birth", "death", "rule", "until"),
    [
        (D(2004, 5, 3), D(1950, 1, 1), None, "twenty_years", D(2024, 5, 3)),
        (D(2004, 2, 29), D(1950, 1, 1), None, "twenty_years", D(2024, 2, 29)),
        (D(2004, 5, 3), D(2000, 5, 3), None, "birthday", D(2028, 5, 3)),
        # The birthday falls on the last day of the twenty years: nothing is longer.
        (D(2004, 5, 3), D(1996, 5, 3), None, "twenty_years", D(2024, 5, 3)),
        (D(2004, 5, 3), D(1996, 5, 4), None, "birthday", D(2024, 5, 4)),
        # Born on 29 February: the 28th birthday exists, but for those of 1872 and 2072.
        (D(2001, 1, 1), D(1996, 2, 29), None, "birthday", D(2024, 2, 29)),
        (D(2072, 3, 1), D(2072, 2, 29), None, "birthday", D(2100, 3, 1)),
        (D(2004, 5, 3), None, None, "birthday_unknown", D(2032, 5, 3)),
        (D(2004, 2, 29), None, D(2004, 2, 29), "death", D(2014, 3, 1)),
        (D(2004, 5, 3), D(1950, 1, 1), D(2010, 6, 1), "death", D(2020, 6, 1)),
        # Dead one day before the ten years: sooner than twenty years; on the day itself: the usual rule.
        (D(2004, 5, 3), D(1950, 1, 1), D(2014, 5, 2), "death", D(2024, 5, 2)),
        (D(2004, 5, 3), D(1950, 1, 1), D(2014, 5, 3), "twenty_years", D(2024, 5, 3)),
        # « In all cases »: a child who died has no twenty-eighth birthday to wait for.
        (D(2004, 5, 3), D(2002, 1, 1), D(2004, 6, 1), "death", D(2014, 6, 1)),
        # Care dated after the death that is written: a mistake of one of the two shortens nothing.
        (D(2009, 5, 3), D(1950, 1, 1), D(2004, 6, 1), "death", D(2019, 5, 3)),
    ],
)  # fmt: skip
def test_a_record_is_kept_as_the_code_says(last, birth, death, rule, until):
    assert rules.term(last_on=last, birth=birth, death_on=death) == Term(rule, until)


def test_the_last_day_of_keeping_is_not_over():
    term = Term("twenty_years", D(2024, 5, 3))
    assert not term.is_over(D(2024, 5, 3))
    assert term.is_over(D(2024, 5, 4))


@pytest.mark.parametrize(
    ("periods", "until"),
    [
        ([], D(2020, 1, 1)),
        ([(D(2010, 1, 1), D(2010, 1, 10))], D(2020, 1, 11)),
        # Two appeals over the same days count once, in any order.
        ([(D(2010, 1, 6), D(2010, 1, 20)), (D(2010, 1, 1), D(2010, 1, 10))], D(2020, 1, 21)),
        # Begun on the last day; begun the day after, when there was no term left to suspend.
        ([(D(2020, 1, 1), D(2020, 1, 1))], D(2020, 1, 2)),
        ([(D(2020, 1, 2), D(2020, 1, 9))], D(2020, 1, 1)),
        # Begun during what the first one added.
        ([(D(2010, 1, 1), D(2010, 1, 10)), (D(2020, 1, 5), D(2020, 1, 5))], D(2020, 1, 12)),
        # Before the last visit nothing ran.
        ([(D(1999, 1, 1), D(2000, 1, 3))], D(2020, 1, 4)),
    ],
)  # fmt: skip
def test_an_appeal_suspends_the_term(periods, until):
    found = rules.term(last_on=D(2000, 1, 1), birth=D(1950, 1, 1), suspensions=periods)
    assert found.kept_until == until


days = st.dates(D(1950, 1, 1), D(2060, 12, 31))


@given(last=days, birth=st.none() | days, death=st.none() | days)
def test_no_term_is_shorter_than_ten_years(last, birth, death):
    found = rules.term(last_on=last, birth=birth, death_on=death)
    assert found.kept_until >= rules.years_later(last, 10)
    assert found.rule in rules.RULES


@given(last=days, birth=days)
def test_knowing_no_birth_date_never_shortens(last, birth):
    if birth <= last:
        unknown = rules.term(last_on=last, birth=None)
        assert unknown.kept_until >= rules.term(last_on=last, birth=birth).kept_until
