"""Three actors on one patient's resources: the right one, the wrong circle, nobody."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from enrs.core.accounts.models import User
from enrs.core.fhir import writing
from enrs.core.subjects.models import Patient
from tests.core.fhir.factories import give, make_token, make_user, put_observation, put_patient
from tests.core.fhir.writing import Send, sender, writer


@dataclass
class World:
    inside: User
    outside: User
    patient: Patient
    other: Patient
    observation: UUID
    other_observation: UUID
    token: str
    outside_token: str


@pytest.fixture
def world(db: Any, settings: Any, tmp_path: Path) -> World:
    # The seals' file is outside the database: what another test wrote there outlives its rows.
    settings.DATA_DIR = tmp_path
    inside, outside = make_user("dedans"), make_user("dehors")
    outside.positions.update(organisation_id=None)
    patient, other = Patient.objects.create(), Patient.objects.create()
    give(patient, inside.grantee_id)
    put_patient(patient, "durand", "256037500000142")
    put_patient(other, "durand", "256037500000243")
    return World(
        inside, outside, patient, other,
        put_observation(patient, "2026-03-12T14:05:00Z"),
        put_observation(other, "2026-03-12T14:05:00Z"),
        make_token(inside), make_token(outside),
    )  # fmt: skip


Ask = Callable[..., HttpResponse]


@pytest.fixture
def ask(client: Client) -> Ask:
    """`ask(path, token, **headers)`: a GET under /fhir/R4."""

    def get(path: str, token: str = "", *, method: str = "get", **headers: str) -> HttpResponse:
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return getattr(client, method)(f"/fhir/R4/{path}", headers=headers)

    return get


def ids(response: HttpResponse, mode: str = "match") -> list[str]:
    """Ids of a searchset's entries."""
    assert response.status_code == 200, response.content
    entries = response.json().get("entry", [])  # type: ignore[attr-defined]
    return [one["resource"]["id"] for one in entries if one["search"]["mode"] == mode]


@pytest.fixture
def send(client: Client, monkeypatch: pytest.MonkeyPatch) -> Send:
    """`send(method, path, token, body)`, with a writer of the tests' own for Observation."""
    monkeypatch.setitem(writing._writers, "Observation", writer())
    return sender(client)


@pytest.fixture
def writing_token(world: World) -> str:
    return make_token(world.inside, "user/*.cruds")
