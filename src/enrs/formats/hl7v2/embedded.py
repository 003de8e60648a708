"""Documents that travel inside OBX segments, and the French flags that say who may see them.

Source: ANS, volet « transmission de document CDA-R2 en HL7 v2 », 2.1 (table MetaDMPMSS).
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Literal
from xml.parsers import expat

from enrs.formats.hl7v2.datatypes import (
    Coded,
    Professional,
    read_coded,
    read_professionals,
)
from enrs.formats.hl7v2.errors import Hl7Error
from enrs.formats.hl7v2.parser import Message, Segment

Action = Literal["create", "replace", "cancel"]
DocumentKind = Literal["CDA", "XML", "PDF", "RTF", "HTML", "JPEG", "PNG", "ZIP", "TEXT", "BINARY"]

META_SYSTEM = "MetaDMPMSS"
MIME_TYPES: dict[DocumentKind, str] = {
    "CDA": "text/xml",
    "XML": "application/xml",
    "PDF": "application/pdf",
    "RTF": "application/rtf",
    "HTML": "text/html",
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "ZIP": "application/zip",
    "TEXT": "text/plain",
    "BINARY": "application/octet-stream",
}
_SIGNATURES: tuple[tuple[bytes, DocumentKind], ...] = (
    (b"%PDF-", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n", "PNG"),
    (b"PK\x03\x04", "ZIP"),
)
# What OBX-5.3 may announce, and what must then be found.
_ANNOUNCED: dict[str, frozenset[str]] = {
    "XML": frozenset({"CDA", "XML"}),
    "PDF": frozenset({"PDF"}),
    "RTF": frozenset({"RTF"}),
    "JPEG": frozenset({"JPEG"}),
    "PNG": frozenset({"PNG"}),
}
# The last two are spellings of older editions, one of them misspelt there.
_FLAG_FIELDS: dict[str, str] = {
    "MASQUE_PS": "masque_ps",
    "INVISIBLE_PATIENT": "invisible_patient",
    "INVISIBLE_REP_LEGAUX": "invisible_rep_legaux",
    "CONNEXION_SECRETE": "connexion_secrete",
    "MODIF_CONF_CODE": "modif_conf_code",
    "DESTDMP": "destdmp",
    "DESTMSSANTEPS": "destmssanteps",
    "DESTMSSANTEPAT": "destmssantepat",
    "ACK_RECEPTION": "ack_reception",
    "ACK_LECTURE_MSS": "ack_lecture_mss",
    "INVISIBLE_REPRESENTANTS_LEGAUX": "invisible_rep_legaux",
    "INVISIBLE_REPRENSANTS_LEGAUX": "invisible_rep_legaux",
}
_BODY_FIELDS = {"CORPSMAIL_PS": "mail_body_ps", "CORPSMAIL_PATIENT": "mail_body_patient"}
_DOCTYPE_FR = "déclare un DOCTYPE ou des entités, ce qui est interdit"


@dataclass(frozen=True, slots=True)
class EmbeddedDocument:
    """A decoded document: `status` is OBX-11 and `sequence` the rank of its OBX in the message."""

    content: bytes
    kind: DocumentKind
    mime_type: str
    code: Coded
    status: str
    set_id: str
    sub_id: str
    sequence: int
    action: Action = "create"


@dataclass(frozen=True, slots=True)
class Flags:
    """The MetaDMPMSS flags; `said` names those that the message did carry."""

    masque_ps: bool = False
    invisible_patient: bool = False
    invisible_rep_legaux: bool = False
    connexion_secrete: bool = False
    modif_conf_code: bool = False
    destdmp: bool = False
    destmssanteps: bool = False
    destmssantepat: bool = False
    ack_reception: bool = False
    ack_lecture_mss: bool = False
    mail_body_ps: str = ""
    mail_body_patient: str = ""
    said: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Participant:
    """A PRT: `role` is SB (sender), RCT (recipient) or REPLY; `address` a secure mail address."""

    role: str
    person: Professional | None
    organization: str
    organization_id: str
    address: str


def sniff_kind(content: bytes) -> DocumentKind:
    """Guess what a document is from its bytes alone."""
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            return kind
    # NULs are dropped so that UTF-16 is recognised too.
    head = content[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\x00", b"").lstrip()
    if head.startswith(b"<"):
        if head[:64].lower().startswith((b"<!doctype html", b"<html")):
            return "HTML"
        # Self-rendering documents keep theirs far inside a style sheet, in UTF-8.
        return "CDA" if b"ClinicalDocument" in head or b"ClinicalDocument" in content else "XML"
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content[:4096].decode("iso-8859-15")
    return "TEXT" if text.isprintable() or not _has_controls(text) else "BINARY"


def _has_controls(text: str) -> bool:
    return any(ord(character) < 32 and character not in "\t\n\r\f" for character in text)


def xml_problem(content: bytes) -> str:
    """Return in French what forbids an XML text (ill-formed, DOCTYPE, entities), '' if nothing.

    Stops at the declaration: no entity is ever expanded.
    """

    def refuse(*_: object) -> None:
        raise _DoctypeError

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except _DoctypeError:
        return _DOCTYPE_FR
    except expat.ExpatError as error:
        return f"n'est pas un XML bien formé (ligne {error.lineno}, colonne {error.offset + 1})"
    except (ValueError, LookupError):
        return "est dans un encodage XML qui n'est pas accepté"
    return ""


class _DoctypeError(Exception):
    """Raised inside expat to stop at once."""


def _refused(obx: Segment, code: int, text: str) -> Hl7Error:
    return Hl7Error(
        code, "OBX-5", f"Segment OBX n° {obx.sequence}, OBX-5 : {text}", sequence=obx.sequence
    )


def _decode(obx: Segment, raw: str) -> bytes:
    """Decode the data of an ED by its declared encoding (OBX-5.4). Raises Hl7Error."""
    encoding = obx.part(raw, 4).strip().upper()
    data = obx.part(raw, 5)
    if not data:
        raise _refused(obx, 101, "le document est annoncé mais son contenu (OBX-5.5) est vide.")
    if encoding == "A":
        return data.encode("utf-8")
    try:
        if encoding == "BASE64":
            return base64.b64decode("".join(data.split()), validate=True)
        if encoding == "HEX":
            return bytes.fromhex(data)
    except (binascii.Error, ValueError):
        raise _refused(
            obx, 102, f"le contenu du document n'est pas un {encoding.capitalize()} valide."
        ) from None
    raise _refused(
        obx, 103, f"l'encodage « {encoding[:20]} » (OBX-5.4) n'est ni Base64, ni Hex, ni A."
    )


def is_meta(obx: Segment) -> bool:
    """Tell whether an OBX is a MetaDMPMSS flag rather than a result."""
    system = obx.component(3, 3)
    if system == META_SYSTEM:
        return True
    return not system and obx.component(3) in _FLAG_FIELDS | _BODY_FIELDS


def is_document(obx: Segment) -> bool:
    """Tell whether an OBX carries a document."""
    return obx[2] == "ED" and not is_meta(obx)


def read_document(obx: Segment, action: Action = "create") -> EmbeddedDocument:
    """Decode the document of an OBX of type ED and make sure that it is what it says.

    `action` is what the message asks; OBX-11 D makes it *cancel*, and C a *replace*. Raises
    Hl7Error on OBX-5: empty, not decodable, not of the announced kind, hostile or ill-formed XML.
    """
    repetitions = obx.rep(5)
    content = _decode(obx, repetitions[0] if repetitions else "")
    kind = sniff_kind(content)
    announced = obx.component(5, 3).strip().upper()
    expected = _ANNOUNCED.get(announced)
    if expected is not None and kind not in expected:
        raise _refused(
            obx,
            102,
            f"le contenu est annoncé comme {announced} mais n'en est pas (texte ou autre).",
        )
    if kind in {"CDA", "XML"}:
        problem = xml_problem(content)
        if problem:
            raise _refused(obx, 102, f"le document {problem}.")
    status = obx.component(11)
    if status == "D":
        action = "cancel"
    elif status == "C" and action == "create":
        action = "replace"
    return EmbeddedDocument(
        content=content,
        kind=kind,
        mime_type=MIME_TYPES[kind],
        code=read_coded(obx, 3),
        status=status,
        set_id=obx.component(1),
        sub_id=obx.component(4),
        sequence=obx.sequence,
        action=action,
    )


def _mail_body(obx: Segment) -> str:
    """Decode the text of an accompanying mail; a damaged one is read as far as it goes.

    The published examples themselves hold a cut Base64 here: it is no reason to refuse a report.
    """
    data = "".join(obx.component(5, 5).split()) if obx[2] == "ED" else ""
    if not data:
        return obx.text(5) if obx[2] != "ED" else ""
    whole = data[: len(data) // 4 * 4]
    rest = data[len(whole) :]
    if len(rest) > 1:
        whole += rest.ljust(4, "=")
    try:
        return base64.b64decode(whole).decode("utf-8", errors="ignore")
    except binascii.Error:
        return ""


def read_flags(message: Message) -> Flags:
    """Read the MetaDMPMSS flags. Raises Hl7Error (103) on a value other than Y or N."""
    switches: dict[str, bool] = {}
    bodies: dict[str, str] = {}
    for obx in message.segments("OBX"):
        if not is_meta(obx):
            continue
        code = obx.component(3).upper()
        if code in _BODY_FIELDS:
            bodies[code] = _mail_body(obx)
        elif code in _FLAG_FIELDS:
            value = obx.component(5).upper()
            if value not in {"Y", "N"}:
                raise _refused(obx, 103, f"l'indicateur {code} ne vaut ni Y ni N.")
            name = _FLAG_FIELDS[code]
            switches[name] = switches.get(name, False) or value == "Y"
    said = frozenset(switches)
    return Flags(
        **switches,
        mail_body_ps=bodies.get("CORPSMAIL_PS", ""),
        mail_body_patient=bodies.get("CORPSMAIL_PATIENT", ""),
        said=said,
    )


def read_participants(message: Message) -> tuple[Participant, ...]:
    """Read the PRT segments: who sends, who receives, where to answer."""
    found = []
    for prt in message.segments("PRT"):
        people = read_professionals(prt, 5)
        found.append(
            Participant(
                role=prt.component(4),
                person=people[0] if people else None,
                organization=prt.component(8).strip(),
                organization_id=prt.component(8, 10).strip(),
                address=prt.component(15, 4).strip(),
            )
        )
    return tuple(found)
