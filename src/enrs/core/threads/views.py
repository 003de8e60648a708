"""Pages and fragments of the conversations."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import Opening, permission
from enrs.core.access.permissions import ACCOUNT, patient_permission
from enrs.core.access.queries import rights_on
from enrs.core.access.readings import note_reading
from enrs.core.access.rules import WRITE, decide
from enrs.core.audit.commands import note
from enrs.core.documents import store
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.live.views import live_context
from enrs.core.numbers import whole
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.subjects.persons import banner_of
from enrs.core.threads import commands, queries, rules
from enrs.core.threads.commands import ThreadRefusedError
from enrs.core.threads.forms import REFUSALS, PeopleForm, StartForm
from enrs.core.threads.models import Message, Thread
from enrs.core.threads.rules import NewFile
from enrs.core.ui.bodies import takes_files
from enrs.core.ui.patient_page import patient_page

FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A joined file runs nothing and loads nothing, wherever it is shown."""


@permission(ACCOUNT)
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """« Messagerie »: my conversations, the latest first."""
    lines = queries.inbox(before=_position(request.GET.get("avant", "")))
    shown = lines[: queries.PAGE]
    people = sorted({one.thread.patient_id for one in shown if one.thread.patient_id})
    if people and not getattr(request, "htmx", False):
        note("threads.list.read", patient_ids=people, object_kind="list")
    context = {
        "lines": shown,
        "next_url": _next(shown[-1].thread) if len(lines) > len(shown) else "",
        "here": request.get_full_path(),
        "may_start": current_actor().kind == "professional",
        "live": live_context(f"user:{current_actor().user_id}"),
    }
    return render(request, "threads/inbox.html", context)


