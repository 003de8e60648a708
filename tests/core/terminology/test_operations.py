"""The terminology operations by HTTP: what they answer, and what they refuse, in an OperationOutcome."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from enrs.core.audit.models import AuditLine
from enrs.core.terminology.models import CodeSystem, ConceptMap, ValueSet
from tests.core.fhir.factories import make_token, make_user
from tests.core.terminology.factories import (
    SET,
    SYSTEM,
    TABLE,
    code_system,
    concept_map,
    load,
    value_set,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def token() -> str:
    load(code_system())
    load(value_set())
    load(
        concept_map(("COE", "THO", "wider"), ("FOI", "ABD", "equivalent"), ("REI", "", "unmatched"))
    )
    return make_token(make_user("passerelle"), "user/Patient.r")


@pytest.fixture
def ask(client: Client, token: str) -> Any:
    """`ask("ValueSet/$expand", url=…)`: a GET; the status and the tree."""

    def get(path: str, **given: object) -> tuple[int, dict[str, Any]]:
        address = f"/fhir/R4/{path}?{urlencode(given)}"
        response = client.get(address, headers={"Authorization": f"Bearer {token}"})
        return response.status_code, orjson.loads(response.content)

    return get


def codes(tree: dict[str, Any]) -> list[str]:
    return [one["code"] for one in tree["expansion"]["contains"]]


def said(tree: dict[str, Any]) -> dict[str, Any]:
    return {
        one["name"]: next((value for key, value in one.items() if key.startswith("value")), None)
        for one in tree["parameter"]
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["COE", "FOI", "REI", "PEA"]),
        ({"filter": "coe"}, ["COE"]),
        ({"filter": "CŒUR"}, ["COE"]),
        ({"filter": "ete pea"}, ["PEA"]),
        ({"filter": "d'ete"}, ["PEA"]),
        ({"filter": "rei dr"}, ["REI"]),
        ({"filter": "zzz"}, []),
        ({"filter": "'); drop table x; --"}, []),
        ({"filter": "& | ! :* <->"}, []),
        ({"count": 2}, ["COE", "FOI"]),
        ({"count": 2, "offset": 3}, ["PEA"]),
        ({"count": 0}, []),
        ({"offset": 99999999}, []),
    ],
    ids=str,
)
def test_expand_filters_by_words_and_pages(ask, given, expected):
    status, tree = ask("ValueSet/$expand", url=f"{SYSTEM}?fhir_vs", **given)
    assert (status, codes(tree)) == (200, expected)


def test_expand_says_the_words_the_system_and_the_total(ask):
    _, tree = ask("ValueSet/$expand", url=SET, count=1)
    assert (tree["resourceType"], tree["url"], tree["expansion"]["total"]) == ("ValueSet", SET, 2)
    assert tree["expansion"]["contains"] == [{"system": SYSTEM, "code": "COE", "display": "Cœur"}]


def test_expand_by_the_address_of_the_resource_and_by_a_sent_parameters(ask, client, token):
    key = ValueSet.objects.get(url=SET).id
    assert codes(ask(f"ValueSet/{key}/$expand")[1]) == ["COE", "REI"]
    body = {"resourceType": "Parameters", "parameter": [{"name": "url", "valueUri": SET}]}
    response = client.post(
        "/fhir/R4/ValueSet/$expand", orjson.dumps(body), "application/fhir+json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert codes(response.json()) == ["COE", "REI"]


def test_expand_marks_what_is_no_longer_valid_and_leaves_it_out_when_asked(ask):
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    ended = {
        "code": "FIN",
        "display": "Fini",
        "property": [{"code": "dateFin", "valueDateTime": yesterday}],
    }
    load(code_system(concept=[{"code": "COE"}, ended], version="2"))
    url = f"{SYSTEM}?fhir_vs"
    _, tree = ask("ValueSet/$expand", url=url)
    inactive = {one["code"] for one in tree["expansion"]["contains"] if one.get("inactive")}
    assert inactive == {"FIN", "FOI", "REI", "PEA"}
    assert codes(ask("ValueSet/$expand", url=url, activeOnly="true")[1]) == ["COE"]
    before = (timezone.localdate() - timedelta(days=2)).isoformat()
    assert "FIN" in codes(ask("ValueSet/$expand", url=url, date=before)[1])


def test_lookup_tells_the_french_words(ask):
    status, tree = ask("CodeSystem/$lookup", system=SYSTEM, code="COE")
    assert status == 200
    assert said(tree)["display"] == "Cœur"
    assert said(tree)["version"] == "1"


@pytest.mark.parametrize(
    ("given", "result", "message"),
    [
        ({"code": "COE"}, True, None),
        ({"code": "COE", "display": "coeur"}, True, None),
        ({"code": "COE", "display": "Foie"}, False, "Le libellé attendu est « Cœur »."),
        ({"code": "XXX"}, False, "Le code « XXX » n'existe pas dans Organes d'essai."),
        ({"code": "coe"}, False, "Le code « coe » n'existe pas dans Organes d'essai."),
    ],
    ids=str,
)
def test_validate_code_in_a_system(ask, given, result, message):
    status, tree = ask("CodeSystem/$validate-code", url=SYSTEM, **given)
    assert (status, said(tree)["result"], said(tree).get("message")) == (200, result, message)


def test_validate_code_in_a_set_knows_its_own_codes_only(ask):
    assert (
        said(ask("ValueSet/$validate-code", url=SET, system=SYSTEM, code="COE")[1])["result"]
        is True
    )
    assert (
        said(ask("ValueSet/$validate-code", url=SET, system=SYSTEM, code="FOI")[1])["result"]
        is False
    )
    assert (
        said(ask("ValueSet/$validate-code", url=SET, system="urn:x", code="COE")[1])["result"]
        is False
    )


def test_validate_code_takes_the_first_coding_of_a_concept_that_is_there(client, token):
    concept = {"coding": [{"system": "urn:x", "code": "COE"}, {"system": SYSTEM, "code": "REI"}]}
    given = [
        {"name": "url", "valueUri": SET},
        {"name": "codeableConcept", "valueCodeableConcept": concept},
    ]
    response = client.post(
        "/fhir/R4/ValueSet/$validate-code",
        orjson.dumps({"resourceType": "Parameters", "parameter": given}),
        "application/fhir+json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert said(response.json()) == {"result": True, "display": "Rein droit"}


@pytest.mark.parametrize(
    ("given", "result"),
    [
        ({"code": "COE"}, True), ({"code": "REI"}, False), ({"code": "PEA"}, False),
        ({"code": "COE", "targetsystem": "urn:essai:regions"}, True),
        ({"code": "COE", "targetsystem": "urn:autre"}, False), ({"code": "COE", "url": TABLE}, True),
        ({"code": "COE", "url": "urn:autre"}, False),
    ],
    ids=str,
)  # fmt: skip
def test_translate(ask, given, result):
    status, tree = ask("ConceptMap/$translate", system=SYSTEM, **given)
    assert (status, said(tree)["result"]) == (200, result)


def test_translate_backwards_turns_the_equivalence(ask):
    key = ConceptMap.objects.get().id
    _, tree = ask(
        f"ConceptMap/{key}/$translate", system="urn:essai:regions", code="THO", reverse="true"
    )
    match = next(one["part"] for one in tree["parameter"] if one["name"] == "match")
    assert match[0]["valueCode"] == "narrower"
    assert match[1]["valueCoding"] == {"system": SYSTEM, "code": "COE"}


@pytest.mark.parametrize(
    ("path", "given", "status", "code"),
    [
        ("ValueSet/$expand", {}, 422, "required"),
        ("ValueSet/$expand", {"url": "urn:inconnu"}, 404, "not-found"),
        ("ValueSet/$expand", {"url": f"{SET}|9"}, 404, "not-found"),
        ("ValueSet/$expand", {"url": SET, "filter": "x" * 201}, 422, "too-long"),
        ("ValueSet/$expand", {"url": SET, "count": "-1"}, 422, "value"),
        ("ValueSet/$expand", {"url": SET, "count": "9" * 19}, 422, "value"),
        ("ValueSet/$expand", {"url": SET, "date": "hier"}, 422, "value"),
        ("ValueSet/01a224b5-8f22-7114-855e-5a4ab199842e/$expand", {}, 404, "not-found"),
        ("CodeSystem/$lookup", {"system": "urn:inconnu", "code": "A"}, 404, "not-found"),
        ("CodeSystem/$lookup", {"system": SYSTEM, "code": "ZZ"}, 404, "not-found"),
        ("CodeSystem/$lookup", {"system": SYSTEM, "code": "COE", "version": "9"}, 404, "not-found"),
        ("CodeSystem/$lookup", {"code": "A"}, 422, "required"),
        ("CodeSystem/$lookup", {"system": SYSTEM}, 422, "required"),
        ("CodeSystem/$validate-code", {"url": "urn:inconnu", "code": "A"}, 404, "not-found"),
        ("ValueSet/$validate-code", {"url": SET, "code": "COE"}, 422, "required"),
        ("ConceptMap/$translate", {"code": "A"}, 422, "required"),
        ("ValueSet/$inconnue", {}, 404, "not-supported"),
    ],
    ids=str,
)
def test_what_cannot_be_answered_is_said(ask, path, given, status, code):
    found, tree = ask(path, **given)
    assert (found, tree["resourceType"], tree["issue"][0]["code"]) == (
        status,
        "OperationOutcome",
        code,
    )


def test_a_thousand_unknown_codes_are_no_identifiers_tried(ask):
    answers = {ask("CodeSystem/$lookup", system=SYSTEM, code=f"X{rank}")[0] for rank in range(130)}
    assert answers == {404}


def test_nobody_reads_without_a_token_and_each_call_leaves_its_line(ask, client):
    assert client.get(f"/fhir/R4/ValueSet/$expand?url={SET}").status_code == 401
    ask("ValueSet/$expand", url=SET, filter="coe")
    line = AuditLine.objects.filter(action="fhir.expand").get()
    assert (line.object_kind, line.details) == ("ValueSet", "")


def test_a_system_known_in_part_is_not_given_for_whole(ask):
    load(code_system({"A": "Un"}, url="urn:essai:partie", content="fragment"))
    status, tree = ask("ValueSet/$expand", url="urn:essai:partie?fhir_vs")
    assert (status, tree["issue"][0]["code"]) == (422, "not-supported")
    _, tree = ask("CodeSystem/$validate-code", url="urn:essai:partie", code="B")
    assert "en partie" in said(tree)["message"]


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("CodeSystem", {"url": SYSTEM}), ("CodeSystem", {"title": "organes"}),
        ("CodeSystem", {"version": "1"}), ("ValueSet", {"url": SET}),
        ("ValueSet", {"reference": SYSTEM}), ("ConceptMap", {"url": TABLE}),
    ],
    ids=str,
)  # fmt: skip
def test_resources_are_read_and_searched(ask, path, given):
    _, bundle = ask(path, **given)
    (entry,) = bundle["entry"]
    status, tree = ask(f"{path}/{entry['resource']['id']}")
    assert (status, tree["resourceType"]) == (200, path)


def test_the_capability_statement_lists_the_operations(ask):
    _, tree = ask("metadata")
    offered = {
        (one["type"], operation["name"])
        for one in tree["rest"][0]["resource"]
        for operation in one.get("operation", ())
    }
    assert {
        ("ValueSet", "expand"), ("ValueSet", "validate-code"), ("CodeSystem", "lookup"),
        ("CodeSystem", "validate-code"), ("ConceptMap", "translate"),
    } <= offered  # fmt: skip


@pytest.mark.proof
def test_two_hundred_thousand_codes_are_searched_by_their_index(ask):
    """The plan, not the clock: no sequential scan, few rows read."""
    words = ("rein", "foie", "cœur", "main", "pied", "dos", "bras", "tête", "peau", "os")
    concepts = [
        {"code": f"K{rank}", "display": f"{words[rank % 10]} {words[rank // 10 % 10]} numéro{rank}"}
        for rank in range(200_000)
    ]
    load(code_system(url="urn:essai:grand", concept=concepts))
    with connection.cursor() as cursor:
        cursor.execute("analyze terminology_concept")
    url = "urn:essai:grand?fhir_vs"
    assert codes(ask("ValueSet/$expand", url=url, filter="numero199999", count=10)[1]) == [
        "K199999"
    ]
    _, tree = ask("ValueSet/$expand", url=url, filter="rein", count=10)
    assert (len(codes(tree)), "total" in tree["expansion"]) == (10, False)
    assert ask("ValueSet/$expand", url=url)[1]["issue"][0]["code"] == "too-costly"
    key = CodeSystem.objects.get(url="urn:essai:grand").id
    for text in ("numero199999:*", "rein:* & foie:*"):
        with connection.cursor() as cursor:
            cursor.execute(
                "explain (analyze, format json) select code from terminology_concept where system_id = %s "
                "and search @@ to_tsquery('simple', %s) order by rank, code limit 10",
                [key, text],
            )
            plan = orjson.dumps(cursor.fetchone()[0]).decode()
        assert "Seq Scan" not in plan
    assert "concept" not in ask(f"CodeSystem/{key}")[1]
