"""The files inside a CDA document (nonXMLBody, observationMedia), decoded and typed by their
content, never by their word.
"""

import base64
import binascii
import re

from lxml import etree

from enrs.formats.cda.model import Attachment
from enrs.formats.cda.nodes import V3, attr, first, squeeze

_EXTENSIONS = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/tiff": "tif",
    "text/plain": "txt",
    "application/rtf": "rtf",
}
_OPAQUE = "application/octet-stream"
_BLANKS = re.compile(rb"\s+")


def extract(document: etree._Element) -> tuple[Attachment, ...]:
    """Every attachment in document order; ``index`` counts from 0.

    An attachment that cannot be decoded stays in the list with empty data and its ``problem``.
    """
    found: list[Attachment] = []
    body = first(document, "component", "nonXMLBody", "text")
    if body is not None:
        found.append(_attachment(0, body, "document"))
    for media in document.iter(f"{{{V3}}}observationMedia"):
        value = first(media, "value")
        if value is not None:
            found.append(_attachment(len(found), value, attr(media, "ID")))
    return tuple(found)


def _attachment(index: int, node: etree._Element, reference: str) -> Attachment:
    declared = attr(node, "mediaType").lower()[:100] or "text/plain"
    external = attr(first(node, "reference"), "value")[:200]
    data, problem = _content(node, external)
    mime = _OPAQUE if problem else safe_mime(data, declared)
    if not problem and mime == _OPAQUE:
        problem = f"Le contenu annoncé comme « {declared} » ne peut pas être affiché."
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", reference[:80]).strip("-") or f"piece-{index + 1}"
    return Attachment(
        index=index,
        mime=mime,
        name=f"{stem}.{_EXTENSIONS.get(mime, 'bin')}",
        data=data,
        reference=reference,
        declared_mime=declared,
        problem=problem,
        external=external,
    )


def _content(node: etree._Element, external: str) -> tuple[bytes, str]:
    text = (node.text or "") + "".join(child.tail or "" for child in node)
    if external and not text.strip():
        return b"", f"Le contenu est à une adresse extérieure, qui n'est pas ouverte : {external}"
    if attr(node, "compression"):
        return (
            b"",
            f"Le contenu est compressé ({attr(node, 'compression')[:20]}), ce qui n'est pas lu.",
        )
    if attr(node, "representation").upper() != "B64":
        return text.encode(), ""
    try:
        return base64.b64decode(_BLANKS.sub(b"", text.encode()), validate=True), ""
    except (binascii.Error, ValueError):
        return b"", "Le contenu en base64 est abîmé : il ne peut pas être décodé."


def safe_mime(data: bytes, declared: str) -> str:
    """The media type that the bytes themselves prove, among those that are safe to serve.

    HTML, SVG, XML and whatever is not recognised come out as ``application/octet-stream``; plain
    text is believed when it is declared so and holds no NUL byte.
    """
    signatures = (
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"II*\x00", "image/tiff"),
        (b"MM\x00*", "image/tiff"),
        (b"{\\rtf", "application/rtf"),
    )
    for signature, mime in signatures:
        if data.startswith(signature):
            return mime
    if b"%PDF-" in data[:1024]:
        return "application/pdf"
    if declared == "text/plain" and b"\x00" not in data:
        return "text/plain"
    return _OPAQUE


def decode_text(attachment: Attachment) -> str:
    """The text of a text/plain attachment: UTF-8, else Windows-1252 as older software writes."""
    try:
        return attachment.data.decode("utf-8")
    except UnicodeDecodeError:
        return attachment.data.decode("cp1252", "replace")


def size_label(data: bytes) -> str:
    """A size in French: ``12 Ko``, ``1,4 Mo``."""
    if len(data) < 1_000_000:
        return f"{max(1, round(len(data) / 1000))} Ko"
    return squeeze(f"{len(data) / 1_000_000:.1f} Mo").replace(".", ",")
