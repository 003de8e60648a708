"""What happens to a record when its time of keeping is over: found, kept back or approved, then erased.

Nothing is erased that a person did not approve: the function of the database that erases asks it again.
"""

import hashlib
import json
from collections.abc import Collection
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.subjects.models import Patient
from enrs.referentials.identity.queries import patient_names
from enrs.services.rights.commands.glasses import RightsError
from enrs.services.rights.commands.officers import demand_officer
from enrs.services.rights.models import Approval, Elimination, Retention, Sweep
from enrs.services.rights.queries.retention import Facts, facts_of
from enrs.services.rights.rules import retention as rules

SWEPT_AT_ONCE = 2_000
MOST_APPROVED = 200
State = Retention.State
WORDS: Final = {
    "text": "Écrivez au moins dix caractères.",
    "hold": "Choisissez le motif de la conservation prolongée.",
    "from": "Indiquez le jour où le recours a été introduit : il ne peut pas être dans le futur.",
    "until": "La fin de la conservation prolongée doit être dans le futur.",
    "ended": "Indiquez le jour où le recours a pris fin, entre son début et aujourd’hui.",
    "state": "Ce dossier n’en est plus là : rechargez la page.",
    "none": "Cochez au moins un dossier.",
    "many": f"Approuvez {MOST_APPROVED} dossiers au plus à la fois.",
    "gone": "Un des dossiers cochés n’est plus à décider : rechargez la page et vérifiez votre choix.",
}


def sweep_retention(*, ids: Collection[UUID] | None = None) -> bool:
    """Look at the next records of the region and list those whose term is over; whether more are waiting (the job).

    A record that came back to life (a new stay, an open request about rights) leaves the list by itself.
    With `ids`, these records are looked at out of turn.
    """
    with act():
        if ids is not None:
            _list(facts_of(ids))
            return False
        Sweep.objects.bulk_create([Sweep(id=1)], ignore_conflicts=True)
        mark = Sweep.objects.select_for_update().get(pk=1)
        if mark.after is None:
            mark.begun_at = timezone.now()
        rows = Patient.objects.filter(pk__gt=mark.after or UUID(int=0)).order_by("pk")
        found = list(rows.values_list("pk", flat=True)[:SWEPT_AT_ONCE])
        _list(facts_of(found))
        has_more = len(found) == SWEPT_AT_ONCE
        mark.after = found[-1] if has_more else None
        mark.ended_at = mark.ended_at if has_more else timezone.now()
        mark.save(update_fields=["after", "begun_at", "ended_at"])
    return has_more


def _list(found: list[Facts]) -> None:
    ids = [one.patient_id for one in found]
    locked = Retention.objects.select_for_update().filter(patient_id__in=ids).order_by("id")
    known = {one.patient_id: one for one in locked}
    names = patient_names(ids)
    fresh = []
    for facts in found:
        row = known.get(facts.patient_id) or Retention(patient_id=facts.patient_id)
        is_over = _take_term(row, facts)
        row.person_name = names.get(facts.patient_id, "")
        if facts.patient_id in known:
            _move(row, is_over=is_over)
        elif is_over:
            fresh.append(row)
    Retention.objects.bulk_create(fresh)
    if fresh:
        note(
            "rights.retention.listed",
            patient_ids=[one.patient_id for one in fresh],
            object_kind="list",
        )


def _take_term(row: Retention, facts: Facts) -> bool:
    """Write what the rule says today; whether the term is over and nothing suspends it."""
    periods = [
        (date.fromisoformat(first), date.fromisoformat(last)) for first, last in row.suspensions
    ]
    term = facts.term(periods)
    row.birth_date, row.died_on = facts.birth_date, facts.died_on
    row.last_on, row.last_kind = facts.last_on, facts.last_kind
    row.rule, row.kept_until = term.rule, term.kept_until
    return term.is_over(legal_day(timezone.now())) and not facts.is_disputed


def _move(row: Retention, *, is_over: bool) -> None:
    today = legal_day(timezone.now())
    if row.state == State.KEPT:
        if row.hold_until is not None and row.hold_until < today:
            row.state = State.DUE if is_over else State.WAITING
    elif is_over:
        row.state = State.DUE if row.state == State.WAITING else row.state
    elif row.suspensions:
        row.state, row.approval = State.WAITING, None
    else:
        row.delete()
        return
    row.save()


def keep_back(
    *,
    record: Retention,
    hold_code: str,
    hold_text: str,
    hold_from: date | None = None,
    hold_until: date | None = None,
) -> None:
    """Keep a record longer, for a reason; an appeal suspends its term from the day it was made.

    Raises:
        AccessRefusedError: the actor is not the data-protection officer.
        RightsError: no reason, an impossible day, or the record is not to be decided any more.
    """
    by = demand_officer()
    today = legal_day(timezone.now())
    if hold_code not in rules.HOLDS:
        raise RightsError(WORDS["hold"])
    if len(hold_text.strip()) < 10:
        raise RightsError(WORDS["text"])
    is_dispute = hold_code == rules.DISPUTE
    if is_dispute and (hold_from is None or hold_from > today):
        raise RightsError(WORDS["from"])
    if hold_until is not None and hold_until <= today:
        raise RightsError(WORDS["until"])
    with act():
        held = _held(record, State.DUE, State.FAILED, State.APPROVED)
        held.state, held.approval, held.failure = State.KEPT, None, ""
        held.hold_code, held.hold_text, held.hold_by = hold_code, hold_text.strip(), by.name
        held.hold_from = hold_from if is_dispute else today
        held.hold_until = None if is_dispute else hold_until
        held.save()
        _say(held, "kept", reason=hold_code)


