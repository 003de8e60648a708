"""Searching: every kind of parameter, paging, includes, refusals, and what row security keeps."""

from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client

from enrs.core.audit.models import AuditLine
from enrs.core.audit.verification import verify
from enrs.core.subjects.models import Patient
from tests.core.fhir.conftest import Ask, World, ids
from tests.core.fhir.factories import (
    ORGANISATION,
    give,
    make_token,
    make_user,
    put,
    put_observation,
    put_patient,
)


def link(response, relation):
    found = [one["url"] for one in response.json()["link"] if one["relation"] == relation]
    return urlsplit(found[0]) if found else None


def follow(response, ask, token):
    url = link(response, "next")
    return ask(f"{url.path.removeprefix('/fhir/R4/')}?{url.query}", token) if url else None


@pytest.mark.parametrize(
    "query",
    [
        "identifier=256037500000142", "identifier=urn:oid:1.2.250.1.213.1.4.10|256037500000142",
        "family=Dur", "family=DURÀN", "family=martin,durand", "name=durand&birthdate=1956-03-12",
        "birthdate=1956", "gender=female", "family=durand&gender=female", "", "gender=|female",
        "identifier=urn:oid:1.2.250.1.213.1.4.10|",
    ],
)  # fmt: skip
def test_three_actors_search_patients(world: World, ask: Ask, query):
    assert ids(ask(f"Patient?{query}", world.token)) == [str(world.patient.id)]
    assert ids(ask(f"Patient?{query}", world.outside_token)) == []
    assert ask(f"Patient?{query}").status_code == 401
    assert verify().is_intact


@pytest.mark.parametrize(
    "query",
    [
        "identifier=256037500000243", "identifier=autre|256037500000142", "family=durandeau", "family=urand",
        "birthdate=1957", "gender=male", "gender=female&birthdate=lt1950", "identifier=|256037500000142",
        "identifier=urn:oid:1.2.250.1.213.1.4|", "_id=nimporte",
    ],
)  # fmt: skip
def test_what_does_not_match_is_not_given(world: World, ask: Ask, query):
    assert ids(ask(f"Patient?{query}", world.token)) == []


def test_the_line_of_a_search_has_its_patients_and_no_value(world: World, ask: Ask):
    third = Patient.objects.create()
    give(third, ORGANISATION)
    put_patient(third)
    ask("Patient?family=durand&_count=50", world.token)
    line = AuditLine.objects.get()
    assert (line.action, line.object_kind, line.patient_id) == ("fhir.search", "Patient", None)
    assert set(line.patient_ids) == {world.patient.id, third.id}
    assert line.details == '{"params":["family"]}'
    assert verify().is_intact


DATES = {
    "2026-03-12": "eq", "eq2026-03-12": "eq", "2026-03": "eq", "2026": "eq", "2026-03-12T14:05:00Z": "eq",
    "2026-03-12T15:05:00%2B01:00": "eq", "2026-03-12T15:05": "eq", "2026-03-12T14:05Z": "eq",
    "2026-03-12T14:05:00.0Z": "eq", "ne2026-03-11": "", "ne2026-03-12": "no", "lt2026-03-13": "",
    "lt2026-03-12": "no", "gt2026-03-11": "", "gt2026-03-12": "no", "ge2026-03-12": "", "ge2026-03-13": "no",
    "le2026-03-12": "", "le2026-03-11": "no", "sa2026-03-11": "", "sa2026-03-12": "no", "eb2026-03-13": "",
    "eb2026-03-12": "no", "ap2026-03-12": "", "ap1990": "no", "2026-03-11": "no", "2025": "no",
    "2026-03-12T14:05:01Z": "no", "gt2026-03-12T14:04:59Z": "", "lt2026-03-12T14:05:00Z": "no",
    "le2026-03-12T14:05:00Z": "", "ge2026-03-01&date=lt2026-04-01": "", "2025-01-01,2026-03-12": "",
}  # fmt: skip


@pytest.mark.parametrize("value", DATES)
def test_date_prefixes_and_precisions(world: World, ask: Ask, value):
    expected = [] if DATES[value] == "no" else [str(world.observation)]
    assert ids(ask(f"Observation?patient={world.patient.id}&date={value}", world.token)) == expected


def test_a_day_is_the_regions_legal_day(world: World, ask: Ask):
    late = put_observation(world.patient, "2026-07-01T22:30:00Z")
    query = f"Observation?patient={world.patient.id}&date="
    assert ids(ask(f"{query}2026-07-02", world.token)) == [str(late)]
    assert ids(ask(f"{query}2026-07-01", world.token)) == []


