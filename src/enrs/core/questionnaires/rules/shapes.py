"""The compiled form of a Questionnaire, and the faults that reading one or answering one may find."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from enrs.core.questionnaires.rules.expressions import Expression
from enrs.core.questionnaires.rules.patterns import Pattern

Values = dict[str, Any]
"""Answers by linkId; those of a repeating group are a list of such dictionaries."""

TEXTS = frozenset({"string", "text", "url"})
NUMBERS = frozenset({"integer", "decimal"})
DATES = frozenset({"date", "dateTime", "time"})
CHOICES = frozenset({"choice", "open-choice"})
TYPES = TEXTS | NUMBERS | DATES | CHOICES | {
    "group", "display", "boolean", "quantity", "reference", "attachment",
}  # fmt: skip
OPERATORS = ("exists", "=", "!=", ">", "<", ">=", "<=")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong: `code` has its French sentence in `words`; `link_id` is empty for the whole.

    `path` is the field's name in the page when the fault is an answer's.
    """

    code: str
    link_id: str = ""
    detail: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One permitted answer of a choice."""

    code: str
    display: str
    system: str = ""
    is_exclusive: bool = False
    is_initial: bool = False
    score: str = ""
    kind: str = "coding"


@dataclass(frozen=True, slots=True)
class Condition:
    """One `enableWhen`: the answer of `question` compared with `expected` (a value as values hold it)."""

    question: str
    operator: str
    expected: Any


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of quantity: UCUM code and what people read."""

    code: str
    display: str


@dataclass(frozen=True, slots=True)
class Item:
    """One item, with what its parents hand down: `roles` may fill it, `readers` may also see it.

    Empty `roles` mean everybody who may write the answer. `number` is its rank in the whole form, the
    name of its field; `scope` holds the linkIds of the repeating groups around it. A group that repeats may
    have `variables` of each row, and a `population`: (name, expression) of what its first rows come from.
    An item inside a question stands beside it here, right after; `nested_in` names the question.
    """

    link_id: str
    number: int
    type: str
    text: str
    prefix: str = ""
    help: str = ""
    is_required: bool = False
    is_repeating: bool = False
    is_read_only: bool = False
    is_hidden: bool = False
    min_length: int | None = None
    max_length: int | None = None
    min_value: str = ""
    max_value: str = ""
    max_decimals: int | None = None
    min_occurs: int | None = None
    max_occurs: int | None = None
    pattern: Pattern | None = None
    units: tuple[Unit, ...] = ()
    options: tuple[Option, ...] = ()
    control: str = ""
    initial: tuple[Any, ...] = ()
    enable_when: tuple[Condition, ...] = ()
    needs_all: bool = True
    calculated: Expression | None = None
    prefill: Expression | None = None
    variables: tuple[tuple[str, Expression], ...] = ()
    population: tuple[str, Expression] | None = None
    is_extracted: bool = False
    codes: tuple[Mapping[str, str], ...] = ()
    roles: frozenset[str] = frozenset()
    readers: frozenset[str] = frozenset()
    scope: tuple[str, ...] = ()
    nested_in: str = ""
    children: tuple["Item", ...] = ()

    @property
    def holds_value(self) -> bool:
        """Whether people or a calculation answer it."""
        return self.type not in ("group", "display")

    @property
    def is_table(self) -> bool:
        """A group that repeats: its value is a list of rows."""
        return self.type == "group" and self.is_repeating

    @property
    def is_restricted(self) -> bool:
        """Whether some of those who read the answer do not read this item."""
        return bool(self.roles or self.readers)

    def option(self, code: str) -> Option | None:
        """The permitted answer of this code."""
        return next((one for one in self.options if one.code == code), None)


@dataclass(frozen=True)
class Definition:
    """A form that was read and found sound. `variables` are (name, expression) in their order."""

    name: str
    url: str
    version: str
    title: str
    description: str
    items: tuple[Item, ...]
    variables: tuple[tuple[str, Expression], ...] = ()
    by_link: Mapping[str, Item] = field(default_factory=dict)
    by_number: Mapping[int, Item] = field(default_factory=dict)
    parents: Mapping[str, Item] = field(default_factory=dict)

    def walk(self) -> Iterator[Item]:
        """Every item, parents first."""
        return iter(self.by_link.values())

    def above(self, link_id: str) -> str:
        """The linkId of what holds an item in a response: the question that it is inside, else its group."""
        item, parent = self.by_link.get(link_id), self.parents.get(link_id)
        return (item.nested_in if item else "") or (parent.link_id if parent else "")

    @property
    def calculated(self) -> list[Item]:
        """The items that a calculation answers, in their order."""
        return [one for one in self.by_link.values() if one.calculated]


class DefinitionError(Exception):
    """The Questionnaire is refused; `faults` name each reason and its item."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(", ".join(f"{one.link_id}:{one.code} {one.detail}" for one in faults))
        self.faults = faults
