"""Reading the text of messages: character sets, delimiters, paths, escapes."""

import hl7 as oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.formats.hl7v2.errors import Hl7Error
from enrs.formats.hl7v2.parser import Delimiters, Segment, parse, unescape
from enrs.formats.hl7v2.writer import escape
from tests.formats.hl7v2 import samples

PLAIN = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"))


def test_msh_is_numbered_as_the_standard_says():
    header = parse(samples.adt()).header
    assert header[1] == "|"
    assert header[2] == "^~\\&"
    assert header.get("2") == "^~\\&"
    assert header.get("3") == "GAP"
    assert header.get("4.1.2") == "750000001"
    assert header.get("9.2") == "A01"
    assert header.rep(2) == ["^~\\&"]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_segments_end_with_any_kind_of_newline(end):
    raw = b"\xef\xbb\xbf" + samples.adt().replace(b"\r", end) + end
    message = parse(raw)
    assert [segment.name for segment in message] == ["MSH", "EVN", "PID", "PV1", "ZBE", "ZFA"]


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("UNICODE UTF-8", "utf-8"),
        ("UTF-8", "utf-8"),
        ("utf-8", "utf-8"),
        ("8859/1", "iso-8859-1"),
        ("8859/15", "iso-8859-15"),
        ("", "utf-8"),
        ("", "iso-8859-15"),
        ("8859/1~UNICODE UTF-8", "iso-8859-1"),
    ],
)
def test_the_declared_character_set_is_used(declared, codec):
    text = "\r".join(
        [samples.msh("ADT^A01", charset=declared), samples.pid("N'DIAYE^Œdipe É^^^^^L")]
    )
    raw = text.replace("Œ", "O" if codec == "iso-8859-1" else "Œ").encode(codec)
    assert parse(raw).get("PID", "5.2").endswith("dipe É")
    assert parse(raw).charset == codec


@pytest.mark.parametrize(
    ("declared", "codec"), [("UNICODE UTF-8", "latin-1"), ("ASCII", "utf-8"), ("ASCII", "latin-1")]
)
def test_bytes_foreign_to_the_declared_set_are_refused_with_their_place(declared, codec):
    raw = "\r".join([samples.msh("ADT^A01", charset=declared), "EVN", samples.pid("É^A^^^^^L")])
    encoded = raw.encode(codec)
    with pytest.raises(Hl7Error) as caught:
        parse(encoded)
    assert caught.value.code == 102
    assert caught.value.where == "MSH-18"
    assert f"n° {encoded.index('É'.encode(codec)) + 1} (segment PID, ligne 3)" in (
        caught.value.text_fr
    )


@pytest.mark.parametrize(
    ("raw", "code", "where"),
    [
        (b"", 100, "MSH"),
        (b"PID|1", 100, "MSH"),
        (b"<xml/>", 100, "MSH"),
        ("MSH|".encode("utf-16"), 100, "MSH"),
        (b"MSH", 102, "MSH-1"),
        (b"MSHA^~\\&A", 102, "MSH-1"),
        (b"MSH|^~|", 102, "MSH-2"),
        (b"MSH|^^\\&|", 102, "MSH-2"),
        (b"MSH|^~a&|", 102, "MSH-2"),
        (samples.msh("ADT^A01", charset="EBCDIC").encode(), 103, "MSH-18"),
        (samples.adt().replace(b"MELUN", b"ME\x00UN"), 102, "MSH"),
    ],
)
def test_an_unreadable_beginning_is_refused(raw, code, where):
    with pytest.raises(Hl7Error) as caught:
        parse(raw)
    assert (caught.value.code, caught.value.where) == (code, where)


def test_other_delimiters_are_obeyed():
    message = parse(b"MSH$%*!@$APP$FAC\rPID$1$$A%B@C*D$$X!F!Y!S!!T!!R!!E!")
    pid = message.first("PID")
    assert pid is not None
    assert pid.get("3.2.2") == "C"
    assert pid.get("3", rep=1) == "D"
    assert pid.get("5") == "X$Y%@*!"


def test_absent_null_and_present_differ():
    segment = Segment('PID|1||A^""^C&D~E||""', Delimiters())
    assert segment.rep(3) == ['A^""^C&D', "E"]
    assert segment.get("3.2") == ""
    assert segment.is_null(3, 2)
    assert segment.is_null(5)
    assert not segment.is_null(4)
    assert not segment.is_null(3)
    assert not segment.is_null(40, 2)
    assert segment.get("3.3.2") == "D"
    assert segment.get("3.3.3") == ""
    assert segment.get("3.9") == ""
    assert segment.get("3", rep=1) == "E"
    assert segment.get("3", rep=2) == ""
    assert segment[99] == ""
    assert segment.rep(4) == []
    assert segment.text(5) == ""


def test_a_path_of_another_shape_is_a_programming_error():
    with pytest.raises(ValueError, match="Not a field path"):
        parse(samples.adt()).header.get("PID-3")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\F\\S\\T\\R\\E\\.br\ ", "|^&~\\\n "),
        (r"\XC3A9\t\X0D0A\ ", "ét\r\n "),
        (r"\XFF\ ", r"\XFF\ "),
        (r"\X00\ ", r"\X00\ "),
        (r"\X1\ ", r"\X1\ "),
        (r"\H\gras\N\ ", r"\H\gras\N\ "),
        (r"C:\F", r"C:\F"),
        (r"a\b \S\ ", r"a\b ^ "),
        (r"\E\F\E\ ", "\\F\\ "),
    ],
)
def test_escapes(written, read):
    assert unescape(written) == read


@given(PLAIN, st.sampled_from([Delimiters(), Delimiters("$", "%", "*", "!", "@")]))
def test_what_is_escaped_comes_back(text, delimiters):
    written = escape(text, delimiters)
    assert unescape(written, delimiters) == text
    assert not set(written) & {*delimiters[:3], delimiters.subcomponent, "\r", "\n", "\x0b", "\x1c"}


@given(st.binary(max_size=200))
def test_any_bytes_parse_or_are_refused(noise):
    for raw in (noise, b"MSH|^~\\&|" + noise, samples.adt()[:120] + noise):
        try:
            message = parse(raw)
        except Hl7Error:
            continue
        for segment in message:
            segment.get("3.1.1")


@pytest.mark.parametrize("raw", [samples.adt(), samples.oru(), samples.mdm()])
def test_python_hl7_reads_the_same(raw):
    theirs = oracle.parse(raw.decode())
    ours = parse(raw)
    assert [str(segment[0]) for segment in theirs] == [segment.name for segment in ours]
    for their_segment, our_segment in zip(theirs, ours, strict=True):
        for index in range(3, len(their_segment)):
            assert str(their_segment[index]) == our_segment[index]
            for rank, repetition in enumerate(their_segment[index]):
                if str(repetition):
                    first = theirs.extract_field(
                        our_segment.name, our_segment.sequence, index, rank + 1, 1, 1
                    )
                    assert our_segment.component(index, rep=rank) == first


def test_what_shows_a_message_hides_the_patient():
    message = parse(samples.adt())
    assert repr(message) == "<Message ADT^A01 M0001>"
    assert repr(message.first("PID")) == "<Segment PID 1>"
