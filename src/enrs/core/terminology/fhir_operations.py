"""The terminology operations of FHIR R4: `$expand`, `$lookup`, `$validate-code`, `$translate`."""

from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone

from enrs.core.audit.commands import note
from enrs.core.fhir.answers import RefusedError
from enrs.core.fhir.operations import Call, register_operation
from enrs.core.fhir.writing import WriteError
from enrs.core.ids import uuid7
from enrs.core.numbers import whole
from enrs.core.terminology import queries, rules
from enrs.core.terminology.models import CodeSystem, Concept, Mapping, Member
from enrs.core.terminology.queries import Source

Tree = dict[str, Any]
DEFINITIONS = "http://hl7.org/fhir/OperationDefinition/"
MOST_TEXT = 200
MOST_AT_ONCE = 10_000
"""Codes of one answer: a larger set is asked page by page (`count`, `offset`)."""
MOST_OFFSET = 10_000_000


def expand(call: Call) -> Tree:
    """`ValueSet/$expand`: the codes of a set, by `url` or by the address of its resource.

    In: `filter` (the beginnings of words, accents forgiven), `offset`, `count`, `activeOnly`, `date`,
    `valueSetVersion`. Out: the ValueSet with its expansion; `total` is left out past ten thousand.
    """
    source = _source(call, "valueSetVersion")
    text = _text(call, "filter", MOST_TEXT)
    offset, count = _number(call, "offset", MOST_OFFSET), _number(call, "count", MOST_AT_ONCE)
    found = queries.expand(
        source,
        text=text,
        offset=offset or 0,
        count=MOST_AT_ONCE + 1 if count is None else count,
        only_active=_flag(call, "activeOnly"),
        on=_day(call),
    )
    if count is None and len(found.entries) > MOST_AT_ONCE:
        words = f"Plus de {MOST_AT_ONCE} codes : précisez « filter », ou demandez des pages par « count »."
        raise WriteError(words, code="too-costly")
    row = source.value_set
    note("fhir.expand", object_kind="ValueSet", object_id=row.pk if row else "")
    expansion: Tree = {
        "identifier": f"urn:uuid:{uuid7()}",
        "timestamp": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "offset": offset or 0,
        "parameter": _echo(call, source),
        "contains": [_contains(one) for one in found.entries],
    }
    if found.total is not None:
        expansion["total"] = found.total
    return _set_heading(source) | {"expansion": expansion}


def _contains(entry: queries.Entry) -> Tree:
    tree: Tree = {"system": entry.system, "code": entry.code, "display": entry.display}
    return tree if entry.is_active else tree | {"inactive": True}


def _set_heading(source: Source) -> Tree:
    row, system = source.value_set, source.system
    if row is None:
        assert system is not None  # noqa: S101 - a source is one or the other
        url = system.url + queries.IMPLICIT
        return {"resourceType": "ValueSet", "url": url, "status": "active", "title": system.label}
    tree: Tree = {"resourceType": "ValueSet", "id": str(row.pk), "url": row.url, "language": "fr"}
    given = {"version": row.version, "name": row.name, "title": row.title}
    return tree | {name: text for name, text in given.items() if text} | {"status": row.status}


def _echo(call: Call, source: Source) -> list[Tree]:
    """What shaped the expansion, as the standard wants it said."""
    told: list[Tree] = [{"name": "displayLanguage", "valueCode": "fr"}]
    if text := _text(call, "filter", MOST_TEXT):
        told.append({"name": "filter", "valueString": text})
    numbers = {name: _number(call, name, MOST_OFFSET) for name in ("offset", "count")}
    told += [
        {"name": name, "valueInteger": number}
        for name, number in numbers.items()
        if number is not None
    ]
    if _flag(call, "activeOnly"):
        told.append({"name": "activeOnly", "valueBoolean": True})
    if source.system is not None and source.system.version:
        told.append({"name": "version", "valueUri": f"{source.system.url}|{source.system.version}"})
    return told


def lookup(call: Call) -> Tree:
    """`CodeSystem/$lookup`: what a code means, closed or not. In: `system` and `code`, or `coding`."""
    address, code, _ = _coding(call)
    system = _system(address, _text(call, "version", 60))
    row = queries.concept(system, code)
    if row is None:
        raise _unknown(f"Le code « {code[:80]} » n'existe pas dans {system.label}.")
    note("fhir.lookup", object_kind="CodeSystem", object_id=system.pk)
    given = [_parameter("name", "String", system.label)]
    if system.version:
        given.append(_parameter("version", "String", system.version))
    given.append(_parameter("display", "String", row.display))
    if row.definition:
        given.append(_parameter("definition", "String", row.definition))
    given.append(
        {
            "name": "designation",
            "part": [
                _parameter("language", "Code", "fr"),
                _parameter("value", "String", row.display),
            ],
        }
    )
    given.append(_property("inactive", "Boolean", not queries.is_active(row, _day(call))))
    if row.parent:
        given.append(_property("parent", "Code", row.parent))
    for name, day in (("dateValid", row.valid_from), ("dateFin", row.valid_until)):
        if day:
            given.append(_property(name, "DateTime", day.isoformat()))
    given += [_property(name, "String", str(value)) for name, value in row.properties.items()]
    return {"resourceType": "Parameters", "parameter": given}


