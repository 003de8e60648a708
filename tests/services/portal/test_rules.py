"""Numbers, codes and delays of enrolment."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.services.portal import rules


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("99700005007", "899700005007"),
        ("997 000 050 07", "899700005007"),
        ("899700005007", "899700005007"),
        ("751234567", "0751234567"),
        ("2A1234567", "02A1234567"),
        ("02A1234567", "02A1234567"),
        ("1234", ""),
        ("", ""),
        ("9970000500７", ""),
        ("99700005007; drop", ""),
    ],
)
def test_a_typed_number_becomes_that_of_the_directory(typed, number):
    assert rules.whole_number(typed) == number


@pytest.mark.parametrize(
    ("typed", "shape"),
    [
        ("123 456", rules.SHORT),
        ("abcd-efgh-jkmn", rules.LONG),
        ("ABCD EFGH JKMO", None),
        ("12345", None),
        ("", None),
    ],
)
def test_a_code_is_known_by_its_shape(typed, shape):
    assert rules.shape_of(rules.typed_code(typed)) is shape


@given(st.text(alphabet=rules.ALPHABET, min_size=12, max_size=12))
def test_a_code_shown_in_groups_is_read_back(code):
    assert rules.typed_code(rules.grouped(code)) == code


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("c.roche@medecin.mssante.fr", True),
        ("c.roche@mssante.example", True),
        ("c.roche@fauxmssante.fr", False),
        ("c.roche@hopital.example", False),
    ],
)
def test_the_mailboxes_of_the_professional_space_are_known(address, is_one):
    assert rules.is_professional_mailbox(address) is is_one


def test_a_masked_address_does_not_let_one_write_there():
    assert rules.masked_address("camille.roche@mssante.example") == "c•••@mssante.example"


@pytest.mark.parametrize(
    ("given_name", "family", "taken", "login"),
    [
        ("Camille", "Durand", (), "c.durand"),
        ("Camille", "Durand", ("c.durand", "c.durand2"), "c.durand3"),
        ("Éloïse", "N'Diaye-Légaré", (), "e.ndiayelegare"),
        ("", "", (), "compte"),
    ],
)
def test_a_login_is_proposed_that_nobody_has(given_name, family, taken, login):
    assert rules.proposed_login(given_name, family, taken) == login
    assert rules.is_login(login)


@pytest.mark.parametrize(
    "login", ["ab", "Camille", "c durand", "c@d", ".abc", "é.durand", "a" * 41]
)
def test_odd_logins_are_refused(login):
    assert not rules.is_login(login)


@pytest.mark.parametrize(
    ("confirmed", "today", "late"),
    [
        (date(2026, 1, 15), date(2026, 7, 14), False),
        (date(2026, 1, 15), date(2026, 7, 15), True),
        (date(2025, 8, 31), date(2026, 2, 27), False),
        (date(2025, 8, 31), date(2026, 2, 28), True),
    ],
)
def test_a_review_is_late_after_six_months(confirmed, today, late):
    assert rules.review_is_late(confirmed_on=confirmed, today=today) is late


@pytest.mark.parametrize(
    ("active", "gone", "may"), [(10, 10, True), (1000, 100, True), (1000, 101, False), (50, 21, False)]
)  # fmt: skip
def test_a_directory_that_empties_itself_closes_nobody(active, gone, may):
    assert rules.may_close_many(active=active, gone=gone) is may


@pytest.mark.parametrize(
    ("pin", "fault"),
    [
        ("4827", ""),
        ("48271905", ""),
        ("482", "length"),
        ("482719056", "length"),
        ("48a7", "figures"),
        ("٤٨٢٧", "figures"),
        ("1111", "plain"),
        ("1234", "plain"),
        ("8765", "plain"),
    ],
)
def test_a_personal_code_is_not_what_a_passer_by_tries_first(pin, fault):
    assert rules.pin_fault(pin) == fault
