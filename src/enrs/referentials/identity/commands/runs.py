"""The periodic verification of every INS: started, paused, taken up again; one batch after another by the worker."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.referentials.identity.commands.answers import (
    Question,
    claim_of,
    may_be_sent,
    settle_verification,
)
from enrs.referentials.identity.insi.contract import Claim, Verdict
from enrs.referentials.identity.models import InsCheck, InsRun, SourceIdentity

BATCH = 200
WINDOW = 5_000
"""Identities looked at in one statement, due or not: a step costs the same wherever it is."""

LEASE = timedelta(minutes=5)
YEAR = timedelta(days=365)
FIRST = UUID(int=0)
PLATFORM = "Plateforme régionale"
BETWEEN = timedelta(days=30)
"""A campaign begins by itself so long after the last one ended."""

DUE = """
  s.status = 'qualified' and s.attribute in ('', 'homonym') and s.ins <> '' and s.absorbed_into_id is null
  and s.created_at <= %(limit)s
  and not exists (
    select from identity_ins_check c where c.identity_id = s.id and c.answered_at > %(limit)s
      and c.outcome in ('retrieved', 'qualified', 'kept'))
"""
"""Qualified, and neither first told here nor confirmed since the limit."""


class RunStateError(Exception):
    """The campaign is not in a state that allows this: another is open, or it ended."""


def start_run(*, by: Actor) -> InsRun:
    """Begin to verify again every INS that was not for as long as the region says.

    Raises:
        AccessRefusedError: not of the identity unit.
        RunStateError: one is under way already.
    """
    _demand(by)
    return _begin(by.name)


def pause_run(*, run: InsRun, by: Actor) -> None:
    """Stop after the batch under way, until taken up again.

    Raises:
        AccessRefusedError: not of the identity unit.
        RunStateError: it is not running.
    """
    _demand(by)
    _turn(run, InsRun.State.RUNNING, InsRun.State.PAUSED, "paused")


def resume_run(*, run: InsRun, by: Actor) -> None:
    """Take a paused campaign up where it stopped.

    Raises:
        AccessRefusedError: not of the identity unit.
        RunStateError: it is not paused.
    """
    _demand(by)
    _turn(run, InsRun.State.PAUSED, InsRun.State.RUNNING, "resumed")


def begin_if_due() -> None:
    """Begin a campaign by itself, a month after the last one; without anybody due none is."""
    last = InsRun.objects.order_by("-id").first()
    now = datetime.now(UTC)
    if last and (last.state != InsRun.State.DONE or now - (last.ended_at or now) < BETWEEN):
        return
    if _count_due(now, settings.REGION.ins_check_years):
        _begin(PLATFORM)


def lease_run() -> InsRun | None:
    """The running campaign, if no other worker is at it; its total is counted the first time."""
    now = datetime.now(UTC)
    with act():
        run = (
            InsRun.objects.select_for_update(skip_locked=True)
            .filter(state=InsRun.State.RUNNING)
            .exclude(leased_until__gt=now)
            .first()
        )
        if run is None:
            return None
        run.leased_until = now + LEASE
        if run.total is None:
            run.total = _count_due(run.started_at, run.years)
        run.save(update_fields=["leased_until", "total"])
    return run


def next_batch(run: InsRun) -> dict[str, Claim]:
    """Put the next due identities in a batch, by the ids of their questions; empty once none is left.

    Those that somebody is asking about at this moment are left out: they get their answer anyway.
    """
    limit = run.started_at - run.years * YEAR
    with act():
        while True:
            ids, last = _window(run.cursor, limit)
            if last is None:
                _end(run)
                return {}
            run.cursor = last
            if claims := _put(run, ids):
                break
        run.sent_count += len(claims)
        InsRun.objects.filter(pk=run.pk).update(
            cursor=run.cursor, sent_count=F("sent_count") + len(claims)
        )
    return claims


def record_receipt(run: InsRun, receipt: str) -> None:
    """Note the batch that the service took."""
    with act():
        InsRun.objects.filter(pk=run.pk).update(receipt=receipt, error="")
    run.receipt = receipt


def settle_batch(run: InsRun, verdicts: Mapping[str, Verdict]) -> None:
    """Apply the verdicts of a batch; a question without one is left, and counted."""
    counts = {"kept": 0, "taken_off": 0}
    sent = InsCheck.objects.filter(run=run, state=InsCheck.State.SENT)
    for check in sent.select_related("identity").order_by("id"):
        verdict = verdicts.get(str(check.pk))
        if verdict is None:
            with act():
                InsCheck.objects.filter(pk=check.pk).update(
                    state=InsCheck.State.GIVEN_UP, error="no_verdict"
                )
            outcome = ""
        else:
            question = Question(check, check.identity)
            outcome = settle_verification(question, verdict)
        counts[outcome] = counts.get(outcome, 0) + 1
    with act():
        InsRun.objects.filter(pk=run.pk).update(
            receipt="", error="", kept_count=F("kept_count") + counts.pop("kept"),
            refused_count=F("refused_count") + counts.pop("taken_off"),
            left_count=F("left_count") + sum(counts.values()),
        )  # fmt: skip
        emit(
            "identity.run.moved", payload={"kind": "identity", "ids": []}, topics=["identity-unit"]
        )
    run.receipt = ""


def take_back(run: InsRun, code: str, cursor: UUID | None) -> None:
    """A batch that the service did not take, or that its worker left: its questions are closed.

    The campaign goes back to `cursor`, and finds the same identities due again.
    """
    with act():
        left = InsCheck.objects.filter(run=run, state=InsCheck.State.SENT).update(
            state=InsCheck.State.GIVEN_UP, error=code
        )
        if left:
            InsRun.objects.filter(pk=run.pk).update(
                receipt="", error=code, cursor=cursor, sent_count=F("sent_count") - left
            )
    run.receipt, run.cursor = "", cursor


def release_run(run: InsRun, *, wait: timedelta = timedelta(0), error: str = "") -> None:
    """Leave the campaign to whoever comes next, at once or after a wait."""
    until = datetime.now(UTC) + wait if wait else None
    with act():
        InsRun.objects.filter(pk=run.pk).update(leased_until=until, error=error)


def _begin(name: str) -> InsRun:
    run = InsRun(
        id=uuid7(), years=settings.REGION.ins_check_years, started_by=name[:200],
        started_at=datetime.now(UTC),
    )  # fmt: skip
    with act():
        try:
            with transaction.atomic():
                run.save(force_insert=True)
        except IntegrityError as error:
            raise RunStateError("open") from error
        note("identity.run.started", object_kind="ins_run", object_id=run.id)
    return run


def _demand(by: Actor) -> None:
    if by.role != "identity_officer":
        raise AccessRefusedError("profession")


def _turn(run: InsRun, before: str, after: str, word: str) -> None:
    with act():
        if not InsRun.objects.filter(pk=run.pk, state=before).update(state=after):
            raise RunStateError(word)
        note(f"identity.run.{word}", object_kind="ins_run", object_id=run.id)


def _end(run: InsRun) -> None:
    InsRun.objects.filter(pk=run.pk).update(
        state=InsRun.State.DONE, ended_at=datetime.now(UTC), leased_until=None
    )
    note("identity.run.ended", object_kind="ins_run", object_id=run.id)
    emit("identity.run.moved", payload={"kind": "identity", "ids": []}, topics=["identity-unit"])


def _count_due(now: datetime, years: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select count(*) from source_identity s where {DUE}", {"limit": now - years * YEAR}
        )
        return int(cursor.fetchone()[0])


def _window(after: UUID | None, limit: datetime) -> tuple[list[UUID], UUID | None]:
    """The due identities among the next ones, a batch at most, and the last one looked at."""
    sql = f"""
      with near as (
        select * from source_identity where id > %(after)s
        order by id limit %(window)s),
      due as (select s.id from near s where {DUE} order by s.id limit %(batch)s)
      select array(select id from due order by id), (select id from near order by id desc limit 1)
    """
    params: dict[str, Any] = {
        "after": after or FIRST,
        "limit": limit,
        "window": WINDOW,
        "batch": BATCH,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        ids, last = cursor.fetchone()
    return list(ids), ids[-1] if len(ids) == BATCH else last


def _put(run: InsRun, ids: list[UUID]) -> dict[str, Claim]:
    now, claims = datetime.now(UTC), {}
    busy = InsCheck.objects.filter(identity_id__in=ids, state__in=["waiting", "sent"])
    free = SourceIdentity.objects.filter(pk__in=ids).exclude(pk__in=busy.values("identity_id"))
    rows = []
    for identity in free.order_by("id"):
        check = InsCheck(
            id=uuid7(), identity=identity, run=run, kind=InsCheck.Kind.VERIFY,
            state=InsCheck.State.SENT, asked_by=run.started_by, asked_at=now, due_at=now,
        )  # fmt: skip
        if may_be_sent(Question(check, identity)):
            rows.append(check)
            claims[str(check.id)] = claim_of(identity)
    InsCheck.objects.bulk_create(rows, ignore_conflicts=True)
    return claims
