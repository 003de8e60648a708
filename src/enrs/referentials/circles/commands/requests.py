"""« Demander l'accès »: asked from outside of a circle, answered from inside."""

from datetime import date
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.referentials.circles import rules
from enrs.referentials.circles.commands.members import CircleError, add_member
from enrs.referentials.circles.commands.traces import demand_write, leave_traces
from enrs.referentials.circles.models import AccessRequest, Consent, Outcome

SHORTEST_REASON = 10
"""Letters; less than this says nothing to whom must decide."""


def request_access(*, patient_id: UUID, reason: str) -> AccessRequest:
    """Ask to join a circle. One request at a time: asking again gives the one that waits.

    `patient_id` comes from an exact search: an address alone never leads here.

    Raises:
        AccessRefusedError: the asker is not a professional (`profession`).
        CircleError: the reason is missing (`reason`).
    """
    by = current_actor()
    if by.kind != "professional" or by.user_id is None or by.grantee_id is None:
        raise AccessRefusedError("profession")
    if len(reason.strip()) < SHORTEST_REASON:
        raise CircleError("reason")
    waiting = AccessRequest.objects.filter(
        patient_id=patient_id, grantee_id=by.grantee_id, outcome=Outcome.OPEN
    ).first()
    if waiting:
        return waiting
    with act():
        request = AccessRequest.objects.create(
            patient_id=patient_id,
            user_id=by.user_id,
            grantee_id=by.grantee_id,
            asker_name=by.name[:200],
            asker_label=by.label[:200],
            asker_role=by.role,
            organisation_name=by.organisation_name[:200],
            reason=reason.strip(),
        )
        leave_traces(
            "circle.access.asked",
            patient_id=patient_id,
            object_kind="circle_access_request",
            object_id=request.id,
            reason=request.reason,
        )
    return request


def answer_request(
    *,
    request: AccessRequest,
    accepted: bool,
    answer: str = "",
    basis: str = "care_team",
    ground: str = "recognised",
    informed_on: date | None = None,
    consent: Consent | None = None,
) -> None:
    """Answer a request; accepted, the asker joins the circle on the basis that the answerer gives.

    Raises:
        AccessRefusedError: the current actor does not answer for this circle (`profession`).
        CircleError: the basis does not hold, or somebody answered meanwhile (`answered`).
    """
    decision = demand_write(request.patient_id)
    if decision is not None and not rules.may_answer(decision.role):
        raise AccessRefusedError("profession")
    by = current_actor()
    outcome = Outcome.ACCEPTED if accepted else Outcome.DECLINED
    with act(savepoint=True):
        answered = AccessRequest.objects.filter(pk=request.pk, outcome=Outcome.OPEN).update(
            outcome=outcome,
            answer=answer.strip(),
            answered_at=timezone.now(),
            answered_by=by.name[:200],
        )
        if not answered:
            raise CircleError("answered")
        if accepted:
            add_member(
                patient_id=request.patient_id,
                block=rules.CARE_TEAM,
                grantee_id=request.grantee_id,
                display=request.asker_name,
                role_label=request.asker_label,
                role=request.asker_role,
                basis=basis,
                ground=ground,
                informed_on=informed_on,
                consent=consent,
            )
        note(
            "circle.access.answered",
            patient_id=request.patient_id,
            object_kind="circle_access_request",
            object_id=request.id,
            reason=answer,
            details={"outcome": str(outcome)},
        )
        emit(
            "circle.access.answered",
            patient_id=request.patient_id,
            topics=[f"patient:{request.patient_id}", f"user:{request.user_id}"],
            payload={"kind": "circle", "ids": [str(request.id)]},
        )
