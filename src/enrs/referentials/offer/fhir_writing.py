"""A PATCH of a HealthcareService: the description of a unit by the software of its establishment."""

from typing import Any
from uuid import UUID

import orjson

from enrs.core.access.actor import Actor
from enrs.core.fhir.rules.patching import PatchError, patched
from enrs.core.fhir.rules.validation import validate
from enrs.core.fhir.writing import WriteError, register_patcher
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.offer import commands, words
from enrs.referentials.offer.commands import OfferRefusedError
from enrs.referentials.offer.fhir import service_publication
from enrs.referentials.offer.fhir_reading import ReadingError, changes_of
from enrs.referentials.offer.models import HealthcareService
from enrs.referentials.offer.queries.rights import service as service_of

Tree = dict[str, Any]
REASON = "Fermée par le logiciel de l’établissement"
CLOSED, PUBLISHED = HealthcareService.State.CLOSED, HealthcareService.State.PUBLISHED


def patch_service(identifier: UUID, parameters: Tree, actor: Actor) -> None:
    """Change the description of a unit that is published; the commands of the pages decide and check."""
    one = service_of(identifier, actor)
    if one is None or one.kind == HealthcareService.Kind.CITY or one.published_at is None:
        raise WriteError(
            "Aucune offre n'est publiée à cette adresse.", status=404, code="not-found"
        )
    before = resource_of(one)
    try:
        after = patched(before, parameters)
    except PatchError as error:
        raise WriteError(error.message, code="processing", path=error.path) from error
    if issues := validate(after):
        raise WriteError(issues[0].message, code=issues[0].code, path=issues[0].path)
    try:
        values, opens = changes_of(one, before, after)
    except ReadingError as error:
        raise WriteError(error.message, path=error.path) from error
    try:
        _change(one, values, opens=opens)
    except OfferRefusedError as error:
        told = [words.REFUSALS[error.reason], *(words.QUALITY[code] for code in error.codes)]
        raise WriteError(" ".join(told), path="HealthcareService") from error
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
    made = service_publication(one)
    tree: Tree = orjson.loads("{" + made.rest)
    return {"resourceType": made.type, "id": str(made.id)} | tree


register_patcher("HealthcareService", patch_service)