def validate_in_set(call: Call) -> Tree:
    """`ValueSet/$validate-code`: whether one of the codings given is in a set, with the right words."""
    source = _source(call, "valueSetVersion")
    row = source.value_set
    note("fhir.validate-code", object_kind="ValueSet", object_id=row.pk if row else "")
    label = row.label if row else (source.system.label if source.system else "")
    fault = ""
    for address, code, display in _codings(call):
        system = queries.system_of(address)
        found = queries.member(source, system, code) if system else None
        if found is None:
            fault = (
                fault or f"Le code « {code[:80]} » de {address[:120]} n'est pas dans « {label} »."
            )
            continue
        return _validated(found, display, _day(call))
    return _verdict(False, fault)


def validate_in_system(call: Call) -> Tree:
    """`CodeSystem/$validate-code`: whether a code is in a code system, with the right words."""
    codings = _codings(call, system=_text(call, "url", 400))
    address, code, display = codings[0]
    if call.identifier is not None:
        found_system = CodeSystem.objects.filter(id=call.identifier).first()
        if found_system is None:
            raise _unknown("Ce système de codes n'est pas chargé ici.")
        system = found_system
    else:
        system = _system(address, _text(call, "version", 60))
    note("fhir.validate-code", object_kind="CodeSystem", object_id=system.pk)
    row = queries.concept(system, code)
    if row is not None:
        return _validated(row, display, _day(call))
    words = f"Le code « {code[:80]} » n'existe pas dans {system.label}."
    if not system.is_complete:
        words = f"Le code « {code[:80]} » n'est pas connu ici, où {system.label} n'est connu qu'en partie."
    return _verdict(False, words)


def _validated(row: Member | Concept, display: str, on: date | None) -> Tree:
    if display and not rules.same_words(display, row.display):
        return _verdict(False, f"Le libellé attendu est « {row.display} ».", row.display)
    words = "" if queries.is_active(row, on) else "Ce code n'est plus en vigueur."
    if words and on is not None:
        return _verdict(False, "Ce code n'était pas en vigueur à cette date.", row.display)
    return _verdict(True, words, row.display)


def _verdict(result: bool, message: str = "", display: str = "") -> Tree:
    given = [_parameter("result", "Boolean", result)]
    if message:
        given.append(_parameter("message", "String", message))
    if display:
        given.append(_parameter("display", "String", display))
    return {"resourceType": "Parameters", "parameter": given}


def translate(call: Call) -> Tree:
    """`ConceptMap/$translate`: what a code corresponds to, in one table or in all of them.

    In: `url` (or the address of the resource), `code` and `system`, `coding` or `codeableConcept`,
    `targetsystem`, `reverse`.
    """
    table = queries.map_by_id(call.identifier) if call.identifier else None
    if call.identifier and table is None:
        raise _unknown("Cette table de correspondance n'est pas chargée ici.")
    note("fhir.translate", object_kind="ConceptMap", object_id=table.pk if table else "")
    is_reverse = _flag(call, "reverse")
    matches = [
        _match(line, is_reverse)
        for address, code, _ in _codings(call)
        for line in queries.translations(
            system=address,
            code=code,
            of=table,
            address=_text(call, "url", 400),
            target_system=_text(call, "targetsystem", 400),
            is_reverse=is_reverse,
        )
    ]
    is_found = any(one["part"][0]["valueCode"] in rules.MATCHING for one in matches)
    message = "" if is_found else "Aucune correspondance n'est connue ici pour ce code."
    return {
        "resourceType": "Parameters",
        "parameter": [*_verdict(is_found, message)["parameter"], *matches],
    }


def _match(line: Mapping, is_reverse: bool) -> Tree:
    coding: Tree = {
        "system": line.target_system,
        "code": line.target_code,
        "display": line.target_display,
    }
    equivalence = line.equivalence
    if is_reverse:
        coding = {"system": line.source_system, "code": line.source_code}
        turned = {
            "wider": "narrower",
            "narrower": "wider",
            "subsumes": "specializes",
            "specializes": "subsumes",
        }
        equivalence = turned.get(equivalence, equivalence)
    concept = {name: text for name, text in coding.items() if text}
    parts: list[Tree] = [_parameter("equivalence", "Code", equivalence)]
    if concept:
        parts.append({"name": "concept", "valueCoding": concept})
    parts.append(_parameter("source", "Uri", line.concept_map.url))
    return {"name": "match", "part": parts}


