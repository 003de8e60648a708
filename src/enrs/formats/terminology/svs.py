"""Value sets as the CI-SIS publishes them: `RetrieveValueSetResponse` of IHE SVS (ITI-48), in XML.

The national server's files of NOS have the same shape; `typeFichier` says there whether the file is a value
set (JDV) or a whole terminology (TRE). A file with a document type is refused before anything is expanded.
"""

import re
from collections.abc import Iterator
from datetime import date

from lxml import etree

from enrs.formats.terminology.shapes import (
    MOST_CODE,
    MOST_DISPLAY,
    Concept,
    Heading,
    Include,
    Item,
    Nomenclature,
    Rejected,
    SystemFile,
    TerminologyError,
    ValueSetFile,
)

SVS = "{urn:ihe:iti:svs:2008}"
OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
SYSTEM = re.compile(r"[\w.:/#-]{1,200}")
"""An OID; a few published codes name their system otherwise (`ASTM`), and are served as they are published."""
AGENCY = "Agence du Numérique en Santé"
NOS = "https://mos.esante.gouv.fr/NOS/"
HUGE_ABOVE = 8 * 1024 * 1024


def read_svs(content: bytes) -> Nomenclature:
    """The value set (or the terminology, for a TRE file) of one SVS file.

    Raises:
        TerminologyError: not well-formed, a document type, another root, no identifier, no code.
    """
    root = _parse(content)
    if root.tag != f"{SVS}RetrieveValueSetResponse":
        raise TerminologyError("L'élément racine n'est pas RetrieveValueSetResponse (IHE SVS).")
    node = root.find(f"{SVS}ValueSet")
    if node is None:
        raise TerminologyError("Le fichier ne contient aucun élément ValueSet.")
    heading = _heading(node)
    items, rejected = _items(node)
    if not items:
        raise TerminologyError("Le jeu de valeurs ne contient aucun code.")
    if node.get("typeFichier", "") != "TRE":
        return ValueSetFile(heading, [Include(items=tuple(items))], rejected=rejected)
    concepts = [
        Concept(one.code, one.display, valid_from=one.valid_from, valid_until=one.valid_until)
        for one in items
    ]
    return SystemFile(heading, concepts, rejected=rejected)


def _parse(content: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=len(content) > HUGE_ABOVE,
    )
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise TerminologyError("Le fichier contient un DOCTYPE, refusé par sécurité.")
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise TerminologyError(f"Le XML n'est pas bien formé ({str(error)[:200]}).") from error
    # The same word in another encoding passes the look above; the parser has read it by now.
    if root.getroottree().docinfo.internalDTD is not None:
        raise TerminologyError("Le fichier contient un DOCTYPE, refusé par sécurité.")
    return root


def _heading(node: etree._Element) -> Heading:
    oid = node.get("id", "").strip()
    if not OID.fullmatch(oid) or len(oid) > 200:
        raise TerminologyError("Le jeu de valeurs n'a pas d'identifiant (OID) valable.")
    address = node.get("urlFichier", "").strip()[:300]
    name = node.get("displayName", "").strip().removesuffix(".tabs")[:200]
    ends_on = _day(node.get("dateFin", ""))
    revised = node.get("dateMaj", "") or node.get("revisionDate", "")
    return Heading(
        url=canonical(address) or f"urn:oid:{oid}",
        oid=oid,
        name=name,
        title=_words(name),
        version=re.sub(r"[^0-9]", "", revised.partition("+")[0])[:14],
        publisher=AGENCY if address.startswith(NOS) else "",
        description=node.get("description", "").strip()[:MOST_DISPLAY],
        effective_on=_day(node.get("dateValid", "") or node.get("effectiveDate", "")),
        revised_on=_day(revised),
        ends_on=ends_on,
    )


def canonical(address: str) -> str:
    """The canonical address that NOS gives to the FHIR form of one of its files; '' for another address.

    `…/NOS/JDV_J01-Xds` is published as `…/NOS/JDV_J01-Xds/FHIR/JDV-J01-Xds`.
    """
    file = address.removeprefix(NOS)
    if file == address or not re.fullmatch(r"[\w\-]+", file):
        return ""
    return f"{address}/FHIR/{file.replace('_', '-')}"


def _words(name: str) -> str:
    """`JDV_AbordVeineuxCentral_CISIS` as people read it: « Abord veineux central »."""
    bare = re.sub(r"^(JDV|TRE)_(J\d+[-_])?|_(CISIS|RASS|ROR|ENS|MDPH|SERAFIN|DMP|ENREG)$", "", name)
    spaced = re.sub(r"[_\-]+|(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])", " ", bare).strip()
    kept = [one if one.isupper() else one.lower() for one in spaced.split()]
    words = " ".join(kept)
    return words[:1].upper() + words[1:]


def _items(node: etree._Element) -> tuple[list[Item], list[Rejected]]:
    items: dict[tuple[str, str], Item] = {}
    rejected: list[Rejected] = []
    for place, concept in enumerate(_concepts(node), 1):
        code, system = concept.get("code", "").strip(), concept.get("codeSystem", "").strip()
        reason = ""
        if not code or not system:
            reason = "Le code ou son système manque."
        elif len(code) > MOST_CODE:
            reason = f"Le code dépasse {MOST_CODE} caractères."
        elif not SYSTEM.fullmatch(system):
            reason = "Le système de codes n'est pas un identifiant."
        elif (system, code) in items:
            reason = "Le code est déjà dans ce fichier."
        if reason:
            rejected.append(Rejected(place, f"{system} {code}"[:200], reason))
            continue
        display = " ".join(concept.get("displayName", "").split())[:MOST_DISPLAY]
        items[system, code] = Item(
            system=f"urn:oid:{system}" if OID.fullmatch(system) else system,
            code=code,
            display=display or code,
            valid_from=_day(concept.get("dateValid", "")),
            valid_until=_day(concept.get("dateFin", "")),
        )
    return list(items.values()), rejected


def _concepts(node: etree._Element) -> Iterator[etree._Element]:
    for listed in node.iterfind(f"{SVS}ConceptList"):
        yield from listed.iterfind(f"{SVS}Concept")


def _day(text: str) -> date | None:
    """A day from `20241213120000` or ISO text; None for anything else."""
    digits = re.sub(r"[^0-9]", "", text.partition("T")[0])[:8]
    try:
        return (
            date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) if len(digits) == 8 else None
        )
    except ValueError:
        return None
