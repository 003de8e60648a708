"""Values as the items of a QuestionnaireResponse, and back."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from enrs.core.questionnaires.rules.extensions import typed
from enrs.core.questionnaires.rules.shapes import Definition, Fault, Item, Values
from enrs.core.questionnaires.rules.values import as_list, from_fhir, is_empty, to_fhir

Keep = Callable[[Item], bool]
Node = dict[str, Any]


def to_items(
    items: Iterable[Item], values: Values, keep: Keep, *, with_text: bool = True
) -> list[Node]:
    """The answered items, groups around them; `keep` says which ones."""
    first: list[Item] = []
    inside: dict[str, list[Item]] = {}
    for item in items:
        (inside.setdefault(item.nested_in, []) if item.nested_in else first).append(item)
    return _Writing(inside, keep, with_text=with_text).nodes(first, values)


class _Writing:
    """One list of siblings being written; `inside` are those that stand inside a question, by its linkId."""

    def __init__(self, inside: dict[str, list[Item]], keep: Keep, *, with_text: bool) -> None:
        self.inside, self.keep, self.with_text = inside, keep, with_text

    def nodes(self, items: Iterable[Item], values: Values) -> list[Node]:
        """The nodes of these items, in their order."""
        return [node for item in items if self.keep(item) for node in self._of(item, values)]

    def _of(self, item: Item, values: Values) -> Iterator[Node]:
        head: Node = {"linkId": item.link_id}
        if self.with_text and item.text:
            head["text"] = item.text
        if item.type == "group":
            for row in (values.get(item.link_id) or ()) if item.is_table else (values,):
                inner = to_items(item.children, row, self.keep, with_text=self.with_text)
                if inner:
                    yield head | {"item": inner}
        elif item.type != "display" and not is_empty(value := values.get(item.link_id)):
            pairs = (to_fhir(item, one) for one in as_list(value))
            answers: list[Node] = [{f"value{kind}": content} for kind, content in pairs]
            if inner := self.nodes(self.inside.get(item.link_id, ()), values):
                answers[0]["item"] = inner
            yield head | {"answer": answers}


def from_items(definition: Definition, nodes: Sequence[Mapping[str, Any]]) -> Values:
    """Values from the items of a QuestionnaireResponse, not checked yet.

    Raises:
        UnknownItemError: an item that the form does not have.
    """
    values: Values = {}
    _take(definition, nodes, values)
    return values


class UnknownItemError(ValueError):
    """A response answers what the form does not ask."""

    def __init__(self, link_id: str) -> None:
        super().__init__(link_id)
        self.fault = Fault("unknown_item", link_id)


def _take(definition: Definition, nodes: Sequence[Mapping[str, Any]], values: Values) -> None:
    for node in nodes:
        item = definition.by_link.get(str(node.get("linkId", "")))
        if item is None:
            raise UnknownItemError(str(node.get("linkId", "")))
        if item.is_table:
            row: Values = {}
            _take(definition, node.get("item", ()), row)
            values.setdefault(item.link_id, []).append(row)
        elif item.type == "group":
            _take(definition, node.get("item", ()), values)
        elif item.type != "attachment":  # its content stays in our store: no resource brings one
            found = []
            for answer in node.get("answer", ()):
                kind, content = typed(answer)
                found.append(from_fhir(item, kind, content))
                _take(definition, answer.get("item", ()), values)
            if found:
                values[item.link_id] = found if item.is_repeating else found[0]
