"""Results and documents: observations, embedded reports, flags, actions."""

from decimal import Decimal

import pytest

from enrs.formats.hl7v2 import Hl7Error, parse, read_document_message, read_results
from enrs.formats.hl7v2.embedded import sniff_kind, xml_problem
from enrs.formats.hl7v2.results import Observation, read_range
from tests.formats.hl7v2 import samples


def one(line: str, control: str = "NW") -> Observation:
    return read_results(parse(samples.oru(line, control=control))).orders[0].observations[0]


def test_a_numeric_result_has_value_unit_range_and_flag():
    line = "OBX|1|NM|718-7^Hémoglobine^LN^HB^Hb^L|1|10,4|g/dL^g/dL^UCUM|12.0-16.0|L~A|||F|||20260312081500"
    found = one(line + "\rNTE|1||Contrôlé\rNTE|2||deux fois")
    assert (found.number, found.value, found.unit) == (Decimal("10.4"), "10,4", "g/dL")
    assert (found.reference.low, found.reference.high) == (Decimal("12.0"), Decimal("16.0"))
    assert found.flags == ("L", "A")
    assert found.code.alternate_code == "HB"
    assert found.observed_at is not None
    assert found.observed_at.minute == 15
    assert found.comments == ("Contrôlé", "deux fois")
    assert (found.status, found.sub_id, found.action) == ("F", "1", "create")


@pytest.mark.parametrize(
    ("kind", "written", "value", "number", "comparator"),
    [
        ("NM", "<0.1", "<0.1", Decimal("0.1"), "<"),
        ("NM", "-3", "-3", Decimal(-3), ""),
        ("NM", "absence", "absence", None, ""),
        ("NM", "1e400", "1e400", None, ""),
        ("SN", ">^500", ">500", Decimal(500), ">"),
        ("SN", "^1^:^80", "1:80", None, ""),
        ("ST", r"A \T\ B", "A & B", None, ""),
        ("FT", r"ligne 1\.br\ligne 2~ligne 3", "ligne 1\nligne 2\nligne 3", None, ""),
        ("TX", "texte^avec accent", "texte^avec accent", None, ""),
        ("CE", "260385009^Négatif^SCT", "Négatif", None, ""),
        ("CWE", "A^Un~B^Deux", "Un\nDeux", None, ""),
        ("DT", "20260312", "20260312", None, ""),
        ("TM", "1405", "1405", None, ""),
        ("TS", "202603121405", "202603121405", None, ""),
        ("NM", "", "", None, ""),
    ],
)
def test_values_of_every_type(kind, written, value, number, comparator):
    found = one(f"OBX|1|{kind}|X^Analyse^L||{written}||||||F")
    assert (found.value, found.number, found.comparator) == (value, number, comparator)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("3.5-5.0", "3.5", "5.0"),
        ("3,5 – 5,0", "3.5", "5.0"),
        ("-2 - -1", "-2", "-1"),
        ("2 à 4", "2", "4"),
        ("<5", None, "5"),
        (">= 10", "10", None),
        ("négatif", None, None),
        ("5", None, None),
        ("", None, None),
    ],
)
def test_reference_ranges(text, low, high):
    found = read_range(text)
    assert found.text == text
    assert found.low == (Decimal(low) if low else None)
    assert found.high == (Decimal(high) if high else None)


@pytest.mark.parametrize(
    ("control", "status", "action"),
    [
        ("NW", "F", "create"),
        ("NW", "P", "create"),
        ("NW", "C", "replace"),
        ("NW", "D", "cancel"),
        ("NW", "W", "cancel"),
        ("RO", "F", "replace"),
        ("CA", "F", "cancel"),
        ("OC", "F", "cancel"),
        ("", "F", "create"),
    ],
)
def test_what_is_asked_of_each_line(control, status, action):
    found = one(f"OBX|1|NM|X^Y^L||1||||||{status}", control)
    assert found.action == action
    assert found.is_withdrawn == (action == "cancel")


def test_orders_are_told_apart():
    raw = samples.oru(
        "NTE|1||à jeun",
        "OBX|1|NM|A^A^L||1||||||F",
        "OBR|2|P2|F2|IONO^Ionogramme^L|||202603120900|||||||||810000023084^NGUYEN^Paul^^^^^^^^^^IDNPS",
        "SPM|1|||SER^Sérum^HL70487",
        "OBX|1|NM|NA^Na^L||140||||||F",
        "ORC|CA|P3|F3",
        "OBR|3|P3|F3|CRP^CRP^L",
    )
    first, second, third = read_results(parse(raw)).orders
    assert first.filler_number is not None
    assert (first.filler_number.value, first.code.code, first.status) == ("F1", "NFS", "F")
    assert first.comments == ("à jeun",)
    assert first.specimen.text == "Sang"
    assert first.reported_at is not None
    assert second.specimen.text == "Sérum"
    assert second.ordered_by[0].rpps == "10000023084"
    assert second.observations[0].observed_at == second.observed_at
    assert (third.action, third.observations) == ("cancel", ())


