"""The operations of a ROR PATCH on a Location to what they say of each kind of bed (no database).

`add` and `replace` of an extension `ror-location-supported-capacity` are read, in the two shapes that are
published: whole (`extension: [{url, extension: [...]}]`) and taken to pieces as nested `part` lists.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from enrs.services.beds.codes import PACKAGED, Reading, Readings
from enrs.services.beds.rules import MOST, OPERATIONAL, STATUS_CODES, Told
from enrs.services.beds.tables import crisis_kinds

EXTENSION = "ror-location-supported-capacity"
CRISES = "urn:enrs:beds:crisis"
"""Our system of the kinds of crisis (`data/crises.csv`), under which their figures are published."""
CURRENT = "01"
TWICE = object()
"""Stands for a part that is given twice: no part takes it."""
PARTS = frozenset(
    {
        "capacityType", "capacityStatus", "temporalityCapacity", "nbCapacity", "capacitySourceType",
        "genderCapacityAvailable", "capacityUpdateDate", "capacityClosingType", "additionalBedType", "crisisType",
        "temporaryAssignement",
    }
)  # fmt: skip
"""What a capacity may say (guide of the ROR). A part of another name could narrow the figure: it is refused."""
MOST_OPERATIONS, DEEPEST = 200, 12

Tree = dict[str, Any]


class PatchError(Exception):
    """An operation that is not taken: a French sentence, and the FHIRPath of the fault."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.message, self.path = message, path


class Coded(str):
    """A code, with the words that stand beside it."""

    display: str = ""


def told_by(parameters: Tree, readings: Readings = PACKAGED) -> list[Told]:
    """What the operations of a `Parameters` say, statuses of one kind and one moment together.

    `readings` is how codes are read: those of the loaded versions (`codes.current`), else ours.

    Raises:
        PatchError: no operation, another one than `add` or `replace` of a capacity, or a part that is missing,
            unknown or not of its type.
    """
    given = parameters.get("parameter")
    if parameters.get("resourceType") != "Parameters" or not isinstance(given, list):
        raise PatchError("Un « Parameters » avec ses opérations est attendu.", "Parameters")
    if not 0 < len(given) <= MOST_OPERATIONS:
        raise PatchError(f"De 1 à {MOST_OPERATIONS} opérations sont lues.", "Parameters.parameter")
    found: dict[tuple[Any, ...], dict[str, int]] = {}
    for rank, operation in enumerate(given):
        place = f"Parameters.parameter[{rank}]"
        for values in _capacities(operation, place):
            kind, at, status, count = _figure(values, place, readings)
            same = found.setdefault((*kind, at), {})
            if status in same:
                raise PatchError("Le même chiffre est donné deux fois.", place)
            same[status] = count
    return [
        Told(given, at, type=type_, sex=sex, assignment=assignment, crisis=crisis)
        for (type_, sex, assignment, crisis, at), given in found.items()
    ]


def _capacities(operation: Any, place: str) -> list[Tree]:
    if not isinstance(operation, dict) or operation.get("name") != "operation":
        raise PatchError("Chaque paramètre est une « operation ».", place)
    parts = operation.get("part")
    parts = parts if isinstance(parts, list) else []
    named = {one.get("name"): one for one in parts if isinstance(one, dict)}
    kind = _value(named.get("type"))
    if kind not in ("add", "replace"):
        raise PatchError("Seules « add » et « replace » sont prises.", f"{place}.part[type]")
    path = _value(named.get("path"))
    if not isinstance(path, str) or not path.startswith("Location"):
        raise PatchError("Le chemin commence par « Location ».", f"{place}.part[path]")
    found = list(_extensions(parts, 0))
    if not found:
        raise PatchError(f"Une extension {EXTENSION} entière est attendue.", f"{place}.part[value]")
    return found


def _extensions(tree: Any, depth: int) -> Iterator[Tree]:
    """Each capacity found in the parts of an operation: its inner extensions, name to value."""
    if depth > DEEPEST:
        return
    if isinstance(tree, list):
        yield from _taken_apart(tree)
        for one in tree:
            yield from _extensions(one, depth + 1)
    elif isinstance(tree, dict):
        inner = tree.get("extension")
        if str(tree.get("url", "")).endswith(EXTENSION) and isinstance(inner, list):
            parts = [one for one in inner if isinstance(one, dict)]
            yield _gathered((str(one.get("url")), _value(one)) for one in parts)
            return
        for name in ("part", "extension", "valueExtension"):
            if name in tree:
                yield from _extensions(tree[name], depth + 1)


