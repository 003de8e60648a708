"""Pages of the governance of identity: the charter and who signed it, a source's follow-up, its audits."""

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL
from enrs.core.audit.commands import note
from enrs.core.moments import legal_day
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity import commands
from enrs.referentials.identity.forms.desk import ReasonForm
from enrs.referentials.identity.forms.governance import AuditForm, CharterForm, SigningForm
from enrs.referentials.identity.models import IdentitySource, SourceAction, SourceAudit
from enrs.referentials.identity.queries import governance as queries_governance
from enrs.referentials.identity.queries import quality as queries_quality
from enrs.referentials.identity.rules.governance import INDICATORS, is_overdue
from enrs.referentials.identity.views.desk import OFFICERS, PAGE, TOO_LATE, key_of
from enrs.referentials.identity.views.sources import day_of, is_officer_or_404, source_or_404

AUDITS: Final = 10


@permission(PROFESSIONAL)
@require_GET
def charter(request: HttpRequest) -> HttpResponse:
    """The charter in force (or an older version), who signed it and who has not; a team sees itself."""
    is_officer = is_officer_or_404()
    context = _charter_page(request, is_officer) | {"form": CharterForm()}
    return render(request, "identity/charter.html", context)


def _charter_page(request: HttpRequest, is_officer: bool) -> dict[str, Any]:
    versions = queries_governance.charters()
    wanted = key_of(request.GET.get("version", ""))
    shown = next((one for one in versions if one.id == wanted), versions[0] if versions else None)
    rows = queries_governance.signatories(shown) if shown else []
    note("identity.charter.read", object_kind="identity_charter", object_id=shown.id if shown else "")  # fmt: skip
    return {
        "is_officer": is_officer,
        "versions": versions,
        "shown": shown,
        "is_in_force": bool(versions) and shown == versions[0],
        "rows": rows,
        "signed_count": sum(1 for _, one in rows if one),
    }


@permission(OFFICERS)
@require_POST
def charter_new(request: HttpRequest) -> HttpResponse:
    """Publish a version of the charter."""
    form = CharterForm(request.POST)
    if form.is_valid():
        try:
            commands.publish_charter(by=current_actor(), **form.cleaned_data)
            messages.success(request, "La version est publiée : chaque source doit la signer.")
            return redirect("identity:charter")
        except commands.AlreadyThereError:
            form.add_error("version", "Cette version est déjà publiée : donnez-en une autre.")
    context = _charter_page(request, is_officer=True) | {"form": form}
    return render(request, "identity/charter.html", context, status=422)


