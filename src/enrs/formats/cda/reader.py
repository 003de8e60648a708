"""Reads the bytes of a CDA R2 document into a tree, refusing whatever could harm the reader."""

import codecs
import re
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from lxml import etree

from enrs.formats.cda import attachments
from enrs.formats.cda.model import Attachment
from enrs.formats.cda.nodes import V3, XSL, Narratives, first, local_name, namespace

MAX_BYTES = 50_000_000
MAX_MARKUP = 2_000_000  # each "<" may cost 200 bytes of memory: 400 MB is the most we give
MAX_DEPTH = 120  # the deepest published CI-SIS example has 34 levels
# libxml2 caps a text node at 10 MB unless huge_tree is set; a shorter document never needs it.
HUGE_ABOVE = 9_000_000

_DECLARATION = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._:-]+)[\"']")
_TEXT_DECLARATION = re.compile(r"^\s*<\?xml\s[^>]*?\?>")
_PROLOG = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_ENCODINGS = {
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "iso8859-1", "iso8859-15", "cp1252", "ascii",
}  # fmt: skip
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class CdaError(ValueError):
    """A document that cannot be read: ``where`` it went wrong and ``text_fr``, a sentence for a
    person.
    """

    def __init__(self, where: str, text_fr: str) -> None:
        super().__init__(f"{where} : {text_fr}")
        self.where = where
        self.text_fr = text_fr


class Kind(Enum):
    """The three shapes in which a CDA arrives."""

    STRUCTURED = "structured"
    LEVEL_1 = "level_1"
    SELF_RENDERING = "self_rendering"


@dataclass(frozen=True)
class CdaDocument:
    """A parsed document: ``root`` is the ClinicalDocument element, ``body`` its body element."""

    root: etree._Element
    body: etree._Element
    is_self_rendering: bool

    @property
    def kind(self) -> Kind:
        """The shape: a self-rendering stylesheet, a level-1 file, or a structured body."""
        if self.is_self_rendering:
            return Kind.SELF_RENDERING
        return Kind.STRUCTURED if self.is_structured else Kind.LEVEL_1

    @property
    def is_structured(self) -> bool:
        """Whether the body has sections (whatever the wrapping)."""
        return local_name(self.body) == "structuredBody"

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files inside the document, decoded once."""
        return attachments.extract(self.root)

    @cached_property
    def narratives(self) -> Narratives:
        """The narrative texts that entries point to by ID."""
        return Narratives(self.body)


def read(raw: bytes) -> CdaDocument:
    """Read a CDA document from its bytes (50 MB at most).

    Raises CdaError on an empty or oversized document, an unknown or false encoding, any DOCTYPE,
    XML that is not well formed, too deep or too crowded, and on roots that are not a CDA.
    """
    text = _decode(raw)
    _refuse_doctype(text)
    if text.count("<") > MAX_MARKUP:
        raise CdaError("Document", "Le document compte trop d'éléments pour être lu.")
    body = _TEXT_DECLARATION.sub("", text, count=1).encode("utf-8")
    root = _parse(body)
    _check_depth(root)
    document, is_self_rendering = _clinical_document(root)
    component = first(document, "component")
    for name in ("structuredBody", "nonXMLBody"):
        found = first(component, name)
        if found is not None:
            return CdaDocument(document, found, is_self_rendering)
    raise CdaError(
        "ClinicalDocument/component",
        "Le document n'a pas de corps : ni structuredBody ni nonXMLBody.",
    )


def _decode(raw: bytes) -> str:
    if not raw.strip():
        raise CdaError("Document", "Le document est vide.")
    if len(raw) > MAX_BYTES:
        raise CdaError(
            "Document",
            f"Le document pèse {len(raw) / 1_000_000:.0f} Mo : la limite est de 50 Mo.",
        )
    encoding = _encoding(raw)
    try:
        return raw.decode(encoding)
    except UnicodeError as error:
        place = f"Octet {error.start}" if isinstance(error, UnicodeDecodeError) else "Document"
        raise CdaError(
            place, f"Le texte n'est pas dans l'encodage annoncé ({encoding.removesuffix('-sig')})."
        ) from error


def _encoding(raw: bytes) -> str:
    for bom, name in _BOMS:
        if raw.startswith(bom):
            return name
    match = _DECLARATION.match(raw[:400].lstrip())
    if match is None:
        return "utf-8"
    declared = match.group(1).decode("ascii")
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        name = ""
    if name not in _ENCODINGS:
        raise CdaError("Déclaration XML", f"L'encodage « {declared} » n'est pas accepté.")
    return name


def _refuse_doctype(text: str) -> None:
    """A DOCTYPE can only stand before the root: walk the prolog, which keeps the check linear."""
    position = 0
    while match := _PROLOG.match(text, position):
        position = match.end()
    if text.startswith("<!", position):
        raise CdaError(
            "Début du document",
            "Le document contient une déclaration DOCTYPE ou ENTITY, refusée par sécurité.",
        )


def _parse(body: bytes) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=len(body) > HUGE_ABOVE,
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise CdaError(
            f"Ligne {line}, colonne {column}", f"Le XML n'est pas bien formé ({error.msg})."
        ) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise CdaError("Début du document", "Le document contient un DOCTYPE, refusé par sécurité.")
    return root


def _check_depth(root: etree._Element) -> None:
    depth = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise CdaError(
                f"Ligne {node.sourceline}",
                f"Les éléments sont emboîtés sur plus de {MAX_DEPTH} niveaux.",
            )


def _clinical_document(root: etree._Element) -> tuple[etree._Element, bool]:
    if root.tag == f"{{{V3}}}ClinicalDocument":
        return root, False
    if namespace(root) == XSL and local_name(root) in ("stylesheet", "transform"):
        found = next(root.iter(f"{{{V3}}}ClinicalDocument"), None)
        if found is not None:
            return found, True
        raise CdaError("Racine", "La feuille de style ne contient pas de ClinicalDocument.")
    if local_name(root) == "ClinicalDocument":
        raise CdaError("Racine", "Le ClinicalDocument n'est pas dans l'espace urn:hl7-org:v3.")
    raise CdaError(
        "Racine", f"L'élément racine est « {local_name(root)[:60]} », pas un ClinicalDocument."
    )
