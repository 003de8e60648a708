"""From the bytes of a file to the nomenclatures that it holds."""

import orjson

from enrs.formats.terminology.resources import read_resource
from enrs.formats.terminology.shapes import Nomenclature, TerminologyError
from enrs.formats.terminology.svs import read_svs

MOST_BYTES = 256 * 1024 * 1024
"""A file of 200,000 codes with their definitions is some 60 MB."""


def read_terminology(content: bytes) -> list[Nomenclature]:
    """The nomenclatures of one file: SVS XML, or a FHIR R4 CodeSystem, ValueSet, ConceptMap or Bundle of them.

    Raises:
        TerminologyError: the file is none of these, or holds no code.
    """
    if len(content) > MOST_BYTES:
        raise TerminologyError(f"Le fichier dépasse {MOST_BYTES // 1024 // 1024} Mo.")
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise TerminologyError("Le fichier est vide.")
    if text.startswith(b"<"):
        return [read_svs(text)]
    if not text.startswith(b"{"):
        raise TerminologyError("Ce n'est ni un jeu de valeurs XML ni une ressource FHIR en JSON.")
    try:
        tree = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise TerminologyError(f"Le JSON n'est pas bien formé ({error.msg}).") from error
    if tree.get("resourceType") != "Bundle":
        return [read_resource(tree)]
    entries = tree.get("entry")
    resources = [
        one["resource"]
        for one in (entries if isinstance(entries, list) else [])
        if isinstance(one, dict) and isinstance(one.get("resource"), dict)
    ]
    found = [
        read_resource(one)
        for one in resources
        if one.get("resourceType") in ("CodeSystem", "ValueSet", "ConceptMap")
    ]
    if not found:
        raise TerminologyError("Le Bundle ne contient ni CodeSystem, ni ValueSet, ni ConceptMap.")
    return found
