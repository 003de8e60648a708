"""The keys of the national numbers, on known numbers and on every single-digit slip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.formats import keys


@pytest.mark.parametrize("value", ["10000023084", "01234567897", "99700366240"])
def test_known_rpps_numbers_pass(value):
    assert keys.is_rpps(value)


@pytest.mark.parametrize(
    "value", ["10001234567", "810000023084", "1000002308", "", "1000002308a", "١٠٠٠٠٠٢٣٠٨٤"]
)
def test_wrong_rpps_numbers_fail(value):
    assert not keys.is_rpps(value)


@pytest.mark.parametrize(
    "value",
    ["010000024", "010780054", "750100125", "750712184", "970100012", "970102018"],
)
def test_known_finess_numbers_pass(value):
    assert keys.is_finess(value)
    assert keys.finess_key(value[:8]) == value[8]


@pytest.mark.parametrize("value", ["120456789", "75071218", "7507121844", "2C0000014", "AB0000000"])
def test_wrong_finess_numbers_fail(value):
    assert not keys.is_finess(value)


@pytest.mark.parametrize("prefix", ["2A900001", "2B900001"])
def test_a_corsican_finess_number_has_a_key(prefix):
    assert keys.is_finess(prefix + keys.finess_key(prefix))


def test_a_finess_key_needs_eight_characters():
    with pytest.raises(ValueError, match="department"):
        keys.finess_key("7507121")


@pytest.mark.parametrize("value", ["732829320", "443061841"])
def test_siren(value):
    assert keys.is_siren(value)
    assert not keys.is_siren(value[:-1])


@pytest.mark.parametrize("value", ["73282932000074", "35600000049837"])
def test_siret(value):
    assert keys.is_siret(value)


@pytest.mark.parametrize("value", ["73282932000075", "35600000049838", "7328293200007"])
def test_wrong_siret(value):
    assert not keys.is_siret(value)


@pytest.mark.parametrize(("nir", "key"), [("2790351215189", "89"), ("2550814168025", "38")])
def test_nir_key(nir, key):
    assert keys.nir_key(nir) == key
    assert keys.is_nir(nir + key)


def test_corsican_nir_counts_19_and_18():
    assert keys.nir_key("180012A004001") == keys.nir_key("1800119004001")
    assert keys.nir_key("180012B033001") == keys.nir_key("1800118033001")


@pytest.mark.parametrize("nir", ["", "279035121518", "27903512151890", "X790351215189"])
def test_a_nir_of_another_shape_is_refused(nir):
    with pytest.raises(ValueError, match="NIR"):
        keys.nir_key(nir)
    assert not keys.is_nir(nir + "00")


@given(st.text("0123456789", min_size=10, max_size=10), st.integers(0, 9), st.integers(1, 9))
def test_one_changed_digit_is_always_seen(body, position, shift):
    number = body + keys.luhn_key(body)
    assert keys.is_rpps(number)
    changed = str((int(number[position]) + shift) % 10)
    assert not keys.is_rpps(number[:position] + changed + number[position + 1 :])
