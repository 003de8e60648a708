"""Publishing the nomenclatures that a load touched."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model

from enrs.core.effects import act
from enrs.core.fhir.commands import Publication, insert_resources
from enrs.core.terminology import fhir
from enrs.core.terminology.models import CodeSystem, ConceptMap, ValueSet

PUBLISHED: dict[str, tuple[type[Model], Callable[[Any], Publication]]] = {
    "CodeSystem": (CodeSystem, fhir.system_publication),
    "ValueSet": (ValueSet, fhir.value_set_publication),
    "ConceptMap": (ConceptMap, fhir.map_publication),
}
BATCH = 50


def publish_pending() -> int:
    """Publish the FHIR resource of every nomenclature that changed since; returns how many.

    Fifty in one transaction: a publication that is killed is taken up where it was.
    """
    done = 0
    for model, build in PUBLISHED.values():
        waiting = model._default_manager.filter(needs_publication=True)
        while True:
            with act():
                rows = list(waiting.select_for_update(of=("self",)).order_by("id")[:BATCH])
                if not rows:
                    break
                insert_resources([build(row) for row in rows])
                model._default_manager.filter(pk__in=[row.pk for row in rows]).update(
                    needs_publication=False
                )
            done += len(rows)
    return done
