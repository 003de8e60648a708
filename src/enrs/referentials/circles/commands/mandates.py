"""The life of a measure of protection: the person opens their record or closes it, renewal, end.

The rules of each measure, with their sources, are in `measures`.
"""

import logging
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from uuid import UUID, uuid5

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from enrs.core.access.commands import (
    AccessRefusedError,
    end_grants,
    end_merged_grants,
    give_grant,
)
from enrs.core.access.models import Level
from enrs.core.accounts.models import User
from enrs.core.effects import act
from enrs.core.moments import legal_day
from enrs.core.notifications.commands import notify
from enrs.core.notifications.models import Notice
from enrs.core.notifications.queries import persons_of, professionals_of
from enrs.core.ui.filters import date_fr
from enrs.referentials.circles import measures, rules
from enrs.referentials.circles.commands.members import (
    CircleError,
    end_member,
    keep_mandate,
    open_member,
)
from enrs.referentials.circles.commands.traces import demand_write, leave_traces, republish
from enrs.referentials.circles.measures import Decided
from enrs.referentials.circles.models import Mandate, Member

logger = logging.getLogger("enrs.circles")
AT_ONCE = 200
"""Measures that one round reminds of, or ends."""
ASKED_EVERY = timedelta(days=30)
"""A decision that was never entered is asked for once a month."""
REASON_LENGTH = 5
"""Signs of a reason, at least, as the question of the page asks."""
WORDS_OF_THE_PERSON = rules.SPEAKING_ROLES - {"proxy"}


def open_to_representative(*, member: Member) -> None:
    """The person lets whoever assists them, or their curator, read their record, until they close it.

    A physician or a coordinator writes down what the person said (L1111-2: their express consent).

    Raises:
        AccessRefusedError: the actor neither is the person nor writes for them (`person`).
        CircleError: this measure opens nothing on request, or is over (`measure`).
    """
    _demand_person_herself(member.patient_id)
    with act():
        held = _demand_held(member)
        mandate = _current(held)
        if mandate is None or measures.MEASURES[mandate.kind].opens_at_once:
            raise CircleError("measure")
        opened = Mandate.objects.filter(pk=mandate.pk, opened_at=None)
        if not opened.update(opened_at=timezone.now()):
            return
        _give_reading(held)
        _leave("circle.mandate.opened", held, mandate.id)


def close_to_representative(*, member: Member) -> None:
    """The person takes back the reading that they opened, or that a merge of identities brought; at once.

    Raises:
        AccessRefusedError: the actor neither is the person nor writes for them (`person`).
        CircleError: this measure is not opened by the person (`measure`).
    """
    _demand_person_herself(member.patient_id)
    mandate = _current(member)
    if mandate is None or measures.MEASURES[mandate.kind].opens_at_once:
        raise CircleError("measure")
    with act():
        closed = Mandate.objects.filter(pk=mandate.pk).exclude(opened_at=None)
        ended = closed.update(opened_at=None)
        ended += end_grants(patient_id=member.patient_id, source_id=member.id)
        if member.grantee_id:
            ended += end_merged_grants(
                patient_id=member.patient_id, grantee_id=member.grantee_id, keeps=("self", "stay")
            )
        if ended:
            _leave("circle.mandate.closed", member, mandate.id)


def renew_mandate(*, member: Member, decided: Decided, kind: str = "") -> Mandate:
    """Enter the decision that renews a measure, or the one that a former entry lacks; its end follows.

    `kind` is the measure that the decision says, where none was entered before it (`measures.entered_for`): the
    place becomes that measure, with what it opens and no more. A measure with a decision keeps its own.

    Raises:
        AccessRefusedError: the actor may not change this circle, or is none of those who answer for it: one of
            them saw the decision (`profession`).
        CircleError: a rule of the measure (`measures.refusal`).
    """
    _demand_answering(member.patient_id)
    if member.basis != Member.Basis.PROXY:
        raise CircleError("measure")
    with act():
        held = _demand_held(member)
        former = _current(held)
        ground = kind if kind and former is None else held.ground
        if ground != held.ground and ground not in {
            one.code for one in measures.entered_for(held.ground)
        }:
            raise CircleError("measure")
        if broken := measures.refusal(ground, decided, today=legal_day(timezone.now())):
            raise CircleError(broken)
        if ground != held.ground:
            _become(held, ground)
        Mandate.objects.filter(member=held, replaced_at=None).update(replaced_at=timezone.now())
        made = keep_mandate(held, decided, opened_at=former.opened_at if former else None)
        held.until = measures.last_moment(made.ends_on)
        held.save(update_fields=["until"])
        if made.opened_at:
            _give_reading(held)
        else:
            open_member(held)
        _leave("circle.mandate.renewed", held, made.id, ends_on=f"{made.ends_on}")
        republish(held.patient_id)
    return made


def end_mandate(*, member: Member, reason: str) -> None:
    """End a measure before its day (mainlevée, change of who is in charge), the decision having been seen.

    Raises:
        AccessRefusedError: as for `renew_mandate`.
        CircleError: it is no measure (`measure`), or no reason is written (`reason`).
    """
    _demand_answering(member.patient_id)
    if not measures.is_measure(member.ground):
        raise CircleError("measure")
    if len(reason.strip()) < REASON_LENGTH:
        raise CircleError("reason")
    end_member(member=member, reason=reason.strip(), kind="circle.mandate.ended")


