"""Questions inside a question: they stand once it is answered, and travel inside its answer."""

from typing import Any

import pytest

from enrs.core.questionnaires.rules import evaluation
from enrs.core.questionnaires.rules.responses import from_items, to_items
from enrs.core.questionnaires.rules.sheets import sheet
from tests.core.questionnaires.test_rules import calculated, form, refusals


def question(link_id: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"linkId": link_id, "type": kind, "text": link_id, **more}


ROWS = question("lignes", "group", repeats=True, item=[question("dose", "integer")])
NESTED = question(
    "tabac", "boolean",
    item=[
        question("paquets", "integer", item=[question("depuis", "integer"), question("marque")]),
        question("arret", "boolean", enableWhen=[{"question": "tabac", "operator": "=", "answerBoolean": False}]),
        question("aide", "group", item=[question("qui")]),
        ROWS,
    ],
)  # fmt: skip
ALL = {
    "tabac": True, "paquets": 1, "depuis": 20, "marque": "x", "qui": "Awa", "lignes": [{"dose": 1}, {"dose": 2}],
    "fin": "z",
}  # fmt: skip
FORM = form(NESTED, question("fin"))


def shown(values: dict[str, Any]) -> list[str]:
    return [one.item.link_id for one in sheet(FORM, values, {}, "nurse") if one.is_shown]


def test_they_stand_once_the_question_is_answered():
    assert shown({}) == ["tabac", "fin"]
    assert shown({"tabac": True}) == ["tabac", "paquets", "aide", "lignes", "fin"]
    assert shown({"tabac": False}) == ["tabac", "paquets", "arret", "aide", "lignes", "fin"]
    assert shown({"tabac": True, "paquets": 1})[:4] == ["tabac", "paquets", "depuis", "marque"]


def test_they_travel_inside_its_answer_and_come_back():
    items = to_items(FORM.items, ALL, lambda _: True, with_text=False)
    assert [one["linkId"] for one in items] == ["tabac", "fin"]
    (answer,) = items[0]["answer"]
    assert answer["valueBoolean"] is True
    assert [one["linkId"] for one in answer["item"]] == ["paquets", "aide", "lignes", "lignes"]
    inner = answer["item"][0]["answer"][0]["item"]
    assert [one["linkId"] for one in inner] == ["depuis", "marque"]
    values, faults, _ = evaluation.merged(FORM, {}, from_items(FORM, items), "nurse")
    assert (values, faults) == (ALL, [])


def test_what_no_answer_holds_is_dropped_at_the_end():
    kept = evaluation.standing(FORM, {**ALL, "paquets": None} | {"tabac": True}, {})
    assert "depuis" not in kept
    assert evaluation.standing(FORM, {"paquets": 1, "qui": "Awa", "fin": "z"}, {}) == {"fin": "z"}


def test_a_required_one_is_asked_only_when_it_stands():
    definition = form(question("a", "boolean", item=[question("b", required=True)]))
    for values, lacking in (({}, []), ({"a": True}, ["b"])):
        faults = evaluation.final_faults(definition, values, {}, "nurse")
        assert [one.link_id for one in faults] == lacking


@pytest.mark.parametrize(
    "expression",
    [
        "%resource.descendants().where(linkId='depuis').answer.value + 1",
        "%resource.item.where(linkId='tabac').answer.item.where(linkId='paquets')"
        ".answer.item.where(linkId='depuis').answer.value + 1",
    ],
)  # fmt: skip
def test_a_calculation_reads_them(expression):
    definition = form(NESTED, question("somme", "integer") | calculated(expression))
    scores, faults = evaluation.calculate(definition, dict(ALL))
    assert (scores, faults) == ({"somme": 21}, [])


def test_a_row_holds_some_too():
    table = question(
        "t", "group", repeats=True, item=[question("a", "boolean", item=[question("b")])]
    )
    definition = form(table)
    values = {"t": [{"a": True, "b": "x"}, {"a": False}]}
    items = to_items(definition.items, values, lambda _: True, with_text=False)
    assert items[0]["item"][0]["answer"][0]["item"][0]["linkId"] == "b"
    assert from_items(definition, items) == values
    rows = sheet(definition, {"t": [{"a": True}, {}]}, {}, "nurse")[0].rows
    assert [[node.is_shown for node in row.nodes] for row in rows] == [[True, True], [True, False]]


def test_a_question_that_asks_about_what_is_inside_it_turns_in_a_circle():
    inside = [{"question": "b", "operator": "exists", "answerBoolean": True}]
    assert refusals(question("a", enableWhen=inside, item=[question("b")])) == ["circle"]
    assert "children_of_question" in refusals(question("a", repeats=True, item=[question("b")]))
    assert "children_of_question" in refusals(question("a", "display", item=[question("b")]))
