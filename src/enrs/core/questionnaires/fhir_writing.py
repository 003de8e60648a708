"""QuestionnaireResponse written by FHIR, through the same commands as the pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.http import Http404

from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.fhir.writing import WriteError, patient_of, register_writer
from enrs.core.questionnaires import commands
from enrs.core.questionnaires.models import Answer
from enrs.core.questionnaires.words import sentence
from enrs.core.subjects.commands import StaleSaveError

Tree = dict[str, Any]


def register() -> None:
    """Register the writer; called when the application loads."""
    register_writer(
        "QuestionnaireResponse",
        category="assessment",
        create=create_response,
        update=update_response,
        delete=delete_response,
    )


def create_response(resource: Tree, _: Actor) -> UUID:
    """A new answer to a published form; `status` completed finishes it."""
    return _taken(resource, None).pk


def update_response(resource: Tree, _: Actor) -> None:
    """The next state of an answer: unfinished it is saved, finished it is amended."""
    _taken(resource, _answer(UUID(str(resource["id"]))))


def delete_response(answer_id: UUID, _: Actor) -> None:
    """Withdraw one's own answer."""
    try:
        commands.withdraw_answer(answer=_answer(answer_id), reason="FHIR")
    except AccessRefusedError as error:
        raise WriteError(
            "Seul l’auteur d’une réponse la retire.", status=403, code="forbidden"
        ) from error


def _answer(answer_id: UUID) -> Answer:
    rows = Answer.objects.select_related("form").defer("form__body")
    found = rows.filter(pk=answer_id, withdrawn_at=None).first()
    if found is None:
        raise Http404
    return found


def _taken(resource: Tree, answer: Answer | None) -> Answer:
    patient_id = patient_of(resource)
    if patient_id is None:
        raise WriteError("Une réponse porte sur un patient.", path="QuestionnaireResponse.subject")
    with told("QuestionnaireResponse"):
        return commands.receive_response(resource=resource, patient_id=patient_id, answer=answer)


@contextmanager
def told(kind: str) -> Iterator[None]:
    """What the commands refuse, as sentences at their place in a resource of this type."""
    try:
        yield
    except commands.UnknownFormError as error:
        raise WriteError(
            "Aucun formulaire publié n’a cette adresse.", path=f"{kind}.questionnaire"
        ) from error
    except commands.FormRefusedError as error:
        said = [
            f"{one.link_id} : {sentence(one)}" if one.link_id else sentence(one)
            for one in error.faults
        ]
        raise WriteError(" ".join(said)[:2000], path=f"{kind}.item") from error
    except AccessRefusedError as error:
        raise WriteError(
            "Ce compte ne peut pas remplir ce formulaire.", status=403, code="forbidden"
        ) from error
    except StaleSaveError as error:
        raise WriteError(
            "Cette réponse a été enregistrée entre-temps.", status=409, code="conflict"
        ) from error
