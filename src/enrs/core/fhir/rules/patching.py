"""FHIRPath Patch (FHIR R4, « FHIRPath Patch »): operations of a `Parameters` done on a resource's tree (pure).

What is read of FHIRPath is a path from the type: names, `[n]`, `extension('url')`, `where(url = 'url')`, and
`value` for the `value[x]` that is there. A path that needs more is refused, never guessed.
"""

import copy
import re
from dataclasses import dataclass
from typing import Any

Tree = dict[str, Any]
MOST_OPERATIONS, DEEPEST = 200, 12
KINDS = ("add", "insert", "delete", "replace")
LISTS = frozenset(
    {
        "daysOfWeek", "extension", "coding", "telecom", "availableTime", "notAvailable", "specialty",
        "characteristic", "type",
    }
)  # fmt: skip
"""Elements of a value given as parts that repeat, also when they are there once."""

STEP = re.compile(
    r"""\.(?:extension\(\s*'(?P<extension>[^']+)'\s*\)
         |where\(\s*url\s*=\s*'(?P<url>[^']+)'\s*\)
         |(?P<name>[A-Za-z][A-Za-z0-9]*))
        (?:\[(?P<index>\d{1,4})\])?""",
    re.VERBOSE,
)


class PatchError(Exception):
    """An operation that is not done: a French sentence, and where it stands in the `Parameters`."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.message, self.path = message, path


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a tree: what holds it and under which key."""

    holder: Any
    key: Any

    @property
    def value(self) -> Any:
        return self.holder[self.key]


def patched(resource: Tree, parameters: Tree) -> Tree:
    """A copy of the resource after every operation, in their order.

    Raises:
        PatchError: an operation that is not read, or whose path finds nothing, or several elements.
    """
    given = parameters.get("parameter")
    if parameters.get("resourceType") != "Parameters" or not isinstance(given, list):
        raise PatchError("Un « Parameters » avec ses opérations est attendu.", "Parameters")
    if not 0 < len(given) <= MOST_OPERATIONS:
        raise PatchError(f"De 1 à {MOST_OPERATIONS} opérations sont lues.", "Parameters.parameter")
    tree = copy.deepcopy(resource)
    for rank, operation in enumerate(given):
        _do(tree, operation, f"Parameters.parameter[{rank}]")
    return {name: _pruned(value) for name, value in tree.items() if _pruned(value) not in ([], {})}


def _pruned(value: Any) -> Any:
    """Without the lists and objects that a removal left empty: JSON of FHIR has none."""
    if isinstance(value, list):
        return [one for one in map(_pruned, value) if one not in ([], {})]
    if isinstance(value, dict):
        kept = {name: _pruned(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one not in ([], {})}
    return value


def _do(tree: Tree, operation: Any, place: str) -> None:
    if not isinstance(operation, dict) or operation.get("name") != "operation":
        raise PatchError("Chaque paramètre est une « operation ».", place)
    listed = operation.get("part")
    parts = {
        str(one.get("name")): one
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict)
    }
    kind, path = (_primitive(parts.get(name)) for name in ("type", "path"))
    if kind not in KINDS:
        raise PatchError(
            f"Le type est l'un de {', '.join(KINDS)}.", f"{place}.part.where(name='type')"
        )
    if not isinstance(path, str):
        raise PatchError("Le chemin manque.", f"{place}.part.where(name='path')")
    at = f"{place}.part.where(name='path')"
    found = _find(tree, path, at)
    if kind != "add" and any(spot.value is tree for spot in found):
        message = f"« {path[:120]} » désigne toute la ressource : seul « add » y ajoute un élément."
        raise PatchError(message, at)
    if kind == "delete":
        if len(found) > 1:
            raise PatchError(f"« {path[:120]} » désigne plusieurs éléments.", at)
        for spot in found:
            _remove(spot)
        return
    value = _value(parts.get("value"), place, 0)
    if kind == "insert":
        _insert(found, value, _primitive(parts.get("index")), path, at)
        return
    if len(found) != 1:
        many = "plusieurs éléments" if found else "aucun élément"
        raise PatchError(f"« {path[:120]} » désigne {many}.", at)
    if kind == "replace":
        found[0].holder[found[0].key] = value
        return
    name = _primitive(parts.get("name"))
    holder = found[0].value
    if not isinstance(name, str) or not isinstance(holder, dict):
        raise PatchError("Un nom d'élément est attendu.", f"{place}.part.where(name='name')")
    _add(holder, name, value)


