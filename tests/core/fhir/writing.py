"""A type with a writer of the tests' own, and requests that write."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpResponse
from django.test import Client

from enrs.core.access.actor import Actor, current_actor
from enrs.core.fhir.commands import publish
from enrs.core.fhir.models import Resource
from enrs.core.fhir.writing import Tree, WriteError, Writer, patient_of
from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient

Send = Callable[..., HttpResponse]


class NotKeptError(Exception):
    """A refusal of the command, with a sentence for the reader."""


def keep(resource: Tree, actor: Actor) -> UUID:
    """Publish what was sent, as a command does; two codes are refused, each in its way."""
    assert current_actor() == actor
    assert actor.channel == "fhir"
    code = resource["code"].get("text", "")
    if code == "refused":
        raise WriteError("Ce code n'est pas reçu.", path="Observation.code")
    if code == "not kept":
        raise NotKeptError("Cette valeur n'est pas gardée.")
    own = UUID(resource["id"]) if "id" in resource else uuid7()
    found = [(one["system"], one["value"]) for one in resource.get("identifier", ())]
    publish(
        resource | {"id": str(own)},
        patient_id=patient_of(resource),
        category="results",
        keys=[("identifier", f"{system}|{value}") for system, value in found],
    )
    return own


def replace(resource: Tree, actor: Actor) -> None:
    """An update is kept in the same way."""
    keep(resource, actor)


def withdraw(identifier: UUID, actor: Actor) -> None:
    """A withdrawal."""
    row = Resource.objects.get(id=identifier, is_current=True)
    tree = {"resourceType": row.type, "id": str(identifier)}
    publish(tree, patient_id=row.patient_id, category="results", is_deleted=True)


def keep_many(resources: Sequence[Tree], actor: Actor) -> list[UUID]:
    """Several at once."""
    return [keep(one, actor) for one in resources]


def writer(kind: str = "Observation", **changes: Any) -> Writer:
    given: dict[str, Any] = {
        "kind": kind, "category": "results", "create": keep, "update": replace, "delete": withdraw,
        "create_many": None, "needs_patient": True, "refusals": (NotKeptError,),
    }  # fmt: skip
    return Writer(**given | changes)


def observation(patient: Patient | UUID | str, code: str = "Poids", **fields: Any) -> Tree:
    """A resource to send; `patient` may be a whole reference."""
    text = patient if isinstance(patient, str) else f"Patient/{getattr(patient, 'id', patient)}"
    return {
        "resourceType": "Observation", "status": "final", "code": {"text": code},
        "subject": {"reference": text}, "valueQuantity": {"value": 71.5, "unit": "kg"}, **fields,
    }  # fmt: skip


def transaction(*entries: Tree, kind: str = "transaction") -> Tree:
    listed = {"entry": list(entries)} if entries else {}
    return {"resourceType": "Bundle", "type": kind, **listed}


def posted(resource: Tree, full_url: str = "", **request: str) -> Tree:
    """An entry that creates."""
    entry: Tree = {
        "resource": resource,
        "request": {"method": "POST", "url": resource["resourceType"], **request},
    }
    return {"fullUrl": full_url, **entry} if full_url else entry


def sender(client: Client) -> Send:
    """`send("post", path, token, body, **headers)`: a writing under /fhir/R4."""

    def send(method: str, path: str, token: str, body: Any = None, **headers: str) -> HttpResponse:
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        kind = headers.pop("content_type", "application/fhir+json")
        return client.generic(
            method.upper(), f"/fhir/R4/{path}", data, content_type=kind, headers=headers
        )

    return send
