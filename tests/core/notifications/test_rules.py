"""The pure decisions: numbers, sentences that leave, segments, quiet hours, signatures."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.core.notifications.registry import KINDS, register_kind
from enrs.core.notifications.rules import hours, phones, signing, texts

PARIS = ZoneInfo("Europe/Paris")

NUMBERS = {
    "06 12 34 56 78": "+33612345678",
    "0612345678": "+33612345678",
    "06.12.34.56.78": "+33612345678",
    "06-12-34-56-78": "+33612345678",
    "06\u00a012\u00a034\u00a056\u00a078": "+33612345678",
    "+33 6 12 34 56 78": "+33612345678",
    "+33 (0)6 12 34 56 78": "+33612345678",
    "+330612345678": "+33612345678",
    "0033 6 12 34 56 78": "+33612345678",
    "07 55 12 34 56": "+33755123456",
    "01 99 00 12 34": "+33199001234",
    "09 70 12 34 56": "+33970123456",
    "0690 12 34 56": "+590690123456",
    "0691 12 34 56": "+590691123456",
    "0694 12 34 56": "+594694123456",
    "0696 12 34 56": "+596696123456",
    "0697 12 34 56": "+596697123456",
    "0692 12 34 56": "+262692123456",
    "0693 12 34 56": "+262693123456",
    "0639 12 34 56": "+262639123456",
    "06 39 98 12 34": "+33639981234",
    "0269 12 34 56": "+262269123456",
    "0262 12 34 56": "+262262123456",
    "+33 692 12 34 56": "+262692123456",
    "+262 692 12 34 56": "+262692123456",
    "+32 470 12 34 56": "+32470123456",
}


@pytest.mark.parametrize(("written", "expected"), NUMBERS.items())
def test_numbers_in_e164(written, expected):
    assert phones.normalise(written) == expected
    assert phones.normalise(expected) == expected


@pytest.mark.parametrize(
    "written",
    ["", "06", "0612345", "061234567890", "0012", "6 12 34 56 78", "06 12 34 56 7X", "+0612345678",
     "+33 6 12 34 56", "+1", "＋33612345678", "٠٦١٢٣٤٥٦٧٨", "06123456\r\n78;", "+331234567890123456"],
)  # fmt: skip
def test_what_is_no_number_is_refused(written):
    with pytest.raises(phones.PhoneError):
        phones.normalise(written)


@pytest.mark.parametrize(
    ("written", "is_one"),
    [("0612345678", True), ("0755123456", True), ("0692123456", True), ("0639123456", True),
     ("0199001234", False), ("0899123456", False), ("0970123456", False), ("0700123456", False),
     ("+32470123456", False), ("0262123456", False)],
)  # fmt: skip
def test_sms_go_to_french_mobiles_alone(written, is_one):
    assert phones.is_mobile(phones.normalise(written)) is is_one
    if not is_one:
        with pytest.raises(phones.PhoneError, match="mobile"):
            phones.mobile(written)


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_a_phone_error(text):
    try:
        number = phones.normalise(text)
    except phones.PhoneError:
        return
    assert number.startswith("+")
    assert phones.normalise(number) == number


@pytest.mark.parametrize(
    "template",
    ["{patient} vous attend", "Bonjour {name}", "{by} a ouvert votre dossier", "{result}", "{ins}",
     "{at.__class__}", "{at!r}", "{at:>10}", "{0}", "{", "Votre résultat est prêt",
     "Rappel de votre CHIMIOTHÉRAPIE", "Séance de dialyse demain", "Vaccination à {time}",
     "2 79 03 51 215 189"],
)  # fmt: skip
def test_a_sentence_that_names_or_tells_health_is_refused(template):
    with pytest.raises(texts.UnsafeTextError):
        texts.check_template(template)
    with pytest.raises(texts.UnsafeTextError):
        register_kind("essai.refused", label="Essai", sms=template)
    assert "essai.refused" not in KINDS


def test_a_plain_sentence_may_leave():
    template = "{region} : rendez-vous le {day} à {time}. Renseignements au {phone}. {link}"
    assert texts.check_template(template) == template
    filled = texts.fill(template, {"day": "12 mars\r\nBcc: x", "time": "9 h"})
    assert "\n" not in filled
    assert "12 mars Bcc: x" in filled


def test_every_declared_kind_may_leave():
    for kind in KINDS.values():
        for sentence in (kind.mail_subject, kind.mail_text, kind.sms):
            texts.check_template(sentence)


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1),
     ("€" * 81, 2), ("ê" * 70, 1), ("ê" * 71, 2), ("ê" * 134, 2), ("ê" * 135, 3), ("😀" * 35, 1),
     ("😀" * 36, 2)],
)  # fmt: skip
def test_segments(text, count):
    assert texts.segments(text) == count


def test_typography_is_made_plain_for_sms():
    assert texts.for_sms("« L’été »\u00a0: à 9\u202fh…\x00") == '" L\'été " : à 9 h...'


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("CHTroisVal", True), ("CH 3 Val", True), ("Cabinet-Med", True), ("abc", True), ("ab", False),
     ("12345", False), ("CHTroisVallees", False), ("Hôpital", False), ("CH<b>", False), ("", False),
     ("CH\nVal", False), (" CHVal", False), ("+33612345", False)],
)  # fmt: skip
def test_sender_names(name, is_one):
    assert texts.is_sender_name(name) is is_one


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "start", "end", "expected"),
    [
        # An ordinary winter night: 21:00 to 07:30 CET.
        (utc(2026, 1, 10, 12), time(21), time(7, 30), utc(2026, 1, 10, 12)),
        (utc(2026, 1, 10, 20), time(21), time(7, 30), utc(2026, 1, 11, 6, 30)),
        (utc(2026, 1, 11, 5), time(21), time(7, 30), utc(2026, 1, 11, 6, 30)),
        (utc(2026, 1, 11, 6, 30), time(21), time(7, 30), utc(2026, 1, 11, 6, 30)),
        # The night of 25 hours: 21:00 CEST to 07:30 CET is an hour longer.
        (utc(2026, 10, 24, 19), time(21), time(7, 30), utc(2026, 10, 25, 6, 30)),
        (utc(2026, 10, 24, 18, 59), time(21), time(7, 30), utc(2026, 10, 24, 18, 59)),
        # An end inside the doubled hour is its second passage.
        (utc(2026, 10, 25, 0, 45), time(21), time(2, 30), utc(2026, 10, 25, 1, 30)),
        # A beginning inside the doubled hour is its first passage.
        (utc(2026, 10, 25, 0, 40), time(2, 30), time(6), utc(2026, 10, 25, 5)),
        (utc(2026, 10, 25, 1, 10), time(2, 30), time(6), utc(2026, 10, 25, 5)),
        # The night of 23 hours: an end that spring skips is the hour after it.
        (utc(2026, 3, 29, 0, 30), time(21), time(2, 30), utc(2026, 3, 29, 1, 30)),
        # A quiet midday, and none at all.
        (utc(2026, 1, 10, 11, 30), time(12), time(14), utc(2026, 1, 10, 13)),
        (utc(2026, 1, 10, 23), time(8), time(8), utc(2026, 1, 10, 23)),
    ],
)
def test_quiet_hours(now, start, end, expected):
    assert hours.quiet_until(now, start, end, PARIS) == expected


@given(
    st.datetimes(
        min_value=datetime(2026, 1, 1),  # noqa: DTZ001  hypothesis adds the zone
        max_value=datetime(2027, 12, 31),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    st.times(),
    st.times(),
)
def test_after_quiet_hours_comes_no_quiet(now, start, end):
    free = hours.quiet_until(now, start, end, PARIS)
    assert timedelta(0) <= free - now <= timedelta(hours=26)
    assert hours.quiet_until(free, start, end, PARIS) == free


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (utc(2026, 1, 10, 6), utc(2026, 1, 10, 7)),
        (utc(2026, 1, 10, 7), utc(2026, 1, 11, 7)),
        (utc(2026, 10, 24, 7), utc(2026, 10, 25, 7)),
        (utc(2026, 3, 28, 7), utc(2026, 3, 29, 6)),
    ],
)
def test_digest_at_eight_of_the_legal_day(now, expected):
    assert hours.next_digest(now, time(8), PARIS) == expected


def test_attempts_come_later_and_end():
    now = utc(2026, 1, 10)
    waits = [hours.next_attempt(rank, now) for rank in range(1, 8)]
    assert waits == sorted(waits)
    assert waits[0] == now + timedelta(seconds=30)
    assert hours.next_attempt(8, now) is None


def test_signature_of_another_body_key_or_time_is_refused():
    header = signing.sign(b"secret", b"{}", 1_000)
    assert signing.is_signed(b"secret", b"{}", header, 1_100)
    assert not signing.is_signed(b"secret", b"{ }", header, 1_100)
    assert not signing.is_signed(b"autre", b"{}", header, 1_100)
    assert not signing.is_signed(b"", b"{}", signing.sign(b"", b"{}", 1_000), 1_000)
    assert not signing.is_signed(b"secret", b"{}", header, 1_301)
    for wrong in ("", "t=", "t=x,v1=y", "v1=", "t=²,v1=", "t=9" + "9" * 40, "é"):
        assert not signing.is_signed(b"secret", b"{}", wrong, 1_000)


def test_keys_are_long_and_never_the_same():
    assert len({signing.new_key() for _ in range(50)}) == 50
    assert len(signing.new_key()) >= 48
