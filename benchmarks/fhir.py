"""FHIR read and search at saturation, with token, access and journal, for an actor with 2,000 grants."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median

from tests.running import ROOT, Region, free_port

from benchmarks.common import Row, percentile, report, row, scratch_database
from benchmarks.saturation import Load, saturate
from enrs.config.supervisor import listens

PATIENTS, GRANTS, OBSERVATIONS = 100_000, 2_000, 2
SECONDS, RUNS = 6.0, 3
ACTOR = "2 000 droits"

FILL = """
insert into patient (id, created_at)
  select ('0190b000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now() from generate_series(1, {patients}) n;
insert into fhir_resource (type, id, version, patient_id, category, marks, body, updated_at, is_current, is_deleted)
  select 'Patient', id, 1, id, 'identity', 0,
    '{{"resourceType":"Patient","id":"' || id || '","text":"' || repeat('x', 1100) || '"}}', now(), true, false
  from patient;
insert into fhir_resource (type, id, version, patient_id, category, marks, body, updated_at, is_current, is_deleted)
  select 'Observation', overlay(p.id::text placing to_hex(n) from 10 for 1)::uuid, 1, p.id, 'results', 0,
    '{{"resourceType":"Observation","id":"' || overlay(p.id::text placing to_hex(n) from 10 for 1)
      || '","text":"' || repeat('x', 1100) || '"}}', now(), true, false
  from patient p, generate_series(1, {observations}) n;
insert into fhir_key (type, param, value, id, patient_id)
  select 'Patient', k.param, k.value, p.id, p.id
  from patient p, lateral (values
    ('identifier', right(p.id::text, 12)), ('identifier', 'urn:oid:1.2.250.1.213.1.4.10|' || right(p.id::text, 12)),
    ('family', substr(md5(p.id::text), 1, 6)), ('name', substr(md5(p.id::text), 1, 6)), ('birthdate', '1956-03-12')
  ) k (param, value);
insert into fhir_key (type, param, value, id, patient_id)
  select r.type, k.param, k.value, r.id, r.patient_id
  from fhir_resource r, lateral (values
    ('code', '718-7'), ('code', 'http://loinc.org|718-7'), ('date', '2026-03-12T14:05:00Z')) k (param, value)
  where r.type = 'Observation';
insert into access_grant (patient_id, grantee_id, source_id, source_kind, scope, purpose, level, valid_from,
    valid_until, created_at)
  select id, case when row_number() over (order by id) % {share} = 0 then '{grantee}'::uuid else gen_random_uuid() end,
    gen_random_uuid(), 'bench', 'record', 'care_team', 2, now() - interval '1 day', 'infinity', now()
  from patient;
"""


def main(json: Path | None = None) -> None:
    """Measure and print; rows go to `json` too."""
    with scratch_database("fhir") as database:
        from django.db import connections

        from enrs.config.cli.setup import start_django

        start_django("owner")
        token, patients = _fill()
        region = Region(database)
        try:
            region.start("serve")
            with _bare_server() as bare:
                report(_measure(region.url, bare, token, patients), json)
        finally:
            region.stop()
            connections.close_all()


def _measure(url: str, bare: str, token: str, patients: Sequence[str]) -> list[Row]:
    api = "/fhir/R4"
    reads = [f"Observation/{one[:9]}1{one[10:]}" for one in patients]
    searches = [
        f"{api}/Patient?identifier=urn:oid:1.2.250.1.213.1.4.10%7C{one[-12:]}" for one in patients
    ]
    lists = [f"{api}/Observation?patient={one}" for one in patients]
    floor = [saturate(bare, [f"/{path}" for path in reads], seconds=SECONDS) for _ in range(RUNS)]
    cases = [
        ("lecture par id, jeton, accès et journal", [f"{api}/{path}" for path in reads], ">=1500"),
        ("recherche par identifiant", searches, ">=1000"),
        ("recherche des résultats d'un patient", lists, ""),
    ]
    rows: list[Row] = []
    for name, paths, aim in cases:
        saturate(url, paths, token=token, seconds=1.0)
        loads = [saturate(url, paths, token=token, seconds=SECONDS) for _ in range(RUNS)]
        rows += _rows(name, loads, aim, median(load.rate for load in floor))
    return rows


def _rows(name: str, loads: Sequence[Load], aim: str, floor: float) -> list[Row]:
    refused = [one for load in loads for one in load.refused]
    if refused:
        raise RuntimeError(
            f"{name}: {len(refused)} answers were not 200, the first: {refused[0]!r}"
        )
    p99 = [percentile(load.times, 0.99) for load in loads]
    return [
        row(
            f"{name} (saturation)", [load.rate for load in loads], "/s", aim=aim, actor=ACTOR,
            peer="lecture nue, sans jeton, accès ni journal", peer_value=round(floor, 1),
        ),
        row(f"{name}, p99 (saturation, 16 connexions)", p99, "ms", actor=ACTOR),
    ]  # fmt: skip


@contextmanager
def _bare_server() -> Iterator[str]:
    port = free_port()
    argv = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "2", "--blocking-threads", "4", "--no-ws", "--log-level", "warning",
        "benchmarks.bare_reads:application",
    ]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    process = subprocess.Popen(argv, env=environment, cwd=ROOT)  # noqa: S603
    try:
        _wait(port)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int) -> None:
    ready = listens("127.0.0.1", port)
    for _ in range(200):
        if ready():
            return
        time.sleep(0.1)
    raise TimeoutError("the bare server does not answer")


def _fill() -> tuple[str, list[str]]:
    """The data; returns the actor's token and the patients of their circle."""
    from django.db import connection

    from enrs.core.accounts.commands import issue_token
    from enrs.core.accounts.models import Position, User

    user = User.objects.create(login="bench", name="Dr Banc", kind="professional")
    Position.objects.create(
        user=user, label="Médecin", role="physician", organisation_name="Banc d'essai"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            FILL.format(
                patients=PATIENTS,
                observations=OBSERVATIONS,
                share=PATIENTS // GRANTS,
                grantee=user.grantee_id,
            )
        )
        cursor.execute(
            "select patient_id::text from access_grant where grantee_id = %s", [user.grantee_id]
        )
        patients = [one for (one,) in cursor.fetchall()]
        cursor.execute("vacuum analyze")
    token = issue_token(login="bench", scopes=["user/*.rs"], lifetime=timedelta(hours=1))
    return token, patients
