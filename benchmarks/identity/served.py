"""The search of a person in the engine alone, then `Patient/$match` as an admission desk asks it.

Over HTTP, with token, validation, decision and journal.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import httpx
import orjson

from benchmarks.common import Row, percentile, row, scratch_database
from benchmarks.identity import load, online
from benchmarks.identity.population import Population, read_records, write_population
from benchmarks.saturation import Load, paced

CLIENTS = 20
"""Desks, each with an account and a token of its own, as many as the other benches of pages have."""

EVERY = 0.2
"""Seconds between two questions of one desk: 100 a second in all. It is half of what the machine must be able to
give at saturation, so that what is measured is an answer and not a queue; a region of thirteen hospitals admits some
ten people a second at its worst."""

ASKED = 600
SECONDS, RUNS = 8.0, 3
ORGANISATION = UUID("0190b000-0000-7000-8000-00000000a001")
NO_LIMIT = "1000000000"
ACTOR = f"{ASKED} droits"
PATH = "/fhir/R4/Patient/$match"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to ask for: their row, their patient, and whether the desk reads their record."""

    row: dict[str, str]
    patient_id: UUID
    is_inside: bool


def matches() -> list[Row]:
    """Rows of the search and of `$match`: those whose birth date is known, and those born on the default date."""
    # The limit of one account, which protects the region, is not what is measured.
    os.environ["ENRS_MATCH_PER_MINUTE"] = NO_LIMIT
    with scratch_database("identity") as database, TemporaryDirectory() as place:
        from enrs.config.cli.setup import start_django

        start_django("owner")
        from django.db import connections
        from tests.running import Region

        population = write_population(Path(place), people=online.PEOPLE, seed=4, default_dates=0.03)
        records = load.fill_database(population)
        online.put_hot_keys()
        searched = online.searches(population, records)
        known, default = _chosen(population)
        tokens = _desks([*known, *default])
        connections.close_all()
        region = Region(database)
        try:
            region.start("serve")
            return searched + _measure(region.url, records, known, default, tokens)
        finally:
            region.stop()
            connections.close_all()


def _measure(
    url: str, records: int, known: list[Person], default: list[Person], tokens: list[str]
) -> list[Row]:
    asked, born = _asks(url, known, tokens), _asks(url, default, tokens)
    reads = [
        _read(url, one, tokens[place % CLIENTS]) for place, one in enumerate(known) if one.is_inside
    ]
    paced(url, asked, connections=CLIENTS, every=EVERY, seconds=4.0)
    paced(url, reads, connections=CLIENTS, every=EVERY, seconds=2.0)
    floor = _p95(_steady(url, reads))
    usual, special = _p95(_steady(url, asked)), _p95(_steady(url, born))
    full = [paced(url, asked, connections=CLIENTS, every=0.0, seconds=SECONDS) for _ in range(RUNS)]
    _demand_answered(full)
    read_full = paced(url, reads, connections=CLIENTS, every=0.0, seconds=SECONDS)
    pace = f"{CLIENTS} clients, {CLIENTS / EVERY:g}/s"
    name = f"$match parmi {records} identités, HTTP, p95 ({pace})"
    return [
        row(
            name, usual, "ms", aim="<=20", peer="lecture d’un Patient, même pas", peer_value=_middle(floor),
            actor=ACTOR,
        ),
        row(
            f"  personne née à une date par défaut ({online.DEFAULT}, 3 % des lignes)", special, "ms", aim="<=20",
            peer="les autres", peer_value=_middle(usual), actor=ACTOR,
        ),
        row(
            "  à saturation", [one.rate for one in full], "/s", aim=">=200", peer="lecture d’un Patient",
            peer_value=round(read_full.rate), actor=ACTOR,
        ),
        row("  à saturation, p95", [percentile(one.times, 0.95) for one in full], "ms", actor=ACTOR),
        _found_row("  retrouvés parmi ceux qu’on a demandés", url, known, tokens, ">=0.99"),
        _found_row("  retrouvés, nés à une date par défaut", url, default, tokens, ""),
    ]  # fmt: skip


def _steady(url: str, requests: Sequence[bytes]) -> list[Load]:
    loads = [
        paced(url, requests, connections=CLIENTS, every=EVERY, seconds=SECONDS) for _ in range(RUNS)
    ]
    _demand_answered(loads)
    return loads


def _demand_answered(loads: Sequence[Load]) -> None:
    if refused := [one for load in loads for one in load.refused]:
        raise RuntimeError(f"{len(refused)} refused, the first: {refused[0]!r}")


def _p95(loads: Sequence[Load]) -> list[float]:
    return [percentile(one.times, 0.95) for one in loads]


def _middle(values: Sequence[float]) -> float:
    return round(percentile(values, 0.5), 2)


