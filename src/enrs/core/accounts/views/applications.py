"""« Applications »: the registry of the exploitation; and what each person opened to which application."""

from uuid import UUID

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT, role_permission
from enrs.core.accounts import commands
from enrs.core.accounts.commands.applications import KEEPERS
from enrs.core.accounts.forms import ApplicationForm, initial_of
from enrs.core.accounts.models import Application, Consent
from enrs.core.accounts.provider.views import endpoint
from enrs.core.accounts.queries import applications as queries
from enrs.core.accounts.rules.applications import scope_words
from enrs.core.subjects.commands import StaleSaveError

KEEPER = role_permission(*KEEPERS)


@permission(KEEPER)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every application."""
    return render(request, "accounts/applications.html", {"applications": queries.applications()})


@permission(KEEPER)
@require_http_methods(["GET", "HEAD", "POST"])
def opening(request: HttpRequest) -> HttpResponse:
    """Register an application; its secret is on the page that answers, this once."""
    form = ApplicationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = commands.register_application(sheet=form.sheet())
        except commands.ApplicationError as error:
            form.add_error(None, str(error))
        else:
            return _page(request, made, ApplicationForm(initial=initial_of(made)), secret)
    return render(request, "accounts/application_new.html", {"form": form})


@permission(KEEPER)
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, application_id: str) -> HttpResponse:
    """One application, to change."""
    found = _application(application_id)
    form = ApplicationForm(request.POST or None, initial=initial_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            commands.change_application(
                application=found,
                sheet=form.sheet(),
                expected_version=form.cleaned_data["version"] or 0,
            )
        except commands.ApplicationError as error:
            form.add_error(None, str(error))
        except StaleSaveError:
            form.add_error(None, "Quelqu’un a modifié cette application : rechargez la page.")
        else:
            toasts.success(request, "L’application est enregistrée.")
            return redirect("accounts:application", found.pk)
    return _page(request, found, form)


@permission(KEEPER)
@require_POST
def new_secret(request: HttpRequest, application_id: str) -> HttpResponse:
    """Another secret, shown this once; the former one ends now."""
    found = _application(application_id)
    try:
        secret = commands.change_secret(application=found)
    except commands.ApplicationError as error:
        toasts.error(request, str(error))
        return redirect("accounts:application", found.pk)
    found.refresh_from_db()
    return _page(request, found, ApplicationForm(initial=initial_of(found)), secret)


@permission(KEEPER)
@require_POST
def retire(request: HttpRequest, application_id: str) -> HttpResponse:
    """Take it out of service, for a reason that the journal keeps."""
    found = _application(application_id)
    reason = request.POST.get("reason", "").strip()[:200]
    if not reason:
        toasts.error(request, "Dites pourquoi cette application est retirée.")
        return redirect("accounts:application", found.pk)
    try:
        commands.retire_application(application=found, reason=reason)
    except commands.ApplicationError as error:
        toasts.error(request, str(error))
    else:
        toasts.success(request, "L’application est retirée : ses jetons ne valent plus rien.")
    return redirect("accounts:applications")


@permission(KEEPER)
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """The keys that sign, and their renewal."""
    if request.method == "POST":
        is_compromised = request.POST.get("acte") == "remplacer"
        commands.renew_key(is_compromised=is_compromised)
        toasts.success(
            request,
            "La clé est remplacée : chacun doit se connecter de nouveau aux applications."
            if is_compromised
            else "La nouvelle clé est publiée ; elle signera dans deux heures.",
        )
        return redirect("accounts:keys")
    context = {"keys": queries.signing_keys(), "now": timezone.now(), "jwks": endpoint("jwks")}
    return render(request, "accounts/keys.html", context)


@permission(ACCOUNT)
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What one opened, to which application."""
    rows = [
        (consent, [scope_words(scope) for scope in consent.scopes.split()])
        for consent in queries.consents_of(request.user.pk or UUID(int=0))
    ]
    return render(request, "accounts/my_applications.html", {"rows": rows})


@permission(ACCOUNT)
@require_POST
def withdraw(request: HttpRequest, consent_id: UUID) -> HttpResponse:
    """Take back one's agreement."""
    try:
        commands.withdraw_consent(consent_id=consent_id)
    except Consent.DoesNotExist as error:
        raise Http404 from error
    toasts.success(request, "L’application n’a plus accès à votre compte.")
    return redirect("accounts:my_applications")


def _page(
    request: HttpRequest, found: Application, form: ApplicationForm, secret: str = ""
) -> HttpResponse:
    context = {
        "application": found,
        "form": form,
        "secret": secret,
        "discovery": endpoint("configuration"),
    }
    return render(request, "accounts/application.html", context)


def _application(application_id: str) -> Application:
    found = queries.application(application_id)
    if found is None:
        raise Http404
    return found
