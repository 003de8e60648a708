"""Bodies meant to break a reader: each is refused in words, and nothing is written."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrs.core.fhir.models import Resource
from enrs.core.fhir.rules.bodies import BodyError, read_body
from enrs.core.fhir.rules.validation import MOST_ISSUES, validate
from tests.core.fhir.conftest import World
from tests.core.fhir.writing import Send, observation, posted, transaction


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"[]", b"null", b'"texte"', b"{", b"\xff\xfe", b'{"a":NaN}', b'{"a":Infinity}', b'{"a":1e999}',
        b'{"a":1,"a":2}', b'{"b":{"a":1,"a" : 2}}', b'{"a":1,"\\u0061":2}', b'{"a":"\\ud800"}', b'{"a":01}',
        b'{"a":1}{"b":2}', b"{'a':1}", nested(1100), b'{"a":[' + b"[" * 2000 + b"]" * 2000 + b"]}",
        b'{"a":1,"a":2}' + b" " * 300_000, b'{"a" :1,"a":"' + b"x" * 300_000 + b'"}',
    ],
    ids=range(21),
)  # fmt: skip
def test_what_is_no_json_that_all_read_alike(body):
    with pytest.raises(BodyError):
        read_body(body)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.text(max_size=3),
        st.recursive(
            st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
            max_leaves=8,
        ),
        max_size=4,
    ),
    st.booleans(),
)  # fmt: skip
def test_what_is_json_is_read_whole(tree, is_indented):
    option = orjson.OPT_INDENT_2 if is_indented else 0
    assert read_body(orjson.dumps(tree, option=option)) == tree


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
NAMES = st.sampled_from(
    ["resourceType", "id", "contained", "extension", "item", "answer", "value", "code", "coding", "reference",
     "subject", "status", "url", "start", "end", "period", "_status", "valueQuantity", "text", "div", "linkId"]
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(["Observation", "Questionnaire", "QuestionnaireResponse", "Task", "Appointment", "Bundle",
                     "CarePlan", "Patient"]),
    st.dictionaries(NAMES, TREES, max_size=8),
)  # fmt: skip
def test_the_validator_never_fails(kind, tree):
    issues = validate(tree | {"resourceType": kind})
    assert all(one.path and one.message for one in issues)


def items(depth: int):
    return (
        {"linkId": str(depth), "type": "group", "item": [items(depth - 1)]}
        if depth
        else {"linkId": "0", "type": "string"}
    )


def test_depth_and_size_are_bounded():
    form = {"resourceType": "Questionnaire", "status": "active"}
    assert validate(form | {"item": [items(20)]}) == []
    assert [one.code for one in validate(form | {"item": [items(300)]})] == ["too-long"]
    wide = observation("Patient/1", note=[{"text": "a"}] * 5001)
    assert [one.code for one in validate(wide)] == ["too-long"]
    wrong = observation("Patient/1", note=[{"texte": "a"}] * 3000)
    assert len(validate(wrong)) < 2 * MOST_ISSUES + 5


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"note": [{"text": "a\x00b"}]}, "Observation.note[0].text"),
        ({"valueQuantity": {"value": 10.0**40}}, "Observation.valueQuantity.value"),
        ({"valueQuantity": {"value": "12"}}, "Observation.valueQuantity.value"),
        ({"effectiveDateTime": "2026-02-30"}, "Observation.effectiveDateTime"),
        ({"text": {"status": "generated", "div": "<div><script>alert(1)</script></div>"}}, "Observation.text.div"),
        ({"text": {"status": "generated", "div": '<div><a href="javascript:a()">x</a></div>'}}, "Observation.text.div"),
        ({"text": {"status": "generated", "div": '<div onclick="a()">x</div>'}}, "Observation.text.div"),
        ({"text": {"status": "generated", "div": '<!DOCTYPE a [<!ENTITY b "c">]><div>&b;</div>'}},
         "Observation.text.div"),
        ({"contained": [{"resourceType": "Patient", "id": "a", "contained": [{"resourceType": "Patient", "id": "b"}]}]},
         "Observation.contained[0]"),
        ({"performer": [{"reference": "#absent"}]}, "Observation.performer[0].reference"),
        ({"performer": [{"reference": "Medication/1"}]}, "Observation.performer[0].reference"),
        ({"performer": [{"reference": "n'importe quoi"}]}, "Observation.performer[0].reference"),
        ({"extension": [{"url": "javascript:a()", "valueString": "a"}]}, "Observation.extension[0].url"),
        ({"identifier": []}, "Observation.identifier"), ({"method": {}}, "Observation.method"),
        ({"<script>": 1}, "Observation.?script?"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_says_where(world: World, send: Send, writing_token, changes, path):
    response = send("post", "Observation", writing_token, observation(world.patient, **changes))
    assert response.status_code == 422, response.content
    assert path in [one["expression"][0] for one in response.json()["issue"]]
    assert Resource.objects.filter(type="Observation").count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "status"),
    [("text/plain", 415), ("application/xml", 415), ("multipart/form-data; boundary=x", 415), ("", 415),
     ("application/fhir+json; charset=latin-1", 415), ("application/json", 201),
     ("application/fhir+json; charset=UTF-8", 201), ("application/fhir+json; fhirVersion=4.0", 201)],
)  # fmt: skip
def test_only_json_is_read(world: World, send: Send, writing_token, kind, status):
    response = send(
        "post", "Observation", writing_token, observation(world.patient), content_type=kind
    )
    assert response.status_code == status, response.content


@pytest.mark.django_db
def test_a_body_has_a_size(world: World, send: Send, writing_token):
    large = orjson.dumps(observation(world.patient, note=[{"text": "a" * 3_000_000}]))
    assert send("post", "Observation", writing_token, large).status_code == 413
    given = transaction(posted(observation(world.patient, note=[{"text": "a" * 900_000}])), *())
    padded = orjson.dumps(given) + b" " * 3_000_000
    assert send("post", "", "inconnu", padded).status_code == 401
    assert send("post", "", writing_token, padded).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", [b"{", b'{"resourceType":"Observation","resourceType":"Patient"}', nested(500)]
)
def test_a_broken_body_writes_nothing(world: World, send: Send, writing_token, body):
    for path in ("Observation", ""):
        response = send("post", path, writing_token, body)
        assert response.status_code in (400, 422), response.content
    assert send("post", "Observation", "inconnu", body).status_code == 401
    assert Resource.objects.filter(type="Observation").count() == 2


@pytest.mark.django_db
def test_thousands_of_parameters_are_refused_in_fhir(client):
    query = "&".join(f"a{rank}=1" for rank in range(6000))
    response = client.get(f"/fhir/R4/Patient?{query}")
    assert response.status_code == 400
    assert response.json()["issue"][0]["diagnostics"] == "Trop de paramètres."
