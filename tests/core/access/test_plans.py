"""Under row security the record's usual queries keep their indexes, at 20,000 rows and at 500,000."""

import json
from typing import Any

import pytest
from django.db import connection

from enrs.core.access.actor import Actor
from tests.factories import UserFactory, actor
from tests.proof_page import found

PATIENTS = 500
LOAD = """
insert into patient (id, created_at)
select uuid_of('p', n), now() from generate_series(1, {patients}) n;

insert into access_grant (patient_id, grantee_id, source_id, source_kind, scope, purpose, level,
    valid_from, valid_until, created_at)
select uuid_of('p', n), uuid_of('g', n % 97), uuid_of('s', n), 'member', 'record', 'care_team', 2,
    now() - interval '1 day', '9999-12-31', now() from generate_series(1, {patients}) n;

insert into blob (address, keyring_id, size, data, created_at) values ('\\x00', 'essai', 1, '\\x00', now());

insert into document (id, identity_id, patient_id, recorded_at, withdrawn_reason, unique_id, set_id, version_number,
    status, type_code, type_system, type_display, format_code, title, mime_type, language, confidentiality,
    masked_from_professionals, hidden_from_patient, hidden_from_proxies, happened_at, author_name, author_idnat,
    author_profession, author_organisation, author_organisation_id, custodian, source, blob_id, size, hash_sha1)
select uuid_of('d', n), null, uuid_of('p', 1 + n % {patients}), now(), '', 'urn:' || n, 'set' || n, 1,
    'current', '11488-4', '2.16', 'CR', '', 'Compte rendu', 'text/xml', 'fr-FR', 'N',
    false, false, false, now() - n * interval '1 minute', '', '', '', '', '', '', 'essai', '\\x00', 1, repeat('0', 40)
from generate_series(1, {rows}) n;

insert into report (id, patient_id, recorded_at, withdrawn_reason, source, number, code, code_system, display, status,
    issued_at, author_name, organisation, document_unique_id, content_hash, is_abnormal,
    masked_from_professionals, hidden_from_patient, hidden_from_proxies)
select uuid_of('r', n), uuid_of('p', n), now(), '', 'essai', 'n' || n, '11502-2', '2.16', 'Biologie', 'final',
    now(), '', '', '', '', false, false, false, false from generate_series(1, {patients}) n;

insert into observation (id, patient_id, recorded_at, withdrawn_reason, report_id, rank, code, code_system, display,
    observed_at, value, text, unit, comparator, reference_text, interpretation, status, chapter, comment, sub_id)
select uuid_of('o', n), uuid_of('p', 1 + n % {patients}), now(), '', uuid_of('r', 1 + n % {patients}), 0,
    (n / {patients} % 20) || '-1', '2.16', 'Analyse', now() - n * interval '1 minute', 4.2, '', 'mmol/L', '', '', 'N',
    'final', '', '', '' from generate_series(1, {rows}) n;

insert into fhir_resource (type, id, version, patient_id, category, marks, body, updated_at, is_current, is_deleted)
select 'Observation', uuid_of('o', n), 1, uuid_of('p', 1 + n % {patients}), 'results', 0, '{{}}',
    now() - n * interval '1 second', true, false from generate_series(1, {rows}) n;

insert into fhir_key (type, param, value, id, patient_id)
select 'Observation', p,
    case p when 'code' then (n / {patients} % 20) || '-1' else uuid_of('p', 1 + n % {patients})::text end,
    uuid_of('o', n), uuid_of('p', 1 + n % {patients})
from generate_series(1, {rows}) n, unnest(array['code', 'patient']) p;

analyze patient, access_grant, document, report, observation, fhir_resource, fhir_key;
"""
UUID_OF = """
create function pg_temp.uuid_of(kind text, n bigint) returns uuid language sql immutable as
$$ select md5(kind || n)::uuid $$
"""
GIVE = """
insert into access_grant (patient_id, grantee_id, source_id, source_kind, scope, purpose, level,
    valid_from, valid_until, created_at)
values (%s, %s, gen_random_uuid(), 'member', 'record', 'care_team', 2, now() - interval '1 day', '9999-12-31', now())
"""
QUERIES = {
    "timeline of a patient": """
        select id, title from document where patient_id = %(patient)s
        order by happened_at desc, id desc limit 30""",
    "next page of the timeline": """
        select id, title from document where patient_id = %(patient)s
          and (happened_at, id) < (now() - interval '2 hours', %(patient)s)
        order by happened_at desc, id desc limit 30""",
    "document by id": "select * from document where id = %(document)s",
    "document by its number": "select id from document where unique_id = 'urn:77'",
    "results of a patient": """
        select id from observation where patient_id = %(patient)s
        order by observed_at desc, id desc limit 50""",
    "series of an analyte": """
        select o.observed_at, o.value from observation o join report r on r.id = o.report_id
        where o.patient_id = %(patient)s and o.code = '3-1' and not r.masked_from_professionals
        order by o.observed_at desc, o.id desc limit 200""",
    "observations of a report": "select * from observation where report_id = %(report)s",
    "grants of an actor": """
        select patient_id from access_grant where grantee_id = any(%(grantees)s)
          and valid_from <= now() and valid_until > now() order by patient_id limit 50""",
    "grants on a patient": """
        select 1 from access_grant where patient_id = %(patient)s and grantee_id = any(%(grantees)s)
          and valid_until > now()""",
    "resource by id": """
        select body from fhir_resource where type = 'Observation' and id = %(observation)s and is_current""",
    "history of a resource": """
        select body from fhir_resource where type = 'Observation' and id = %(observation)s order by version""",
    "resources of a patient": """
        select body from fhir_resource where patient_id = %(patient)s and type = 'Observation' and is_current
        order by updated_at limit 50""",
    "resources by a key of the patient": """
        select r.body from fhir_key k join fhir_resource r on r.type = k.type and r.id = k.id and r.is_current
        where k.type = 'Observation' and k.param = 'patient' and k.value = %(patient_text)s
        order by k.id limit 50""",
    "resources of a code for a patient": """
        select r.id from fhir_resource r where r.type = 'Observation' and r.is_current
          and not r.is_deleted and r.patient_id = %(patient)s and exists (
            select 1 from fhir_key k where k.id = r.id and k.type = 'Observation' and k.param = 'code'
              and k.value = '3-1')""",
    "resources of a code in the circle": """
        with mine as materialized (
            select distinct g.patient_id from access_grant g
            where g.grantee_id = any(%(grantees)s) and g.valid_from <= now() and g.valid_until > now())
        select r.id from mine m join fhir_resource r on r.patient_id = m.patient_id
        where r.type = 'Observation' and r.is_current and exists (
            select 1 from fhir_key k where k.id = r.id and k.type = 'Observation' and k.param = 'code'
              and k.value = '3-1')
        order by r.updated_at desc limit 50""",
}


