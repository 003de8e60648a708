"""What a gateway refuses, and that it accepts only what the readers read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrs.formats.hl7v2 import (
    SUPPORTED,
    Hl7Error,
    check,
    is_acknowledgement,
    parse,
    read_adt,
    read_document_message,
    read_results,
    worst_ack,
)
from tests.formats.hl7v2 import samples

READERS = {"ADT": read_adt, "ORU": read_results, "MDM": read_document_message}


@pytest.mark.parametrize(("code", "trigger"), sorted(SUPPORTED))
def test_every_supported_message_passes(code, trigger):
    extra = samples.beside(trigger)
    raw = {
        "ADT": lambda: samples.adt(trigger, *extra),
        "ORU": lambda: samples.oru("OBX|1|NM|A^A^L||1||||||F"),
        "MDM": lambda: samples.mdm(trigger),
    }[code]()
    assert check(parse(raw)) == []


CASES = [
    (samples.adt("A60"), "AR", 201, "MSH-9"),
    (samples.adt("").replace(b"ADT^", b"ADT"), "AR", 201, "MSH-9"),
    (samples.adt().replace(b"ADT^A01", b"ORM^O01"), "AR", 200, "MSH-9"),
    (samples.adt().replace(b"ADT^A01", b"ZAM^Z01"), "AR", 200, "MSH-9"),
    (samples.adt().replace(b"ADT^A01", b"ACK^A01"), "AR", 200, "MSH-9"),
    (samples.adt("A01", "MSA|AA|1"), "AR", 200, "MSH-9"),
    (samples.adt().replace(b"2.5^FRA", b"3.0^FRA"), "AR", 203, "MSH-12"),
    (samples.adt().replace(b"2.5^FRA^2.11", b""), "AR", 203, "MSH-12"),
    (samples.adt().replace(b"M0001|P|", b"M0001|X|"), "AR", 202, "MSH-11"),
    (samples.adt().replace(b"ADT^A01", b""), "AE", 101, "MSH-9"),
    (samples.adt().replace(b"M0001", b""), "AE", 101, "MSH-10"),
    (samples.adt().replace(b"PID|", b"ZZZ|"), "AE", 100, "PID"),
    (samples.adt(patient=samples.pid(f3="")), "AE", 101, "PID-3"),
    (samples.adt(patient=samples.pid(f3="^^^H")), "AE", 101, "PID-3"),
    (samples.adt(patient=samples.pid("")), "AE", 101, "PID-5"),
    (samples.adt(patient=samples.pid(f7="")), "AE", 101, "PID-7"),
    (samples.adt(patient=samples.pid(f7="hier")), "AE", 102, "PID-7"),
    (samples.adt(patient=samples.pid(f8='""')), "AE", 101, "PID-8"),
    (samples.adt().replace(b"PV1|", b"PVX|"), "AE", 100, "PV1"),
    (samples.adt().replace(b"|INSERT|", b"|AJOUT|"), "AE", 103, "ZBE-4"),
    (samples.adt().replace(b"EVN||2026", b"EVN||le 26"), "AE", 102, "EVN-2"),
    (samples.adt("A01", "suite du texte"), "AE", 100, "MSH"),
    (samples.adt("A01", samples.msh("ADT^A01")), "AE", 100, "MSH"),
    (samples.adt("A40"), "AE", 100, "MRG"),
    (samples.adt("A47"), "AE", 100, "MRG"),
    (samples.adt("A47", "MRG|1^^^H~2^^^H"), "AE", 102, "MRG-1"),
    (samples.adt("A47", "MRG|1^^^H", "MRG|2^^^H"), "AE", 100, "MRG"),
    (samples.adt("A47", "MRG|4012^^^HOPITAL-DEMO&750000001&N^PI"), "AE", 102, "MRG-1"),
    (samples.adt("A24"), "AE", 100, "PID"),
    (samples.adt("A37", samples.pid()), "AE", 102, "PID-3"),
    (samples.adt("A24", samples.pid(f3="1^^^H"), samples.pid(f3="2^^^H")), "AE", 100, "PID"),
    (samples.adt("A37", samples.pid(f3="")), "AE", 101, "PID-3"),
    (samples.adt("A40", "MRG|^^^H"), "AE", 101, "MRG-1"),
    (
        samples.adt("A40", "MRG|1").replace(b"EVN||", b"MRG|1\rEVN||"),
        "AE",
        100,
        "MRG",
    ),
    (samples.oru(samples.pid()), "AE", 100, "PID"),
    (samples.oru().replace(b"OBR|", b"ZBR|"), "AE", 100, "OBR"),
    (samples.oru("OBX|1|NM|||1"), "AE", 101, "OBX-3"),
    (samples.oru("OBX|1||A^A^L||1"), "AE", 101, "OBX-2"),
    (samples.oru("OBX|1|NM|A^A^L||1||||||F|||hier"), "AE", 102, "OBX-14"),
    (samples.oru(samples.document_obx(b"texte")), "AE", 102, "OBX-5"),
    (samples.oru("OBX|1|CE|DESTDMP^x^MetaDMPMSS||O||||||F"), "AE", 103, "OBX-5"),
    (samples.mdm().replace(b"TXA|", b"ZXA|"), "AE", 100, "TXA"),
    (samples.mdm("T02", "OBX|1|TX|A^A^L||texte"), "AE", 101, "OBX-5"),
    (samples.mdm(txa="TXA|1|X|TEXT" + "|" * 13 + "../../etc/passwd"), "AE", 102, "TXA-16"),
]


@pytest.mark.parametrize(("raw", "ack", "code", "where"), CASES)
def test_what_is_wrong_is_said_with_its_place(raw, ack, code, where):
    errors = check(parse(raw))
    assert (code, where) in [(error.code, error.where) for error in errors]
    assert worst_ack(errors) == ack
    assert all(error.text_fr.endswith(".") for error in errors)


def test_acknowledgements_are_recognised():
    assert is_acknowledgement(parse(samples.adt().replace(b"ADT^A01", b"ZAM^Z02")))
    assert not is_acknowledgement(parse(samples.adt()))


GOOD = [
    samples.adt(),
    samples.adt("A40", "MRG|OLD^^^H&750000001&N^PI"),
    samples.oru("OBX|1|NM|A^A^L||1||||||F", samples.document_obx()),
    samples.mdm("T10"),
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(GOOD), st.data())
def test_what_is_accepted_can_be_read(raw, data):
    """Damage a good message anywhere: it is refused in words, or read without raising."""
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(start + 30, len(raw))))
    patch = data.draw(
        st.sampled_from([b"", b"|", b"\r", b"^", b"~", b'""', b"9", b"\\X41\\", b"\xc3"])
    )
    damaged = raw[:start] + patch + raw[end:]
    try:
        message = parse(damaged)
    except Hl7Error:
        return
    if not check(message):
        READERS[message.header.component(9)](message)
