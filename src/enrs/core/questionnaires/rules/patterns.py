"""Regular expressions of uploaded forms, matched in linear time: no pattern can hold a worker.

A pattern is parsed by Python's own parser, then run as a Thompson automaton (K. Thompson, 1968): the
cost is states × characters, both limited. What an automaton cannot do (back-references, looking around)
is refused when the form is read.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MAX_PATTERN = 400
MAX_STATES = 2000
MAX_TEXT = 10_000

Test = Callable[[str], bool]

_CATEGORIES: dict[Any, Test] = {
    constants.CATEGORY_DIGIT: lambda one: one.isdecimal(),
    constants.CATEGORY_NOT_DIGIT: lambda one: not one.isdecimal(),
    constants.CATEGORY_SPACE: lambda one: one.isspace(),
    constants.CATEGORY_NOT_SPACE: lambda one: not one.isspace(),
    constants.CATEGORY_WORD: lambda one: one.isalnum() or one == "_",
    constants.CATEGORY_NOT_WORD: lambda one: not (one.isalnum() or one == "_"),
}


class PatternError(ValueError):
    """The pattern is malformed, too large, or asks for what an automaton cannot do."""


@dataclass(slots=True)
class _State:
    """A state: it reads a character that passes `test`, or leads on without reading."""

    test: Test | None = None
    to: list[int] = field(default_factory=list)


class Pattern:
    """A compiled pattern; `matches(text)` says whether the whole text fits, as FHIR's `regex` does."""

    def __init__(self, source: str) -> None:
        if len(source) > MAX_PATTERN:
            raise PatternError("too_long")
        self.source = source
        self._states: list[_State] = []
        try:
            tree = parser.parse(source)
        except (re.error, RecursionError, OverflowError) as error:
            raise PatternError(str(error)) from error
        if tree.state.flags & ~re.UNICODE:
            raise PatternError("flags")
        end = self._new()
        self._start = self._sequence(list(tree), end)
        self._end = end

    def matches(self, text: str) -> bool:
        """Whether the whole text fits; a text of more than `MAX_TEXT` characters does not."""
        if len(text) > MAX_TEXT:
            return False
        current = self._closure({self._start})
        for character in text:
            reached = {
                to
                for one in current
                if (test := self._states[one].test) is not None and test(character)
                for to in self._states[one].to
            }
            if not reached:
                return False
            current = self._closure(reached)
        return self._end in current

    def _closure(self, states: Iterable[int]) -> set[int]:
        seen, waiting = set(states), list(states)
        while waiting:
            state = self._states[waiting.pop()]
            if state.test is None:
                fresh = [to for to in state.to if to not in seen]
                seen.update(fresh)
                waiting.extend(fresh)
        return seen

    def _new(self, test: Test | None = None, *to: int) -> int:
        if len(self._states) >= MAX_STATES:
            raise PatternError("too_large")
        self._states.append(_State(test, list(to)))
        return len(self._states) - 1

    def _sequence(self, nodes: list[Any], after: int) -> int:
        for operator, argument in reversed(nodes):
            after = self._node(operator, argument, after)
        return after

    def _node(self, operator: Any, argument: Any, after: int) -> int:
        if operator in (constants.LITERAL, constants.NOT_LITERAL, constants.ANY, constants.IN):
            return self._new(_reader(operator, argument), after)
        if operator is constants.SUBPATTERN:
            _, added, removed, inner = argument
            if added or removed:
                raise PatternError("flags")
            return self._sequence(list(inner), after)
        if operator is constants.BRANCH:
            return self._new(None, *(self._sequence(list(one), after) for one in argument[1]))
        if operator in (constants.MAX_REPEAT, constants.MIN_REPEAT):
            return self._repeat(argument, after)
        if operator is constants.AT and argument in (
            constants.AT_BEGINNING, constants.AT_BEGINNING_STRING, constants.AT_END, constants.AT_END_STRING,
        ):  # fmt: skip
            return after  # The whole text is asked anyway.
        raise PatternError(str(operator))

    def _repeat(self, argument: tuple[Any, Any, Any], after: int) -> int:
        least, most, inner = argument
        nodes = list(inner)
        if most is constants.MAXREPEAT:
            loop = self._new(None, after)
            self._states[loop].to.append(self._sequence(nodes, loop))
            start = loop
        else:
            start = after
            for _ in range(most - least):
                start = self._new(None, self._sequence(nodes, start), after)
        for _ in range(least):
            start = self._sequence(nodes, start)
        return start


def _reader(operator: Any, argument: Any) -> Test:
    if operator is constants.LITERAL:
        return chr(argument).__eq__
    if operator is constants.NOT_LITERAL:
        return chr(argument).__ne__
    if operator is constants.ANY:
        return lambda one: one != "\n"
    negated = argument[0][0] is constants.NEGATE
    tests = [_member(kind, value) for kind, value in argument[negated:]]
    return lambda one: any(test(one) for test in tests) != negated


def _member(kind: Any, value: Any) -> Test:
    if kind is constants.LITERAL:
        return chr(value).__eq__
    if kind is constants.RANGE:
        low, high = value
        return lambda one: low <= ord(one) <= high
    if kind is constants.CATEGORY:
        return _CATEGORIES[value]
    raise PatternError(str(kind))


@cache
def compiled(source: str) -> Pattern:
    """The pattern of this text, built once.

    Raises:
        PatternError: it is malformed, too large, or not regular.
    """
    return Pattern(source)
