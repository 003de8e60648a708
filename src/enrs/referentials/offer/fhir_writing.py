"""A PATCH of a HealthcareService or of its Location: a unit described by the software of its establishment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import orjson

from enrs.core.access.actor import Actor
from enrs.core.fhir.commands import Publication
from enrs.core.fhir.rules.patching import PatchError, patched
from enrs.core.fhir.rules.validation import validate
from enrs.core.fhir.writing import WriteError, register_patcher
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.offer import commands, words
from enrs.referentials.offer.commands import OfferRefusedError
from enrs.referentials.offer.fhir import EQUIPMENT, publications, service_publication
from enrs.referentials.offer.fhir_coded import ReadingError
from enrs.referentials.offer.fhir_reading import changes_of, changes_of_place
from enrs.referentials.offer.models import HealthcareService
from enrs.referentials.offer.queries.rights import service as service_of
from enrs.referentials.offer.registry import location_patch

Tree = dict[str, Any]
REASON = "Fermée par le logiciel de l’établissement"
CLOSED, PUBLISHED = HealthcareService.State.CLOSED, HealthcareService.State.PUBLISHED


def patch_service(identifier: UUID, parameters: Tree, actor: Actor) -> None:
    """Change the description of a unit that is published; the commands of the pages decide and check."""
    one = _published(identifier, actor)
    before = resource_of(one)
    after = _after(before, parameters)
    with _told("HealthcareService"):
        values, opens = changes_of(one, before, after)
        _change(one, values, opens=opens)


def patch_location(identifier: UUID, parameters: Tree, actor: Actor) -> None:
    """Change the equipment of a unit; what says nothing of it is for the service that knows the places."""
    other = location_patch()
    if other is not None and EQUIPMENT not in orjson.dumps(parameters).decode():
        other(identifier, parameters, actor)
        return
    one = _published(identifier, actor)
    before = _tree(publications([one], kinds=("Location",))[0])
    after = _after(before, parameters)
    with _told("Location"):
        values = changes_of_place(one, before, after)
        if values:
            commands.amend_unit(service=one, expected_version=one.version, values=values)


def _published(identifier: UUID, actor: Actor) -> HealthcareService:
    one = service_of(identifier, actor)
    if one is None or one.kind == HealthcareService.Kind.CITY or one.published_at is None:
        raise WriteError(
            "Aucune offre n'est publiée à cette adresse.", status=404, code="not-found"
        )
    return one


def _after(before: Tree, parameters: Tree) -> Tree:
    try:
        after = patched(before, parameters)
    except PatchError as error:
        raise WriteError(error.message, code="processing", path=error.path) from error
    if issues := validate(after):
        raise WriteError(issues[0].message, code=issues[0].code, path=issues[0].path)
    return after


@contextmanager
def _told(kind: str) -> Iterator[None]:
    """What the reading and the commands refuse, as an outcome with its place."""
    try:
        yield
    except ReadingError as error:
        raise WriteError(error.message, path=f"{kind}.{error.path}") from error
    except OfferRefusedError as error:
        told = [words.REFUSALS[error.reason], *(words.QUALITY[code] for code in error.codes)]
        raise WriteError(" ".join(told), path=kind) from error
    except StaleSaveError as error:
        message = "L'offre a été modifiée entre-temps : relisez-la."
        raise WriteError(message, status=409, code="conflict") from error


def _change(one: HealthcareService, values: Tree, *, opens: bool | None) -> None:
    if opens is False:
        if values:
            raise WriteError(
                "Une fermeture ne s'accompagne d'aucun autre changement.",
                path="HealthcareService.active",
            )
        commands.close_unit(service=one, expected_version=one.version, reason=REASON)
    elif opens or values:
        commands.amend_unit(
            service=one, expected_version=one.version, values=values, opens=bool(opens)
        )


def resource_of(one: HealthcareService) -> Tree:
    """The resource as it is published."""
    return _tree(service_publication(one))


def _tree(made: Publication) -> Tree:
    tree: Tree = orjson.loads("{" + made.rest)
    return {"resourceType": made.type, "id": str(made.id)} | tree


register_patcher("HealthcareService", patch_service)
register_patcher("Location", patch_location)