def _taken_apart(parts: list[Any]) -> Iterator[Tree]:
    """A capacity given as parts: `url`, then `extension` parts that hold pairs of `url` and `value`."""
    items = [one for one in parts if isinstance(one, dict)]
    is_capacity = any(
        one.get("name") == "url" and str(_value(one)).endswith(EXTENSION) for one in items
    )
    if not is_capacity:
        return
    pairs: list[tuple[str, Any]] = []
    for one in items:
        if one.get("name") != "extension" or not isinstance(one.get("part"), list):
            continue
        url = ""
        for pair in one["part"]:
            if not isinstance(pair, dict):
                continue
            if pair.get("name") == "url":
                pairs += [(url, None)] if url else []
                url = str(_value(pair))
            elif pair.get("name") == "value" and url:
                pairs.append((url, _value(pair)))
                url = ""
        # A part that is named is said, even without a value: nothing is read as if it were not there.
        pairs += [(url, None)] if url else []
    yield _gathered(pairs)


def _gathered(pairs: Iterable[tuple[str, Any]]) -> Tree:
    """Names to values; what is said twice is said by nothing that is read."""
    values: Tree = {}
    for name, value in pairs:
        values[name] = TWICE if name in values else value
    return values


def _value(one: Any) -> Any:
    """The `value[x]` of a part: of a concept, the code of its first coding."""
    if not isinstance(one, dict):
        return None
    for name, value in one.items():
        if name == "valueCodeableConcept":
            codings = value.get("coding") if isinstance(value, dict) else None
            first = codings[0] if isinstance(codings, list) and codings else None
            return _code(first)
        if name == "valueCoding":
            return _code(value)
        if name.startswith("value"):
            return value
    return None


def _code(coding: Any) -> Any:
    if not isinstance(coding, dict):
        return None
    code, display = coding.get("code"), coding.get("display")
    if not isinstance(code, str):
        return code
    coded = Coded(code)
    coded.display = display if isinstance(display, str) else ""
    return coded


def _figure(
    values: Tree, place: str, readings: Readings
) -> tuple[tuple[str, str, str, str], datetime, str, int]:
    if unknown := sorted(values.keys() - PARTS):
        raise PatchError(f"« {unknown[0][:40]} » n'est pas lu dans une capacité.", place)
    status = _status(values, place)
    if values.get("temporalityCapacity") not in (None, CURRENT):
        raise PatchError(
            "Seule la temporalité courante (01) est prise.", f"{place}.temporalityCapacity"
        )
    kind = (
        _read(values, "capacityType", readings.type, place),
        _read(values, "genderCapacityAvailable", readings.sex, place, missing="any"),
        _read(values, "temporaryAssignement", readings.assignment, place),
        _crisis(values, place),
    )
    count = values.get("nbCapacity")
    if type(count) is not int or not 0 <= count <= MOST:
        raise PatchError("Un nombre entier de 0 à 9999 est attendu.", f"{place}.nbCapacity")
    return kind, _moment(values.get("capacityUpdateDate"), place), status, count


def _status(values: Tree, place: str) -> str:
    code = values.get("capacityStatus")
    if code == OPERATIONAL:
        raise PatchError(
            "« Opérationnel » (07) se calcule et n'est pas pris.", f"{place}.capacityStatus"
        )
    if not isinstance(code, str) or code not in STATUS_CODES:
        raise _absent("capacityStatus", place)
    return STATUS_CODES[code]


def _read(values: Tree, name: str, reading: Reading, place: str, missing: str | None = None) -> str:
    if missing is not None and name not in values:
        return missing
    code = values.get(name)
    word = (
        reading.word_of(code, code.display if isinstance(code, Coded) else "")
        if isinstance(code, str)
        else None
    )
    if word is None:
        raise _absent(name, place)
    return word


def _absent(name: str, place: str) -> PatchError:
    return PatchError(f"« {name} » est absent, ou son code n'est pas pris.", f"{place}.{name}")


def _crisis(values: Tree, place: str) -> str:
    """The crisis for which these beds are kept: a code of ours. A figure of another crisis, or of one that is
    told in words alone, is no figure of the ordinary beds."""
    if "crisisType" not in values:
        return ""
    code = values["crisisType"]
    if not isinstance(code, str) or code not in crisis_kinds():
        known = ", ".join(crisis_kinds())
        raise PatchError(
            f"Ce type de crise n'est pas pris : {known} ({CRISES}). Sans « crisisType », le chiffre est celui "
            "des lits courants.",
            f"{place}.crisisType",
        )
    return code


def _moment(given: Any, place: str) -> datetime:
    path = f"{place}.capacityUpdateDate"
    if not isinstance(given, str) or not given:
        raise PatchError("Un chiffre sans « capacityUpdateDate » n'est pas pris.", path)
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as error:
        raise PatchError("« capacityUpdateDate » n'est pas une date.", path) from error
    if moment.tzinfo is None:
        raise PatchError("« capacityUpdateDate » demande son fuseau.", path)
    return moment