def _asks(url: str, people: Sequence[Person], tokens: Sequence[str]) -> list[bytes]:
    found = []
    for place, one in enumerate(people):
        body = orjson.dumps(parameters(one.row))
        head = (
            f"POST {PATH} HTTP/1.1\r\nHost: {url.removeprefix('http://')}\r\n"
            f"Authorization: Bearer {tokens[place % CLIENTS]}\r\n"
            f"Content-Type: application/fhir+json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        found.append(head.encode() + body)
    return found


def _read(url: str, one: Person, token: str) -> bytes:
    head = f"Host: {url.removeprefix('http://')}\r\nAuthorization: Bearer {token}\r\n"
    return f"GET /fhir/R4/Patient/{one.patient_id} HTTP/1.1\r\n{head}\r\n".encode()


def _found_row(
    name: str, url: str, people: Sequence[Person], tokens: Sequence[str], aim: str
) -> Row:
    """The share of those in the desk's circle whose own patient is in the answer; the others may not be named."""
    asked = [one for one in people if one.is_inside]
    found = 0
    with httpx.Client(base_url=url, headers={"Content-Type": "application/fhir+json"}) as client:
        for place, one in enumerate(asked):
            answer = client.post(
                PATH, content=orjson.dumps(parameters(one.row)),
                headers={"Authorization": f"Bearer {tokens[place % CLIENTS]}"},
            )  # fmt: skip
            answer.raise_for_status()
            entries = answer.json().get("entry", [])
            found += any(entry["fullUrl"].endswith(f"/{one.patient_id}") for entry in entries)
    return Row(name, round(found / max(1, len(asked)), 4), "", aim, runs=len(asked), actor=ACTOR)


def parameters(row: dict[str, str]) -> dict[str, Any]:
    """What an admission desk sends of somebody without their INS: the longest way to find them."""
    name: dict[str, Any] = {
        "use": "official",
        "family": row["birth_name"],
        "given": [row["first_given_name"]],
    }
    resource: dict[str, Any] = {
        "resourceType": "Patient",
        "name": [name],
        "gender": {"M": "male", "F": "female"}.get(row["sex"], "unknown"),
        "birthDate": row["birth_date"],
    }
    if row["phone"]:
        resource["telecom"] = [{"system": "phone", "value": row["phone"]}]
    if row["city"]:
        resource["address"] = [
            {"use": "home", "city": row["city"], "postalCode": row["postal_code"]}
        ]
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": resource}],
    }


def _chosen(population: Population) -> tuple[list[Person], list[Person]]:
    """People drawn among the first records: whose birth date is known, and who have the default one."""
    known, default = [], []
    for one in islice(read_records(population), 60_000):
        if one["birth_name"] and one["first_given_name"] and one["birth_date"]:
            (default if one["birth_date"] == online.DEFAULT else known).append(one)
    rng = Random(8)  # noqa: S311  drawn again the same
    return tuple(  # type: ignore[return-value]
        [
            Person(one, load.patient_id(int(one["record"])), place % 2 == 0)
            for place, one in enumerate(rng.sample(rows, min(ASKED, len(rows))))
        ]
        for rows in (known, default)
    )


def _desks(people: Sequence[Person]) -> list[str]:
    """Tokens of the desks, which read every second of these people; their Patient is published."""
    from django.conf import settings
    from django.db import connection

    from enrs.core.accounts.commands import issue_token
    from enrs.core.accounts.models import Position, User
    from enrs.core.fhir.commands import insert_resources, publication
    from enrs.referentials.identity import fhir
    from enrs.referentials.identity.commands import store
    from enrs.referentials.identity.models import SourceIdentity

    tokens = []
    for number in range(CLIENTS):
        login = f"accueil-{number}"
        user = User.objects.create(login=login, name=f"Accueil {number}", kind="professional")
        Position.objects.create(
            user=user, label="Admissions", role="secretary", organisation_id=ORGANISATION,
            organisation_name="Hôpital d’essai", is_default=True,
        )  # fmt: skip
        tokens.append(issue_token(login=login, scopes=["user/*.rs"], lifetime=timedelta(hours=4)))
    inside = [one.patient_id for one in people if one.is_inside]
    now, domain = datetime.now(UTC), settings.REGION.identity_domain
    published = []
    for identity in SourceIdentity.objects.filter(patient_id__in=inside).order_by("id"):
        regional = store.regional_values(identity.patient_id, [identity], now)
        tree, keys = fhir.patient(regional, [identity], domain=domain)
        published.append(
            publication(tree, patient_id=identity.patient_id, category="identity", keys=keys)
        )
    insert_resources(published)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into access_grant (patient_id, grantee_id, source_id, source_kind, scope, purpose, level,"
            " valid_from, valid_until, created_at) select p, %s, p, 'bench', 'record', 'care_team', 2,"
            " now() - interval '1 day', 'infinity', now() from unnest(%s::uuid[]) p",
            [ORGANISATION, inside],
        )
        cursor.execute("analyze access_grant, fhir_resource")
    return tokens