def sweep_mandates() -> bool:
    """Remind of the measures that end within `measures.REMINDED_BEFORE`, end those whose day is past (the job).

    Rights end by their own date, at the minute; this writes it in the circle. Each measure is an act of its own:
    one that fails is logged, tried again the next day, and holds back no other. True when more are waiting.
    """
    today = legal_day(timezone.now())
    current = Mandate.objects.filter(replaced_at=None, member__ended_at=None, withdrawn_at=None)
    rows = current.select_related("member").order_by("ends_on", "id")
    over = list(rows.filter(ends_on__lt=today)[:AT_ONCE])
    limit = today + measures.REMINDED_BEFORE
    near = list(rows.filter(ends_on__gte=today, ends_on__lte=limit, reminded_at=None)[:AT_ONCE])
    ended = sum(_sweep(partial(_end_at_its_day, one), one.id) for one in over)
    told = sum(_sweep(partial(_remind, one), one.id) for one in near)
    lacking = _lacking(today)[:AT_ONCE]
    asked = sum(_sweep(partial(_ask_decision, one), one.id) for one in lacking)
    rounds = ((over, ended), (near, told), (lacking, asked))
    return any(len(rows) == AT_ONCE and done for rows, done in rounds)


def _sweep(done: Callable[[], None], row_id: UUID) -> bool:
    """Whether the act on one measure held."""
    try:
        with act(savepoint=True):
            done()
    except Exception:
        logger.exception("measure of protection %s: not swept", row_id)
        return False
    return True


def _lacking(today: date) -> list[Member]:
    """The places by a measure whose decision was never entered, of which nobody was told for `ASKED_EVERY`."""
    now = timezone.now()
    decided = Mandate.objects.filter(member=OuterRef("pk"), replaced_at=None)
    rows = Member.objects.filter(
        ~Exists(decided), Q(until=None) | Q(until__gt=now), basis=Member.Basis.PROXY,
        ground__in=list(measures.MEASURES), ended_at=None, withdrawn_at=None,
    )  # fmt: skip
    found = list(rows.order_by("id"))
    keys = [_asking_key(one, today) for one in found]
    told = set(Notice.objects.filter(event_id__in=keys).values_list("event_id", flat=True))
    return [one for one in found if _asking_key(one, today) not in told]


def _asking_key(member: Member, today: date) -> UUID:
    """The same for all the days of one period: what was told in it is not told again."""
    period = (today - legal_day(member.since)) // ASKED_EVERY
    return uuid5(rules.NAMESPACE, f"lacking:{member.id}:{period}")


def _ask_decision(member: Member) -> None:
    key = _asking_key(member, legal_day(timezone.now()))
    notify(
        users=_followers(member),
        kind="circle.mandate.lacking",
        patient_id=member.patient_id,
        event_id=key,
        details={"who": member.display},
    )
    _leave("circle.mandate.lacking", member, member.id)


def _end_at_its_day(mandate: Mandate) -> None:
    end_member(member=mandate.member, reason="échéance de la mesure", kind="circle.mandate.ended")


def _followers(member: Member) -> set[UUID]:
    """Who follows a measure: the person, whoever is in charge, the circle's medical professions."""
    told = persons_of(member.patient_id) | professionals_of(
        member.patient_id, roles=rules.ANSWERING_ROLES, level=Level.CONTRIBUTE
    )
    if member.user_id:
        holders = User.objects.filter(grantee_id=member.user_id, is_active=True)
        told |= set(holders.values_list("id", flat=True))
    return told


def _remind(mandate: Mandate) -> None:
    member = mandate.member
    notify(
        users=_followers(member),
        kind="circle.mandate.ending",
        patient_id=member.patient_id,
        event_id=mandate.id,
        details={"day": date_fr(mandate.ends_on), "who": member.display},
    )
    Mandate.objects.filter(pk=mandate.pk).update(reminded_at=timezone.now())
    _leave("circle.mandate.reminded", member, mandate.id)


def _become(held: Member, ground: str) -> None:
    """A place without a decision takes the measure that the decision says; what that one does not open is closed."""
    held.ground = ground
    held.save(update_fields=["ground"])
    if measures.MEASURES[ground].opens_at_once:
        return
    end_grants(patient_id=held.patient_id, source_id=held.id)
    if held.grantee_id:
        end_merged_grants(
            patient_id=held.patient_id, grantee_id=held.grantee_id, keeps=("self", "stay")
        )


def _current(member: Member) -> Mandate | None:
    return Mandate.objects.filter(member=member, replaced_at=None).first()


def _is_held(member: Member) -> bool:
    return member.ended_at is None and (member.until is None or member.until > timezone.now())


def _demand_held(member: Member) -> Member:
    """The place, locked and read again: it may have ended, or passed its day, since the page was shown.

    Raises:
        CircleError: it is held no more (`measure`).
    """
    held = Member.objects.select_for_update().get(pk=member.pk)
    if not _is_held(held):
        raise CircleError("measure")
    return held


def _give_reading(member: Member) -> None:
    """A right to read and no more: they decide nothing for the person."""
    if member.grantee_id:
        give_grant(
            patient_id=member.patient_id,
            grantee_id=member.grantee_id,
            source_kind="circle",
            source_id=member.id,
            purpose="proxy",
            level=Level.READ,
            valid_until=member.until,
        )


def _demand_person_herself(patient_id: UUID) -> None:
    decision = demand_write(patient_id)
    if decision is not None and decision.role not in WORDS_OF_THE_PERSON:
        raise AccessRefusedError("person")


def _demand_answering(patient_id: UUID) -> None:
    decision = demand_write(patient_id)
    if decision is not None and not rules.may_keep_measure(decision.role):
        raise AccessRefusedError("profession")


def _leave(kind: str, member: Member, mandate_id: UUID, **details: str) -> None:
    leave_traces(
        kind,
        patient_id=member.patient_id,
        object_kind="circle_mandate",
        object_id=mandate_id,
        topics=[f"user:{member.user_id}"] if member.user_id else [],
        details={"display": member.display, **details},
    )
