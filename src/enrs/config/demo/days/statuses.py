"""What the admissions did for identities: documents seen, questions to the INSi; and a campaign that ended."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from enrs.config.demo.days.stage import Stage
from enrs.core.access.actor import SYSTEM, acting
from enrs.referentials.identity import jobs
from enrs.referentials.identity.commands import (
    ask_ins,
    mark_identity,
    own_systems,
    start_run,
    validate_identity,
)
from enrs.referentials.identity.insi.contract import NationalIdentity
from enrs.referentials.identity.insi.stand_in import StandIn
from enrs.referentials.identity.models import InsCheck, InsRun, SourceIdentity
from enrs.referentials.identity.rules import may_be_minor

FIRST: Final = 340
"""Past the patients of the other scenes."""

OLD: Final = 80
"""How many INS the campaign found old enough."""


def play(stage: Stage) -> None:
    """A morning at the admissions, then the unit's campaign of three weeks ago."""
    _admissions(stage)
    _campaign(stage)


def _admissions(stage: Stage) -> None:
    by = stage.actor("petit")
    known = SourceIdentity.objects.filter(
        patient_id__in=stage.ids_of("petit"), system__in=own_systems(by), attribute=""
    ).exclude(patient_id__in=[one.id for one in stage.lives.values()])
    grown = [
        one
        for one in known.filter(status="provisional").order_by("id")[:40]
        if not may_be_minor(one.birth_date, stage.today)
    ]
    acts: list[Callable[[SourceIdentity], None]] = [
        lambda one: validate_identity(identity=one, proof="CN", expected_version=one.version, by=by),
        lambda one: ask_ins(identity=one, kind="traits", expected_version=one.version, by=by),
        lambda one: mark_identity(
            identity=one, attribute="doubtful", expected_version=one.version, by=by,
            reason="La photographie de la carte n’est pas celle de la personne présente.",
        ),
    ]  # fmt: skip
    with acting(by):
        for rank, one in enumerate(grown[:9]):
            acts[rank % 3](one)
        for one in SourceIdentity.objects.filter(pk__in=[one.pk for one in grown[:9:3]][:2]):
            ask_ins(identity=one, kind="traits", expected_version=one.version, by=by)
        for one in known.filter(status="qualified").order_by("id")[:3]:
            ask_ins(identity=one, kind="verify", expected_version=one.version, by=by)
    with acting(SYSTEM):
        jobs.ask_due(StandIn(invents=True))
    for rank, check in enumerate(InsCheck.objects.order_by("id")):
        at = stage.ago(hours=30 - rank * 2)
        InsCheck.objects.filter(pk=check.pk).update(
            asked_at=at, answered_at=at + timedelta(seconds=4)
        )


def _campaign(stage: Stage) -> None:
    """Some INS are four years old; the service denies one of them, whose birth date is another."""
    cast = [one.id for one in stage.lives.values()]
    qualified = SourceIdentity.objects.filter(status="qualified", attribute="")
    asked = InsCheck.objects.values("identity_id")
    found = list(
        qualified.exclude(patient_id__in=cast).exclude(pk__in=asked)
        .order_by("patient_id", "id")[FIRST : FIRST + OLD]
    )  # fmt: skip
    if not found:
        return
    SourceIdentity.objects.filter(pk__in=[one.pk for one in found]).update(
        created_at=stage.ago(days=4 * 366)
    )
    wrong = found[-1]
    civil = NationalIdentity(
        ins=wrong.ins, oid=wrong.ins_oid, birth_name=wrong.birth_name, given_names=wrong.given_names,
        birth_date=f"{int(wrong.birth_date[:4]) - 1}{wrong.birth_date[4:]}", sex=wrong.sex,
        birth_place_code=wrong.birth_place_code,
    )  # fmt: skip
    service = StandIn([civil], invents=True)
    officer = stage.actor("vidal")
    with acting(officer):
        run = start_run(by=officer)
    with acting(SYSTEM):
        jobs.verify_due(service, time.monotonic() + 20)
    began = stage.ago(days=21)
    InsRun.objects.filter(pk=run.pk).update(
        started_at=began, ended_at=began + timedelta(minutes=12)
    )
    InsCheck.objects.filter(run=run).update(
        asked_at=began, answered_at=began + timedelta(minutes=6)
    )
