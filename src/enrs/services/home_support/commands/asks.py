"""The hospital's part: asking agencies, confirming or releasing what they take, answering what they ask."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.utils import timezone

from enrs.core.access.queries import valid_denials
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.workflow.commands import open_task
from enrs.core.workflow.rules import To
from enrs.referentials.directory.models import Organisation
from enrs.services.home_support.commands.shared import (
    SupportRefusedError,
    clean,
    demand_keeper,
    free,
    line,
    locked,
    locked_slots,
    move,
    tell,
    visits_of,
    week_changed,
)
from enrs.services.home_support.commands.visits import end_if_empty
from enrs.services.home_support.flows import ASK, SUBJECT
from enrs.services.home_support.models import Ask, AskedVisit, HomeReturn, Slot

MOST_AGENCIES = 8


def ask_agencies(
    *,
    home_return: HomeReturn,
    agencies: Sequence[Organisation],
    visit_ids: Collection[UUID],
    message: str = "",
) -> list[Ask]:
    """Ask one or several agencies for some visits; each answers alone, a visit goes to the first who takes it.

    An agency that was asked for some of them already, and has not answered, is asked for the others alone.

    Raises:
        AccessRefusedError; SupportRefusedError: `ended`, `visit`, `agency` (none, closed, too many), `opposed`,
            `asked` (all of them were asked of all of these already), `long`.
    """
    demand_keeper(home_return)
    places = {one.id: one for one in agencies if not one.is_closed}
    if not 0 < len(places) <= MOST_AGENCIES:
        raise SupportRefusedError("agency")
    denied = valid_denials().filter(patient_id=home_return.patient_id, grantee_id__in=list(places))
    if denied.exists():
        raise SupportRefusedError("opposed")
    text = clean(message)
    with act():
        held = locked(home_return)
        visits = visits_of(held, visit_ids)
        made = []
        for place in places.values():
            known = AskedVisit.objects.filter(
                ask__home_return=held, ask__agency_id=place.id, ask__task__state__in=("sent", "more"),
            ).values_list("visit_id", flat=True)  # fmt: skip
            wanted = [one for one in visits if one.id not in set(known)]
            if wanted:
                made.append(_ask(held, place, [one.id for one in wanted], text))
        if not made:
            raise SupportRefusedError("asked")
        tell(held, "asked", agencies=[one.agency_id for one in made])
        for one in made:
            # The journal says to whom the needs went: the tasks name nobody.
            line(held.patient_id, held.id, "sent", agency=str(one.agency_id), name=one.agency_name)
    return made


def _ask(held: HomeReturn, place: Organisation, visit_ids: Sequence[UUID], text: str) -> Ask:
    task = open_task(
        workflow=ASK, patient_id=None, title=f"Aide au retour à domicile, {held.city}"[:200],
        addressees=[To(place.id, place.name)], reason=text, subject=(SUBJECT, held.id),
        details={"leaving_at": held.leaving_at.isoformat(), "city": held.city, "visits": len(visit_ids)},
    )  # fmt: skip
    made = Ask(
        id=uuid7(), home_return=held, task=task, agency_id=place.id, agency_name=place.name[:300],
        agency_phone=place.phone, asked_at=timezone.now(),
    )  # fmt: skip
    made.save(force_insert=True)
    AskedVisit.objects.bulk_create(
        [AskedVisit(id=uuid7(), ask=made, visit_id=one) for one in visit_ids]
    )
    return made


def retain(*, home_return: HomeReturn, ask_id: UUID) -> int:
    """Confirm everything that an agency took; how many days of visits were waiting for it.

    Other agencies that were asked for nothing else are told that it is over.

    Raises:
        AccessRefusedError; SupportRefusedError: `ended`, `free` (it holds nothing that waits).
    """
    by = demand_keeper(home_return)
    with act():
        held = locked(home_return)
        keys = Slot.objects.filter(ask_id=ask_id, visit__home_return=held, retained_at=None)
        slots = [
            one
            for one in locked_slots(keys.values_list("id", flat=True))
            if one.ask_id == ask_id and one.retained_at is None
        ]
        if not slots:
            raise SupportRefusedError("free")
        for one in slots:
            one.retained_at, one.retained_by = timezone.now(), by.name[:200]
        Slot.objects.bulk_update(slots, ["retained_at", "retained_by"])
        ask = Ask.objects.get(pk=ask_id)
        tell(held, "retained", agencies=[ask.agency_id], told=[str(ask.agency_id)])
        tell(held, "week")
        _end_moot(held)
    return len(slots)


def _end_moot(held: HomeReturn) -> None:
    """What is asked of others and is all confirmed has no answer left to give: it is withdrawn, and told."""
    rows = Ask.objects.filter(home_return=held, task__state__in=("sent", "more"))
    ended = [
        one.agency_id for one in rows.select_related("task").order_by("id") if end_if_empty(one)
    ]
    if ended:
        tell(held, "withdrawn", agencies=ended, told=[str(one) for one in ended])


def release(*, home_return: HomeReturn, ask_id: UUID, visit_ids: Collection[UUID] = ()) -> int:
    """Take back what an agency holds, or some visits of it: others may take them. It is told.

    Raises:
        AccessRefusedError; SupportRefusedError: `ended`, `free` (it does not hold them).
    """
    demand_keeper(home_return)
    with act():
        held = locked(home_return)
        rows = Slot.objects.filter(ask_id=ask_id, visit__home_return=held)
        if visit_ids:
            rows = rows.filter(visit_id__in=list(visit_ids))
        slots = [
            one for one in locked_slots(rows.values_list("id", flat=True)) if one.ask_id == ask_id
        ]
        if not slots:
            raise SupportRefusedError("free")
        free(slots)
        ask = Ask.objects.select_related("task").get(pk=ask_id)
        tell(held, "released", agencies=[ask.agency_id], told=[str(ask.agency_id)])
        week_changed(held.patient_id, held.id)
        end_if_empty(ask)
    return len(slots)


def withdraw_ask(*, home_return: HomeReturn, ask_id: UUID) -> None:
    """Take back what was asked of an agency and not answered; it is told.

    Raises:
        AccessRefusedError; TaskRefusedError: it holds something (release it first), or it is over.
        SupportRefusedError: `ended`, `ask`.
    """
    demand_keeper(home_return)
    with act():
        held = locked(home_return)
        ask = _ask_of(held, ask_id)
        move(ask, "withdraw")
        tell(held, "withdrawn", agencies=[ask.agency_id], told=[str(ask.agency_id)])
        week_changed(held.patient_id, held.id)


def reply_ask(*, home_return: HomeReturn, ask_id: UUID, text: str) -> None:
    """Answer what an agency asked before it decides; it has the time to answer anew.

    Raises:
        AccessRefusedError; TaskRefusedError: nothing was asked, or no words; SupportRefusedError: `ended`, `ask`.
    """
    demand_keeper(home_return)
    with act():
        held = locked(home_return)
        ask = _ask_of(held, ask_id)
        move(ask, "reply", reason=clean(text))
        tell(held, "replied", agencies=[ask.agency_id])


def _ask_of(held: HomeReturn, ask_id: UUID) -> Ask:
    found = Ask.objects.filter(pk=ask_id, home_return=held).select_related("task").first()
    if found is None:
        raise SupportRefusedError("ask")
    return found
