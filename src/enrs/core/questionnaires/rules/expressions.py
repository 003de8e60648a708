"""FHIRPath of uploaded forms: a permitted part of the language, compiled once, run under a budget.

Each node of the expression's tree counts one step as it is evaluated; past `MAX_STEPS`, or past
`MAX_SECONDS` of its thread, the evaluation stops. Functions that take patterns, or that grow without
reading anything, are not permitted.
"""

import re
import time
from collections.abc import Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import fhirpathpy
from antlr4 import (  # type: ignore[import-untyped]
    CommonTokenStream,
    InputStream,
    Token,
)
from antlr4.error.ErrorListener import ErrorListener  # type: ignore[import-untyped]
from antlr4.tree.Tree import ParseTreeWalker  # type: ignore[import-untyped]
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.engine.util import get_data
from fhirpathpy.models import models
from fhirpathpy.parser.ASTPathListener import ASTPathListener
from fhirpathpy.parser.generated.FHIRPathLexer import FHIRPathLexer
from fhirpathpy.parser.generated.FHIRPathParser import FHIRPathParser

MAX_LENGTH = 4000
MAX_DEPTH = 30
MAX_NODES_DEEP = 150
MAX_STEPS = 100_000
MAX_SECONDS = 0.5
MAX_RESULTS = 1000
MAX_RESULT_TEXT = 10_000

FUNCTIONS = frozenset({
    "abs", "aggregate", "all", "allFalse", "allTrue", "anyFalse", "anyTrue", "as", "avg", "ceiling",
    "children", "coalesce", "combine", "contains", "count", "descendants", "distinct", "div", "empty",
    "endsWith", "exclude", "exists", "extension", "first", "floor", "iif", "indexOf", "intersect", "is",
    "isDistinct", "join", "last", "length", "lower", "max", "min", "not", "now", "ofType", "ordinal",
    "round", "select", "single", "skip", "sqrt", "startsWith", "subsetOf", "substring", "sum", "tail",
    "take", "toBoolean", "toDate", "toDateTime", "toDecimal", "toInteger", "toQuantity", "toString",
    "toTime", "today", "trim", "truncate", "union", "upper", "weight", "where",
})  # fmt: skip
"""What an expression may call: nothing that takes a regular expression, no `repeat`, no `power`."""

ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
"""The points of a permitted answer, on its Coding (FHIR R4)."""

ROW_PATH = "QuestionnaireResponse.item"
"""Where a row is in a response: the types of what it holds follow from it."""

ITEMS = re.compile(r"\bitem\b|(?:descendants|children)\(\)")
BY_LINK = re.compile(r"(?:\bitem|descendants\(\))\.where\(linkId='[^']*'(?:orlinkId='[^']*')*\)")


class ExpressionError(ValueError):
    """The expression is malformed, not permitted, or went past its budget."""


class _Budget:
    """What is left to one evaluation."""

    __slots__ = ("steps", "until")

    def __init__(self) -> None:
        self.steps = MAX_STEPS
        self.until = time.thread_time() + MAX_SECONDS

    def spend(self) -> None:
        """Count one step; the clock is read once in sixty-four."""
        self.steps -= 1
        if self.steps < 0 or (not self.steps & 63 and time.thread_time() > self.until):
            raise ExpressionError("budget")


_budget: ContextVar[_Budget] = ContextVar("fhirpath budget")


class _Node(dict[str, Any]):
    """A node of the tree that spends a step whenever the evaluator asks what it is."""

    __slots__ = ()

    def __getitem__(self, key: str) -> Any:
        if key == "type":
            _budget.get().spend()
        return dict.__getitem__(self, key)


class _Refusing(ErrorListener):
    """The library's own listener ignores errors of syntax; this one refuses."""

    def syntaxError(self, *args: Any) -> None:  # noqa: N802  the library's name
        raise ExpressionError(f"syntax: {args[4]}")


def _sum(collection: list[Any]) -> Any:
    """The library's own adds nodes, and fails on those of a resource; nothing adds up to nothing."""
    numbers = [get_data(one) for one in collection]
    return sum(numbers) if numbers else []


