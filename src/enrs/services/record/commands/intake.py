"""A hospital's whole active list: checked, then applied by the worker line by line, with its report."""

from dataclasses import fields, replace
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import SYSTEM, Actor, acting, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import valid_grants
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.subjects.restrictions import restricted
from enrs.referentials.circles import commands as circles
from enrs.referentials.circles.rules import ORGANISATIONS
from enrs.referentials.directory.queries import organisation
from enrs.referentials.identity.commands import receive_identity, store
from enrs.referentials.identity.commands.by_hand import possible_twins
from enrs.referentials.identity.commands.items import open_work_item
from enrs.referentials.identity.models import SourceIdentity, WorkItem
from enrs.referentials.identity.queries.pix import is_by_likeness
from enrs.referentials.identity.rules import IdentityRefusedError, Traits, compare
from enrs.services.record.models import Encounter, Intake, IntakeLine
from enrs.services.record.rules import intake as rules

BATCH = 50
"""Lines that the worker applies in one transaction."""
TRAITS = {one.name for one in fields(Traits)}


def check_list(*, content: bytes, file_name: str) -> Intake:
    """Read a file of patients and keep what each line says; nobody is created yet.

    Raises:
        AccessRefusedError: the role may not write identities, or works for no structure.
        rules.IntakeRefusedError: no file of people can be read in it.
    """
    by = current_actor()
    if not access_rules.permits(by.role, "identity", access_rules.WRITE):
        raise AccessRefusedError("profession")
    if by.organisation_id is None or by.user_id is None:
        raise AccessRefusedError("organisation")
    lines = rules.read_list(content, today=legal_day(timezone.now()))
    with act():
        intake = Intake(
            id=uuid7(),
            user_id=by.user_id,
            organisation_id=by.organisation_id,
            organisation_name=by.organisation_name,
            author_name=by.name,
            file_name=file_name[:200],
            system=f"urn:local:{by.organisation_id}",
            total_count=len(lines),
            refused_count=sum(bool(one.faults) for one in lines),
        )
        intake.save(force_insert=True)
        IntakeLine.objects.bulk_create([_row(intake, one) for one in lines], batch_size=1000)
        note("record.intake.checked", object_kind="intake", object_id=intake.id,
             details={"lines": len(lines), "refused": intake.refused_count})  # fmt: skip
    return intake


def start_intake(*, intake: Intake, is_informed: bool) -> None:
    """Have the worker create the lines that stand; started twice it stays started.

    Raises:
        AccessRefusedError: the role may not write identities, or another structure's file.
        ValueError: the people of the list were not informed.
    """
    _demand_own(intake)
    if not is_informed:
        raise ValueError("informed")
    _move(intake, Intake.State.CHECKED, Intake.State.RUNNING, "started")


def cancel_intake(*, intake: Intake) -> bool:
    """Give up a file that was not started; its lines are emptied. Whether it was still to give up.

    Raises:
        AccessRefusedError: the role may not write identities, or another structure's file.
    """
    _demand_own(intake)
    with act():
        is_moved = _move(intake, Intake.State.CHECKED, Intake.State.CANCELLED, "cancelled")
        if is_moved:
            intake.lines.update(traits={})
    return is_moved


def _demand_own(intake: Intake) -> None:
    by = current_actor()
    is_own = intake.organisation_id == by.organisation_id
    if not is_own or not access_rules.permits(by.role, "identity", access_rules.WRITE):
        raise AccessRefusedError("profession")


def _move(intake: Intake, before: str, after: str, what: str) -> bool:
    with act():
        is_moved = bool(Intake.objects.filter(pk=intake.pk, state=before).update(state=after))
        if is_moved:
            note(f"record.intake.{what}", object_kind="intake", object_id=intake.id)
    intake.refresh_from_db()
    return is_moved


def run_intakes() -> bool:
    """One batch of the oldest list that runs, as the platform; whether more is waiting (the job)."""
    with acting(SYSTEM), act():
        running = Intake.objects.filter(state=Intake.State.RUNNING).order_by("created_at")
        intake = running.select_for_update(skip_locked=True).first()
        if intake is None:
            return False
        waiting = intake.lines.filter(state="waiting").order_by("number")
        lines = list(waiting[:BATCH])
        with acting(_for_who_gave(intake)):
            for line in lines:
                _apply(intake, line)
        IntakeLine.objects.bulk_update(lines, ["state", "reason", "traits", "patient_id"])
        refused = sum(one.state in ("refused", "outside") for one in lines)
        changes: dict[str, Any] = {
            "done_count": F("done_count") + len(lines) - refused,
            "refused_count": F("refused_count") + refused,
        }
        if len(lines) < BATCH:
            changes |= {"state": Intake.State.DONE, "finished_at": timezone.now()}
        Intake.objects.filter(pk=intake.pk).update(**changes)
        return len(lines) == BATCH


