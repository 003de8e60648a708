"""Groups that repeat: conditions, calculations, variables and first values, each within its own row."""

from typing import Any

import pytest

from enrs.core.questionnaires.rules import evaluation
from enrs.core.questionnaires.rules.posting import Posting
from enrs.core.questionnaires.rules.rejoining import LostRowError, rejoined
from enrs.core.questionnaires.rules.responses import from_items, to_items
from enrs.core.questionnaires.rules.sheets import sheet
from tests.core.questionnaires.test_rules import SDC, calculated, form, refusals

LINE = "item.where(linkId='{}').answer.value"
PRICE, COUNT = LINE.format("prix"), LINE.format("nombre")


def expression(name: str, text: str, title: str = "") -> dict[str, Any]:
    content = {"language": "text/fhirpath", "expression": text}
    content |= {"name": title} if title else {}
    return {"url": name, "valueExpression": content}


def table(*cells: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"linkId": "lignes", "type": "group", "repeats": True, "item": [*cells]} | more


def cell(link_id: str, kind: str = "integer", **more: Any) -> dict[str, Any]:
    return {"linkId": link_id, "type": kind, "text": link_id} | more


TOTAL = cell("total") | calculated(f"{PRICE} * {COUNT}")
SUM = {"linkId": "somme", "type": "integer"} | calculated(
    "%resource.descendants().where(linkId='total').answer.value.sum()"
)
BILL = form(table(cell("prix"), cell("nombre"), TOTAL), SUM)


