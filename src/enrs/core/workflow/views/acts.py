"""What the buttons of a task's page do: each is one command, then back to the page with a sentence."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.views.decorators.http import require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT
from enrs.core.access.rules import WRITE
from enrs.core.moments import in_zone
from enrs.core.numbers import whole
from enrs.core.threads.commands import ThreadRefusedError, open_thread
from enrs.core.threads.rules import Person
from enrs.core.workflow import commands, queries
from enrs.core.workflow.models import Addressee, Task
from enrs.core.workflow.queries.choices import people_for
from enrs.core.workflow.rules import To
from enrs.core.workflow.views.shared import boards_page, lost_page, opened_task


@permission(ACCOUNT)
@require_POST
def move(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Take a transition."""
    name = request.POST.get("acte", "")

    def run(task: Task) -> str:
        commands.move_task(
            task=task,
            transition=name,
            reason=request.POST.get("reason", ""),
            reason_code=request.POST.get("motif", ""),
            note=request.POST.get("note", ""),
            expected_version=_version(request),
        )
        declared = task.table.acts[name]
        return f"{declared.label}\u00a0: c’est fait."

    return _do(request, task_id, run)


@permission(ACCOUNT)
@require_POST
def assign(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Put the task in the hands of a colleague, or of the whole team."""

    def run(task: Task) -> str:
        to = _chosen(request, with_team=True)
        commands.assign_task(task=task, to=to, expected_version=_version(request))
        return f"Demande confiée à {to.name}."

    return _do(request, task_id, run)


@permission(ACCOUNT)
@require_POST
def delegate(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Hand on a task that one has in hand."""

    def run(task: Task) -> str:
        to = _chosen(request)
        commands.delegate_task(
            task=task,
            to=to,
            reason=request.POST.get("reason", ""),
            expected_version=_version(request),
        )
        return f"Demande déléguée à {to.name}."

    return _do(request, task_id, run)


@permission(ACCOUNT)
@require_POST
def prioritise(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Change the priority."""

    def run(task: Task) -> str:
        priority = request.POST.get("priorite", "")
        commands.set_priority(task=task, priority=priority, expected_version=_version(request))
        return "Priorité changée."

    return _do(request, task_id, run)


@permission(ACCOUNT)
@require_POST
def fix_due(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Give or take back a due moment."""

    def run(task: Task) -> str:
        due_at = _due(request.POST.get("echeance", ""))
        commands.set_due(task=task, due_at=due_at, expected_version=_version(request))
        return "Échéance fixée." if due_at else "Échéance retirée."

    return _do(request, task_id, run)


@permission(ACCOUNT)
@require_POST
def comment(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Add a note to the history."""

    def run(task: Task) -> str:
        commands.comment_task(task=task, note=request.POST.get("note", ""))
        return "Note ajoutée."

    return _do(request, task_id, run)


@permission(ACCOUNT)
@require_POST
def undo(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Undo the last move."""

    def run(task: Task) -> str:
        commands.undo_step(task=task, expected_version=_version(request))
        return "Acte annulé\u00a0: la demande est revenue où elle était."

    return _do(request, task_id, run)


@permission(ACCOUNT)
@require_POST
def answer(request: HttpRequest, task_id: UUID, sending_id: UUID) -> HttpResponse:
    """Answer one's own sending."""

    def run(task: Task) -> str:
        given = request.POST.get("reponse", "")
        commands.answer_sending(
            addressee=_sending(task, sending_id),
            answer=given,
            reason=request.POST.get("reason", ""),
        )
        if given == "agreed" and (agreed := task.table.acts.get(task.table.agreed)):
            return f"{agreed.label}\u00a0: c’est fait."
        return "Réponse envoyée."

    return _do(request, task_id, run)


@permission(ACCOUNT)
@require_POST
def withdraw(request: HttpRequest, task_id: UUID, sending_id: UUID) -> HttpResponse:
    """Take a sending back."""

    def run(task: Task) -> str:
        sending = _sending(task, sending_id)
        commands.withdraw_sending(addressee=sending, reason=request.POST.get("reason", ""))
        return f"Envoi à {sending.name} retiré."

    return _do(request, task_id, run)


@permission(ACCOUNT)
@require_POST
def discuss(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Open the conversation of a task, with who asked, who has it in hand and who was asked."""

    def run(task: Task) -> str:
        try:
            open_thread(
                subject=("task", task.pk), patient_id=task.patient_id, title=task.title,
                members=[Person(key, name) for key, name in queries.people_of(task).items()],
            )  # fmt: skip
        except ThreadRefusedError as error:
            sentence = (
                "Cette discussion ne peut pas s’ouvrir\u00a0: quelqu’un n’a plus accès au dossier."
            )
            raise commands.TaskRefusedError("thread", sentence) from error
        return "Discussion ouverte."

    return _do(request, task_id, run)


def _do(request: HttpRequest, task_id: UUID, run: Callable[[Task], str]) -> HttpResponse:
    """Run one act: a refusal by the table is said on the page, one by access is a 404."""
    try:
        task = opened_task(request, task_id, WRITE)
    except Http404:
        if (page := lost_page(request, task_id)) is not None:
            return page
        raise
    try:
        messages.success(request, run(task))
    except AccessRefusedError as error:
        raise Http404 from error
    except commands.TaskRefusedError as error:
        messages.error(request, str(error))
    return _back(task)


def _back(task: Task) -> HttpResponse:
    """The task's page, or the board when the act ended one's own right to see it."""
    if queries.task(task.pk) is not None:
        return redirect("workflow:task", task.pk)
    return boards_page(task.workflow)


def _version(request: HttpRequest) -> int:
    return whole(request.POST.get("version", ""))


def _chosen(request: HttpRequest, *, with_team: bool = False) -> To:
    """A colleague of the actor's place, or that place; anything else was not on the page."""
    actor, wanted = current_actor(), request.POST.get("personne", "")
    found = {str(one.grantee_id): one for one in people_for(actor)}
    if with_team and actor.organisation_id is not None:
        found["equipe"] = To(actor.organisation_id, actor.organisation_name or "l’équipe")
    if wanted not in found:
        raise commands.TaskRefusedError("text", "Choisissez une personne de la liste.")
    return found[wanted]


def _sending(task: Task, sending_id: UUID) -> Addressee:
    found = task.addressees.filter(pk=sending_id).select_related("task").first()
    if found is None:
        raise Http404
    return found


def _due(text: str) -> datetime | None:
    """A moment of the region from the page's field; a day means its end of morning, noon."""
    if not text:
        return None
    try:
        moment = parse_datetime(text)
        if moment is None and (day := parse_date(text)) is not None:
            moment = datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001  read in the region's zone below
        due_at = in_zone(moment) if moment else None
    except (ValueError, OverflowError):
        due_at = None
    if due_at is None or due_at < timezone.now():
        raise commands.TaskRefusedError("text", "Choisissez une échéance à venir.")
    return due_at
