"""Acknowledgements and segments that we write."""

import pickle
from datetime import UTC, datetime

import hl7 as oracle
import pytest

from enrs.formats.hl7v2 import Hl7Error, acknowledge, parse, sniff_header, worst_ack
from enrs.formats.hl7v2.writer import field, message, repeat, segment
from tests.formats.hl7v2 import samples

AT = datetime(2026, 3, 12, 13, 5, tzinfo=UTC)


def test_an_acknowledgement_answers_its_sender():
    answer = parse(acknowledge(parse(samples.adt()), control_id="R1", at=AT))
    header = answer.header
    assert (header[3], header[4]) == ("EAI", "REGION")
    assert (header[5], header[6]) == ("GAP", "HOPITAL-DEMO&750000001&N")
    assert header[7] == "20260312130500+0000"
    assert header[9] == "ACK^A01^ACK"
    assert header[12] == "2.5^FRA^2.11"
    assert header[18] == "UNICODE UTF-8"
    assert [line[:3] for line in answer.lines] == ["MSH", "MSA"]
    assert answer.lines[1] == "MSA|AA|M0001"


def test_each_error_has_its_segment_in_plain_words():
    errors = [
        Hl7Error(102, "PID-7", "La date | de naissance est illisible."),
        Hl7Error(101, "OBX-5.4", "x" * 400, sequence=3, application_code=903),
        Hl7Error(203, "MSH-12", "Version inconnue."),
    ]
    raw = acknowledge(parse(samples.adt()), "AE", errors, control_id="R2", at=AT)
    answer = parse(raw)
    first, second, third = answer.segments("ERR")
    assert first[2] == "PID^1^7"
    assert first[3] == "102^Data type error^HL70357"
    assert first[4] == "E"
    assert first.get("5.1") == "906"
    assert first.get("8") == "La date | de naissance est illisible."
    assert second[2] == "OBX^3^5^1^4"
    assert second.get("5.2") == "INS absent"
    assert len(second.get("8")) == 250
    assert third.get("5.1") == "900"
    assert str(oracle.parse(raw.decode()).segment("MSA")[1]) == "AE"


@pytest.mark.parametrize(
    ("raw", "control_id", "trigger"),
    [
        (samples.adt(), "M0001", "A01"),
        (samples.adt()[:90], "M0001", "A01"),
        (samples.adt()[:60], "", ""),
        (samples.adt().replace(b"M0001", b"M\xff01"), "M\ufffd01", "A01"),
        (b"\x00\x01 junk MSH|^~\\&|A|B|C|D|2026||ORU^R01|77|P|2.5", "77", "R01"),
        (b"MSH", "", ""),
        (b"nothing to see", "", ""),
        (b"", "", ""),
    ],
)
def test_one_can_always_answer(raw, control_id, trigger):
    header = sniff_header(raw)
    assert (header.control_id, header.trigger) == (control_id, trigger)
    error = Hl7Error(100, "MSH", "Illisible.")
    answer = parse(acknowledge(header, "AR", [error], control_id="R3", at=AT))
    assert answer.get("MSA", "1") == "AR"
    assert answer.get("MSA", "2") == control_id
    assert answer.get("ERR", "8") == "Illisible."


@pytest.mark.parametrize(
    ("declared", "answered"),
    [("8859/15", "8859/15"), ("ASCII", "UNICODE UTF-8"), ("", "UNICODE UTF-8")],
)
def test_the_answer_is_in_a_character_set_the_sender_reads(declared, answered):
    raw = samples.msh("ADT^A01", charset=declared).encode()
    error = Hl7Error(100, "PID", "Échec prévu.")
    answer = acknowledge(parse(raw), "AE", [error], control_id="R", at=AT)
    assert parse(answer).header[18] == answered
    assert parse(answer).get("ERR", "8") == "Échec prévu."


def test_fields_are_built_from_plain_values():
    assert field("a|b") == r"a\F\b"
    assert field(("X", ("CHU", "0008", "N"), "", "")) == "X^CHU&0008&N"
    assert repeat([("A", "B"), "C"]) == "A^B~C"
    assert segment("PID", "1", "", "x", "", "") == "PID|1||x"
    assert message(["MSH|^~\\&|É", "PID|1"], "iso-8859-15") == b"MSH|^~\\&|\xc9\rPID|1\r"


def test_the_gravest_error_decides():
    refused = Hl7Error(201, "MSH-9", "")
    wrong = Hl7Error(101, "PID-3", "")
    assert worst_ack([]) == "AA"
    assert worst_ack([wrong]) == "AE"
    assert worst_ack([wrong, refused]) == "AR"


def test_an_error_crosses_processes_and_knows_its_place():
    error = pickle.loads(pickle.dumps(Hl7Error(101, "PID-3", "Manque.", sequence=2)))  # noqa: S301
    assert error.location == "PID^2^3"
    assert error.text_fr == "Manque."
    assert Hl7Error(100, "PV1", "").location == "PV1^1"
    assert Hl7Error(207, "ailleurs", "").location == ""
