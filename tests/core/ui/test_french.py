"""Dates, ages, numbers and identifiers read as a ward reads them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from enrs.core.ui import french

NOW = datetime(2026, 3, 12, 13, 5, tzinfo=UTC)


def plain(text):
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("birth", "words"),
    [
        (date(2026, 3, 12), "0 jour"),
        (date(2026, 3, 11), "1 jour"),
        (date(2026, 2, 28), "12 jours"),
        (date(2026, 2, 12), "1 mois"),
        (date(2025, 7, 30), "7 mois"),
        (date(2024, 3, 13), "23 mois"),
        (date(2024, 3, 12), "2 ans"),
        (date(1943, 10, 4), "82 ans"),
        (date(1944, 2, 29), "82 ans"),
        ("1943-10-04", "82 ans"),
        ("1948", "environ 78 ans"),
        ("1948-10", "environ 77 ans"),
        ("2025-08", "environ 7 mois"),
        ("2026", "environ 0 an"),
        (date(2027, 1, 1), ""),
        ("1948-02-31", ""),
        ("inconnue", ""),
    ],
)
def test_age_in_words(birth, words):
    assert plain(french.age_words(birth, date(2026, 3, 12))) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (date(2026, 3, 12), "12 mars 2026"),
        (date(2026, 8, 1), "1er août 2026"),
        ("2026-03-12", "12 mars 2026"),
        ("2026-03", "mars 2026"),
        ("1948", "1948"),
        ("1948-13", "1948-13"),
        ("vers 1950", "vers 1950"),
    ],
)
def test_day_in_words(value, words):
    assert plain(french.day_words(value)) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (NOW, "12 mars 14 h 05"),
        (date(2026, 8, 1), "1er août"),
        (datetime(2025, 11, 2, 9, 0, tzinfo=UTC), "2 nov. 2025"),
        (date(2027, 1, 1), "1er janv. 2027"),
    ],
)
def test_what_fits_the_column_of_a_table(value, words):
    assert plain(french.short_words(value, date(2026, 3, 12))) == words


def test_moment_is_told_in_the_zone_of_the_region():
    assert plain(french.moment_words(NOW)) == "12 mars 2026 à 14 h 05"
    assert (
        plain(french.moment_words(datetime(2026, 3, 11, 23, 30, tzinfo=UTC)))
        == "12 mars 2026 à 0 h 30"
    )


def test_a_period_within_one_day_says_the_day_once():
    assert (
        plain(french.period_words(NOW, NOW + timedelta(hours=3)))
        == "le 12 mars 2026 de 14 h 05 à 17 h 05"
    )
    assert (
        plain(french.period_words(NOW, NOW + timedelta(hours=10)))
        == "du 12 mars 2026 à 14 h 05 au 13 mars 2026 à 0 h 05"
    )


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (12, "1 Ko"),
        (225_700, "220 Ko"),
        (3_500_000, "3,3 Mo"),
        (5_368_709_120, "5,0 Go"),
    ],
)
def test_a_file_is_weighed_in_the_units_that_people_know(count, words):
    assert plain(french.size_words(count)) == words


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("ÉPINAY-SUR-SEINE", "Épinay-sur-Seine"),
        ("LE BLANC-MESNIL", "Le Blanc-Mesnil"),
        ("LES LILAS", "Les Lilas"),
        ("L'ÎLE-SAINT-DENIS", "L'Île-Saint-Denis"),
        ("VILLENEUVE D'ASCQ", "Villeneuve d'Ascq"),
        ("Aulnay-sous-Bois", "Aulnay-sous-Bois"),
    ],
)
def test_a_town_is_written_as_people_write_it(written, told):
    assert french.town_words(written) == told


@pytest.mark.parametrize(
    ("count", "word", "words"),
    [
        (0, "lit", "lit"),
        (1.5, "lit", "lit"),
        (2, "lit", "lits"),
        (2, "avis", "avis"),
        (3, "place libre", "places libres"),
    ],
)
def test_a_word_agrees_with_its_number(count, word, words):
    assert french.plural(count, word) == words


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(seconds=20), "à l’instant"),
        (timedelta(minutes=3), "il y a 3 min"),
        (timedelta(hours=2), "il y a 2 h"),
        (timedelta(hours=20), "hier à 18 h 05"),
        (timedelta(days=3), "il y a 3 jours"),
        (timedelta(days=20), "20 février 2026"),
        (timedelta(hours=-2), "dans 2 h"),
        (timedelta(days=-1), "demain à 14 h 05"),
    ],
)
def test_time_gone_by(gap, words):
    assert plain(french.ago_words(NOW - gap, NOW)) == words


@pytest.mark.parametrize(
    ("value", "decimals", "words"),
    [
        (0, None, "0"),
        ("10.80", None, "10,80"),
        (1234, None, "1234"),
        (1284650, None, "1 284 650"),
        (12345.5, None, "12 345,5"),
        (-3.25, 1, "−3,2"),
        ("< 5", None, "< 5"),
        ("positif", 2, "positif"),
    ],
)
def test_numbers(value, decimals, words):
    assert plain(french.number_words(value, decimals)) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("+33612345678", "06 12 34 56 78"),
        ("0033155500147", "01 55 50 01 47"),
        ("+262639980001", "06 39 98 00 01"),
        ("01.55.50.01.47", "01 55 50 01 47"),
        ("15", "15"),
        ("+32 2 555 12 12", "+32 2 555 12 12"),
    ],
)
def test_phones(number, words):
    assert plain(french.phone_words(number)) == words


@pytest.mark.parametrize(
    ("ins", "words"),
    [
        ("179035121518989", "1 79 03 51 215 189 · 89"),
        ("1790351215189", "1 79 03 51 215 189"),
        ("279032A21518941", "2 79 03 2A 215 189 · 41"),
        ("12", "12"),
    ],
)
def test_ins(ins, words):
    assert plain(french.ins_words(ins)) == words


def test_names_lead_with_the_birth_name():
    assert french.name_words("n’diaye", "Marie") == "N’DIAYE Marie"
    assert french.name_words("Durand", "Marie", "DURAND") == "DURAND Marie"
    assert plain(french.name_words("Durand", "Marie", "Petit")) == "DURAND Marie (usage : PETIT)"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (date(2026, 3, 12), "12 mars"), (date(2026, 11, 1), "1er nov."), (date(2025, 7, 14), "14 juil. 2025"),
        (datetime(2026, 3, 12, 13, 5, tzinfo=UTC), "12 mars 14 h 05"),
        (datetime(2025, 12, 31, 23, 30, tzinfo=UTC), "1er janv. 0 h 30"),
        ("1948", "1948"), ("1948-05", "mai 1948"), ("inconnue", "inconnue"),
    ],
)  # fmt: skip
def test_short_words_for_narrow_columns(value, words):
    assert plain(french.short_words(value, today=date(2026, 6, 1))) == words