@permission(PROFESSIONAL)
@require_GET
def follow_up(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """What a source signed, its audits and its action plan."""
    found, is_officer = source_or_404(source_id)
    return render(request, "identity/follow_up.html", _follow_up_page(request, found, is_officer))


def _follow_up_page(
    request: HttpRequest, found: IdentitySource, is_officer: bool, form: SigningForm | None = None
) -> dict[str, Any]:
    signings = queries_governance.signings_of(found)
    unsigned = queries_governance.unsigned_of(found, signings)
    on, key = day_of(request.GET.get("audits", "")), key_of(request.GET.get("avant", ""))
    audits = queries_governance.audits_of(
        found, after=(on, key) if on and key else None, limit=AUDITS + 1
    )
    older = ""
    if len(audits) > AUDITS:
        last = audits[AUDITS - 1]
        older = f"?{urlencode({'audits': last.held_on.isoformat(), 'avant': last.id})}#audits-title"
    note("identity.source.followed", object_kind="identity_source", object_id=found.id)
    versions = [(str(one.id), one.version) for one in unsigned]
    return {
        "source": found,
        "is_officer": is_officer,
        "signings": signings,
        "in_force_unsigned": bool(unsigned) and unsigned[0] == queries_governance.charter(),
        "versions": versions,
        "form": form or SigningForm(versions=versions),
        "audits": audits[:AUDITS],
        "older_url": older,
        "actions": action_rows(queries_governance.actions(source=found, limit=PAGE)),
        "actions_url": f"{reverse('identity:actions')}?{urlencode({'source': found.id})}",
    }


def action_rows(found: list[SourceAction]) -> list[tuple[SourceAction, bool]]:
    """Each action, with whether it is overdue."""
    today = legal_day(timezone.now())
    return [(one, is_overdue(one.due_on, today, is_open=one.state == "open")) for one in found]


@permission(OFFICERS)
@require_POST
def charter_sign(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """Record that a source signed the charter."""
    found, is_officer = source_or_404(source_id)
    signings = queries_governance.signings_of(found)
    unsigned = queries_governance.unsigned_of(found, signings)
    form = SigningForm(
        request.POST, versions=[(str(one.id), one.version) for one in unsigned]
    )  # fmt: skip
    if not form.is_valid():
        context = _follow_up_page(request, found, is_officer, form)
        return render(request, "identity/follow_up.html", context, status=422)
    try:
        commands.sign_charter(source_id=source_id, by=current_actor(), **form.cleaned_data)
        messages.success(request, "La signature est enregistrée.")
    except commands.AlreadyThereError:
        messages.warning(request, TOO_LATE)
    return redirect("identity:follow_up", source_id)


@permission(OFFICERS)
@require_POST
def signing_cancel(request: HttpRequest, signing_id: UUID) -> HttpResponse:
    """Cancel a signing recorded by mistake."""
    row = queries_governance.signing(signing_id)
    if row is None:
        raise Http404
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Dites en quelques mots pourquoi la signature est annulée.")
        return redirect("identity:follow_up", row.source_id)
    try:
        commands.cancel_signing(
            signing_id=signing_id, reason=form.cleaned_data["reason"], by=current_actor()
        )
        messages.success(request, "La signature est annulée : la source doit signer de nouveau.")
    except StaleSaveError:
        messages.warning(request, TOO_LATE)
    return redirect("identity:follow_up", row.source_id)


@permission(OFFICERS)
@require_http_methods(["GET", "POST"])
def audit_new(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """Record an audit; the figures of its day are frozen with it."""
    found, _ = source_or_404(source_id)
    form = AuditForm(request.POST or None, initial={"held_on": legal_day(timezone.now())})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        audit_made = commands.record_audit(
            source_id=source_id, held_on=given["held_on"], auditors=given["auditors"],
            conclusions=given["conclusions"], findings=form.findings, by=current_actor(),
        )  # fmt: skip
        messages.success(request, "L’audit est enregistré, avec les chiffres de son jour.")
        return redirect("identity:audit", audit_made.id)
    days = queries_quality.days_of(found.system)
    context = {"source": found, "form": form, "day": days[-1] if days else None}
    return render(request, "identity/audit_new.html", context, status=422 if form.errors else 200)


@permission(PROFESSIONAL)
@require_GET
def audit(request: HttpRequest, audit_id: UUID) -> HttpResponse:
    """One audit: its figures as they stood, what was found, its conclusions, the actions it opened."""
    is_officer = is_officer_or_404()
    found = queries_governance.audit(audit_id)
    if found is None:
        raise Http404
    note("identity.audit.read", object_kind="identity_source_audit", object_id=found.id)
    context = {
        "audit": found,
        "source": found.source,
        "is_officer": is_officer,
        "rows": _indicator_rows(found),
        "actions": action_rows(queries_governance.actions_from(audit_id=found.id)),
        "steps": queries_governance.steps_of([found.id]),
    }
    return render(request, "identity/audit.html", context)


def _indicator_rows(found: SourceAudit) -> list[tuple[str, str, float | None, str, str]]:
    """(code, words, value, unit, finding) of each indicator."""
    return [
        (code, label, found.figures.get(code), unit, found.findings.get(code, ""))
        for code, (label, unit) in INDICATORS.items()
    ]


@permission(OFFICERS)
@require_POST
def audit_cancel(request: HttpRequest, audit_id: UUID) -> HttpResponse:
    """Cancel an audit recorded by mistake."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Dites en quelques mots pourquoi l’audit est annulé.")
        return redirect("identity:audit", audit_id)
    try:
        commands.cancel_audit(
            audit_id=audit_id, reason=form.cleaned_data["reason"], by=current_actor()
        )
        messages.success(request, "L’audit est annulé ; il reste lisible, avec votre motif.")
    except ObjectDoesNotExist as error:
        raise Http404 from error
    except StaleSaveError:
        messages.warning(request, TOO_LATE)
    return redirect("identity:audit", audit_id)
