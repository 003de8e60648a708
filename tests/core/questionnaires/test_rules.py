"""The pure part: refusals of a definition, conditions, expressions, patterns, values, comparisons."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.core.questionnaires.rules import comparison, evaluation, expressions, patterns, values
from enrs.core.questionnaires.rules.reading import read
from enrs.core.questionnaires.rules.responses import from_items, to_items
from enrs.core.questionnaires.rules.shapes import DefinitionError
from enrs.core.questionnaires.rules.sheets import progress, sheet
from enrs.core.questionnaires.words import sentence, value_words

FHIR = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"


def form(*items: dict[str, Any], **more: Any):
    head = {
        "resourceType": "Questionnaire",
        "name": "e",
        "version": "1",
        "url": "urn:e",
        "title": "E",
    }
    return read(head | {"item": [{"text": "Question"} | one for one in items]} | more)


def refusals(*items: dict[str, Any], **more: Any) -> list[str]:
    with pytest.raises(DefinitionError) as error:
        form(*items, **more)
    assert all(sentence(one) for one in error.value.faults)
    return [one.code for one in error.value.faults]


def calculated(expression: str) -> dict[str, Any]:
    content = {"language": "text/fhirpath", "expression": expression}
    return {"extension": [{"url": f"{SDC}calculatedExpression", "valueExpression": content}]}


def extension(name: str, kind: str, content: Any) -> dict[str, Any]:
    return {"extension": [{"url": FHIR + name, f"value{kind}": content}]}


INTEGER = {"linkId": "a", "type": "integer"}
CHOICE = {"linkId": "c", "type": "choice", "answerOption": [
    {"valueCoding": {"code": "x"}}, {"valueCoding": {"code": "y"}}]}  # fmt: skip


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"linkId": "", "type": "string"}, "link_id"),
        ({"linkId": "b", "type": "string", "text": ""}, "no_text"),
        ({"linkId": "b", "type": "string", "modifierExtension": [{"url": "x"}]}, "modifier_extension"),
        ({"linkId": "b", "type": "string", "repeats": True, "item": [{"linkId": "z", "type": "string", "text": "z"}]},
         "children_of_question"),
        ({"linkId": "b", "type": "choice", "answerValueSet": "http://ailleurs"}, "value_set"),
        ({"linkId": "b", "type": "string", "answerOption": [{"valueString": "x"}]}, "options_elsewhere"),
        ({"linkId": "b", "type": "choice", "answerOption": [{"valueString": "x"}] * 2}, "same_code"),
        ({"linkId": "b", "type": "choice", "answerOption": [{"valueReference": {}}, {"valueString": "x"}]}, "option"),
        ({"linkId": "b", "type": "string", "enableBehavior": "some"}, "enable_behavior"),
        ({"linkId": "b", "type": "string", "enableWhen": [
            {"question": "zz", "operator": "exists", "answerBoolean": True}]}, "question"),
        ({"linkId": "b", "type": "string", "enableWhen": [{"question": "a", "operator": "~", "answerInteger": 1}]},
         "operator"),
        ({"linkId": "b", "type": "string", "enableWhen": [{"question": "a", "operator": "=", "answerString": "1"}]},
         "answer_type"),
        ({"linkId": "b", "type": "integer", "initial": [{"valueString": "x"}]}, "initial"),
        ({"linkId": "b", "type": "string", "maxLength": -1}, "bound"),
        ({"linkId": "b", "type": "string"} | extension("regex", "String", "(?=x)"), "regex"),
        ({"linkId": "b", "type": "string"} | extension("questionnaire-constraint", "String", "x"), "extension"),
        ({"linkId": "b", "type": "integer"} | calculated("1 +"), "expression"),
        ({"linkId": "b", "type": "integer"} | calculated("repeat(item)"), "expression"),
        ({"linkId": "b", "type": "display"} | calculated("1"), "expression_here"),
        ({"linkId": "b", "type": "attachment", "repeats": True}, "repeating_attachment"),
        ({"linkId": "b", "type": "string", "extension": [{"url": "urn:enrs:form:roles", "valueCode": "roi"}]}, "role"),
    ],
)  # fmt: skip
def test_a_definition_is_refused_for_a_reason(item, code):
    assert code in refusals(INTEGER, item)


def test_circles_depths_and_numbers_are_limited():
    wants = lambda one: [{"question": one, "operator": "exists", "answerBoolean": True}]  # noqa: E731
    assert refusals(
        {"linkId": "p", "type": "string", "enableWhen": wants("q")},
        {"linkId": "q", "type": "string", "enableWhen": wants("p")},
    ) == ["circle"]
    assert "same" not in refusals(INTEGER, INTEGER)
    many = [{"linkId": str(rank), "type": "string"} for rank in range(1001)]
    assert refusals(*many) == ["too_many_items"]
    deep: dict[str, Any] = {"linkId": "0", "type": "string", "text": "x"}
    for rank in range(1, 12):
        deep = {"linkId": str(rank), "type": "group", "item": [deep]}
    assert "too_deep" in refusals(deep)


def test_a_child_never_opens_what_its_parent_reserves():
    part = [{"url": "urn:enrs:form:roles", "valueCode": "physician"}]
    child = {"linkId": "x", "type": "string", "text": "x",
             "extension": [{"url": "urn:enrs:form:roles", "valueCode": "nurse"}]}  # fmt: skip
    group = {"linkId": "g", "type": "group", "extension": part, "item": [child]}
    assert "roles_apart" in refusals(group)


@pytest.mark.parametrize(
    ("operator", "expected", "answer", "stands"),
    [
        ("exists", {"answerBoolean": True}, 3, True),
        ("exists", {"answerBoolean": True}, None, False),
        ("exists", {"answerBoolean": False}, None, True),
        ("=", {"answerInteger": 3}, 3, True),
        ("=", {"answerInteger": 3}, 4, False),
        ("!=", {"answerInteger": 3}, 4, True),
        ("!=", {"answerInteger": 3}, 3, False),
        (">", {"answerInteger": 3}, 3, False),
        (">", {"answerDecimal": 2.5}, 3, True),
        (">=", {"answerInteger": 3}, 3, True),
        ("<", {"answerInteger": 3}, 2, True),
        ("<=", {"answerInteger": 3}, 4, False),
        ("<=", {"answerInteger": 3}, None, False),
    ],
)
def test_every_operator(operator, expected, answer, stands):
    definition = form(
        INTEGER,
        {
            "linkId": "b",
            "type": "string",
            "enableWhen": [{"question": "a", "operator": operator} | expected],
        },
    )
    given_values = {} if answer is None else {"a": answer}
    assert sheet(definition, given_values, {}, "nurse")[1].is_shown is stands


@pytest.mark.parametrize(
    ("kind", "answer_key", "expected", "value", "greater"),
    [
        ("date", "answerDate", "2026-03-12", "2026-03-13", True),
        ("date", "answerDate", "2026-03-12", "2026-03-11", False),
        ("time", "answerTime", "08:00:00", "09:30", True),
        ("dateTime", "answerDateTime", "2026-03-12T08:00:00+01:00", "2026-03-12T09:00", True),
        ("decimal", "answerDecimal", 1.5, "1.6", True),
        ("quantity", "answerQuantity", {"value": 5, "code": "kg"}, {"value": "6", "unit": "kg"}, True),
        ("quantity", "answerQuantity", {"value": 5, "code": "kg"}, {"value": "6", "unit": "g"}, False),
    ],
)  # fmt: skip
def test_order_by_type(kind, answer_key, expected, value, greater):
    when = [{"question": "a", "operator": ">", answer_key: expected}]
    definition = form(
        {"linkId": "a", "type": kind}, {"linkId": "b", "type": "string", "enableWhen": when}
    )
    assert sheet(definition, {"a": value}, {}, "nurse")[1].is_shown is greater


@pytest.mark.parametrize(("behaviour", "stands"), [("all", False), ("any", True)])
def test_enable_behaviour_and_what_does_not_stand_is_not_asked(behaviour, stands):
    when = [
        {"question": "a", "operator": "=", "answerInteger": 1},
        {"question": "c", "operator": "=", "answerCoding": {"code": "y"}},
    ]
    definition = form(
        INTEGER, CHOICE,
        {"linkId": "b", "type": "string", "enableWhen": when, "enableBehavior": behaviour},
        {"linkId": "d", "type": "string", "enableWhen": [
            {"question": "b", "operator": "exists", "answerBoolean": True}]},
    )  # fmt: skip
    held = {"a": 1, "c": "x", "b": "dit", "d": "plus"}
    nodes = sheet(definition, held, {}, "nurse")
    assert nodes[2].is_shown is stands
    assert nodes[3].is_shown is stands, "the answer of what does not stand does not count"
    kept = evaluation.standing(definition, held, {})
    assert ("b" in kept, "d" in kept) == (stands, stands)


@pytest.mark.parametrize(
    ("is_required", "rows", "asked", "missing"),
    [(False, [], 0, 0), (False, [{}], 0, 0), (False, [{"t": "0102"}], 2, 1), (True, [], 2, 1)],
)
def test_an_optional_row_that_says_nothing_asks_nothing_yet(is_required, rows, asked, missing):
    definition = form({
        "linkId": "g", "type": "group", "repeats": True, "required": is_required, "item": [
            {"linkId": "q", "type": "string", "text": "Qui", "required": True},
            {"linkId": "t", "type": "string", "text": "Téléphone"},
        ],
    })  # fmt: skip
    found = progress(sheet(definition, {"g": rows} if rows else {}, {}, "nurse"))
    assert (found.asked, found.missing) == (asked, missing)


def test_calculations_use_one_another_and_vanish_when_they_fail():
    definition = form(
        INTEGER,
        {"linkId": "s2", "type": "integer"} | calculated("item.where(linkId='s1').answer.value * 2"),
        {"linkId": "s1", "type": "integer"} | calculated("item.where(linkId='a').answer.value + %un"),
        {"linkId": "s3", "type": "decimal"} | calculated("item.where(linkId='a').answer.value / 0"),
        {"linkId": "s4", "type": "boolean"} | calculated("'non'"),
        extension=[{"url": f"{FHIR}variable", "valueExpression": {
            "name": "un", "language": "text/fhirpath", "expression": "1"}}],
    )  # fmt: skip
    scores, faults = evaluation.calculate(definition, {"a": 4})
    assert scores == {"s1": 5, "s2": 10}
    assert [one.link_id for one in faults] == ["s4"]
    assert evaluation.calculate(definition, {})[0] == {}


def test_a_narrow_expression_gives_the_same_as_a_whole_one():
    items = [{"linkId": f"q{rank}", "type": "integer"} for rank in range(5)]
    narrow = calculated("%resource.item.where(linkId='q1' or linkId='q2').answer.value.sum()")
    whole = calculated("%resource.item.answer.value.count()")
    definition = form(
        *items,
        {"linkId": "n", "type": "integer"} | narrow,
        {"linkId": "w", "type": "integer"} | whole,
    )
    expression = definition.by_link["n"].calculated
    assert expression.is_narrow
    assert not definition.by_link["w"].calculated.is_narrow
    scores, _ = evaluation.calculate(definition, {f"q{rank}": rank for rank in range(5)})
    assert scores["n"] == 3
    assert scores["w"] >= 5


@pytest.mark.parametrize(
    "source",
    [
        "1 +", "1 2", "", "repeat(item)", "'a'.matches('(a+)+$')", "2.power(99999999)", "trace('x')",
        "(" * 31 + "1" + ")" * 31, "'a'" + " & 'a'" * 500, "x" * 5000, "1 = (", "'\\",
    ],
)  # fmt: skip
def test_expressions_outside_the_language_are_refused(source):
    with pytest.raises(expressions.ExpressionError):
        expressions.compiled(source)


def test_an_expression_stops_at_its_budget():
    resource = {
        "resourceType": "QuestionnaireResponse",
        "item": [{"linkId": str(one)} for one in range(300)],
    }
    cruel = expressions.compiled(
        "%resource.item.select(%resource.item.select(%resource.item.select(linkId + linkId)))"
    )
    start = time.thread_time()
    with pytest.raises(expressions.ExpressionError, match="budget"):
        cruel.run(resource, {})
    assert time.thread_time() - start < 5


@pytest.mark.parametrize(
    ("source", "text", "fits"),
    [
        ("[0-9]{5}", "75012", True), ("[0-9]{5}", "7501", False), ("^a|b$", "b", True), ("(ab)*c?", "ababc", True),
        (r"\d+(,\d{1,2})?", "12,5", True), (r"\w+@\w+\.fr", "a@b.fr", True), ("[^x]+", "abc", True),
        ("[^x]+", "axc", False), ("a{2,}", "aaaa", True), ("a{2,3}", "aaaa", False), ("", "", True), (".", "\n", False),
    ],
)  # fmt: skip
def test_patterns(source, text, fits):
    assert patterns.compiled(source).matches(text) is fits


@pytest.mark.parametrize("source", ["(a+)+b", "(a|a)*b", "(a|aa)+b", "(.*)*x", "a*a*a*a*a*b"])
def test_no_pattern_holds_a_worker(source):
    start = time.thread_time()
    assert not patterns.compiled(source).matches("a" * 3000)
    assert time.thread_time() - start < 5


@pytest.mark.parametrize(
    "source", [r"(a)\1", "(?=a)", "(?!a)", "(?i)a", "(", "a{1,9999}", "x" * 500, r"\bx"]
)
def test_patterns_that_no_automaton_runs_are_refused(source):
    with pytest.raises(patterns.PatternError):
        patterns.compiled(source)


@given(st.text(max_size=40))
def test_any_text_is_taken_or_refused_cleanly(text):
    definition = form(
        *({"linkId": kind, "type": kind} for kind in (
            "string", "integer", "decimal", "date", "time", "dateTime", "url", "quantity", "reference", "boolean"))
    )  # fmt: skip
    for item in definition.walk():
        try:
            value = values.from_text(item, text, "kg")
        except values.ValueRefusedError:
            continue
        if not values.is_empty(value):
            assert values.checked(item, value) == value
            assert value_words(item, value) is not None


@given(st.integers(-(10**9), 10**9), st.booleans(), st.text("abcé ", min_size=1, max_size=20))
def test_values_go_to_fhir_and_back(number, is_true, words):
    definition = form(
        INTEGER,
        {"linkId": "b", "type": "boolean"},
        {"linkId": "t", "type": "string", "repeats": True},
        CHOICE,
        {
            "linkId": "g",
            "type": "group",
            "repeats": True,
            "item": [{"linkId": "d", "type": "decimal", "text": "d"}],
        },
    )
    held = {"a": number, "b": is_true, "t": [words], "c": "y", "g": [{"d": "1.5"}, {"d": "2"}]}
    items = to_items(definition.items, held, lambda _: True)
    assert from_items(definition, items) == held


def test_two_answers_are_compared_line_by_line():
    definition = form(INTEGER, CHOICE, {"linkId": "s", "type": "string"})
    older, newer = (
        comparison.lines(definition, one, {}, "nurse", value_words)
        for one in ({"a": 5, "c": "x"}, {"a": 3, "c": "y", "s": "neuf"})
    )
    pairs = {one.line.link_id: one for one in comparison.compare(older, newer)}
    assert pairs["a"].change == "-2"
    assert pairs["c"].is_different
    assert (pairs["s"].older, pairs["s"].newer) == ((), ("neuf",))
