"""Reading a FHIR R4 Questionnaire into a Definition, and refusing precisely what is not supported."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from enrs.core.access.rules import ROLES as MATRIX_ROLES
from enrs.core.questionnaires.rules import expressions, extensions, patterns
from enrs.core.questionnaires.rules.conditions import check_conditions, read_conditions
from enrs.core.questionnaires.rules.shapes import (
    CHOICES,
    TYPES,
    Definition,
    DefinitionError,
    Fault,
    Item,
    Option,
    Unit,
)
from enrs.core.questionnaires.rules.values import ValueRefusedError, checked, from_fhir

MAX_BYTES = 1_000_000
MAX_ITEMS = 1000
MAX_DEPTH = 8
MAX_OPTIONS = 500
MAX_EXPRESSIONS = 200
MAX_WORDS = 4000


def read_text(content: bytes) -> dict[str, Any]:
    """A Questionnaire's JSON from an upload.

    Raises:
        DefinitionError: too large, not JSON, or not a Questionnaire.
    """
    if len(content) > MAX_BYTES:
        raise DefinitionError([Fault("too_large", detail=str(MAX_BYTES // 1000))])
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DefinitionError([Fault("not_json", detail=str(error)[:200])]) from error
    if not isinstance(tree, dict) or tree.get("resourceType") != "Questionnaire":
        raise DefinitionError([Fault("not_questionnaire")])
    return tree


def read(tree: Mapping[str, Any]) -> Definition:
    """The Definition of a Questionnaire.

    Raises:
        DefinitionError: with one fault per reason; a Questionnaire of an odd shape has the fault `shape`.
    """
    reader = _Reader(tree)
    try:
        definition = reader.definition()
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        raise DefinitionError([*reader.faults, Fault("shape", detail=str(error)[:200])]) from error
    if reader.faults:
        raise DefinitionError(reader.faults)
    return definition


class _Reader:
    """One reading: it gathers every fault before it refuses."""

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self.tree = tree
        self.faults: list[Fault] = []
        self.by_link: dict[str, Item] = {}
        self.parents: dict[str, Item] = {}
        self.nested: dict[str, list[Item]] = {}
        self.count = 0
        self.expression_count = 0

    def refuse(self, code: str, link_id: str = "", detail: object = "") -> None:
        self.faults.append(Fault(code, link_id, str(detail)[:300]))

    def definition(self) -> Definition:
        tree = self.tree
        for name in ("name", "version", "url", "title"):
            if not isinstance(tree.get(name), str) or not 0 < len(tree[name].strip()) <= 300:
                self.refuse("missing", detail=name)
        if tree.get("modifierExtension"):
            self.refuse("modifier_extension")
        items = self.items(tree.get("item", []), (), 0, {})
        if not items:
            self.refuse("no_item")
        ordered = self._in_order(items)
        definition = Definition(
            name=str(tree.get("name", "")),
            url=str(tree.get("url", "")),
            version=str(tree.get("version", "")),
            title=str(tree.get("title", "")),
            description=str(tree.get("description", ""))[:MAX_WORDS],
            items=items,
            variables=self.variables(tree, ""),
            by_link=ordered,
            by_number={one.number: one for one in ordered.values()},
            parents=self.parents,
        )
        self.faults += check_conditions(definition)
        return definition

    def _in_order(self, items: Sequence[Item]) -> dict[str, Item]:
        ordered: dict[str, Item] = {}
        for one in items:
            ordered[one.link_id] = one
            for child in one.children:
                self.parents[child.link_id] = one
            ordered.update(self._in_order(one.children))
        return ordered

    def variables(
        self, node: Mapping[str, Any], link_id: str
    ) -> tuple[tuple[str, expressions.Expression], ...]:
        found = []
        for one in extensions.values(node, extensions.VARIABLE):
            compiled = self.expression(one, link_id)
            if compiled:
                found.append((str(one.get("name", "")), compiled))
        return tuple(found)

    def items(
        self, nodes: Sequence[Any], scope: tuple[str, ...], depth: int, held: Mapping[str, Any]
    ) -> tuple[Item, ...]:
        if depth > MAX_DEPTH:
            self.refuse("too_deep", detail=MAX_DEPTH)
            return ()
        found: list[Item] = []
        for node in nodes:
            if one := self.item(node, scope, depth, held):
                found += [one, *self.nested.pop(one.link_id, ())]
        return tuple(found)

    def item(
        self, node: Mapping[str, Any], scope: tuple[str, ...], depth: int, held: Mapping[str, Any]
    ) -> Item | None:
        self.count += 1
        number, link_id, kind = self.count, str(node.get("linkId", "")), str(node.get("type", ""))
        if number > MAX_ITEMS:
            if number == MAX_ITEMS + 1:
                self.refuse("too_many_items", detail=MAX_ITEMS)
            return None
        if not link_id or len(link_id) > 255 or link_id in self.by_link:
            self.refuse("link_id", link_id, number)
            return None
        if kind not in TYPES:
            self.refuse("type", link_id, kind)
            return None
        self._check_extensions(node, link_id)
        shared = self.roles(node, link_id, {**held, "is_row": bool(scope)})
        repeats = bool(node.get("repeats", False))
        own = self.of_rows(node, link_id, scope, is_table=kind == "group" and repeats)
        shared["is_populated"] = bool(own["population"] or held.get("is_populated"))
        self.by_link[link_id] = Item(link_id, number, kind, "")
        inner_scope = (*scope, link_id) if kind == "group" and repeats else scope
        helps, inner = _split_help(node.get("item", []))
        if inner and (kind == "display" or (kind != "group" and repeats)):
            self.refuse("children_of_question", link_id)
            inner = []
        children = self.items(inner, inner_scope, depth + 1, shared)
        if kind != "group":
            self.nested[link_id] = [
                one if one.nested_in else replace(one, nested_in=link_id) for one in children
            ]
            children = ()
        item = Item(
            link_id=link_id,
            number=number,
            type=kind,
            text=str(node.get("text", ""))[:MAX_WORDS],
            prefix=str(node.get("prefix", ""))[:40],
            help=" ".join(helps)[:MAX_WORDS],
            is_required=bool(node.get("required", False)),
            is_repeating=repeats,
            is_read_only=bool(node.get("readOnly", False)),
            is_hidden=extensions.value(node, extensions.HIDDEN) is True
            or bool(held.get("is_hidden")),
            enable_when=read_conditions(node, self.faults, link_id),
            needs_all=node.get("enableBehavior", "all") == "all",
            codes=tuple(node.get("code", ())),
            is_extracted=extensions.value(node, extensions.EXTRACT) is True,
            scope=scope,
            children=children,
            roles=shared["roles"],
            readers=shared["readers"],
            control=_control(node),
            options=self.options(node, link_id),
            units=_units(node),
            **self.bounds(node, link_id),
            **self.calculations(node, link_id, is_row=bool(scope) and not held.get("is_populated")),
            **own,
        )
        self._check(item, node)
        item = self.with_initial(item, node)
        self.by_link[link_id] = item
        return item

    def _check_extensions(self, node: Mapping[str, Any], link_id: str) -> None:
        if node.get("modifierExtension"):
            self.refuse("modifier_extension", link_id)
        for one in node.get("extension", ()):
            if one.get("url") in extensions.REFUSED:
                self.refuse("extension", link_id, one["url"].rsplit("/", 1)[-1])

    def _check(self, item: Item, node: Mapping[str, Any]) -> None:
        if item.type in CHOICES and not item.options:
            self.refuse("no_option", item.link_id)
        if item.options and item.type not in CHOICES:
            self.refuse("options_elsewhere", item.link_id)
        if not item.text and not item.is_hidden and item.type != "group":
            self.refuse("no_text", item.link_id)
        if node.get("enableBehavior", "all") not in ("all", "any"):
            self.refuse("enable_behavior", item.link_id)
        if item.type == "attachment" and item.is_repeating:
            self.refuse("repeating_attachment", item.link_id)

    def roles(
        self, node: Mapping[str, Any], link_id: str, held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Roles narrow from parent to child: a child never opens what its parent reserves."""
        own = {
            "roles": frozenset(extensions.values(node, extensions.ROLES)),
            "readers": frozenset(extensions.values(node, extensions.READERS)),
        }
        for unknown in (own["roles"] | own["readers"]) - set(MATRIX_ROLES):
            self.refuse("role", link_id, unknown)
        if (own["roles"] or own["readers"]) and held.get("is_row"):
            self.refuse("roles_in_table", link_id)
        above = held.get("roles", frozenset()), held.get("readers", frozenset())
        if above[0]:
            own["readers"] = (own["readers"] or above[1]) & (above[0] | above[1])
            own["roles"] = own["roles"] & above[0] if own["roles"] else above[0]
            if not own["roles"]:
                self.refuse("roles_apart", link_id)
        hidden = bool(held.get("is_hidden")) or extensions.value(node, extensions.HIDDEN) is True
        return {**own, "is_hidden": hidden}

    def options(self, node: Mapping[str, Any], link_id: str) -> tuple[Option, ...]:
        raw = list(node.get("answerOption", ())) or self._value_set(node, link_id)
        if len(raw) > MAX_OPTIONS:
            self.refuse("too_many_options", link_id, MAX_OPTIONS)
            raw = raw[:MAX_OPTIONS]
        found = [option for one in raw if (option := self._option(one, link_id))]
        codes = [one.code for one in found]
        for code in {one for one in codes if codes.count(one) > 1}:
            self.refuse("same_code", link_id, code)
        return tuple(found)

    def _option(self, node: Mapping[str, Any], link_id: str) -> Option | None:
        kind, content = extensions.typed(node)
        points = extensions.value(node, extensions.ORDINAL)
        shared: dict[str, Any] = {
            "is_exclusive": extensions.value(node, extensions.EXCLUSIVE) is True,
            "is_initial": bool(node.get("initialSelected", False)),
        }
        if kind == "Coding" and content.get("code"):
            if points is None:
                points = extensions.value(content, extensions.ORDINAL)
            if points is None:
                points = extensions.value(content, extensions.ITEM_WEIGHT)
            return Option(
                code=str(content["code"])[:100],
                display=str(content.get("display", content["code"]))[:500],
                system=str(content.get("system", "")),
                score="" if points is None else str(points),
                **shared,
            )
        if kind in ("String", "Integer", "Date", "Time"):
            text = str(content)[:300]
            score = "" if points is None else str(points)
            return Option(code=text, display=text, kind=kind.lower(), score=score, **shared)
        self.refuse("option", link_id, kind)
        return None

    def _value_set(self, node: Mapping[str, Any], link_id: str) -> list[dict[str, Any]]:
        address = node.get("answerValueSet")
        if not address:
            return []
        contained = {f"#{one.get('id')}": one for one in self.tree.get("contained", ())}
        value_set = contained.get(address)
        if value_set is None:
            self.refuse("value_set", link_id, address)
            return []
        expansion = value_set.get("expansion", {}).get("contains")
        if expansion:
            return [{"valueCoding": one} for one in expansion]
        return [
            {"valueCoding": concept | {"system": include.get("system", "")}}
            for include in value_set.get("compose", {}).get("include", ())
            for concept in include.get("concept", ())
        ]

    def bounds(self, node: Mapping[str, Any], link_id: str) -> dict[str, Any]:
        """Lengths, values, occurrences and pattern."""
        found: dict[str, Any] = {"max_length": node.get("maxLength")}
        for name, url in (
            ("min_length", extensions.MIN_LENGTH), ("max_decimals", extensions.MAX_DECIMALS),
            ("min_occurs", extensions.MIN_OCCURS), ("max_occurs", extensions.MAX_OCCURS),
        ):  # fmt: skip
            found[name] = extensions.value(node, url)
        for name, one in found.items():
            if one is not None and (not isinstance(one, int) or one < 0):
                self.refuse("bound", link_id, name)
                found[name] = None
        for name, url in (("min_value", extensions.MIN_VALUE), ("max_value", extensions.MAX_VALUE)):
            limit = extensions.value(node, url)
            found[name] = "" if limit is None else str(limit)
        pattern = extensions.value(node, extensions.REGEX)
        found["pattern"] = None
        if pattern is not None:
            try:
                found["pattern"] = patterns.compiled(str(pattern))
            except patterns.PatternError as error:
                self.refuse("regex", link_id, error)
        return found

    def of_rows(
        self, node: Mapping[str, Any], link_id: str, scope: tuple[str, ...], *, is_table: bool
    ) -> dict[str, Any]:
        """What a group that repeats says of its rows: their variables, where the first ones come from."""
        variables = self.variables(node, link_id)
        if variables and not is_table:
            self.refuse("variable_here", link_id)
        content = extensions.value(node, extensions.POPULATION)
        population = None
        if content is not None:
            if not is_table or scope or not content.get("name"):
                self.refuse("population_here", link_id)
            elif compiled := self.expression(content, link_id):
                population = (str(content["name"]), compiled)
        return {"variables": variables, "population": population}

    def calculations(
        self, node: Mapping[str, Any], link_id: str, *, is_row: bool
    ) -> dict[str, Any]:
        """What is computed; in a row, a first value comes from the population of its group alone."""
        found: dict[str, Any] = {}
        for name, url in (
            ("calculated", extensions.CALCULATED),
            ("prefill", extensions.PREFILL),
        ):
            content = extensions.value(node, url)
            if content is None:
                continue
            if is_row and name == "prefill":
                self.refuse("expression_in_table", link_id)
            found[name] = self.expression(content, link_id)
        if found and node.get("type") in ("group", "display", "attachment"):
            self.refuse("expression_here", link_id)
        return found

    def expression(self, content: Any, link_id: str) -> expressions.Expression | None:
        self.expression_count += 1
        if self.expression_count > MAX_EXPRESSIONS:
            self.refuse("too_many_expressions", link_id, MAX_EXPRESSIONS)
            return None
        if content.get("language", "text/fhirpath") != "text/fhirpath":
            self.refuse("expression_language", link_id, content.get("language"))
            return None
        try:
            return expressions.compiled(str(content.get("expression", "")))
        except expressions.ExpressionError as error:
            self.refuse("expression", link_id, error)
            return None

    def with_initial(self, item: Item, node: Mapping[str, Any]) -> Item:
        raw = [extensions.typed(one) for one in node.get("initial", ())]
        initial: list[Any] = [one.code for one in item.options if one.is_initial]
        for kind, content in raw:
            try:
                initial.append(checked(item, from_fhir(item, kind, content)))
            except ValueRefusedError as error:
                self.refuse("initial", item.link_id, error.code)
        return replace(item, initial=tuple(initial)) if initial else item


def _split_help(nodes: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[Mapping[str, Any]]]:
    """Displays marked `help` are their parent's help; the others are items."""
    helps = [str(one.get("text", "")) for one in nodes if _is_help(one)]
    return helps, [one for one in nodes if not _is_help(one)]


def _is_help(node: Mapping[str, Any]) -> bool:
    return node.get("type") == "display" and _control(node) in ("help", "flyover")


def _control(node: Mapping[str, Any]) -> str:
    content = extensions.value(node, extensions.CONTROL) or {}
    return next((str(one.get("code", "")) for one in content.get("coding", ())), "")


def _units(node: Mapping[str, Any]) -> tuple[Unit, ...]:
    options = extensions.values(node, extensions.UNIT_OPTION)
    codings = options or extensions.values(node, extensions.UNIT)
    return tuple(
        Unit(str(one.get("code", "")), str(one.get("display", one.get("code", ""))))
        for one in codings
    )
