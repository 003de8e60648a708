"""Giving and ending rights, and breaking the glass."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from enrs.core.access import rules
from enrs.core.access.actor import current_actor
from enrs.core.access.models import FOREVER, BreakGlass, Denial, Grant, Level
from enrs.core.access.regulation import is_regulator
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7


class AccessRefusedError(Exception):
    """The access decision said no; `reason` is its code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def give_grant(
    *,
    patient_id: UUID,
    grantee_id: UUID,
    source_kind: str,
    source_id: UUID,
    purpose: str,
    level: int = Level.READ,
    scope: str = "record",
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> None:
    """Give a right, or renew the one that the same source gave. The caller leaves the audit line."""
    Grant.objects.bulk_create(
        [
            Grant(
                patient_id=patient_id,
                grantee_id=grantee_id,
                source_id=source_id,
                source_kind=source_kind,
                scope=scope,
                purpose=purpose,
                level=level,
                valid_from=valid_from or Now(),
                valid_until=valid_until or FOREVER,
            )
        ],
        update_conflicts=True,
        unique_fields=["patient_id", "grantee_id", "source_id"],
        update_fields=["purpose", "level", "scope", "valid_until"],
    )


def end_grants(*, patient_id: UUID, source_id: UUID) -> int:
    """End every right that one source gave on a patient, now; returns how many ended."""
    return _end(patient_id, Grant.objects.filter(source_id=source_id))


def end_merged_grants(*, patient_id: UUID, grantee_id: UUID, keeps: Collection[str]) -> int:
    """End, now, what a merge of identities copied to a grantee, but for the purposes in `keeps`.

    A copy comes from the link, not from the place in the circle: who leaves the circle loses it too.
    """
    copies = Grant.objects.filter(grantee_id=grantee_id, source_kind="identity_link")
    return _end(patient_id, copies.exclude(purpose__in=list(keeps)))


def _end(patient_id: UUID, rights: QuerySet[Grant]) -> int:
    now = timezone.now()
    open_rights = rights.filter(patient_id=patient_id, valid_until__gt=now)
    with act():
        grantees = [str(one) for one in open_rights.values_list("grantee_id", flat=True)]
        ended = open_rights.update(valid_until=now)
        if ended:
            _tell_revoked(patient_id, grantees)
    return ended


def _tell_revoked(patient_id: UUID, grantees: list[str]) -> None:
    emit(
        "access.revoked",
        patient_id=patient_id,
        topics=[f"patient:{patient_id}"],
        payload={"revoked": grantees},
    )


def deny(*, patient_id: UUID, grantee_id: UUID, source_id: UUID) -> None:
    """Refuse a record to a grantee, whatever right they hold; their open pages close.

    The same source again changes nothing. The caller leaves the audit line.
    """
    with act():
        Denial.objects.bulk_create(
            [
                Denial(
                    patient_id=patient_id,
                    grantee_id=grantee_id,
                    source_id=source_id,
                    valid_from=Now(),
                    valid_until=FOREVER,
                )
            ],
            update_conflicts=True,
            unique_fields=["patient_id", "grantee_id", "source_id"],
            update_fields=["valid_until"],
        )
        _tell_revoked(patient_id, [str(grantee_id)])


def end_denial(*, patient_id: UUID, grantee_id: UUID) -> int:
    """End every denial of a grantee on a patient, copies made by merges included; returns how many."""
    now = timezone.now()
    rows = Denial.objects.filter(patient_id=patient_id, grantee_id=grantee_id, valid_until__gt=now)
    return rows.update(valid_until=now)


def follow_denials(
    *, patient_id: UUID, to: UUID, source_ids: Collection[UUID] | None = None
) -> None:
    """Denials hold on the patient that a merge made too; `source_ids` leave the former one with it.

    Without `source_ids` all are copied, and the former patient, who is nobody any more, keeps its own.
    """
    now = timezone.now()
    rows = Denial.objects.filter(patient_id=patient_id, valid_until__gt=now)
    found = list(rows.order_by("grantee_id", "source_id"))
    if source_ids is not None:
        # A person opposes few people and may have a thousand facts: the few are read, the many are not asked.
        wanted = set(source_ids)
        found = [one for one in found if one.source_id in wanted]
    for one in found:
        deny(patient_id=to, grantee_id=one.grantee_id, source_id=one.source_id)
    if source_ids is not None and found:
        rows.filter(source_id__in={one.source_id for one in found}).update(valid_until=now)


def break_glass(*, patient_id: UUID, reason_code: str, reason_text: str) -> BreakGlass:
    """Open a record outside one's circle for a stated emergency, for one shift.

    The patient and the circle are told, and the line says *bris de glace*, or the regulation.

    Raises:
        AccessRefusedError: this role may not (`profession`), the reason is missing (`reason`), or it is that
            of the regulation of the centre 15 and one does not work there now (`regulation`, L1111-17).
    """
    by = current_actor()
    if by.user_id is None or by.grantee_id is None or not rules.may_break_glass(by.role):
        raise AccessRefusedError("profession")
    if reason_code not in rules.BREAK_GLASS_REASONS or len(reason_text.strip()) < 10:
        raise AccessRefusedError("reason")
    if reason_code == rules.REGULATION and not is_regulator(by):
        raise AccessRefusedError("regulation")
    purpose = rules.purpose_of_glass(reason_code)
    with act():
        opening = BreakGlass(
            id=uuid7(),
            patient_id=patient_id,
            user_id=by.user_id,
            reason_code=reason_code,
            reason_text=reason_text.strip(),
            closes_at=timezone.now() + timedelta(hours=rules.BREAK_GLASS_HOURS),
        )
        # The right comes first: under row security only who holds one may add to this record.
        give_grant(
            patient_id=patient_id,
            grantee_id=by.grantee_id,
            source_kind="break_glass",
            source_id=opening.id,
            purpose=purpose,
            level=Level.CONTRIBUTE,
            valid_until=opening.closes_at,
        )
        opening.save(force_insert=True)
        note(
            "access.glass.broken",
            patient_id=patient_id,
            object_kind="break_glass",
            object_id=opening.id,
            purpose=purpose,
            reason=opening.reason_text,
        )
        emit(
            "access.glass.broken",
            patient_id=patient_id,
            topics=[f"patient:{patient_id}"],
            payload={"kind": "journal", "ids": [str(opening.id)], "by": by.name},
        )
    return opening