def answered(definition: Any, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    scores, faults = evaluation.calculate(definition, values)
    assert not faults
    return values, scores


def test_each_row_is_calculated_from_its_own_answers():
    values, scores = answered(
        BILL, {"lignes": [{"prix": 3, "nombre": 2}, {"prix": 5, "nombre": 7}, {"prix": 4}]}
    )
    assert [one.get("total") for one in values["lignes"]] == [6, 35, None]
    assert scores == {"somme": 41}


def test_rows_given_are_never_written_upon():
    given = [{"prix": 3, "nombre": 2}]
    answered(BILL, {"lignes": given})
    assert given == [{"prix": 3, "nombre": 2}]


def test_a_result_that_no_longer_stands_is_taken_off():
    values, _ = answered(BILL, {"lignes": [{"prix": 3, "total": 99}]})
    assert values["lignes"] == [{"prix": 3}]


def test_rows_read_the_whole_when_they_say_so():
    rate = {"linkId": "taux", "type": "integer"}
    share = cell("part") | calculated(f"{PRICE} * %resource.item.where(linkId='taux').answer.value")
    values, _ = answered(
        form(rate, table(cell("prix"), share)), {"taux": 3, "lignes": [{"prix": 2}, {"prix": 5}]}
    )
    assert [one["part"] for one in values["lignes"]] == [6, 15]


def test_a_group_inside_a_row_is_read_within_it():
    inner = {"linkId": "detail", "type": "group", "item": [cell("prix"), cell("nombre")]}
    total = cell("total") | calculated(
        "descendants().where(linkId='prix').answer.value + descendants().where(linkId='nombre').answer.value"
    )
    values, _ = answered(
        form(table(inner, total)),
        {"lignes": [{"prix": 1, "nombre": 2}, {"prix": 10, "nombre": 20}]},
    )
    assert [one["total"] for one in values["lignes"]] == [3, 30]


def test_variables_belong_to_their_row_and_to_those_around():
    variable = "http://hl7.org/fhir/StructureDefinition/variable"
    inner = {
        "linkId": "prises", "type": "group", "repeats": True,
        "item": [cell("dose"), cell("poids_dose") | calculated("%dose * %facteur")],
        "extension": [expression(variable, LINE.format("dose"), "dose")],
    }  # fmt: skip
    outer = table(
        cell("facteur"), inner, extension=[expression(variable, LINE.format("facteur"), "facteur")]
    )
    rows = [
        {"facteur": 2, "prises": [{"dose": 1}, {"dose": 3}]},
        {"facteur": 10, "prises": [{"dose": 4}]},
    ]
    values, _ = answered(form(outer), {"lignes": rows})
    found = [[one["poids_dose"] for one in row["prises"]] for row in values["lignes"]]
    assert found == [[2, 6], [40]]


def test_conditions_and_calculations_of_a_row_use_one_another():
    alert = cell(
        "alerte", "string", enableWhen=[{"question": "total", "operator": ">", "answerInteger": 10}]
    )
    doubled = cell(
        "double", enableWhen=[{"question": "actif", "operator": "=", "answerBoolean": True}]
    )
    doubled |= calculated("item.where(linkId='total').answer.value * 2")
    definition = form(
        table(cell("prix"), cell("nombre"), cell("actif", "boolean"), TOTAL, doubled, alert)
    )
    rows = [
        {"prix": 3, "nombre": 2, "actif": True},
        {"prix": 5, "nombre": 7, "alerte": "x"},
        {"prix": 1, "nombre": 1, "alerte": "y"},
    ]
    values, scores = answered(definition, {"lignes": rows})
    assert [one.get("double") for one in values["lignes"]] == [12, None, None]
    nodes = sheet(definition, values, scores, "nurse")[0].rows
    shown = [[node.item.link_id for node in row.nodes if node.is_shown] for row in nodes]
    assert [("alerte" in one, "double" in one) for one in shown] == [
        (False, True),
        (True, False),
        (False, False),
    ]
    kept = evaluation.standing(definition, values, scores)["lignes"]
    assert [one.get("alerte") for one in kept] == [None, "x", None]


def test_a_condition_outside_sees_every_row():
    note = {"linkId": "note", "type": "string", "enableWhen": [
        {"question": "total", "operator": ">", "answerInteger": 30}]}  # fmt: skip
    definition = form(table(cell("prix"), cell("nombre"), TOTAL), note)
    for count, stands in ((7, True), (2, False)):
        values, scores = answered(
            definition, {"lignes": [{"prix": 1, "nombre": 1}, {"prix": 5, "nombre": count}]}
        )
        assert sheet(definition, values, scores, "nurse")[1].is_shown is stands


def test_a_calculation_that_fails_in_one_row_leaves_the_others():
    broken = cell("x") | calculated(f"{PRICE} div {COUNT}") | {"type": "integer"}
    values = {"lignes": [{"prix": 6, "nombre": 2}, {"prix": 6, "nombre": 0}]}
    evaluation.calculate(form(table(cell("prix"), cell("nombre"), broken)), values)
    assert [one.get("x") for one in values["lignes"]] == [3, None]


def test_all_the_rows_together_have_one_budget(monkeypatch):
    monkeypatch.setattr(evaluation, "MAX_SECONDS", -1.0)
    values = {"lignes": [{"prix": 3, "nombre": 2}]}
    scores, faults = evaluation.calculate(BILL, values)
    assert (values["lignes"], scores) == ([{"prix": 3, "nombre": 2}], {})
    assert {one.link_id for one in faults} == {"total", "somme"}


def test_results_travel_and_come_back_without_being_taken_for_answers():
    values, scores = answered(BILL, {"lignes": [{"prix": 3, "nombre": 2}]})
    items = to_items(BILL.items, values | scores, lambda _: True)
    taken, faults, ignored = evaluation.merged(BILL, {}, from_items(BILL, items), "nurse")
    assert (taken, faults) == ({"lignes": [{"prix": 3, "nombre": 2}]}, [])
    assert ignored == ["somme"]


class Posted(dict[str, list[str]]):
    def getlist(self, name: str) -> list[str]:
        return self.get(name, [])


def test_a_page_that_is_posted_never_gives_a_result():
    price, count, total = (BILL.by_link[one].number for one in ("prix", "nombre", "total"))
    rows = BILL.by_link["lignes"].number
    fields = Posted(
        {
            f"f{rows}": ["0"],
            f"f{rows}.0.f{price}": ["3"],
            f"f{rows}.0.f{count}": ["4"],
            f"f{rows}.0.f{total}": ["1000"],
        }
    )
    posting = Posting(BILL, fields, {}, {}, "nurse")
    assert posting.values == {"lignes": [{"prix": 3, "nombre": 4}]}


HIDDEN = {
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/questionnaire-hidden",
            "valueBoolean": True,
        }
    ]
}


def test_cells_that_nobody_fills_keep_what_they_had():
    definition = form(
        table(
            cell("nom", "string"),
            cell("cle", "string") | HIDDEN,
            cell("lu", "string", readOnly=True),
        )
    )
    base = {"lignes": [{"nom": "a", "cle": "k1", "lu": "x"}, {"nom": "b", "cle": "k2"}]}
    given = {"lignes": [{"nom": "b", "cle": "k2"}, {"nom": "c", "cle": "forgée", "lu": "forgé"}]}
    values, faults, ignored = evaluation.merged(definition, base, given, "nurse")
    assert values["lignes"] == [{"nom": "b", "cle": "k2"}, {"nom": "c"}]
    assert (faults, sorted(ignored)) == ([], ["cle", "lu"])
    values, _, _ = evaluation.merged(definition, base, given, "system")
    assert values["lignes"][1]["cle"] == "forgée"


