"""Framing of byte streams."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.formats.hl7v2.mllp import Framer, FramingError, frame

PAYLOAD = st.binary(max_size=40).filter(lambda raw: b"\x0b" not in raw and b"\x1c" not in raw)


@given(st.lists(PAYLOAD, max_size=6), st.integers(1, 7))
def test_pieces_of_any_size_give_the_messages_back(payloads, size):
    stream = b"\r\n".join(frame(payload) for payload in payloads)
    framer = Framer()
    out = []
    for start in range(0, len(stream), size):
        out += framer.feed(stream[start : start + size])
    assert out == payloads
    assert framer.close() is None


def test_junk_is_told_once_and_skipped():
    framer = Framer()
    out = framer.feed(b"GET / HTTP/1.1\r\n")
    assert [error.kind for error in out] == ["junk"]
    assert out[0].head == b"GET / HTTP/1.1"
    assert framer.feed(b"Host: x\r\n") == []
    assert framer.feed(frame(b"MSH|1")) == [b"MSH|1"]
    assert [type(one) for one in framer.feed(b"zz" + frame(b"MSH|2"))] == [FramingError, bytes]


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_an_oversized_message_is_refused_and_not_kept(step):
    framer = Framer(limit=100)
    stream = frame(b"MSH|" + b"x" * 5000) + frame(b"MSH|after")
    out = []
    for start in range(0, len(stream), step):
        out += framer.feed(stream[start : start + step])
        assert len(framer._buffer) <= 100 + 2
    error, after = out
    assert error.kind == "oversized"
    assert error.head.startswith(b"MSH|xxx")
    assert "taille permise" in error.text_fr
    assert after == b"MSH|after"


def test_a_message_of_just_the_limit_passes():
    assert Framer(limit=8).feed(frame(b"12345678")) == [b"12345678"]
    assert Framer(limit=8).feed(frame(b"123456789"))[0].kind == "oversized"


def test_a_lone_separator_inside_a_message_is_content():
    assert Framer().feed(b"\x0bA\x1cB\x1c\r") == [b"A\x1cB"]


def test_a_half_sent_message_is_told_at_the_end():
    framer = Framer()
    assert framer.feed(b"\x0bMSH|half") == []
    assert framer.close() == b"MSH|half"
    assert framer.close() is None
    assert framer.feed(frame(b"MSH|again")) == [b"MSH|again"]


def test_a_message_begun_again_saves_the_second():
    error, good = Framer().feed(b"\x0bMSH|half" + frame(b"MSH|whole"))
    assert error.kind == "truncated"
    assert good == b"MSH|whole"


@pytest.mark.parametrize("bad", [b"a\x0bb", b"a\x1c\rb"])
def test_block_characters_cannot_be_framed(bad):
    with pytest.raises(ValueError, match="block characters"):
        frame(bad)
