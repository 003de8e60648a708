"""What the identity unit has to look at: discordant, merged, doubled, refused; and what it decided before."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from enrs.config.demo.days.identity_governance import governed
from enrs.config.demo.days.stage import Stage
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.ids import uuid7
from enrs.referentials.identity.commands import (
    add_contact,
    ask_source,
    assign_items,
    count_quality,
    create_patient_by_hand,
    decide_item,
    list_to_mend,
    merge_local,
    receive_identity,
)
from enrs.referentials.identity.commands.quarantine import quarantine
from enrs.referentials.identity.models import (
    IdentityQuestion,
    IdentitySource,
    ItemAct,
    SourceDay,
    SourceIdentity,
    WorkItem,
)
from enrs.referentials.identity.rules import MISSING_TRAITS, Settled, Traits

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
    _overlay(people[7], people[6])
    _spread(stage)
    with acting(SYSTEM):
        count_quality(stage.today)
        list_to_mend()
    _past(stage)
    _teams(stage)
    _decided(stage)
    _asked(stage)
    governed(stage)


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


def _overlay(known: SourceIdentity, other: SourceIdentity) -> None:
    """The hospital opens the wrong file: another person's traits come under a known number."""
    traits = replace(other.traits, ins="", ins_oid="", status="provisional")
    quarantine(known, Settled(traits), known.changed_at, known.sender)


def _past(stage: Stage) -> None:
    """Two months of counts before today's: a little fewer identities each day, a little better each week."""
    rows = []
    for last in SourceDay.objects.order_by("system"):
        for days in range(1, 61):
            count = max(1, last.identities - last.identities * days // 900)
            missing = {
                name: min(count, last.missing.get(name, 0) + count * days // 1500)
                for name in MISSING_TRAITS
            }
            rows.append(
                SourceDay(
                    id=uuid7(), system=last.system, day=stage.today - timedelta(days=days), identities=count,
                    qualified=max(0, last.qualified * count // max(1, last.identities) - count * days // 400),
                    validated=last.validated, retrieved=last.retrieved, doubtful=last.doubtful + days // 20,
                    duplicates=last.duplicates + days // 12, missing=missing, ins_refused=last.ins_refused,
                    items_open=max(0, last.items_open + days // 15 - 1), oldest_days=9, heard=count // 20,
                    delay_minutes=4 + (days * 7) % 9,
                )
            )  # fmt: skip
    SourceDay.objects.bulk_create(rows, ignore_conflicts=True)


def _teams(stage: Stage) -> None:
    """The hospital's admissions answer for its identities; the laboratory is known by telephone."""
    officer = stage.actor("vidal")
    hospital = f"urn:finess:{stage.region.structure_at(0).finess}"
    with acting(officer):
        for one in IdentitySource.objects.order_by("name", "id"):
            is_hospital = one.system == hospital
            add_contact(
                source_id=one.id, by=officer, login="petit" if is_hospital else "",
                name="Sandrine Petit" if is_hospital else "Accueil du laboratoire",
                duty="Référente en identitovigilance" if is_hospital else "", phone="+33160000042",
            )  # fmt: skip


def _asked(stage: Stage) -> None:
    """Two lines are the officer's; about one of them the hospital has a question."""
    officer = stage.actor("vidal")
    hospital = f"urn:finess:{stage.region.structure_at(0).finess}"
    mine = list(WorkItem.objects.filter(closed_at=None).order_by("severity", "opened_at", "id")[:2])
    with acting(officer):
        assign_items(item_ids=[one.id for one in mine], to=officer.user_id, by=officer)
        item = (
            WorkItem.objects.filter(closed_at=None, systems__contains=[hospital])
            .order_by("id")
            .first()
        )
        if item is None:
            return
        asked = ask_source(
            item_id=item.id, system=hospital, by=officer,
            text="Pouvez-vous vérifier la pièce d’identité vue à l’admission ?",
        )  # fmt: skip
    IdentityQuestion.objects.filter(pk=asked.pk).update(asked_at=stage.at(-2, 9, 40))
    ItemAct.objects.filter(item_id=item.id, kind="asked").update(at=stage.at(-2, 9, 40))


def _decided(stage: Stage) -> None:
    """The oldest was decided yesterday by the unit."""
    waiting = WorkItem.objects.filter(closed_at=None).exclude(kind=WorkItem.Kind.OVERLAY)
    item = waiting.order_by("opened_at", "id").first()
    if item is None:
        return
    officer = stage.actor("vidal")
    with acting(officer):
        decide_item(
            item_id=item.pk, outcome="kept_apart", by=officer,
            reason="Deux personnes : pièces d’identité vérifiées auprès du laboratoire.",
        )  # fmt: skip
    WorkItem.objects.filter(pk=item.pk).update(closed_at=stage.at(-1, 15, 20))
    ItemAct.objects.filter(item_id=item.pk).update(at=stage.at(-1, 15, 20))