@permission(ACCOUNT)
@require_safe
def thread(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """A conversation: a fragment for the page of its subject, or its own page."""
    found = _found(thread_id)
    return _shown(request, found)


@permission(ACCOUNT)
@takes_files(rules.MAX_FILE, count=rules.MAX_FILES)
@require_POST
def post(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """Add a message, with files."""
    found = _found(thread_id)
    text = request.POST.get("text", "")
    files = [
        NewFile(one.name or "", one.read(rules.MAX_FILE + 1))
        for one in request.FILES.getlist("files")[: rules.MAX_FILES + 1]
    ]
    fault = _attempt(lambda: commands.post(thread=found, text=text, attachments=files))
    if fault:
        return _shown(request, found, {"draft": text, "fault": fault}, status=422)
    return _after(request, found)


@permission(ACCOUNT)
def edit(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Change one's own message; a stale save shows what stands."""
    said = _own(message_id)
    context: dict[str, Any] = {"editing": said, "draft_edit": said.text}
    if request.method == "POST":
        text, expected = request.POST.get("text", ""), whole(request.POST.get("version", ""))
        try:
            fault = _attempt(
                lambda: commands.edit_message(message=said, text=text, expected_version=expected)
            )
        except StaleSaveError as error:
            said = error.current  # type: ignore[assignment]
            fault = "Ce message a été modifié ailleurs : relisez-le avant d’enregistrer."
            context |= {"editing": said, "stands": said.text}
        if not fault:
            return _after(request, said.thread)
        return _shown(
            request, said.thread, context | {"draft_edit": text, "fault": fault}, status=409
        )
    return _shown(request, said.thread, context)


@permission(ACCOUNT)
@require_POST
def withdraw(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Withdraw one's own message."""
    said = _own(message_id)
    _attempt(lambda: commands.withdraw_message(message=said))
    return _after(request, said.thread)


@permission(ACCOUNT)
def members(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """Who takes part; bringing people in."""
    found = _found(thread_id)
    known = queries.members_of(found)
    taken = {one.grantee_id for one in known}
    people = [one for one in queries.candidates(found.patient_id) if one.id not in taken]
    form = PeopleForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        fault = _attempt(lambda: commands.add_members(thread=found, members=form.chosen))
        if not fault:
            return redirect("threads:members", thread_id)
        form.add_error(None, fault)
    context = {
        "thread": found,
        "members": known,
        "form": form,
        "mine": set(current_actor().grantees),
        "may_remove": found.author_id == current_actor().user_id,
    }
    _note(request, found)
    return _page(request, found, "threads/members.html", context)


@permission(ACCOUNT)
@require_POST
def leave(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """Leave, or show somebody out."""
    found = _found(thread_id)
    named = request.POST.get("membre", "")
    wanted = _identifier(named)
    if named and wanted is None:
        raise Http404
    fault = _attempt(lambda: commands.leave(thread=found, grantee_id=wanted))
    if fault:
        messages.error(request, fault)
    is_own = wanted is None or wanted in current_actor().grantees
    return redirect("threads:inbox") if is_own else redirect("threads:members", thread_id)


@permission(ACCOUNT)
@require_POST
def read(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """The page showed messages up to this one."""
    found = _found(thread_id)
    if number := whole(request.POST.get("numero", "")):
        commands.read_until(thread=found, number=min(number, found.message_count))
    return HttpResponse(status=204)


@permission(ACCOUNT)
@require_POST
def close(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """Close a conversation, or open it again."""
    found = _found(thread_id)
    turn = commands.reopen_thread if found.closed_at else commands.close_thread
    fault = _attempt(lambda: turn(thread=found))
    if fault:
        messages.error(request, fault)
    return redirect("threads:thread", thread_id)


@permission(ACCOUNT)
@require_safe
def attachment(request: HttpRequest, attachment_id: UUID) -> HttpResponse:
    """A joined file, as bytes that a browser saves; images alone are shown."""
    kept = queries.attachment(attachment_id)
    if kept is None:
        raise Http404
    note(
        "threads.attachment.read",
        patient_id=kept.message.thread.patient_id,
        object_kind="attachment",
        object_id=kept.id,
    )
    response = HttpResponse(store.take(kept.blob), content_type=kept.mime_type)
    is_image = kept.mime_type.startswith("image/")
    header = content_disposition_header(not is_image, kept.name)
    response.headers["Content-Disposition"] = header or "attachment"
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@permission(ACCOUNT)
def start(request: HttpRequest) -> HttpResponse:
    """A new conversation with colleagues, about nobody's record."""
    if current_actor().kind != "professional":
        raise Http404
    form = StartForm(request.POST or None, people=queries.candidates(None), has_patient=False)
    opened = _opened(form, None) if request.method == "POST" else None
    if opened:
        return redirect("threads:thread", opened.id)
    status = 422 if form.errors else 200
    return render(request, "threads/start.html", {"form": form}, status=status)


@permission(patient_permission("messages"))
@require_safe
def panel(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """« Messages » of a record: the conversations about the person that one may read."""
    context = {
        "lines": queries.threads_of(patient_id),
        "may_write": request.opening.may(WRITE, "messages"),  # type: ignore[attr-defined]
    }
    return patient_page(
        request, "threads/panel.html", context, panel="messages", reading="threads.list.read"
    )


@permission(patient_permission("messages", WRITE))
def start_about(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """A new conversation about a person."""
    form = StartForm(request.POST or None, people=queries.candidates(patient_id), has_patient=True)
    opened = _opened(form, patient_id) if request.method == "POST" else None
    if opened:
        return redirect("threads:thread", opened.id)
    return patient_page(
        request,
        "threads/start_about.html",
        {"form": form},
        panel="messages",
        reading="threads.form.read",
        status=422 if form.errors else 200,
    )


def _opened(form: StartForm, patient_id: UUID | None) -> Thread | None:
    if not form.is_valid():
        return None
    given = form.cleaned_data

    def open_and_post() -> Thread:
        with act(savepoint=True):
            opened = commands.open_thread(
                subject=("record", patient_id or uuid7()),
                patient_id=patient_id,
                members=form.chosen,
                title=given["title"],
                audience=given.get("audience", "members"),
            )
            commands.post(thread=opened, text=given["text"])
        return opened

    try:
        return open_and_post()
    except ThreadRefusedError as error:
        form.add_error(None, REFUSALS.get(error.reason, "Cette demande ne peut pas être suivie."))
    except AccessRefusedError:
        form.add_error(None, "Votre place dans ce cercle ne permet pas cet acte.")
    return None


def thread_context(request: HttpRequest, found: Thread) -> dict[str, Any]:
    """What `threads/_thread.html` needs to show a conversation; six queries."""
    before = whole(request.GET.get("avant", "")) or None
    rows = queries.messages_of(found, before=before)
    shown = list(reversed(rows[: queries.MESSAGES]))
    readers = queries.readers_of(found)
    me = current_actor()
    return {
        "thread": found,
        "messages_shown": shown,
        "older": shown[0].number if len(rows) > len(shown) else 0,
        "members": queries.members_of(found),
        "readers": [
            one
            for one in readers
            if one.number >= found.message_count and one.user_id != me.user_id
        ],
        "me": me.user_id,
        "may_write": not found.closed_at and queries.may_act(found, WRITE),
        "thread_url": reverse("threads:thread", args=[found.id]),
        "editing": None,
        "draft": "",
        "draft_edit": "",
        "fault": "",
        "stands": "",
    }


def _shown(
    request: HttpRequest, found: Thread, extra: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    context = thread_context(request, found) | (extra or {})
    _note(request, found)
    if getattr(request, "htmx", False):
        return render(request, "threads/_thread.html", context, status=status)
    return _page(request, found, "threads/thread.html", context, status=status)


def _page(
    request: HttpRequest,
    found: Thread,
    template: str,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    topics = [f"user:{current_actor().user_id}"]
    if found.patient_id:
        topics.append(f"patient:{found.patient_id}")
    shared = {"banner": banner_of(found.patient_id), "live": live_context(*topics)}
    return render(request, template, shared | context, status=status)


def _note(request: HttpRequest, found: Thread) -> None:
    """The line of the reading; a live refresh soon after leaves none."""
    if found.patient_id is None:
        return
    rights = rights_on(found.patient_id)
    decision = decide(role=current_actor().role, category="messages", action="read", rights=rights)
    request.opening = Opening(  # type: ignore[attr-defined]
        found.patient_id, decision.role, tuple(rights), decision
    )
    note_reading(request, "threads.thread.read", "thread", found.id)


def _after(request: HttpRequest, found: Thread) -> HttpResponse:
    found.refresh_from_db()
    if getattr(request, "htmx", False):
        return render(request, "threads/_thread.html", thread_context(request, found))
    return redirect("threads:thread", found.id)


def _attempt(command: Callable[[], object]) -> str:
    """Why an act was refused, in words; nothing when it was done."""
    try:
        command()
    except ThreadRefusedError as error:
        return REFUSALS.get(error.reason, "Cette demande ne peut pas être suivie.")
    except AccessRefusedError:
        return "Votre place dans cette conversation ne permet pas cet acte."
    return ""


def _found(thread_id: UUID) -> Thread:
    found = queries.thread(thread_id)
    if found is None:
        raise Http404
    return found


def _own(message_id: UUID) -> Message:
    said = queries.message(message_id)
    if said is None or said.author_id != current_actor().user_id or said.withdrawn_at:
        raise Http404
    return said


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _next(last: Thread) -> str:
    return f"?avant={last.last_message_at.isoformat().replace('+', '%2B')}_{last.id}"


def _position(text: str) -> tuple[datetime, UUID] | None:
    """A position of the list from an address; one that is malformed means the first page."""
    at, _, identifier = text.rpartition("_")
    try:
        moment = datetime.fromisoformat(at)
        return (moment, UUID(identifier)) if moment.tzinfo else None
    except ValueError:
        return None