def _weight(collection: list[Any]) -> list[Any]:
    """SDC's `weight()`, the points of each Coding that has some."""
    codings = [get_data(one) for one in collection]
    return [
        extension["valueDecimal"]
        for coding in codings
        if isinstance(coding, dict)
        for extension in coding.get("extension", ())
        if extension.get("url") == ORDINAL
    ]


OPTIONS = {
    "userInvocationTable": {
        "sum": {"fn": _sum, "arity": {0: []}},
        "weight": {"fn": _weight, "arity": {0: []}},
        "ordinal": {"fn": _weight, "arity": {0: []}},
    }
}


class Expression:
    """A compiled expression.

    `quoted` are the texts that it quotes; when it `is_narrow` it reads no item but those whose linkId it
    quotes, so that the others may be left out of what it is run on. `variables` are the `%names`.
    """

    def __init__(self, source: str) -> None:
        if len(source) > MAX_LENGTH or _depth(source) > MAX_DEPTH:
            raise ExpressionError("too_large")
        self.source = source
        self.quoted: set[str] = set()
        self.variables: set[str] = set()
        tree = _parse(source)
        self._tree = {"children": [self._counted(tree["children"][0], 0)]}
        plain = "".join(source.split())
        self.is_narrow = len(BY_LINK.findall(plain)) == len(ITEMS.findall(plain))

    def run(
        self,
        resource: Mapping[str, Any],
        variables: Mapping[str, Any],
        row: Mapping[str, Any] | None = None,
    ) -> list[Any]:
        """What the expression gives, `%resource` being the resource.

        It begins, and `%context` is, at the resource; at `row`, an item of the response, when there is one.

        Raises:
            ExpressionError: it failed on these data, or went past its budget.
        """
        token = _budget.set(_Budget())
        start = resource if row is None else ResourceNode.create_node(row, ROW_PATH)
        try:
            found = fhirpathpy.apply_parsed_path(
                start,
                self._tree,
                {**variables, "resource": resource, "context": start},
                models["r4"],
                OPTIONS,
            )
        except ExpressionError:
            raise
        except Exception as error:
            raise ExpressionError(f"failed: {error}"[:300]) from error
        finally:
            _budget.reset(token)
        return _bounded(found)

    def _counted(self, node: dict[str, Any], depth: int) -> _Node:
        if depth > MAX_NODES_DEEP:
            raise ExpressionError("too_large")
        kind = node.get("type")
        if kind == "Functn":
            name = node["children"][0].get("text", "")
            if name not in FUNCTIONS:
                raise ExpressionError(f"function: {name}")
        elif kind == "StringLiteral":
            self.quoted.add(node["text"][1:-1])
        elif kind == "ExternalConstant":
            self.variables.add(node["children"][0].get("text", "").strip("`'"))
        counted = _Node(node)
        if "children" in node:
            counted["children"] = [self._counted(one, depth + 1) for one in node["children"]]
        return counted


def _bounded(found: list[Any]) -> list[Any]:
    if len(found) > MAX_RESULTS or any(
        isinstance(one, str) and len(one) > MAX_RESULT_TEXT for one in found
    ):
        raise ExpressionError("result_too_large")
    return found


def _depth(source: str) -> int:
    deepest = depth = 0
    for one in source:
        depth += (one in "([") - (one in ")]")
        deepest = max(deepest, depth)
    return deepest


def _parse(source: str) -> dict[str, Any]:
    lexer = FHIRPathLexer(InputStream(source))
    stream = CommonTokenStream(lexer)
    grammar = FHIRPathParser(stream)
    for one in (lexer, grammar):
        one.removeErrorListeners()
        one.addErrorListener(_Refusing())
    listener = ASTPathListener()
    try:
        ParseTreeWalker().walk(listener, grammar.expression())
    except RecursionError as error:
        raise ExpressionError("too_large") from error
    if stream.LA(1) != Token.EOF:
        raise ExpressionError("syntax: text after the end")
    tree: dict[str, Any] = listener.parentStack[0]
    return tree


@lru_cache(maxsize=4096)
def compiled(source: str) -> Expression:
    """The expression of this text, compiled once.

    Raises:
        ExpressionError: it is malformed, too large, or calls what is not permitted.
    """
    return Expression(source)
