"""What the identity unit has to look at: discordant, merged, doubled, refused; and what it decided before."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from enrs.config.demo.days.stage import Stage
from enrs.core.access.actor import acting
from enrs.referentials.identity.commands import (
    close_work_item,
    create_patient_by_hand,
    merge_local,
    receive_identity,
)
from enrs.referentials.identity.models import SourceIdentity, WorkItem
from enrs.referentials.identity.rules import Traits

LABORATORY: Final = "Laboratoire du Belvédère · LABOWEB"
ALTERED: Final[tuple[dict[str, Any], ...]] = (
    {"first_given_name": "MARIE-LOU", "given_names": "MARIE-LOU"},
    {"birth_date": "1950-02-03"},
    {"birth_place_code": "99350"},
    {"birth_name": "DUPONT-MARTIN"},
    {"birth_place_code": "13055"},
    {"sex": "U"},
)
"""What the laboratory says otherwise of people whose INS it sends."""

FIRST: Final = 320
"""Past the patients whom the accounts follow."""


def play(stage: Stage) -> None:
    """Have a second source speak of people whom the hospital knows, then spread what came of it over ten days."""
    cast = [one.id for one in stage.lives.values()]
    known = SourceIdentity.objects.filter(status="qualified").exclude(patient_id__in=cast)
    people = list(known.order_by("patient_id", "id")[FIRST : FIRST + 12])
    domain = f"urn:finess:{stage.region.structure_at(2).finess}"
    for rank, changes in enumerate(ALTERED):
        traits = replace(people[rank].traits, **changes)
        receive_identity(system=domain, value=f"L{7000 + rank}", traits=traits, sender=LABORATORY)
    wrong = replace(people[8].traits, ins=people[8].ins[:13] + "00")
    receive_identity(system=domain, value="L7090", traits=wrong, sender=LABORATORY)
    _merge(people[9], people[10])
    _doubles(stage, people[11].traits)
    _spread(stage)
    _decided(stage)


def _merge(kept: SourceIdentity, absorbed: SourceIdentity) -> None:
    """The hospital merges two files that the region holds for two people."""
    if kept.system == absorbed.system:
        merge_local(
            system=kept.system, kept=kept.value, absorbed=absorbed.value, sender=kept.sender
        )


def _doubles(stage: Stage, traits: Traits) -> None:
    """The admissions create somebody who is known already, in spite of the warning."""
    by = stage.actor("petit")
    with acting(by):
        create_patient_by_hand(traits=traits, by=by, is_confirmed=True)


def _spread(stage: Stage) -> None:
    for rank, item in enumerate(WorkItem.objects.filter(closed_at=None).order_by("id")):
        at = stage.now - timedelta(days=9 - rank * 0.9, hours=rank % 5)
        WorkItem.objects.filter(pk=item.pk).update(opened_at=min(at, stage.now))


def _decided(stage: Stage) -> None:
    """The oldest was decided yesterday by the unit."""
    item = WorkItem.objects.filter(closed_at=None).order_by("opened_at", "id").first()
    if item is None:
        return
    officer = stage.actor("vidal")
    with acting(officer):
        close_work_item(
            item_id=item.pk, outcome="kept_apart", by=officer,
            reason="Deux personnes : pièces d’identité vérifiées auprès du laboratoire.",
        )  # fmt: skip
    WorkItem.objects.filter(pk=item.pk).update(closed_at=stage.at(-1, 15, 20))