BIRTHS = {
    "1956": {"1956", "1956-03", "1956-03-12"}, "1956-03": {"1956-03", "1956-03-12"}, "1956-03-12": {"1956-03-12"},
    "1956-03-01": set(), "1956-01": set(), "lt1956-03": {"1956"}, "lt1956-03-12": {"1956", "1956-03"},
    "ge1956-03-12": {"1956", "1956-03", "1956-03-12", "1957"}, "gt1956-12-31": {"1957", "1956"},
    "le1956-03": {"1956", "1956-03", "1956-03-12"}, "ne1956": {"1957"}, "sa1956": {"1957"},
    "eb1957": {"1956", "1956-03", "1956-03-12"},
    "1956-02-29": set(), "1956-03-31": set(), "ap1956-03-12": {"1956", "1956-03", "1956-03-12", "1957"},
}  # fmt: skip


@pytest.mark.parametrize("value", BIRTHS)
def test_partial_birth_dates(db, ask: Ask, value):
    user = make_user("u")
    known = {}
    for birth in ("1956", "1956-03", "1956-03-12", "1957"):
        patient = Patient.objects.create()
        give(patient, user.grantee_id)
        known[str(put_patient(patient, birth=birth))] = birth
    found = {known[one] for one in ids(ask(f"Patient?birthdate={value}", make_token(user)))}
    assert found == BIRTHS[value]


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("patient={p}", True), ("patient=Patient/{p}", True), ("subject=Patient/{p}", True),
        ("subject:Patient={p}", True), ("patient=http://localhost:8000/fhir/R4/Patient/{p}", True),
        ("code=718-7", True), ("code=http://loinc.org|718-7", True), ("code=http://loinc.org|", True),
        ("code=|718-7", False), ("code=autre|718-7", False), ("category=laboratory", True),
        ("category=|laboratory", True), ("code=1-1,718-7", True), ("_id={o}", True), ("_id={o}&code=1-1", False),
        ("patient={p}&code=718-7&category=laboratory&date=2026", True), ("patient={q}", False), ("_id={q}", False),
        ("patient=00000000", False), ("_lastUpdated=gt2020-01-01", True), ("_lastUpdated=lt2020-01-01", False),
    ],
)  # fmt: skip
def test_references_tokens_and_own_columns(world: World, ask: Ask, query, is_found):
    text = query.format(p=world.patient.id, q=world.other.id, o=world.observation)
    assert ids(ask(f"Observation?{text}", world.token)) == (
        [str(world.observation)] if is_found else []
    )


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("nimporte=1", "not-supported"), ("family:exact=A", "not-supported"), ("birthdate=hier", "invalid"),
        ("birthdate=0001", "invalid"),
        ("birthdate=xx2020-01-01", "invalid"), ("birthdate=2020-13", "invalid"), ("_count=beaucoup", "invalid"),
        ("_sort=family", "not-supported"), ("_include=Patient:x", "not-supported"), ("family=", "invalid"),
        ("_revinclude=Observation:patient", "not-supported"), ("_summary=text", "not-supported"),
        ("family=***", "invalid"), ("_page=abc", "invalid"), ("identifier=a|b|c", "invalid"),
        ("identifier=|", "invalid"),
        ("birthdate=9999-12-31", "invalid"), ("_total=oui", "not-supported"), ("family=%00", "invalid"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_words(world: World, ask: Ask, query, code):
    response = ask(f"Patient?{query}", world.token)
    tree = response.json()
    assert (response.status_code, tree["issue"][0]["code"]) == (400, code)
    assert tree["issue"][0]["diagnostics"]


def test_a_bad_reference_is_refused(world: World, ask: Ask):
    for value in ("Practitioner/1", "a b", "http://ailleurs.example/Patient/1"):
        assert ask(f"Observation?patient={value}", world.token).status_code == 400


def test_lenient_clients_may_add_parameters(world: World, ask: Ask):
    response = ask("Patient?family=durand&nimporte=1", world.token, Prefer="handling=lenient")
    assert ids(response) == [str(world.patient.id)]
    assert link(response, "self").query == "family=durand"


def test_scopes_for_searching(world: World, ask: Ask):
    for scopes, status in (
        ("user/Patient.s", 200),
        ("user/Patient.r", 403),
        ("user/*.read", 200),
        ("openid", 403),
    ):
        response = ask("Patient?family=durand", make_token(world.inside, scopes))
        assert response.status_code == status
    give(world.other, world.inside.grantee_id)
    token = make_token(world.inside, "patient/*.rs", data={"patient": str(world.patient.id)})
    assert ids(ask("Patient?family=durand", token)) == [str(world.patient.id)]
    assert ids(ask("Patient?family=durand", make_token(world.inside, "patient/*.rs"))) == []


def test_a_role_finds_only_its_categories(world: World, ask: Ask):
    social = make_user("as", role="social_worker")
    give(world.patient, social.grantee_id)
    token = make_token(social)
    assert ids(ask("Patient", token)) == [str(world.patient.id)]
    assert ids(ask(f"Observation?patient={world.patient.id}", token)) == []


def test_marked_documents_are_not_listed(db, ask: Ask):
    patient = Patient.objects.create()
    person, doctor = make_user("p", kind="relative"), make_user("d")
    give(patient, person.grantee_id, purpose="proxy", level=3)
    give(patient, doctor.grantee_id)
    plain, masked, hidden = (
        put("DocumentReference", patient, "documents", marks=one) for one in (0, 1, 4)
    )
    query = f"DocumentReference?patient={patient.id}"
    assert set(ids(ask(query, make_token(doctor)))) == {str(plain), str(hidden)}
    assert set(ids(ask(query, make_token(person)))) == {str(plain), str(masked)}


def test_deleted_resources_are_not_listed(world: World, ask: Ask):
    put("Observation", world.patient, "results", id=world.observation, is_deleted=True)
    assert ids(ask(f"Observation?patient={world.patient.id}", world.token)) == []


@pytest.mark.parametrize("sort", ["", "_lastUpdated", "-_lastUpdated", "date", "-date"])
def test_paging_is_stable_while_others_insert(world: World, ask: Ask, sort):
    expected = {str(world.observation)}
    for day in range(1, 25):
        expected.add(str(put_observation(world.patient, f"2026-02-{day:02}T08:00:00Z")))
    response = ask(
        f"Observation?patient={world.patient.id}&_count=7&_sort={sort or '-_lastUpdated'}",
        world.token,
    )
    seen = ids(response)
    while response := follow(response, ask, world.token):
        put_observation(world.patient, "2026-02-10T08:00:00Z")
        page = ids(response)
        assert len(page) <= 7
        seen += page
        assert len(seen) < 200
        if len(set(seen) & expected) == len(expected) and sort in ("_lastUpdated", "date"):
            break
    assert len(seen) == len(set(seen))
    assert expected <= set(seen)
    if sort in ("", "-_lastUpdated"):
        assert set(seen) == expected


def test_sorting_by_date(world: World, ask: Ask):
    early = put_observation(world.patient, "2025-01-01T08:00:00Z")
    late = put_observation(world.patient, "2027-01-01T08:00:00Z")
    query = f"Observation?patient={world.patient.id}&_sort="
    expected = [str(early), str(world.observation), str(late)]
    assert ids(ask(f"{query}date", world.token)) == expected
    assert ids(ask(f"{query}-date", world.token)) == expected[::-1]


def test_a_page_link_is_opaque_and_of_one_type(world: World, ask: Ask):
    put_observation(world.patient, "2026-02-01T08:00:00Z")
    response = ask(f"Observation?patient={world.patient.id}&_count=1", world.token)
    query = link(response, "next").query
    assert str(world.patient.id) not in query
    assert ids(ask(f"Observation?{query}", world.outside_token)) == []
    assert ask(f"Encounter?{query}", world.token).status_code == 400
    assert ask(f"Observation?{query[:-4]}AAAA", world.token).status_code == 400


def test_totals_only_when_asked(world: World, ask: Ask):
    query = f"Observation?patient={world.patient.id}"
    put_observation(world.patient, "2026-02-01T08:00:00Z")
    assert "total" not in ask(query, world.token).json()
    assert ask(f"{query}&_total=accurate&_count=1", world.token).json()["total"] == 2
    for only in ("_summary=count", "_count=0"):
        tree = ask(f"{query}&{only}", world.token).json()
        assert (tree["total"], tree.get("entry")) == (2, None)
    assert ask("Observation?_summary=count", world.outside_token).json()["total"] == 0


def test_at_most_two_hundred_a_page(db, ask: Ask):
    for number in range(205):
        put("Organization", None, "", [("name", f"clinique {number}")])
    response = ask("Organization?name=clinique&_count=1000", make_token(make_user("u")))
    assert len(ids(response)) == 200
    assert len(ids(follow(response, ask, make_token(make_user("v"))))) == 5


def test_the_directory_without_a_criterion_is_walked_by_date(db, ask: Ask):
    token = make_token(make_user("u"), "openid")
    own = [
        str(put("Practitioner", None, "", [("family", "roux"), ("active", "true")]))
        for _ in range(3)
    ]
    assert ids(ask("Practitioner", token)) == own[::-1]
    assert ids(ask("Practitioner?_sort=_lastUpdated", token)) == own
    assert ask("Practitioner?_summary=count", token).json()["total"] == 3
    response = ask("Practitioner?_count=2", token)
    assert ids(follow(response, ask, token)) == own[:1]
    assert set(ids(ask("Practitioner?active=true&family=roux", token))) == set(own)


def test_includes(world: World, ask: Ask):
    response = ask(f"Observation?_id={world.observation}&_include=Observation:patient", world.token)
    assert ids(response) == [str(world.observation)]
    assert ids(response, "include") == [str(world.patient.id)]
    person, place = put("Practitioner", None, ""), put("Organization", None, "")
    role = put(
        "PractitionerRole", None, "",
        [("practitioner", f"Practitioner/{person}"), ("organization", f"Organization/{place}")],
        practitioner={"reference": f"Practitioner/{person}"}, organization={"reference": f"Organization/{place}"},
    )  # fmt: skip
    both = "_include=PractitionerRole:practitioner&_include=PractitionerRole:organization"
    response = ask(f"PractitionerRole?practitioner={person}&{both}", world.token)
    assert ids(response) == [str(role)]
    assert set(ids(response, "include")) == {str(person), str(place)}
    response = ask(
        f"Practitioner?_id={person}&_revinclude=PractitionerRole:practitioner", world.token
    )
    assert ids(response, "include") == [str(role)]


def test_what_a_page_holds_is_not_included_again(world: World, ask: Ask):
    """A Bundle names a resource once (bdl-7)."""
    whole = put("Organization", None, "")
    part = put(
        "Organization", None, "", [("partof", f"Organization/{whole}")],
        partOf={"reference": f"Organization/{whole}"},
    )  # fmt: skip
    both = f"Organization?_id={whole},{part}"
    for more in ("_include", "_revinclude"):
        response = ask(f"{both}&{more}=Organization:partof", world.token)
        assert set(ids(response)) == {str(whole), str(part)}
        assert ids(response, "include") == []
    alone = ask(f"Organization?_id={whole}&_revinclude=Organization:partof", world.token)
    assert ids(alone, "include") == [str(part)]


def test_a_report_with_its_results_of_ones_own_circle_only(world: World, ask: Ask):
    results = [
        {"reference": f"Observation/{one}"} for one in (world.observation, world.other_observation)
    ]
    report = put("DiagnosticReport", world.patient, "results", result=results)
    response = ask(f"DiagnosticReport?_id={report}&_include=DiagnosticReport:result", world.token)
    assert ids(response, "include") == [str(world.observation)]


def test_search_by_post(world: World, client: Client):
    headers = {"Authorization": f"Bearer {world.token}"}
    form = "application/x-www-form-urlencoded"
    response = client.post(
        "/fhir/R4/Patient/_search?gender=female",
        "family=Dur&_count=1",
        content_type=form,
        headers=headers,
    )
    assert ids(response) == [str(world.patient.id)]
    assert (
        client.post(
            "/fhir/R4/Patient/_search", "{}", content_type="application/json", headers=headers
        ).status_code
        == 415
    )
    assert client.get("/fhir/R4/Patient/_search", headers=headers).status_code == 405
    assert (
        client.post("/fhir/R4/Patient/_search", "family=Dur", content_type=form).status_code == 401
    )
    assert (
        client.post(
            "/fhir/R4/Patient/_search", "_format=xml", content_type=form, headers=headers
        ).status_code
        == 406
    )


def test_plain_sql_gives_nothing_of_another_circle(world: World):
    def seen(grantee):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local role enrs_app")
            cursor.execute(
                "select set_config('enrs.grantees', %s, true)",
                [f"{{{grantee}}}" if grantee else ""],
            )
            cursor.execute(
                "select distinct patient_id from fhir_resource union select patient_id from fhir_key"
            )
            rows = {row[0] for row in cursor.fetchall()}
            cursor.execute("set local role none")
        return rows

    public = put("Organization", None, "", [("name", "hopital")])
    assert public
    assert seen(world.inside.grantee_id) == {world.patient.id, None}
    assert seen(world.outside.grantee_id) == {None}
    assert seen("") == {None}


def test_a_patient_finds_only_themselves(world: World, ask: Ask):
    user = make_user("moi", kind="patient", grantee_id=world.patient.id)
    give(world.patient, world.patient.id, purpose="self", level=3)
    assert ids(ask("Patient?family=durand", make_token(user, "patient/*.rs"))) == [
        str(world.patient.id)
    ]
    assert ids(ask("Observation", make_token(user))) == [str(world.observation)]
