"""CodeSystem, ValueSet and ConceptMap of FHIR R4, as the national terminology server publishes them (JSON)."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from enrs.formats.terminology.shapes import (
    MOST_CODE,
    MOST_DEFINITION,
    MOST_DISPLAY,
    MOST_URL,
    Concept,
    ConceptMapFile,
    Heading,
    Include,
    Item,
    Mapping,
    Nomenclature,
    Rejected,
    SystemFile,
    TerminologyError,
    ValueSetFile,
)

Tree = dict[str, Any]
DEEPEST = 40
STATUSES = ("draft", "active", "retired", "unknown")
FROM, UNTIL = ("dateValid", "effectiveDate"), ("dateFin", "deprecationDate", "retirementDate")
"""Properties of a concept that say since when it is valid and until when (NOS, then HL7's own)."""
GONE = ("retired", "deprecated", "inactive")
EQUIVALENCES = frozenset(
    [
        "relatedto",
        "equivalent",
        "equal",
        "wider",
        "subsumes",
        "narrower",
        "specializes",
        "inexact",
        "unmatched",
        "disjoint",
    ]
)
OPERATORS = ("=", "is-a", "descendent-of", "in")


def read_resource(tree: Tree) -> Nomenclature:
    """One resource.

    Raises:
        TerminologyError: another type, no `url`, no code, or a definition that cannot be expanded here.
    """
    kind = tree.get("resourceType")
    if kind == "CodeSystem":
        return _code_system(tree)
    if kind == "ValueSet":
        return _value_set(tree)
    if kind == "ConceptMap":
        return _concept_map(tree)
    raise TerminologyError(
        f"« {_text(kind, 40)} » n'est ni CodeSystem, ni ValueSet, ni ConceptMap."
    )


def _heading(tree: Tree) -> Heading:
    url = _text(tree.get("url"), MOST_URL)
    if not url:
        raise TerminologyError("La ressource n'a pas d'adresse canonique (url).")
    status = _text(tree.get("status"), 20)
    name = _text(tree.get("name"), 200)
    period = next(
        (one.get("valuePeriod") for one in _list(tree.get("extension")) if "valuePeriod" in one),
        None,
    )
    return Heading(
        url=url,
        oid=_oid(tree),
        name=name,
        title=_text(tree.get("title"), 300) or name,
        version=_text(tree.get("version"), 60),
        publisher=_text(tree.get("publisher"), 200),
        description=_text(tree.get("description"), MOST_DISPLAY),
        status=status if status in STATUSES else "unknown",
        effective_on=_day(period.get("start")) if isinstance(period, dict) else None,
        revised_on=_day(tree.get("date")),
        ends_on=_day(period.get("end")) if isinstance(period, dict) else None,
    )


def _oid(tree: Tree) -> str:
    values = [tree.get("url"), *(one.get("value") for one in _list(tree.get("identifier")))]
    found = (str(one) for one in values if isinstance(one, str))
    return next(
        (one.removeprefix("urn:oid:")[:200] for one in found if one.startswith("urn:oid:")), ""
    )


def _code_system(tree: Tree) -> SystemFile:
    heading = _heading(tree)
    concepts: dict[str, Concept] = {}
    rejected: list[Rejected] = []
    for place, (node, parent) in enumerate(_walk(tree.get("concept")), 1):
        code = _text(node.get("code"), MOST_CODE + 1)
        reason = _fault(code, concepts)
        if reason:
            rejected.append(Rejected(place, code[:200], reason))
            continue
        concepts[code] = _concept(node, code, parent)
    content = tree.get("content", "complete")
    if not concepts:
        raise TerminologyError(f"Le système de codes ne contient aucun code (content : {content}).")
    return SystemFile(heading, list(concepts.values()), content == "complete", rejected)


def _fault(code: str, known: Iterable[Any]) -> str:
    if not code:
        return "Le code manque."
    if len(code) > MOST_CODE:
        return f"Le code dépasse {MOST_CODE} caractères."
    return "Le code est déjà dans ce fichier." if code in known else ""


def _walk(nodes: Any) -> Iterator[tuple[Tree, str]]:
    """Every concept with the code of its parent, in the order of the file; no deeper than `DEEPEST`."""
    waiting: list[tuple[Tree, str, int]] = [(one, "", 1) for one in reversed(_list(nodes))]
    while waiting:
        node, parent, depth = waiting.pop()
        if depth > DEEPEST:
            raise TerminologyError(f"Les codes sont emboîtés sur plus de {DEEPEST} niveaux.")
        yield node, parent
        inner, code = _list(node.get("concept")), _text(node.get("code"), MOST_CODE)
        waiting += [(one, code, depth + 1) for one in reversed(inner)]


def _concept(node: Tree, code: str, parent: str) -> Concept:
    given: Tree = {}
    for one in _list(node.get("property")):
        name = _text(one.get("code"), 60)
        value = next((held for key, held in one.items() if key.startswith("value")), None)
        if name and value is not None:
            given.setdefault(name, value.get("code") if isinstance(value, dict) else value)
    until = next((day for name in UNTIL if (day := _day(given.get(name)))), None)
    is_gone = given.get("inactive") is True or str(given.get("status", "")).lower() in GONE
    known = {*FROM, *UNTIL, "inactive", "status", "parent"}
    return Concept(
        code=code,
        display=_french(node) or _text(node.get("display"), MOST_DISPLAY) or code,
        definition=_text(node.get("definition"), MOST_DEFINITION),
        parent=parent or _text(given.get("parent"), MOST_CODE),
        valid_from=next((day for name in FROM if (day := _day(given.get(name)))), None),
        valid_until=until,
        is_inactive=is_gone and until is None,
        properties={name: _text(value, 300) for name, value in given.items() if name not in known},
    )


def _french(node: Tree) -> str:
    """The French designation, when the file gives several languages."""
    for one in _list(node.get("designation")):
        if str(one.get("language", "")).lower().startswith("fr"):
            return _text(one.get("value"), MOST_DISPLAY)
    return ""


def _value_set(tree: Tree) -> ValueSetFile:
    heading = _heading(tree)
    rejected: list[Rejected] = []
    compose = tree.get("compose")
    if not isinstance(compose, dict):
        compose = {"include": _expanded(tree)}
    includes = [_include(one, rejected) for one in _list(compose.get("include"))]
    excludes = [_include(one, rejected) for one in _list(compose.get("exclude"))]
    if not any(one.items or one.system or one.value_sets for one in includes):
        raise TerminologyError("Le jeu de valeurs ne contient aucun code.")
    return ValueSetFile(heading, includes, excludes, rejected)


def _expanded(tree: Tree) -> list[Tree]:
    """What a set that comes with its expansion alone lists, a part for each run of one system."""
    expansion = tree.get("expansion")
    parts: list[Tree] = []
    for one in _list(expansion.get("contains") if isinstance(expansion, dict) else None):
        system = _text(one.get("system"), MOST_URL)
        if not parts or parts[-1]["system"] != system:
            parts.append({"system": system, "concept": []})
        parts[-1]["concept"].append(one)
    return parts


def _include(node: Tree, rejected: list[Rejected]) -> Include:
    system = _text(node.get("system"), MOST_URL)
    items: dict[str, Item] = {}
    for place, one in enumerate(_list(node.get("concept")), 1):
        code = _text(one.get("code"), MOST_CODE + 1)
        reason = _fault(code, items) or ("" if system else "Le système du code manque.")
        if reason:
            rejected.append(Rejected(place, f"{system} {code}"[:200], reason))
            continue
        items[code] = Item(system, code, _french(one) or _text(one.get("display"), MOST_DISPLAY))
    filters = []
    for one in _list(node.get("filter")):
        operator = _text(one.get("op"), 40)
        if operator not in OPERATORS:
            raise TerminologyError(f"Le filtre « {operator} » n'est pas pris en charge.")
        filters.append((_text(one.get("property"), 60), operator, _text(one.get("value"), 2_000)))
    sets = node.get("valueSet")
    named = sets if isinstance(sets, list) else []
    return Include(
        system=system,
        items=tuple(items.values()),
        filters=tuple(filters),
        value_sets=tuple(_text(one, MOST_URL).partition("|")[0] for one in named if one),
    )


def _concept_map(tree: Tree) -> ConceptMapFile:
    heading = _heading(tree)
    mappings: dict[tuple[str, ...], Mapping] = {}
    rejected: list[Rejected] = []
    place = 0
    for group in _list(tree.get("group")):
        source, target = (_text(group.get(name), MOST_URL) for name in ("source", "target"))
        for element in _list(group.get("element")):
            for one in _list(element.get("target")):
                place += 1
                made = _mapping(source, target, element, one)
                if isinstance(made, str):
                    text = _text(element.get("code"), 200)
                    rejected.append(Rejected(place, text, made))
                    continue
                key = (source, made.source_code, target, made.target_code)
                mappings.setdefault(key, made)
    if not mappings:
        raise TerminologyError("La table de correspondance ne contient aucune ligne.")
    ends = [tree.get(f"{end}Uri") or tree.get(f"{end}Canonical") for end in ("source", "target")]
    return ConceptMapFile(
        heading,
        _text(ends[0], MOST_URL),
        _text(ends[1], MOST_URL),
        list(mappings.values()),
        rejected,
    )


def _mapping(source: str, target: str, element: Tree, one: Tree) -> Mapping | str:
    """The line, or why it is refused."""
    code, other = _text(element.get("code"), MOST_CODE + 1), _text(one.get("code"), MOST_CODE + 1)
    equivalence = _text(one.get("equivalence"), 20) or "equivalent"
    if not source or not code or len(code) > MOST_CODE or len(other) > MOST_CODE:
        return "Le code d'origine ou son système manque, ou un code est trop long."
    if equivalence not in EQUIVALENCES:
        return f"« {equivalence} » n'est pas une équivalence."
    if equivalence != "unmatched" and not (other and target):
        return "Le code d'arrivée ou son système manque."
    return Mapping(
        source, code, target, other, _text(one.get("display"), MOST_DISPLAY), equivalence
    )


def _list(value: Any) -> list[Tree]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: Any, most: int) -> str:
    """A value as one line of text without NUL; empty for what is none."""
    if value is None or isinstance(value, (dict, list)):
        return ""
    return " ".join(str(value).replace("\x00", " ").split())[:most]


def _day(value: Any) -> date | None:
    """The day of a FHIR date or dateTime; of a year or a month, its first day."""
    text = value[:10] if isinstance(value, str) else ""
    try:
        return date.fromisoformat(text + "-01-01"[len(text) - 4 :] if len(text) in (4, 7) else text)
    except ValueError:
        return None