def test_a_new_row_begins_with_its_first_values():
    unit = cell("unite", "string", initial=[{"valueString": "mg"}])
    definition = form(table(cell("nom", "string"), unit))
    node = sheet(definition, {}, {}, "nurse")[0]
    assert [one.value for one in node.rows[0].nodes] == [None, "mg"]
    path = f"f{definition.by_link['lignes'].number}"
    posting = Posting(
        definition, Posted({path: []}), {"lignes": [{"nom": "a"}]}, {}, "nurse", add=path
    )
    assert posting.values["lignes"] == [{"nom": "a"}]
    posting = Posting(
        definition, Posted({path: ["0"]}), {"lignes": [{"nom": "a"}]}, {}, "nurse", add=path
    )
    assert posting.values["lignes"][-1] == {"unite": "mg"}
    kept = evaluation.standing(definition, {"lignes": [{"nom": "a"}, {"unite": "mg"}]}, {})
    assert kept == {"lignes": [{"nom": "a"}]}


POPULATION = f"{SDC}itemPopulationContext"
FIRST = f"{SDC}initialExpression"


def test_rows_begin_with_what_the_record_lists():
    name = cell("nom", "string", extension=[expression(FIRST, "%traitement.medication.text")])
    since = cell("depuis", "date", extension=[expression(FIRST, "%traitement.effective.start")])
    population = expression(POPULATION, "%traitements.entry.resource", "traitement")
    definition = form(table(name, since, cell("arret", "boolean"), extension=[population]))
    given = [("Metformine", "2020-01-02"), ("Ramipril", "")]
    entries = [
        {"resource": {"resourceType": "MedicationStatement", "medicationCodeableConcept": {"text": text},
                      "effectivePeriod": {"start": day} if day else {}}}
        for text, day in given
    ]  # fmt: skip
    sources = {"traitements": {"resourceType": "Bundle", "entry": entries}}
    assert evaluation.prefilled(definition, sources) == {
        "lignes": [{"nom": "Metformine", "depuis": "2020-01-02"}, {"nom": "Ramipril"}]
    }
    assert evaluation.prefilled(definition, {}) == {}


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (table(cell("a", extension=[expression(FIRST, "1")])), "expression_in_table"),
        (table(cell("a"), extension=[expression(POPULATION, "%x.entry")]), "population_here"),
        (table(cell("a"), repeats=False, extension=[expression(POPULATION, "%x", "y")]), "population_here"),
        (cell("a", extension=[expression("http://hl7.org/fhir/StructureDefinition/variable", "1", "x")]),
         "variable_here"),
        (table(cell("a") | calculated("item.repeat(x)")), "expression"),
    ],
)  # fmt: skip
def test_what_is_said_of_rows_elsewhere_is_refused(item, code):
    assert code in refusals(item)


def scan(rank: int) -> dict[str, Any]:
    """A file as an answer holds it."""
    return {"blob": rank, "title": f"{rank}.pdf", "mime": "application/pdf", "size": 9}


FILES = form(table(cell("nom", "string"), cell("piece", "attachment")), cell("fin", "string"))
HELD = {
    "lignes": [
        {"nom": "a", "piece": scan(1)},
        {"nom": "b"},
        {"nom": "c", "piece": scan(3)},
        {"piece": scan(4)},
    ],
    "fin": "x",
}


def put_back(*names: str) -> list[Any]:
    """The files of the rows of a resource that names these."""
    given = {"lignes": [{"nom": one} for one in names]}
    rows = rejoined(FILES, HELD, given)["lignes"]
    return [one.get("piece", {}).get("blob") for one in rows]


def test_rows_take_back_the_files_that_no_resource_carries():
    items = to_items(FILES.items, HELD, lambda item: item.type != "attachment")
    values, faults, _ = evaluation.merged(
        FILES, HELD, rejoined(FILES, HELD, from_items(FILES, items)), "nurse"
    )
    assert (values["lignes"], faults) == (HELD["lignes"], [])


@pytest.mark.parametrize(
    ("names", "files"),
    [
        ("abc", [1, None, 3, 4]),
        ("cab", [3, 1, None, 4]),
        ("axc", [1, None, 3, 4]),
        ("xbc", [1, None, 3, 4]),
        ("ac", [1, 3, 4]),
        ("bc", [None, 3, 4]),
        ("xabc", [None, 1, None, 3, 4]),
        ("", [4]),
    ],
)
def test_a_row_is_known_by_what_it_says_else_by_its_place(names, files):
    assert put_back(*names) == files


@pytest.mark.parametrize("names", ["xc", "xybc", "wxyz"])
def test_rows_that_cannot_be_told_apart_lose_no_file(names):
    with pytest.raises(LostRowError):
        put_back(*names)
