"""Asking for support: by the form, or written down by the desk that took the call."""

from uuid import UUID

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.effects import act
from enrs.core.questionnaires.models import Answer
from enrs.core.workflow.commands import open_task
from enrs.core.workflow.models import Task
from enrs.core.workflow.rules import To
from enrs.services.coordination import queries
from enrs.services.coordination.commands.cases import CaseRefusedError
from enrs.services.coordination.flows import REQUEST
from enrs.services.coordination.models import ORIGINS
from enrs.services.coordination.rules import words

FORM = "coordination-request"


def ask_support(*, patient_id: UUID, desk: To, answer: Answer, priority: str = "routine") -> Task:
    """Send a filled request to an organisation of coordination; it reads the record while it decides.

    Raises:
        CaseRefusedError: `answer` (not this form, not this person's, not finished).
        AccessRefusedError, TaskRefusedError.
    """
    is_ours = answer.patient_id == patient_id and answer.form_name == FORM
    if not is_ours or answer.status not in ("completed", "amended"):
        raise CaseRefusedError("answer")
    return open_task(
        workflow=REQUEST,
        patient_id=patient_id,
        title="Demande d’appui à la coordination",
        priority=priority,
        addressees=[desk],
        answer_id=answer.id,
        details={"origin": "form"},
    )


def enter_request(
    *, patient_id: UUID, desk: To, caller: str, origin: str, need: str, priority: str = "routine"
) -> Task:
    """Write down a request that came by telephone or by mail, in the desk's own hands.

    Raises:
        CaseRefusedError: `origin`, `caller` or `need` is missing.
        AccessRefusedError: not of the desk's organisation, which receives no requests (`desk`), or may not
            write requests on this person.
        TaskRefusedError.
    """
    by = current_actor()
    if by.role not in words.DESK_ROLES or desk.grantee_id not in by.grantees:
        raise AccessRefusedError("profession")
    if not queries.is_desk(desk.grantee_id):
        raise AccessRefusedError("desk")
    decision = may(access_rules.WRITE, "request", patient_id=patient_id)
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)
    if origin not in dict(ORIGINS) or origin in ("form", "import"):
        raise CaseRefusedError("origin")
    for name, text in (("caller", caller), ("need", need)):
        if not text.strip():
            raise CaseRefusedError(name)
    with act():
        return open_task(
            workflow=REQUEST,
            patient_id=patient_id,
            title=f"Demande de {caller.strip()[:120]}",
            reason=need,
            priority=priority,
            addressees=[desk],
            details={"origin": origin, "caller": caller.strip()[:200]},
        )
