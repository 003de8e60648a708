"""Reading forms and answers, narrowed to what the asker may see."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.urls import reverse

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.queries import may
from enrs.core.kept import Kept, past
from enrs.core.questionnaires.models import Answer, AnswerVersion, Form
from enrs.core.questionnaires.rules import parts
from enrs.core.questionnaires.rules.reading import read
from enrs.core.questionnaires.rules.shapes import Definition
from enrs.core.ui.registry import LifePosition, LifeRow

LIMIT = 200


@lru_cache(maxsize=256)
def _definition(form_id: UUID, _digest: str) -> Definition:
    return read(Form.objects.only("body").get(pk=form_id).body)


def definition_of(form: Form) -> Definition:
    """The compiled form: read once in each process, for a version never changes once answered."""
    return _definition(form.pk, form.digest)


def published_form(name: str) -> Form | None:
    """The published version of a form."""
    return Form.objects.defer("body").filter(name=name, status=Form.Status.PUBLISHED).first()


def published_form_by_id(form_id: UUID) -> Form | None:
    """A form by its id, while it is published."""
    rows = Form.objects.defer("body").filter(pk=form_id, status=Form.Status.PUBLISHED)
    return rows.first()


def published_forms() -> list[Form]:
    """Every published form, by title."""
    rows = Form.objects.defer("body").filter(status=Form.Status.PUBLISHED)
    return list(rows.order_by("title", "id"))


def forms() -> list[Form]:
    """Every version of every form, the newest first, for those who manage them."""
    return list(Form.objects.defer("body").order_by("title", "-created_at", "-id")[:LIMIT])


def _mine(actor: Actor) -> Q:
    """Answers about no patient that an actor may see, as the database's own policy says it."""
    seen = Q(author_id=actor.user_id) if actor.user_id else Q(pk=None)
    if actor.organisation_id:
        seen |= Q(organisation_id=actor.organisation_id)
    if actor.grantees:
        seen |= Q(readers__overlap=list(actor.grantees))
    return Q(patient=None) & seen


def _rows() -> QuerySet[Answer]:
    return Answer.objects.select_related("form").defer("form__body").filter(withdrawn_at=None)


def answer(answer_id: UUID) -> Answer | None:
    """One answer, for whoever may read it; None otherwise (a refusal is a 404)."""
    found = _rows().filter(pk=answer_id).first()
    return found if found and reader_role(found) else None


def reader_role(found: Answer, action: str = access_rules.READ) -> str:
    """The part that the current actor plays on an answer; "" when they may not read (or write) it."""
    actor = current_actor()
    if actor.kind == "system":
        return parts.SYSTEM_ROLE
    if found.patient_id:
        decision = may(action, "assessment", patient_id=found.patient_id)
        return decision.role if decision.allowed else ""
    if _is_mine(found, actor):
        return actor.role
    return ""


def _is_mine(found: Answer, actor: Actor) -> bool:
    if actor.user_id and found.author_id == actor.user_id:
        return True
    if actor.organisation_id and found.organisation_id == actor.organisation_id:
        return True
    return bool(set(found.readers) & set(actor.grantees))


def answers_of(patient_id: UUID, form: str | None = None) -> list[Answer]:
    """The answers about a patient (to one form, by its name), the newest first; [] for who may not read."""
    actor = current_actor()
    is_open = actor.kind == "system"
    if not (is_open or may(access_rules.READ, "assessment", patient_id=patient_id).allowed):
        return []
    rows = _rows().filter(patient_id=patient_id)
    if form:
        rows = rows.filter(form_name=form)
    return list(rows.order_by("-started_at", "-id")[:LIMIT])


def answers_about(subject: tuple[str, UUID]) -> list[Answer]:
    """The answers about a subject (a task, an organisation), the newest first."""
    kind, subject_id = subject
    actor = current_actor()
    rows = _rows().filter(subject_kind=kind, subject_id=subject_id)
    found = list(rows.order_by("-started_at", "-id")[:LIMIT])
    if actor.kind == "system":
        return found
    patients = {one.patient_id for one in found if one.patient_id}
    open_to = {
        one for one in patients if may(access_rules.READ, "assessment", patient_id=one).allowed
    }
    return [
        one
        for one in found
        if (one.patient_id in open_to if one.patient_id else _is_mine(one, actor))
    ]


def values_of(given: Answer) -> dict[str, Any]:
    """Every value of an answer by linkId, scores included, whoever asks: for engines and services.

    What a person is shown goes through `visible_values`.
    """
    return {**given.items, **given.scores}


def visible_values(given: Answer, role: str) -> Mapping[str, Any]:
    """The values that a role of the matrix is shown."""
    return parts.visible(definition_of(given.form), values_of(given), role)


def former_versions(given: Answer) -> list[AnswerVersion]:
    """What an amended answer said before, the newest first."""
    return list(AnswerVersion.objects.filter(answer=given).order_by("-version")[:50])


def former_version(given: Answer, version: int) -> AnswerVersion | None:
    """What an amended answer said in one of its former versions."""
    return AnswerVersion.objects.filter(answer=given, version=version).first()


def my_open_answers() -> list[Answer]:
    """The unfinished answers about no patient that the current actor may resume, trials included."""
    rows = _rows().filter(_mine(current_actor()), status=Answer.Status.IN_PROGRESS)
    return list(rows.order_by("-saved_at", "-id")[:50])


def life_rows(
    patient_id: UUID, _role: str, before: LifePosition | None, limit: int
) -> list[LifeRow]:
    """The finished answers of a patient's life line, newest first; their titles say nothing of the answers."""
    return [
        LifeRow(
            one.pk,
            one.completed_at,  # type: ignore[arg-type]  # those without are excluded
            one.form.title,
            author=one.author_name,
            state="rectifié" if one.status == Answer.Status.AMENDED else "",
            url=reverse("questionnaires:read", args=[one.pk]),
        )
        for one in _finished(patient_id, *past(before), limit=limit)
    ]


@Kept
def _finished(patient_id: UUID, *last: Any, limit: int) -> QuerySet[Answer]:
    rows = _rows().filter(patient_id=patient_id).exclude(completed_at=None)
    if last:
        at, key = last
        rows = rows.filter(Q(completed_at__lt=at) | Q(completed_at=at, pk__lt=key))
    return rows.order_by("-completed_at", "-pk")[:limit]


ATTACHED = """
select distinct named[1] from
  (select items::text as items from form_answer union all select items::text from form_answer_version) a,
  regexp_matches(items, '"blob": "([0-9a-f]{64})"', 'g') named
where items like '%%"blob": "%%'
"""


def attached() -> set[bytes]:
    """Addresses of the files that answers hold, those of their former versions too."""
    with connection.cursor() as cursor:
        cursor.execute(ATTACHED, [])
        return {bytes.fromhex(name) for (name,) in cursor.fetchall()}