def load(rows: int) -> tuple[Actor, dict[str, Any]]:
    """Load as the owner; returns somebody in the circle of 20 patients, and the queries' values."""
    nurse = actor(UserFactory(role="nurse"))
    patients = max(PATIENTS, rows // 50)
    with connection.cursor() as cursor:
        cursor.execute(UUID_OF)
        text = LOAD.format(rows=rows, patients=patients).replace("uuid_of(", "pg_temp.uuid_of(")
        cursor.execute(text)
        cursor.execute(
            "select pg_temp.uuid_of('p', 8), pg_temp.uuid_of('d', 7), pg_temp.uuid_of('o', 7), pg_temp.uuid_of('r', 8)"
        )
        patient, document, observation, report = cursor.fetchone()
        cursor.execute("select id from patient order by id limit 20")
        mine = [patient, *(row[0] for row in cursor.fetchall() if row[0] != patient)]
        for one in mine:
            cursor.execute(GIVE, [one, nurse.grantee_id])
        cursor.execute("analyze access_grant")
    values = {
        "patient": patient,
        "patient_text": str(patient),
        "document": document,
        "observation": observation,
        "report": report,
        "grantees": list(nurse.grantees),
    }
    return nurse, values


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """A plan's nodes, flattened."""
    return [plan, *(node for inner in plan.get("Plans", []) for node in nodes(inner))]


def check(rows: int, as_actor: Any) -> None:
    """Explain each query as the application; fail on a sequential scan or on many rows thrown away."""
    nurse, values = load(rows)
    faults = []
    with as_actor(nurse), connection.cursor() as cursor:
        for name, query in QUERIES.items():
            cursor.execute(f"explain (analyze, format json) {query}", values)
            found = cursor.fetchone()[0]
            top = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
            every = nodes(top)
            faults += [
                f"{name}: sequential scan of {node['Relation Name']}"
                for node in every
                if node["Node Type"] == "Seq Scan"
            ]
            thrown = sum(node.get("Rows Removed by Filter", 0) for node in every)
            if thrown > 2000:
                faults.append(f"{name}: {thrown} rows read for nothing")
            if top["Actual Rows"] == 0 and name != "document by its number":
                faults.append(f"{name}: found nothing, so proves nothing")
    assert faults == []


@pytest.mark.django_db
def test_plans_at_20_000_rows(as_actor):
    check(20_000, as_actor)


@pytest.mark.proof
@pytest.mark.django_db
def test_plans_at_500_000_rows(as_actor):
    check(500_000, as_actor)
    found(
        "5. Plans under row security at 500,000 rows",
        "no sequential scan in the record's usual queries",
    )