# What a call gives.


def _source(call: Call, version: str) -> Source:
    if call.parameter("valueSet"):
        words = "Seul un jeu de valeurs chargé ici est servi : donnez son adresse (url)."
        raise WriteError(words, code="not-supported", path="Parameters.parameter")
    address, _, named = _text(call, "url", 400).partition("|")
    if not address and call.identifier is None:
        raise WriteError(
            "« url » nomme le jeu de valeurs.", code="required", path="Parameters.parameter"
        )
    found = queries.source_of(
        address=address, key=call.identifier, version=_text(call, version, 60) or named
    )
    if found is None:
        raise _unknown("Ce jeu de valeurs n'est pas chargé ici, ou pas dans cette version.")
    if found.value_set is None and found.system is not None and not found.system.is_complete:
        words = f"{found.system.label} n'est connu ici qu'en partie : tous ses codes ne peuvent être donnés."
        raise WriteError(words, code="not-supported")
    return found


def _system(address: str, version: str) -> CodeSystem:
    if not address:
        words = "« system » nomme le système du code."
        raise WriteError(words, code="required", path="Parameters.parameter")
    bare, _, named = address.partition("|")
    found = queries.system_of(bare, version or named)
    if found is None:
        raise _unknown(
            f"Le système « {bare[:120]} » n'est pas chargé ici, ou pas dans cette version."
        )
    return found


def _unknown(words: str) -> RefusedError:
    return RefusedError(404, words, "not-found")


Coding = tuple[str, str, str]


def _coding(call: Call) -> Coding:
    return _codings(call)[0]


def _codings(call: Call, system: str = "") -> list[Coding]:
    """(system, code, display) of each coding given; `system` is that of a code without its own."""
    given = call.parameter("coding").get("valueCoding")
    concept = call.parameter("codeableConcept").get("valueCodeableConcept")
    found = [given] if isinstance(given, dict) else []
    found += concept.get("coding", []) if isinstance(concept, dict) else []
    codings = [
        (
            str(one.get("system") or system)[:400],
            str(one.get("code", ""))[:200],
            str(one.get("display", "")),
        )
        for one in found[:50]
    ]
    code = _text(call, "code", 200)
    if code:
        codings.append((_text(call, "system", 400) or system, code, _text(call, "display", 2000)))
    codings = [one for one in codings if one[1]]
    if not codings:
        words = "Donnez « code » et « system », ou « coding »."
        raise WriteError(words, code="required", path="Parameters.parameter")
    if call.identifier is None and not all(one[0] for one in codings):
        words = "« system » nomme le système du code."
        raise WriteError(words, code="required", path="Parameters.parameter")
    return codings


def _value(call: Call, name: str) -> Any:
    given = call.parameter(name)
    return next((value for key, value in given.items() if key.startswith("value")), "")


def _text(call: Call, name: str, most: int) -> str:
    """A parameter as text; refuses one that is longer than anything that could be meant."""
    value = _value(call, name)
    text = "" if isinstance(value, (dict, list)) else str(value).strip()
    if len(text) > most or "\x00" in text:
        words = f"« {name} » dépasse {most} caractères."
        raise WriteError(words, code="too-long", path="Parameters.parameter")
    return text


def _number(call: Call, name: str, most: int) -> int | None:
    text = _text(call, name, 20)
    if not text:
        return None
    number = whole(text, otherwise=-1)
    if number < 0:
        words = f"« {name} » doit être un nombre entier."
        raise WriteError(words, code="value", path="Parameters.parameter")
    return min(number, most)


def _flag(call: Call, name: str) -> bool:
    return _text(call, name, 20).lower() == "true"


def _day(call: Call) -> date | None:
    text = _text(call, "date", 40)
    if not text:
        return None
    try:
        day = date.fromisoformat(text[:10])
    except ValueError as error:
        words = "« date » s'écrit AAAA-MM-JJ."
        raise WriteError(words, code="value", path="Parameters.parameter") from error
    return None if day == timezone.localdate() else day


def _parameter(name: str, kind: str, value: Any) -> Tree:
    return {"name": name, f"value{kind}": value}


def _property(code: str, kind: str, value: Any) -> Tree:
    return {
        "name": "property",
        "part": [_parameter("code", "Code", code), _parameter("value", kind, value)],
    }


OPERATIONS = (
    ("ValueSet", "expand", expand),
    ("ValueSet", "validate-code", validate_in_set),
    ("CodeSystem", "lookup", lookup),
    ("CodeSystem", "validate-code", validate_in_system),
    ("ConceptMap", "translate", translate),
)


def register() -> None:
    """Offer the five; called when the application loads. Nomenclatures are public: no scope is asked."""
    for kind, name, run in OPERATIONS:
        register_operation(
            kind, name, run, definition=f"{DEFINITIONS}{kind}-{name}", wants=(), is_public=True
        )