def _add(holder: Tree, name: str, value: Any) -> None:
    present = holder.get(name)
    if isinstance(present, list):
        present.append(value)
    elif present is None and name in LISTS:
        holder[name] = [value]
    else:
        holder[name] = value


def _insert(found: list[Spot], value: Any, index: Any, path: str, at: str) -> None:
    """Insert before the element of `index` of the list that the path names."""
    holders = {id(spot.holder): spot.holder for spot in found}
    whole = next(iter(holders.values()), None)
    if len(holders) != 1 or not isinstance(whole, list) or path.endswith("]"):
        raise PatchError(f"« {path[:120]} » ne désigne pas une liste.", at)
    if type(index) is not int or not 0 <= index <= len(whole):
        raise PatchError("« index » n'est pas dans la liste.", at)
    whole.insert(index, value)


def _remove(spot: Spot) -> None:
    del spot.holder[spot.key]


def _find(tree: Tree, path: str, at: str) -> list[Spot]:
    """The places that a path names."""
    kind = str(tree.get("resourceType"))
    if path != kind and not path.startswith(f"{kind}."):
        raise PatchError(f"Le chemin commence par « {kind} ».", at)
    spots, position = [Spot([tree], 0)], len(kind)
    while position < len(path):
        step = STEP.match(path, position)
        if step is None:
            raise PatchError(f"Ce chemin n'est pas lu : « {path[:120]} ».", at)
        position = step.end()
        spots = [one for spot in spots for one in _step(spot, step)]
        if step["index"] is not None:
            spots = spots[int(step["index"]) : int(step["index"]) + 1]
    return spots


def _step(spot: Spot, step: "re.Match[str]") -> list[Spot]:
    value = spot.value
    if step["url"] is not None:
        return [spot] if isinstance(value, dict) and value.get("url") == step["url"] else []
    if not isinstance(value, dict):
        return []
    name = step["name"] or "extension"
    if name == "value" and name not in value:
        name = next((one for one in value if one.startswith("value")), name)
    if name not in value:
        return []
    child = value[name]
    found = (
        [Spot(child, rank) for rank in range(len(child))]
        if isinstance(child, list)
        else [Spot(value, name)]
    )
    if step["extension"] is None:
        return found
    return [
        one
        for one in found
        if isinstance(one.value, dict) and one.value.get("url") == step["extension"]
    ]


def _primitive(part: Tree | None) -> Any:
    """The `value[x]` of a part."""
    for name, value in (part or {}).items():
        if name.startswith("value"):
            return value
    return None


def _value(part: Any, place: str, depth: int) -> Any:
    """What a part says: its `value[x]`, else an object made of its own parts."""
    if not isinstance(part, dict) or depth > DEEPEST:
        raise PatchError("La valeur manque.", f"{place}.part.where(name='value')")
    listed = part.get("part")
    if not isinstance(listed, list):
        value = _primitive(part)
        if value is None:
            raise PatchError("La valeur manque.", f"{place}.part.where(name='value')")
        return value
    made: Tree = {}
    for one in listed:
        name = str(one.get("name")) if isinstance(one, dict) else ""
        value = _value(one, place, depth + 1)
        if name == "value" and isinstance(one, dict):
            # The value of an extension bears the name of its type.
            name = next((key for key in one if key.startswith("value")), name)
        if name in made and not isinstance(made[name], list):
            made[name] = [made[name]]
        _add(made, name, value)
    return made
