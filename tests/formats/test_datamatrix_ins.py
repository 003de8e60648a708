"""The text of a Datamatrix INS: read, written, refused part by part; the drawn code read back."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrs.formats.datamatrix_ins import GS, HEADER, DatamatrixError, InsCode, is_ours, read, write

CODE = InsCode(
    ins="279035121518989", oid="1.2.250.1.213.1.4.10", given_names="DOMINIQUE MARIE-LOUISE", birth_name="PAT-TROIS",
    sex="F", birth_date="1979-03-28", birth_place_code="51215",
)  # fmt: skip
TEXT = (
    f"{HEADER}S1279035121518989S21.2.250.1.213.1.4.10S3DOMINIQUE MARIE-LOUISE{GS}S4PAT-TROIS{GS}"
    "S5FS628-03-1979S751215"
)
"""The OID has its most characters, 20: no separator follows it."""


def test_the_patient_of_the_national_examples_is_written_and_read():
    assert write(CODE) == TEXT
    assert read(TEXT) == CODE
    assert is_ours(TEXT)


def test_a_shorter_oid_ends_with_the_separator():
    code = replace(CODE, oid="1.2.250.1.213.1.4.8")
    assert f"S21.2.250.1.213.1.4.8{GS}S3" in write(code)
    assert read(write(code)) == code


def test_blocks_come_in_any_order_and_the_last_one_has_no_separator():
    text = f"{HEADER}S4PAT-TROIS{GS}S5FS628-03-1979S1279035121518989S21.2.250.1.213.1.4.10S3DOMINIQUE MARIE-LOUISE"
    assert read(text) == replace(CODE, birth_place_code="")


@pytest.mark.parametrize("spelled", ["<GS>", "<gs>", "␝", "\\x1d", "^]"])
def test_scanners_spell_the_separator(spelled):
    assert read(TEXT.replace(GS, spelled) + "\r\n") == CODE


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "kind"),
        ("DC04FR0000011E581E58B201FRF0JEAN", "kind"),
        ("279035121518989", "kind"),
        (TEXT.replace("IS01", "IS02", 1), "version"),
        ("IS01" + "1" + TEXT[5:], "header"),
        (TEXT + "S8ABC", "block"),
        (TEXT + "S751215", "twice"),
        (TEXT.replace(GS, ""), "length"),
        (TEXT.replace("S751215", "S7512"), "length"),
        (TEXT.replace("S5F", ""), "missing"),
        (TEXT.replace("279035121518989", "279035121518988"), "ins"),
        (TEXT.replace("S628-03-1979", "S631-02-1979"), "date"),
        (TEXT.replace("S628-03-1979", "S61979-03-28"), "date"),
        (TEXT.replace("S5F", "S5I"), "sex"),
        (TEXT.replace("PAT-TROIS", "PAT  TROIS9"), "name"),
    ],
)
def test_what_is_not_understood_is_refused_and_says_why(text, code):
    with pytest.raises(DatamatrixError) as caught:
        read(text)
    assert caught.value.code == code


def test_an_unknown_day_or_month_is_partial():
    assert read(TEXT.replace("28-03-1979", "00-03-1979")).birth_date == "1979-03"
    assert read(TEXT.replace("28-03-1979", "00-00-1979")).birth_date == "1979"
    assert "S600-00-1979" in write(replace(CODE, birth_date="1979"))


def test_names_are_brought_to_the_characters_of_the_format():
    code = replace(CODE, birth_name="N’Diaye-Œuvré", given_names="Zoé Hélène")
    assert f"S3ZOE HELENE{GS}S4N'DIAYE-OEUVRE{GS}" in write(code)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sex": "U"}, "sex"),
        ({"birth_name": "李"}, "name"),
        ({"ins": ""}, "ins"),
        ({"birth_date": ""}, "date"),
    ],
)
def test_an_identity_that_does_not_fit_is_not_written(changes, code):
    with pytest.raises(DatamatrixError) as caught:
        write(replace(CODE, **changes))
    assert caught.value.code == code


CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is slow to draw its first value."""
WORDS = st.lists(st.text("AEISZ", min_size=1, max_size=12), min_size=1, max_size=5)
NAMES = st.builds(lambda words, joint: joint.join(words), WORDS, st.sampled_from(" -'"))


@CALM
@given(NAMES, NAMES, st.dates(), st.sampled_from("MF"), st.sampled_from(["", "2A004", "99341"]))
def test_what_is_written_is_read(birth_name, given_names, day, sex, place):
    code = replace(
        CODE, birth_name=birth_name, given_names=given_names, birth_date=day.isoformat(), sex=sex,
        birth_place_code=place,
    )  # fmt: skip
    assert read(write(code)) == code
