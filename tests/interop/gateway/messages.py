"""Messages of an invented hospital and an invented laboratory, built with our own writer."""

import base64

from enrs.formats.hl7v2 import writer

FINESS = "750099991"
INS = "285077599988818"
TEST_OID = "1.2.250.1.213.1.4.10"


def header(kind: str, control_id: str, *, sender: str = "GAM", facility: str = "CHU-ESSAI") -> str:
    """MSH of a message of `kind` such as `ADT^A01^ADT_A01`."""
    return (
        f"MSH|^~\\&|{sender}|{facility}|DPI|REGION|20260312130500||{kind}|{control_id}|P|2.5|||||FRA"
        "|UNICODE UTF-8"
    )


def person(
    ipp: str = "P1",
    *,
    name: str = "DUBREUIL",
    given: str = "Marie",
    ins: str = "",
    birth: str = "19850712",
    status: str = "",
) -> str:
    """A PID: local identifier of the hospital and, when given, the INS in the test range."""
    identifiers = [f"{ipp}^^^CHU-ESSAI&{FINESS}&N^PI"] if ipp else []
    if ins:
        identifiers.append(f"{ins}^^^ASIP-SANTE-INS-NIR&{TEST_OID}&ISO^INS^^20260101")
    return (
        f"PID|1||{'~'.join(identifiers)}||{name}^{given}^{given}^^^^L||{birth}|F|||1 rue des Essais^^PARIS^^75010"
        f"^FRA^H~^^^^^^BDL^^75056|||||||||||||||||||||{status}"
    )


def adt(
    trigger: str = "A01",
    control_id: str = "1",
    *,
    ipp: str = "P1",
    visit: str = "V1",
    at: str = "20260312120000",
    extra: tuple[str, ...] = (),
    **traits: str,
) -> bytes:
    """An ADT message with a stay."""
    return writer.message(
        [
            header(f"ADT^{trigger}^ADT_{trigger}", control_id),
            f"EVN||20260312130500||||{at}",
            person(ipp, **traits),
            f"PV1|1|I|UF1^101^B^CHU-ESSAI&{FINESS}&M||||80099999999^MARCHETTI^Giulia|||||||||||"
            f"|{visit}^^^CHU-ESSAI&{FINESS}&M^VN",
            f"ZBE|M{control_id}^CHU-ESSAI^{FINESS}|{at}||INSERT|N||Chirurgie^^^^^CHU-ESSAI&{FINESS}&N^UF^^^6268"
            f"|Chirurgie^^^^^CHU-ESSAI&{FINESS}&N^UF^^^6268|HMS",
            *extra,
        ]
    )


def merge(kept: str, absorbed: str, control_id: str) -> bytes:
    """An ADT^A40."""
    return writer.message(
        [
            header("ADT^A40^ADT_A39", control_id),
            "EVN||20260312130500||||20260312130500",
            person(kept),
            f"MRG|{absorbed}^^^CHU-ESSAI&{FINESS}&N^PI",
        ]
    )


def about_two(trigger: str, one: str, other: str, control_id: str) -> bytes:
    """An ADT^A24 or A37 on two numbers of the hospital."""
    return writer.message(
        [
            header(f"ADT^{trigger}^ADT_{trigger}", control_id),
            "EVN||20260312130500",
            person(one),
            f"PID|||{other}^^^CHU-ESSAI&{FINESS}&N^PI",
        ]
    )


def renamed(old: str, new: str, control_id: str) -> bytes:
    """An ADT^A47."""
    return merge(new, old, control_id).replace(b"ADT^A40^ADT_A39", b"ADT^A47^ADT_A30")


def pix(
    value: str,
    *,
    authority: str = f"CHU-ESSAI&{FINESS}&N",
    domains: str = "",
    control_id: str = "Q1",
) -> bytes:
    """A QBP^Q23: the numbers of whoever has this one."""
    return writer.message(
        [
            header("QBP^Q23^QBP_Q21", control_id),
            f"QPD|IHE PIX Query|TAG{control_id}|{value}^^^{authority}^PI|{domains}",
            "RCP|I",
        ]
    )


