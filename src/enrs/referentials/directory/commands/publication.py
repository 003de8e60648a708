"""Publishing what a load touched, in batches: a region is a million resources and minutes of work."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Model

from enrs.core.fhir.commands import Publication, insert_resources
from enrs.referentials.directory import fhir
from enrs.referentials.directory.commands.merge import touched_batches
from enrs.referentials.directory.models import Organisation, Practitioner, PractitionerRole

PUBLISHED: dict[str, tuple[type[Model], Callable[[Any], Publication]]] = {
    "Organization": (Organisation, fhir.organisation_publication),
    "Practitioner": (Practitioner, fhir.practitioner_publication),
    "PractitionerRole": (PractitionerRole, fhir.role_publication),
}


def publish_touched(kinds: Iterable[str]) -> int:
    """Publish the rows of these resource types that the current load touched; returns how many."""
    done = 0
    for kind in kinds:
        model, build = PUBLISHED[kind]
        for batch in touched_batches(kind):
            rows = (
                model._default_manager.defer("search")
                if kind != "PractitionerRole"
                else model._default_manager
            )
            found = list(rows.filter(pk__in=batch))
            insert_resources([build(row) for row in found])
            done += len(found)
    return done
