"""« Sessions d'exploitation »: opening one, ending it, and what was done in each."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrs.core.access import operating
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import OperatingError, end_session, open_session
from enrs.core.access.forms import REFUSALS, SessionForm
from enrs.core.access.gate import permission
from enrs.core.access.models import OperatingSession
from enrs.core.access.permissions import role_permission
from enrs.core.access.rules import OPERATOR, STANDBY
from enrs.core.access.rules.operating import PROOF_SHOWN, PROOF_TAKEN, is_proven
from enrs.core.accounts.proof import last_proof, proof_address
from enrs.core.audit.commands import note
from enrs.core.audit.words import act_words
from enrs.core.ui.french import moment_words

EXPLOITATION = role_permission(OPERATOR, STANDBY)
WATCHERS = role_permission(OPERATOR, STANDBY, "auditor")
UNPROVEN = (
    "Trop de temps a passé depuis que vous avez confirmé que c’est vous : confirmez-le de nouveau."
)


@permission(WATCHERS)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every session, newest first."""
    found, following = operating.sessions(_identifier(request.GET.get("avant", "")))
    context = {
        "sessions": found,
        "next_url": f"{request.path}?avant={following}" if following else "",
        "may_open": current_actor().role == STANDBY,
    }
    return render(request, "access/sessions.html", context)


@permission(EXPLOITATION)
@require_http_methods(["GET", "HEAD", "POST"])
def opening(request: HttpRequest) -> HttpResponse:
    """« Ouvrir une session d'exploitation », for whoever has just shown who they are; then on to where they went."""
    given = request.POST.get("next") or request.GET.get("next") or ""
    onward = operating.safe_onward(request, given)
    proof = last_proof(request, request.user)  # type: ignore[arg-type]
    now, here = timezone.now(), operating.here_with(onward)
    form = SessionForm(request.POST if request.method == "POST" else None)
    is_late = not is_proven(proof.shown_at, now, PROOF_TAKEN)
    if request.method == "POST":
        if is_late:
            form.add_error(None, UNPROVEN)
        elif form.is_valid() and _opened(request, form, proof.method):
            return redirect(onward)
    elif current_actor().role == OPERATOR:
        return redirect(onward)
    elif not is_proven(proof.shown_at, now, PROOF_SHOWN):
        return redirect(proof_address(request, request.user, here))  # type: ignore[arg-type]
    context = {
        "form": form,
        "next": onward,
        "proof_url": proof_address(request, request.user, here) if is_late else "",  # type: ignore[arg-type]
    }
    status = 422 if form.errors else 200
    return render(request, "access/session_open.html", context, status=status)


def _opened(request: HttpRequest, form: SessionForm, proof: str) -> bool:
    try:
        made = open_session(**form.cleaned_data, proof=proof)
    except OperatingError as error:
        form.add_error("reason" if error.code == "reason" else None, REFUSALS[error.code])
        return False
    toasts.success(request, f"Session ouverte jusqu’au {moment_words(made.valid_until)}.")
    return True


@permission(WATCHERS)
@require_safe
def one(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """One session and what was done in it. A colleague's or the control's look at it leaves a line."""
    found = _session(session_id)
    done, following = operating.done_in(found.id, _position(request.GET.get("avant", "")))
    by = current_actor()
    if found.user_id != by.user_id:
        note("access.session.read", object_kind="operating_session", object_id=found.id)
    context = {
        "session": found,
        "rows": [(line, *act_words(line.action, OPERATOR)) for line in done],
        "next_url": f"{request.path}?avant={following}" if following else "",
        "is_own": found.user_id == by.user_id,
        "may_end": found.is_running and (found.user_id == by.user_id or by.role == OPERATOR),
    }
    return render(request, "access/session.html", context)


@permission(EXPLOITATION)
@require_POST
def end(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """« Terminer »: back to where one was, with what may be read without a session."""
    try:
        end_session(session=_session(session_id))
    except OperatingError as error:
        toasts.info(request, REFUSALS[error.code])
    else:
        toasts.success(request, "La session d’exploitation est terminée.")
    return redirect("access:session", session_id)


def _session(session_id: UUID) -> OperatingSession:
    found = operating.session(session_id)
    if found is None:
        raise Http404
    return found


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _position(text: str) -> tuple[datetime, UUID] | None:
    moment, _, key = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    line = _identifier(key)
    return (at, line) if line and at.tzinfo else None