def _row(intake: Intake, line: rules.Line) -> IntakeLine:
    return IntakeLine(
        id=uuid7(),
        intake=intake,
        number=line.number,
        state="refused" if line.faults else "waiting",
        reason=",".join(line.faults)[:300],
        traits=line.traits | {"cells": line.cells},
    )


def _apply(intake: Intake, line: IntakeLine) -> None:
    """Create the person of one line, or know them again; a line that a rule refuses says so."""
    try:
        number = line.traits["number"]
        given = {name: text for name, text in line.traits.items() if name in TRAITS}
        with act(savepoint=True):
            line.state, line.reason, patient_id = _settle(intake, number, Traits(**given))
    except (IdentityRefusedError, circles.CircleError) as error:
        line.state, line.reason = "refused", getattr(error, "reason", "") or "identity"
    except (KeyError, TypeError):
        line.state, line.reason = "refused", "unreadable"
    else:
        if line.state != "outside":
            line.patient_id, line.traits = patient_id, {}


def _settle(intake: Intake, number: str, typed: Traits) -> tuple[str, str, UUID | None]:
    """What becomes of one person: state, reason, and the patient where the structure now is.

    As for a patient created by hand, an INS that a file says is not kept and qualifies nobody: it only finds
    who already has it, with the same strict traits.
    """
    own, holder = store.known(intake.system, number), store.holder_of(typed.ins)
    if own:
        known: UUID | None = own.patient_id
    else:
        is_same = holder is not None and compare(typed, holder.traits).may_link
        known = holder.patient_id if holder and is_same else None
    if known and not _is_reached(intake, known):
        note("identity.search.exact", patient_id=known, object_kind="intake", object_id=intake.id)
        return "outside", "outside", None
    if known and not own:
        _join(intake, known)
        return "known", "", known
    status = "provisional" if typed.status == "provisional" else "validated"
    traits = replace(typed, ins="", ins_oid="", status=status)
    twins = [] if own or holder else [one for one, _ in possible_twins(traits)]
    identity = receive_identity(
        system=intake.system, value=number, traits=traits, sender=intake.organisation_name
    )
    if holder and not own:
        _tell_unit(intake, identity, [holder.patient_id])
    _join(intake, identity.patient_id)
    return "known" if own else "created", "twin" if twins else "", identity.patient_id


def _is_reached(intake: Intake, patient_id: UUID) -> bool:
    """Whether the structure holds a right on this record, or sent this person itself by its own software.

    A right that ends by itself is none: a list would make it last.
    """
    held = valid_grants([intake.organisation_id]).filter(patient_id=patient_id)
    if held.exclude(purpose__in=access_rules.PASSING).exists():
        return True
    if restricted([patient_id]):
        # Nobody new comes by a list while the person has the processing restricted: access is asked for by name.
        return False
    place = organisation(intake.organisation_id)
    numbers = [one for one in (place.finess_eg, place.finess_ej) if one] if place else []
    systems = [f"urn:finess:{one}" for one in numbers]
    if is_by_likeness(patient_id):
        # That its own patient resembles this one opens nothing: somebody has to have said that they are one.
        return False
    sent = SourceIdentity.objects.filter(patient_id=patient_id, system__in=systems)
    stays = Encounter.objects.filter(
        patient_id=patient_id, organisation_finess__in=numbers, withdrawn_at=None
    )
    return bool(numbers) and (sent.exists() or stays.exists())


def _join(intake: Intake, patient_id: UUID) -> None:
    circles.add_member(
        patient_id=patient_id,
        block=ORGANISATIONS,
        grantee_id=intake.organisation_id,
        display=intake.organisation_name or "Structure",
        role_label="",
        basis="care_team",
        ground="same_structure",
        informed_on=legal_day(timezone.now()),
    )


def _for_who_gave(intake: Intake) -> Actor:
    """The platform, in the name of who handed the list in: places and journal name them."""
    return replace(
        SYSTEM,
        name=intake.author_name,
        user_id=intake.user_id,
        organisation_id=intake.organisation_id,
        organisation_name=intake.organisation_name,
    )


def _tell_unit(intake: Intake, identity: SourceIdentity, twins: list[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select identity_sources(%s)", [twins])
        known = [row[0] for row in cursor.fetchall()]
    open_work_item(
        kind=WorkItem.Kind.POSSIBLE_DUPLICATE,
        identity_ids=[identity.id, *known],
        patient_ids=[identity.patient_id, *twins],
        evidence={"fields": []},
        sender=intake.organisation_name,
    )
