"""The plans of searches under row security: no scan of a whole table."""

import pytest
from django.db import connection, transaction

from enrs.core.fhir.queries import calls
from enrs.core.fhir.queries.search import compose
from enrs.core.fhir.rules.parameters import SERVED
from enrs.core.fhir.rules.requests import read_request
from tests.core.fhir.conftest import World
from tests.core.fhir.factories import ORGANISATION

FILL = """
insert into patient (id, created_at) select gen_random_uuid(), now() from generate_series(1, 3000);
insert into access_grant (patient_id, grantee_id, source_id, source_kind, scope, purpose, level, valid_from,
    valid_until, created_at)
  select id, case when random() < 0.05 then %s::uuid else gen_random_uuid() end, gen_random_uuid(), 'member', 'record',
    'care_team', 2, now() - interval '1 day', 'infinity', now() from patient;
insert into fhir_resource (type, id, version, patient_id, category, marks, body, updated_at, is_current, is_deleted)
  select t, case t when 'Patient' then p.id else gen_random_uuid() end, 1, p.id,
    case t when 'Patient' then 'identity' else 'results' end, 0, '{}', now(), true, false
  from patient p, (values ('Patient'), ('Observation'), ('DiagnosticReport')) v (t)
  on conflict do nothing;
insert into fhir_key (type, param, value, id, patient_id)
  select r.type, k.param, case k.param when 'identifier' then 'n' || r.id else substr(md5(r.id::text), 1, 8) end,
    r.id, r.patient_id
  from fhir_resource r, (values ('identifier'), ('family'), ('code'), ('birthdate')) k (param)
  on conflict do nothing;
analyze patient; analyze access_grant; analyze fhir_resource; analyze fhir_key;
"""


@pytest.fixture
def filled(world: World):
    with connection.cursor() as cursor:
        cursor.execute(FILL, [world.inside.grantee_id])
    return world


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("Patient", {"identifier": "n1,n2"}), ("Patient", {"family": "abc"}),
        ("Patient", {"family": "abc", "birthdate": "1956"}), ("Observation", {"patient": ""}),
        ("Observation", {"patient": "", "code": "abc"}), ("DiagnosticReport", {"identifier": "urn:x|1,n2"}),
    ],
)  # fmt: skip
def test_a_search_keeps_its_indexes(filled: World, kind, query):
    pairs = [(name, value or str(filled.patient.id)) for name, value in query.items()]
    request = read_request(kind, SERVED[kind], pairs, is_lenient=False)
    plan = explain(compose(request, base="http://localhost/fhir/R4"), filled)
    assert "Seq Scan on fhir_" not in plan, plan
    assert "Seq Scan on access_grant" not in plan, plan


def test_a_lone_identifier_keeps_its_indexes_once_its_plan_is_kept(filled: World):
    """From the sixth call on, the server may keep one plan for every value."""
    before = _sequential_scans()
    for number in range(8):
        pairs = [("identifier", f"n{number}")]
        request = read_request("Patient", SERVED["Patient"], pairs, is_lenient=False)
        statement = compose(request, base="http://localhost/fhir/R4")
        assert statement.page == "identifier"
        token = calls.hash_token(filled.token)
        assert calls.search(token, "Patient", statement, "").status == 200
    assert _sequential_scans() == before


def _sequential_scans() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname, seq_scan from pg_stat_xact_user_tables"
            " where relname in ('fhir_resource', 'fhir_key', 'access_grant') order by relname"
        )
        return cursor.fetchall()


def explain(statement, world):
    """The plan that `execute` makes: with the values known."""
    sql = statement.page
    for number, value in reversed(list(enumerate(statement.values, 1))):
        sql = sql.replace(f"($1)[{number}]", connection.ops.compose_sql("%s", [value]))
    sql = sql.replace("$2", f"'{{{world.inside.grantee_id},{ORGANISATION}}}'::uuid[]")
    sql = (
        sql.replace("$3", "'{identity,results}'::text[]")
        .replace("$4", "1")
        .replace("$5", "'physician'")
    )
    sql = sql.replace("$6", "null")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local role enrs_app")
        cursor.execute(
            "select set_config('enrs.grantees', %s, true)", [f"{{{world.inside.grantee_id}}}"]
        )
        cursor.execute(f"explain {sql}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("set local role none")
    return plan