def release(*, record: Retention, ended_on: date | None = None) -> None:
    """End what keeps a record back; the days of an appeal are added to its term.

    Raises:
        AccessRefusedError: the actor is not the data-protection officer.
        RightsError: it is not kept back, or an appeal has no last day.
    """
    demand_officer()
    today = legal_day(timezone.now())
    with act():
        held = _held(record, State.KEPT)
        if held.hold_code == rules.DISPUTE and held.hold_from:
            if ended_on is None or not held.hold_from <= ended_on <= today:
                raise RightsError(WORDS["ended"])
            held.suspensions.append([held.hold_from.isoformat(), ended_on.isoformat()])
        periods = [
            (date.fromisoformat(first), date.fromisoformat(last))
            for first, last in held.suspensions
        ]
        facts = Facts(
            held.patient_id, held.last_on, held.last_kind, held.birth_date, held.died_on, False
        )
        term = facts.term(periods)
        held.kept_until = term.kept_until
        held.state = State.DUE if term.is_over(today) else State.WAITING
        held.hold_code, held.hold_text, held.hold_by = "", "", ""
        held.hold_from = held.hold_until = None
        held.save()
        _say(held, "released")


def approve(*, records: Collection[UUID], decision: str, visa: str = "") -> Approval:
    """Approve that these records be destroyed: they are, two days later, unless somebody takes it back.

    Raises:
        AccessRefusedError: the actor is not the data-protection officer.
        RightsError: no record or too many, one that is not to be decided, or no decision is written.
    """
    by = demand_officer()
    wanted = set(records)
    if not wanted:
        raise RightsError(WORDS["none"])
    if len(wanted) > MOST_APPROVED:
        raise RightsError(WORDS["many"])
    if len(decision.strip()) < 10:
        raise RightsError(WORDS["text"])
    with act():
        rows = Retention.objects.select_for_update().order_by("id")
        found = list(rows.filter(pk__in=wanted, state__in=(State.DUE, State.FAILED)))
        if len(found) != len(wanted):
            raise RightsError(WORDS["gone"])
        key = uuid7()
        made = Approval(
            id=key,
            number=f"EL-{legal_day(timezone.now()):%Y}-{key.hex[-8:].upper()}",
            decision=decision.strip(),
            visa=visa.strip(),
            by_id=by.user_id or UUID(int=0),
            by_name=by.name,
        )
        made.save(force_insert=True)
        for row in found:
            row.state, row.approval, row.failure = State.APPROVED, made, ""
            row.save(update_fields=["state", "approval", "failure"])
            _say(row, "approved", approval=made.number)
    return made


def take_back(*, record: Retention) -> None:
    """Take an approval back, for one record that is not erased yet.

    Raises:
        AccessRefusedError: the actor is not the data-protection officer.
        RightsError: the record is not approved.
    """
    demand_officer()
    with act():
        held = _held(record, State.APPROVED)
        held.state, held.approval = State.DUE, None
        held.save(update_fields=["state", "approval"])
        _say(held, "taken_back")


def erase_next() -> bool:
    """Erase one approved record, whole or not at all; whether there was one (the job: a transaction a record).

    Its term is computed once more under its lock: who came back since the approval keeps their record.
    """
    with act():
        rows = Retention.objects.select_for_update(skip_locked=True, of=("self",))
        due = rows.filter(state=State.APPROVED, approval__at__lte=timezone.now() - rules.GRACE)
        row = due.select_related("approval").order_by("approval__at", "id").first()
        if row is None or row.approval is None:
            return False
        Patient.objects.select_for_update().get(pk=row.patient_id)
        facts = facts_of([row.patient_id])
        if not facts or not _take_term(row, facts[0]):
            _say(row, "returned")
            _move(row, is_over=False)
            return True
        try:
            with transaction.atomic():
                contents = _erase(row)
        except DatabaseError as error:
            _fail(row, error)
            return True
        _log(row, row.approval, contents)
    return True


def _erase(row: Retention) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("select label, held_in, row_count, digest from rights_erase(%s)", [row.pk])
        names = ("label", "table", "count", "digest")
        return [dict(zip(names, found, strict=True)) for found in cursor.fetchall()]


def _fail(row: Retention, error: DatabaseError) -> None:
    """Say which table holds the record back: nothing of it was erased."""
    where = getattr(getattr(error.__cause__, "diag", None), "table_name", None) or "inconnue"
    row.state, row.approval = State.FAILED, None
    row.failure = f"Rien n’a été effacé : la table « {where} » nomme encore cette personne."
    row.save()
    _say(row, "failed", table=where)


def _log(row: Retention, approval: Approval, contents: list[dict[str, Any]]) -> None:
    made = Elimination(
        approval=approval,
        pseudonym=rules.pseudonym(settings.SECRETS.blob_address_key, row.patient_id),
        rule=row.rule,
        last_on=row.last_on,
        kept_until=row.kept_until,
        contents=contents,
        row_count=sum(one["count"] for one in contents),
    )
    made.save(force_insert=True)
    text = json.dumps(contents, sort_keys=True, ensure_ascii=False)
    _say(
        row,
        "erased",
        approval=approval.number,
        pseudonym=made.pseudonym,
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )


def _held(record: Retention, *states: str) -> Retention:
    held = Retention.objects.select_for_update().filter(pk=record.pk).first()
    if held is None or held.state not in states:
        raise RightsError(WORDS["state"])
    return held


def _say(row: Retention, what: str, *, reason: str = "", **details: str) -> None:
    note(
        f"rights.retention.{what}",
        patient_id=row.patient_id,
        object_kind="rights_retention",
        object_id=row.pk,
        reason=reason,
        details=details | {"rule": row.rule, "until": row.kept_until.isoformat()},
    )
