"""One-time codes: made, kept as keyed hashes, taken once."""

import hmac
import secrets
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.effects import act
from enrs.core.jobs.upkeep import remove_rows
from enrs.services.portal import rules
from enrs.services.portal.keyed import keyed
from enrs.services.portal.models import OneTimeCode

KEPT = timedelta(days=30)
FORGOTTEN = 1_000
"""Codes that one round forgets."""


class CodeError(Exception):
    """Why a code is not taken, in French; `reason` is `wrong`, `late` or `tries`."""

    SENTENCES = {
        "wrong": "Ce n’est pas le bon code : vérifiez chaque signe, puis réessayez.",
        "late": "Ce code a expiré ou a déjà servi : demandez-en un autre.",
        "tries": "Trop d’essais avec ce code : demandez-en un autre.",
    }

    def __init__(self, reason: str) -> None:
        super().__init__(self.SENTENCES[reason])
        self.reason = reason


def issue_code(
    *, use: str, subject_id: UUID, good_for: timedelta, shape: rules.Shape = rules.LONG
) -> str:
    """A fresh code for a use and a subject, told once; the former one is worth nothing any more.

    Inside an act: the caller leaves the line.
    """
    code = "".join(secrets.choice(shape.alphabet) for _ in range(shape.length))
    now = timezone.now()
    former = OneTimeCode.objects.filter(use=use, subject_id=subject_id, used_at=None)
    former.filter(valid_until__gt=now).update(valid_until=now)
    OneTimeCode.objects.create(
        use=use,
        subject_id=subject_id,
        code_hash=keyed(use, subject_id, code),
        made_at=now,
        made_by_id=current_actor().user_id,
        valid_until=now + good_for,
    )
    return code


def take_code(*, subject_id: UUID, typed: str, uses: Collection[str]) -> OneTimeCode:
    """Take the code that somebody typed: it serves once.

    A wrong one is counted against every living code of its shape, whatever becomes of the caller's act.

    Raises:
        CodeError: `wrong`, `late` (no living code of this shape), `tries`.
    """
    code = rules.typed_code(typed)
    shape = rules.shape_of(code)
    if shape is None:
        raise CodeError("wrong")
    with act():
        now = timezone.now()
        rows = OneTimeCode.objects.select_for_update().filter(
            subject_id=subject_id, use__in=uses, used_at=None, valid_until__gt=now
        )
        living = [one for one in rows.order_by("id") if _shape(one) == shape]
        open_ones = [one for one in living if one.tries < shape.tries]
        found = next((one for one in open_ones if _is(one, code)), None)
        if found is not None:
            OneTimeCode.objects.filter(pk=found.pk).update(used_at=now)
        else:
            wrong = [one.pk for one in open_ones]
            OneTimeCode.objects.filter(pk__in=wrong).update(tries=F("tries") + 1)
    if found is None:
        raise CodeError("wrong" if open_ones else "tries" if living else "late")
    return found


def old_codes() -> QuerySet[OneTimeCode]:
    """Codes that ended a month ago: whoever looks into a refusal has looked."""
    return OneTimeCode.objects.filter(valid_until__lt=timezone.now() - KEPT)


def forget_codes() -> int:
    """Delete some of the codes that ended long ago; returns how many."""
    return remove_rows(old_codes(), FORGOTTEN)


def _shape(code: OneTimeCode) -> rules.Shape:
    return rules.SHORT if code.use == OneTimeCode.Use.MAIL else rules.LONG


def _is(one: OneTimeCode, code: str) -> bool:
    return hmac.compare_digest(keyed(one.use, one.subject_id, code), one.code_hash)
