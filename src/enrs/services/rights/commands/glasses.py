"""Reading again what was opened in an emergency: asking why, answering, judging."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.models import BreakGlass
from enrs.core.accounts.models import User
from enrs.core.audit.commands import note
from enrs.core.audit.models import AuditLine
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.referentials.directory.models import Organisation
from enrs.referentials.identity.queries import patient_names
from enrs.services.rights.models import Glass, GlassAct
from enrs.services.rights.queries.desk import desk_of
from enrs.services.rights.rules import glasses as rules

BATCH = 500


class RightsError(Exception):
    """Why the act was not done, in French."""


WORDS: Final = {
    "judged": "Cet accès a déjà été jugé : la réponse ne change plus.",
    "asked": "Une explication est déjà demandée : attendez la réponse, ou jugez sans elle.",
    "not_asked": "Personne n’attend d’explication sur cet accès.",
    "text": f"Écrivez au moins {rules.TEXT_LENGTH} caractères.",
}

TOLD_AS: Final = {
    Glass.State.ASKED: "rights.glass.asked",
    Glass.State.EXPLAINED: "rights.glass.explained",
    Glass.State.JUSTIFIED: "rights.glass.judged",
    Glass.State.UNJUSTIFIED: "rights.glass.judged",
}


def receive_openings(*, ids: Sequence[UUID] = ()) -> int:
    """Put on the list the openings that are not there yet (those named, or all); returns how many.

    Run by the platform: it alone reads the journal, where the place of work of who opened stands.
    """
    rows = BreakGlass.objects.exclude(pk__in=Glass.objects.values("pk"))
    if ids:
        rows = rows.filter(pk__in=list(ids))
    openings = list(rows.order_by("opened_at", "id")[:BATCH])
    if not openings:
        return 0
    keys = {str(one.id) for one in openings}
    lines = {
        line.object_id: line
        for line in AuditLine.objects.filter(
            patient_id__in={one.patient_id for one in openings}, action="access.glass.broken"
        )
        if line.object_id in keys
    }
    found = [line.organisation_id for line in lines.values() if line.organisation_id]
    places = dict(Organisation.objects.filter(pk__in=found).values_list("id", "name"))
    names = patient_names({one.patient_id for one in openings})
    users = User.objects.in_bulk({one.user_id for one in openings})
    with act():
        made = Glass.objects.bulk_create(
            [_glass(one, lines.get(str(one.id)), places, names, users) for one in openings],
            ignore_conflicts=True,
        )
        for one in made:
            emit("rights.glass.listed", payload={"kind": "rights", "ids": [str(one.id)]})
    return len(made)


def _glass(
    opening: BreakGlass,
    line: AuditLine | None,
    places: dict[UUID, str],
    names: dict[UUID, str],
    users: dict[UUID, User],
) -> Glass:
    user = users.get(opening.user_id)
    place = line.organisation_id if line else None
    return Glass(
        id=opening.id,
        kind=rules.kind_of(opening.reason_code),
        patient_id=opening.patient_id,
        patient_name=names.get(opening.patient_id, ""),
        user_id=opening.user_id,
        user_name=line.actor_name if line else user.name if user else "",
        user_role=line.actor_role if line else "",
        organisation_id=place,
        organisation_name=places.get(place, "") if place else "",
        reason_text=opening.reason_text,
        opened_at=opening.opened_at,
        closes_at=opening.closes_at,
        due_at=rules.due_at(opening.opened_at),
    )


def ask_explanation(*, glass: Glass, text: str) -> GlassAct:
    """Ask who opened the record what the emergency was; they are told.

    Raises:
        AccessRefusedError: it is not the actor's to review.
        RightsError: it was judged, somebody asked already, or nothing is asked.
    """
    with act():
        held, by = _reviewed(glass)
        _demand_text(text)
        if not rules.may_ask(held.state):
            raise RightsError(WORDS["asked" if rules.may_judge(held.state) else "judged"])
        held.asked_by_id = by.user_id
        return _say(held, by, Glass.State.ASKED, text)


def judge_glass(*, glass: Glass, verdict: str, text: str) -> GlassAct:
    """Say whether the opening was justified, and why. The opener is told; the person too when it was not.

    Raises:
        AccessRefusedError: it is not the actor's to review.
        RightsError: it was judged already, or the comment is missing.
    """
    if verdict not in rules.VERDICTS:
        raise ValueError(verdict)
    with act():
        held, by = _reviewed(glass)
        _demand_text(text)
        if not rules.may_judge(held.state):
            raise RightsError(WORDS["judged"])
        return _say(held, by, Glass.State(verdict), text)


def explain_glass(*, glass: Glass, text: str) -> GlassAct:
    """Answer what the reviewer asked; they are told.

    Raises:
        AccessRefusedError: somebody else opened that record.
        RightsError: nobody asked, or the answer is empty.
    """
    by = current_actor()
    with act():
        held = Glass.objects.select_for_update().get(pk=glass.pk)
        if by.user_id is None or held.user_id != by.user_id:
            raise AccessRefusedError("opener")
        _demand_text(text)
        if not rules.may_explain(held.state):
            raise RightsError(WORDS["not_asked"])
        return _say(held, by, Glass.State.EXPLAINED, text)


def _reviewed(glass: Glass) -> tuple[Glass, Actor]:
    """The opening, locked, for a reviewer who did not make it."""
    by, desk = current_actor(), desk_of()
    if desk is None or not desk.holds(glass.organisation_id):
        raise AccessRefusedError("reviewer")
    if glass.user_id == by.user_id:
        raise AccessRefusedError("self")
    return Glass.objects.select_for_update().get(pk=glass.pk), by


def _demand_text(text: str) -> None:
    if not rules.is_text(text):
        raise RightsError(WORDS["text"])


def _say(held: Glass, by: Actor, state: Glass.State, text: str) -> GlassAct:
    """Write what was said, move the opening, leave the line, tell."""
    if by.user_id is None:
        raise AccessRefusedError("reviewer")
    said = GlassAct(
        glass=held, kind=state.value, by_id=by.user_id, by_name=by.name, text=text.strip()
    )
    said.save(force_insert=True)
    held.state = state
    held.save(update_fields=["state", "asked_by_id"])
    note(
        f"rights.glass.{state.value}",
        patient_id=held.patient_id,
        object_kind="break_glass",
        object_id=held.id,
        # The person reads the conclusion in their journal; what led to it stays between the two.
        reason=said.text if state == Glass.State.UNJUSTIFIED else "",
    )
    payload = {"kind": "rights", "ids": [str(held.id), str(said.id)]}
    # Without the patient: neither the opener nor the reviewer holds a right on them any more.
    emit(TOLD_AS[state], payload=payload)
    if state == Glass.State.UNJUSTIFIED:
        emit("rights.glass.found", patient_id=held.patient_id, payload=payload)
    return said