def test_a_report_is_decoded_beside_its_flags():
    raw = samples.oru(
        samples.document_obx(),
        "OBX|2|CE|MASQUE_PS^x^MetaDMPMSS||Y^^expandedYes-NoIndicator||||||F",
        "OBX|3|CE|INVISIBLE_PATIENT^x^MetaDMPMSS||N||||||F",
        "OBX|4|CE|INVISIBLE_REPRENSANTS_LEGAUX^x^MetaDMPMSS||Y||||||F",
        f"OBX|5|ED|CORPSMAIL_PS^x^MetaDMPMSS||^TEXT^^Base64^{samples.b64(b'Bonjour !!')[:-3]}||||||F",
        "OBX|6|ST|CORPSMAIL_PATIENT^x^MetaDMPMSS||Madame||||||F",
        "PRT||UC||RCT^^participation|810000023084^NGUYEN^Paul^^^^^^^^^^IDNPS"
        "||||||||||^NET^X.400^paul.nguyen@test.mssante.fr",
    )
    results = read_results(parse(raw))
    (document,) = results.documents
    assert (document.content, document.kind, document.mime_type) == (samples.CDA, "CDA", "text/xml")
    assert results.orders[0].observations == ()
    flags = results.flags
    assert (flags.masque_ps, flags.invisible_patient, flags.invisible_rep_legaux) == (
        True,
        False,
        True,
    )
    assert flags.said == {"masque_ps", "invisible_patient", "invisible_rep_legaux"}
    assert flags.mail_body_ps.startswith("Bonjour")
    assert flags.mail_body_patient == "Madame"
    assert results.participants[0].address == "paul.nguyen@test.mssante.fr"


def test_a_flag_that_is_neither_yes_nor_no_is_refused():
    raw = samples.oru("OBX|1|CE|MASQUE_PS^x^MetaDMPMSS||peut-être||||||F")
    with pytest.raises(Hl7Error) as caught:
        read_results(parse(raw))
    assert (caught.value.code, caught.value.where) == (103, "OBX-5")


ENTITY = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("OBX|1|ED|D^D^LN||^TEXT^XML^Base64^pas du base64 !", 102, "Base64"),
        ("OBX|1|ED|D^D^LN||^TEXT^XML^Base64^QUJ", 102, "Base64"),
        ("OBX|1|ED|D^D^LN||^TEXT^XML^Base64^", 101, "vide"),
        ("OBX|1|ED|D^D^LN||", 101, "vide"),
        ("OBX|1|ED|D^D^LN||^TEXT^XML^Base32^QUJD", 103, "encodage"),
        ("OBX|1|ED|D^D^LN||^TEXT^XML^Hex^zz", 102, "Hex"),
        (samples.document_obx(b"Document medical niveau 1"), 102, "XML"),
        (samples.document_obx(b"<a><b></a>"), 102, "bien formé"),
        (samples.document_obx(ENTITY), 102, "DOCTYPE"),
        (samples.document_obx(ENTITY.decode().encode("utf-16")), 102, "DOCTYPE"),
        (samples.document_obx(b'<?xml version="1.0" encoding="utf-7"?><a/>'), 102, "encodage"),
        (samples.document_obx(b"<a/>", kind="PDF"), 102, "PDF"),
    ],
)
def test_a_document_that_is_not_what_it_says_is_refused(line, code, words):
    with pytest.raises(Hl7Error) as caught:
        read_results(parse(samples.oru(line)))
    assert (caught.value.code, caught.value.where) == (code, "OBX-5")
    assert words in caught.value.text_fr
    assert "OBX n° 1" in caught.value.text_fr


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7", "PDF"),
        (b"{\\rtf1", "RTF"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"PK\x03\x04", "ZIP"),
        (samples.CDA, "CDA"),
        (b"\xef\xbb\xbf  <a/>", "XML"),
        (b"<html>", "HTML"),
        ("Texte à lire\n".encode(), "TEXT"),
        ("Texte à lire\n".encode("latin-1"), "TEXT"),
        (b"\x00\x01\x02", "BINARY"),
    ],
)
def test_kinds_are_guessed_from_bytes(content, kind):
    assert sniff_kind(content) == kind


def test_sound_xml_has_no_problem():
    assert xml_problem(samples.CDA) == ""
    assert xml_problem("<a>é</a>".encode("utf-16")) == ""


@pytest.mark.parametrize("encoding", ["A^Bonjour", "Hex^426F6E6A6F7572", "base64^Qm9u am91cg=="])
def test_other_encodings_are_read(encoding):
    raw = samples.oru(f"OBX|1|ED|D^D^LN||^TEXT^PLAIN^{encoding}||||||F")
    assert read_results(parse(raw)).documents[0].content == b"Bonjour"


@pytest.mark.parametrize(
    ("trigger", "status", "action"),
    [
        ("T02", "F", "create"),
        ("T02", "C", "replace"),
        ("T04", "D", "cancel"),
        ("T04", "F", "replace"),
        ("T10", "C", "replace"),
        ("T10", "F", "replace"),
    ],
)
def test_what_a_document_message_asks(trigger, status, action):
    message = read_document_message(
        parse(samples.mdm(trigger, samples.document_obx(status=status)))
    )
    assert message.action == action
    assert message.documents[0].action == action


def test_a_document_message_says_what_it_carries():
    message = read_document_message(parse(samples.mdm()))
    assert (message.unique_id, message.parent_id) == ("1.2.3.77", "1.2.3.76")
    assert (message.status, message.availability) == ("AU", "AV")
    assert message.authors[0].rpps == "10000023084"
    assert message.type.text == "CR d'imagerie"
    assert message.patient.ins == samples.INS
    assert message.recipients == ()


def test_a_cancelled_document_is_withdrawn():
    txa = "TXA|1|18748-4|TEXT|||||||||1.2.3.77|||||CA||CA"
    assert read_document_message(parse(samples.mdm("T04", txa=txa))).action == "cancel"
