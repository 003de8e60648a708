"""FHIR writing at saturation: validation, creates and transactions, with token, access, commands and journal."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from tests.running import Region

from benchmarks.common import Row, percentile, rate, report, row, scratch_database
from benchmarks.saturation import Load, saturate_with

PATIENTS, GRANTS, BUNDLE = 20_000, 2_000, 100
SECONDS, RUNS = 6.0, 3
ACTOR = "2 000 droits"

FILL = """
insert into patient (id, created_at)
  select ('0190b000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now() from generate_series(1, {patients}) n;
insert into access_grant (patient_id, grantee_id, source_id, source_kind, scope, purpose, level, valid_from,
    valid_until, created_at)
  select id, case when row_number() over (order by id) % {share} = 0 then '{grantee}'::uuid else gen_random_uuid() end,
    gen_random_uuid(), 'bench', 'record', 'care_team', 2, now() - interval '1 day', 'infinity', now()
  from patient;
insert into fhir_resource (type, id, version, patient_id, category, marks, body, updated_at, is_current, is_deleted)
  select k.type, gen_random_uuid(), 1, p.id, 'summary', 0, '{{"text":"' || repeat('x', 800) || '"}}', now(), true, false
  from patient p, (values ('Patient'), ('Observation'), ('Observation')) k (type);
insert into fhir_key (type, param, value, id, patient_id)
  select r.type, k.param, k.value, r.id, r.patient_id
  from fhir_resource r, lateral (values ('code', '29463-7'), ('category', 'vital-signs'), ('date', '2026')) k
    (param, value);
"""


def main(json: Path | None = None) -> None:
    """Measure and print; rows go to `json` too."""
    with scratch_database("fhir_write") as database:
        from django.db import connections

        from enrs.config.cli.setup import start_django

        start_django("owner")
        token, patients = _fill()
        rows = [_validation(patients[0]), *_publishing(patients[0])]
        connections.close_all()
        region = Region(database)
        try:
            region.start("serve")
            rows += _writing(region.url, token, patients)
            report(rows, json)
        finally:
            region.stop()
            connections.close_all()


def measure(patient: str, value: float = 71.5) -> dict[str, Any]:
    """A body weight, as an application sends it."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "vital-signs",
                    }
                ]
            }
        ],
        "code": {
            "coding": [{"system": "http://loinc.org", "code": "29463-7", "display": "Body weight"}],
            "text": "Poids",
        },
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": "2026-03-12T08:00:00+01:00",
        "valueQuantity": {
            "value": value,
            "unit": "kg",
            "system": "http://unitsofmeasure.org",
            "code": "kg",
        },
        "note": [{"text": "Mesure faite au domicile, balance connectée, à jeun."}],
    }


def _transaction(patients: Sequence[str]) -> bytes:
    """A bundle of `BUNDLE` measures over the given patients."""
    entries = [
        {
            "fullUrl": f"urn:uuid:0190b000-0000-7000-8000-{place:012x}",
            "resource": measure(patients[place % len(patients)], 60 + place / 10),
            "request": {"method": "POST", "url": "Observation"},
        }
        for place in range(BUNDLE)
    ]
    return orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def _validation(patient: str) -> Row:
    from enrs.core.fhir.rules.bodies import read_body
    from enrs.core.fhir.rules.validation import validate

    body = orjson.dumps(measure(patient))
    rates = [rate(lambda: validate(read_body(body)), seconds=1.0) for _ in range(RUNS)]
    return row("validation R4, lecture du JSON comprise (un cœur)", rates, "/s", aim=">=5000")


def _publishing(patient: str) -> list[Row]:
    """`fhir_publish` alone, by the size of the act."""
    from uuid import UUID

    from django.db import transaction

    from enrs.core.fhir.commands import Publication, insert_resources, publication
    from enrs.core.ids import uuid7

    def batch(size: int) -> list[Publication]:
        keys = [("code", "29463-7"), ("category", "vital-signs"), ("date", "2026-03-12T07:00:00Z")]
        trees = [measure(patient) | {"id": str(uuid7())} for _ in range(size)]
        return [
            publication(tree, patient_id=UUID(patient), category="summary", keys=keys)
            for tree in trees
        ]

    rows = []
    for size, count in ((1, 300), (BUNDLE, 40)):
        rates = []
        for _ in range(RUNS):
            batches = [batch(size) for _ in range(count)]
            began = time.perf_counter()
            for one in batches:
                with transaction.atomic():
                    insert_resources(one)
            rates.append(size * count / (time.perf_counter() - began))
        rows.append(row(f"publication seule, {size} par acte (un processus)", rates, "/s"))
    return rows


def _writing(url: str, token: str, patients: Sequence[str]) -> list[Row]:
    creates = [orjson.dumps(measure(one)) for one in patients[:500]]
    one_each = [_transaction([one]) for one in patients[:100]]
    spread = [_transaction(patients[n * 10 : n * 10 + 10]) for n in range(100)]

    def several(path: str, bodies: Sequence[bytes], connections: int) -> list[Load]:
        ask: Callable[[float], Load] = lambda seconds: saturate_with(  # noqa: E731
            url, path, bodies, token=token, connections=connections, seconds=seconds
        )
        ask(1.0)
        return [ask(SECONDS) for _ in range(RUNS)]

    api = "/fhir/R4"
    return [
        *_rows("création d'une mesure", several(f"{api}/Observation", creates, 16), 1, ">=600"),
        *_rows("transaction de 100 mesures d'une personne", several(api, one_each, 4), BUNDLE, ">=3000"),
        *_rows("transaction de 100 mesures de 10 personnes", several(api, spread, 4), BUNDLE, ""),
    ]  # fmt: skip


def _rows(name: str, loads: Sequence[Load], size: int, aim: str) -> list[Row]:
    refused = [one for load in loads for one in load.refused]
    if refused:
        raise RuntimeError(f"{name}: {len(refused)} refused, the first: {refused[0]!r}")
    rates = [load.rate * size for load in loads]
    p99 = [percentile(load.times, 0.99) for load in loads]
    return [
        row(f"{name} (saturation)", rates, "ressources/s", aim=aim, actor=ACTOR),
        row(f"{name}, p99 (saturation)", p99, "ms", actor=ACTOR),
    ]


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
            FILL.format(patients=PATIENTS, share=PATIENTS // GRANTS, grantee=user.grantee_id)
        )
        cursor.execute(
            "select patient_id::text from access_grant where grantee_id = %s", [user.grantee_id]
        )
        patients = [one for (one,) in cursor.fetchall()]
        cursor.execute("vacuum analyze")
    token = issue_token(login="bench", scopes=["user/*.cruds"], lifetime=timedelta(hours=1))
    return token, patients


if __name__ == "__main__":
    main()
