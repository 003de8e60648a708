"""Requests for support opened by other software, by the command of the page."""

from enrs.core.fhir.writing import WriteError
from enrs.core.questionnaires import queries as questionnaires
from enrs.core.workflow.models import Task
from enrs.core.workflow.registry import register_opening
from enrs.core.workflow.rules import Asked
from enrs.services.coordination.commands import CaseRefusedError, ask_support
from enrs.services.coordination.commands.requests import FORM
from enrs.services.coordination.flows import REQUEST
from enrs.services.coordination.forms import REFUSALS
from enrs.services.coordination.queries import desks


def open_request(asked: Asked) -> Task:
    """Send a filled request to one organisation of coordination."""
    answer = questionnaires.answer(asked.answer_id) if asked.answer_id else None
    if answer is None:
        raise WriteError("Le formulaire de la demande manque.", code="required", path="Task.input")
    known = {one.id for one in desks()}
    if len(asked.addressees) != 1 or asked.addressees[0].grantee_id not in known:
        words = "Une demande d’appui va à une structure de coordination, et une seule."
        raise WriteError(words, path="Task.restriction.recipient")
    try:
        return ask_support(
            patient_id=asked.patient_id,
            desk=asked.addressees[0],
            answer=answer,
            priority=asked.priority,
        )
    except CaseRefusedError as error:
        words = REFUSALS.get(error.reason, "Cette demande ne peut pas être envoyée.")
        raise WriteError(words, path="Task.input") from error


register_opening(REQUEST, open_request, form=FORM)
