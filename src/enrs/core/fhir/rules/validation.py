"""Validation of R4 resources by table: names, types, cardinalities, codes, references, choices, sizes.

What it does not do: profiles, FHIRPath invariants other than those of `invariants`, terminologies that the
definitions do not list whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from enrs.core.fhir.rules.definitions import Definitions, Element, Table, definitions
from enrs.core.fhir.rules.invariants import INVARIANTS
from enrs.core.fhir.rules.references import target_of

MOST_ISSUES = 20
"""A body that is wrong all over is told so without a megabyte of outcome."""
MOST_DEPTH = 40
"""Objects within objects: deeper than any form of ours, far below the interpreter's stack."""
MOST_CONTAINED = 50
MOST_ITEMS = 5000
"""Items of one list."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault: an OperationOutcome code, the FHIRPath of the element, a French sentence."""

    code: str
    path: str
    message: str


def validate(resource: Any, *, path: str = "") -> list[Issue]:
    """The faults of one resource (a parsed JSON tree); none when it is R4. `path` is where it stands."""
    walk = _Walk(definitions())
    walk.resource(resource, path, 0)
    return walk.issues


class _TooManyError(Exception):
    """Enough was found."""


@dataclass(slots=True)
class _Walk:
    known: Definitions
    issues: list[Issue] = field(default_factory=list)
    contained: frozenset[str] = frozenset()

    def fault(self, code: str, path: str, message: str) -> None:
        self.issues.append(Issue(code, path, message))

    def resource(self, tree: Any, path: str, depth: int) -> None:
        """A resource: at the root, contained, or in an entry of a Bundle."""
        kind = tree.get("resourceType") if type(tree) is dict else None
        if type(kind) is not str or kind not in self.known.resources:
            shown = kind[:40] if type(kind) is str else ""
            self.fault(
                "structure",
                path or "$this",
                f"« resourceType » manque ou n'est pas connu : « {shown} ».",
            )
            return
        outer, self.contained = self.contained, _contained_ids(tree)
        self.object(tree, self.known.tables[kind], path or kind, depth)
        self.contained = outer

    def object(self, tree: dict[str, Any], table: Table, path: str, depth: int) -> None:
        """Every element of one object, then what they say together."""
        if depth > MOST_DEPTH:
            self.fault("too-long", path, f"Plus de {MOST_DEPTH} niveaux d'imbrication.")
            return
        elements = table.elements
        for key, value in tree.items():
            element = elements.get(key)
            if element is None:
                self.other(table, key, value, path, depth)
            elif element.is_list:
                self.several(tree, key, element, path, depth)
            elif element.check is None:
                self.part(element, value, f"{path}.{key}", depth)
            elif not element.check(value) or (element.codes and value not in element.codes):
                self.primitive(element, value, f"{path}.{key}")
            if len(self.issues) >= MOST_ISSUES:
                return
        self.together(tree, table, path)

    def together(self, tree: dict[str, Any], table: Table, path: str) -> None:
        """What is obligatory, one form of each choice, the invariants of the type."""
        for label, names in table.needed:
            if not any(name in tree or f"_{name}" in tree for name in names):
                self.fault("required", f"{path}.{label}", f"« {label} » est obligatoire.")
        if len(table.choice_names.intersection(tree)) > 1:
            self.choices(tree, table, path)
        for check in INVARIANTS.get(table.name, ()):
            if message := check(tree):
                self.fault("invariant", path, message)

    def choices(self, tree: Mapping[str, Any], table: Table, path: str) -> None:
        """At most one form of each `[x]`."""
        for group in table.choices:
            found = sorted(group.intersection(tree))
            if len(found) > 1:
                self.fault(
                    "structure",
                    f"{path}.{found[1]}",
                    f"Une seule forme est permise parmi {', '.join(found)}.",
                )

    def several(
        self, tree: dict[str, Any], key: str, element: Element, path: str, depth: int
    ) -> None:
        """A list: not empty, not too long, each of its items."""
        value, path = tree[key], f"{path}.{key}"
        if type(value) is not list or not value:
            self.fault("structure", path, "Une liste d'au moins un élément est attendue.")
            return
        most = element.most or (MOST_CONTAINED if key == "contained" else MOST_ITEMS)
        if len(value) > most:
            self.fault("too-long", path, f"Au plus {most} éléments sont acceptés.")
            return
        sibling = tree.get(f"_{key}")
        for rank, item in enumerate(value):
            if element.check is None:
                self.part(element, item, f"{path}[{rank}]", depth, is_contained=key == "contained")
            elif item is None and type(sibling) is list and rank < len(sibling) and sibling[rank]:
                continue
            elif not element.check(item) or (element.codes and item not in element.codes):
                self.primitive(element, item, f"{path}[{rank}]")
            if len(self.issues) >= MOST_ISSUES:
                return

    def part(
        self, element: Element, value: Any, path: str, depth: int, *, is_contained: bool = False
    ) -> None:
        """An element that is an object: its own table, its codes, its target."""
        if type(value) is not dict or not value:
            self.fault("structure", path, "Un objet qui n'est pas vide est attendu.")
            return
        kind = element.type
        if kind == "Resource":
            if is_contained and ("contained" in value or not value.get("id")):
                self.fault(
                    "structure",
                    path,
                    "Une ressource contenue porte un « id » et n'en contient pas d'autre.",
                )
            held = self.contained
            self.resource(value, path, depth + 1)
            self.contained = held
            return
        if kind == "Reference":
            self.reference(element, value, path)
        elif element.codes:
            self.coded(element, value, path)
        self.object(value, self.known.tables[kind], path, depth + 1)

    def reference(self, element: Element, value: dict[str, Any], path: str) -> None:
        """A reference: its form, its target's type, and a contained resource that is there."""
        text = value.get("reference")
        if text is None:
            if not value.keys() & {"identifier", "display", "extension", "_reference"}:
                self.fault("structure", path, "Une référence vide ne désigne rien.")
            return
        kind = target_of(text) if type(text) is str else None
        if kind is None:
            self.fault("value", f"{path}.reference", "Ce n'est pas une référence FHIR.")
        elif kind == "#":
            if text not in self.contained and text != "#":
                self.fault(
                    "invariant",
                    f"{path}.reference",
                    f"« {text[:70]} » ne désigne aucune ressource contenue.",
                )
        elif kind and element.targets and kind not in element.targets:
            wanted = " ou ".join(sorted(element.targets))
            self.fault(
                "value",
                f"{path}.reference",
                f"Une référence à {wanted} est attendue, non à {kind[:40]}.",
            )

    def coded(self, element: Element, value: dict[str, Any], path: str) -> None:
        """A Coding or a CodeableConcept whose codes are bound."""
        codings = value.get("coding", []) if element.type == "CodeableConcept" else [value]
        codes = (
            [one.get("code") for one in codings if type(one) is dict]
            if type(codings) is list
            else []
        )
        if any(type(code) is str and code in element.codes for code in codes) or not any(codes):
            return
        self.fault("code-invalid", path, f"Code attendu : {_listed(element.codes)}.")

    def primitive(self, element: Element, value: Any, path: str) -> None:
        """Say what is wrong with a primitive value."""
        if element.check is not None and not element.check(value):
            if type(value) in (dict, list):
                self.fault("structure", path, f"Une valeur de type {element.type} est attendue.")
            else:
                self.fault("value", path, f"Ce n'est pas une valeur de type {element.type}.")
        else:
            self.fault("code-invalid", path, f"Code attendu : {_listed(element.codes)}.")

    def other(self, table: Table, key: str, value: Any, path: str, depth: int) -> None:
        """A name that the table has not: the extensions of a primitive (`_birthDate`), or unknown."""
        element = table.elements.get(key[1:]) if key[:1] == "_" else None
        if element is None or element.check is None:
            self.fault(
                "structure",
                f"{path}.{_shown(key)}",
                f"« {_shown(key)} » n'existe pas dans {table.name}.",
            )
            return
        items = value if element.is_list and type(value) is list else [value]
        for item in items:
            if item is None and element.is_list:
                continue
            if type(item) is not dict or not item or item.keys() - {"id", "extension"}:
                self.fault(
                    "structure", f"{path}.{key}", "Un « id » ou des extensions sont attendus."
                )
            else:
                self.object(item, self.known.tables["Reference"], f"{path}.{key[1:]}", depth + 1)


def _contained_ids(tree: dict[str, Any]) -> frozenset[str]:
    listed = tree.get("contained")
    if type(listed) is not list:
        return frozenset()
    return frozenset(
        f"#{one['id']}" for one in listed if type(one) is dict and type(one.get("id")) is str
    )


def _shown(key: str) -> str:
    return "".join(char if char.isalnum() or char in "_-" else "?" for char in key[:40])


def _listed(codes: frozenset[str]) -> str:
    few = sorted(codes)[:12]
    return ", ".join(few) + (", …" if len(codes) > len(few) else "")