def pdq(
    *criteria: str, limit: str = "", domains: str = "", pointer: str = "", control_id: str = "Q1"
) -> bytes:
    """A QBP^Q22: who has these traits (`PID.5.1^DUBREUIL`)."""
    asked = "~".join(f"@{one}" for one in criteria)
    lines = [
        header("QBP^Q22^QBP_Q21", control_id),
        f"QPD|IHE PDQ Query|TAG1|{asked}|||||{domains}",
        f"RCP|I|{limit}",
    ]
    return writer.message(lines + ([f"DSC|{pointer}|I"] if pointer else []))


def results(
    control_id: str = "1",
    *,
    order: str = "NW",
    filler: str = "F1",
    lines: tuple[str, ...] = ("OBX|1|NM|2951-2^Sodium^LN||140|mmol/L|135-145|N|||F",),
    ipp: str = "P1",
    **traits: str,
) -> bytes:
    """An ORU^R01 of one order."""
    return writer.message(
        [
            header("ORU^R01^ORU_R01", control_id, sender="SIL", facility="LABO-ESSAI"),
            person(ipp, **traits),
            f"ORC|{order}|Q1^CHU|{filler}^LABO",
            f"OBR|1|Q1^CHU|{filler}^LABO|24326-1^Ionogramme^LN|||20260312080000||||||||||||||20260312100000|||F",
            *lines,
        ]
    )


def document(content: bytes, *, rank: int = 1, status: str = "F") -> str:
    """An OBX that carries a CDA in Base64."""
    code = base64.b64encode(content).decode()
    return (
        f"OBX|{rank}|ED|11502-2^CR d'examens biologiques^LN||^TEXT^XML^Base64^{code}||||||{status}"
    )


def cda(
    unique_id: str,
    *,
    set_id: str = "1.2.250.1.999.1",
    version: int = 1,
    ins: str = INS,
    name: str = "DUBREUIL",
    birth: str = "19850712",
    value: str = "",
) -> bytes:
    """A small CDA report; with `value`, a sodium in a laboratory section."""
    entry = (
        '<entry><act classCode="ACT" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.3.1"/>'
        '<code code="18719-5" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>'
        '<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN">'
        '<templateId root="1.3.6.1.4.1.19376.1.3.1.6"/>'
        '<code code="2951-2" codeSystem="2.16.840.1.113883.6.1" displayName="Sodium"/>'
        '<statusCode code="completed"/><effectiveTime value="20260312080000+0100"/>'
        f'<value xsi:type="PQ" value="{value}" unit="mmol/L"/></observation></entryRelationship></act></entry>'
        if value
        else ""
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/><id root="{unique_id}"/>
<code code="11502-2" codeSystem="2.16.840.1.113883.6.1" displayName="CR d'examens biologiques"/>
<title>Examens biologiques</title><effectiveTime value="20260312100000+0100"/>
<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="fr-FR"/>
<setId root="{set_id}"/><versionNumber value="{version}"/>
<recordTarget><patientRole><id root="{TEST_OID}" extension="{ins}"/><patient><name>
<family qualifier="BR">{name}</family><given>Marie</given></name>
<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="{birth}"/>
</patient></patientRole></recordTarget>
<author><time value="20260312100000+0100"/><assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="899999999990"/>
<assignedPerson><name><family>LE GOFF</family><given>Yann</given></name></assignedPerson></assignedAuthor></author>
<component><structuredBody><component><section><templateId root="1.3.6.1.4.1.19376.1.3.3.2.1"/>
<code code="18719-5" codeSystem="2.16.840.1.113883.6.1" displayName="Biochimie"/><title>Biochimie</title>
<text>Sodium {value}</text>{entry}</section></component></structuredBody></component>
</ClinicalDocument>""".encode()
