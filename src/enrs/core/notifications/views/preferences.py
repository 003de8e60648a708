"""« Mes préférences »: by which channel, for what, and when not."""

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT
from enrs.core.notifications.commands import (
    MobileCodeError,
    ask_code,
    confirm_mobile,
    save_preferences,
)
from enrs.core.notifications.forms import PreferencesForm
from enrs.core.notifications.queries.reach import delivery_of


@permission(ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """How the signed-in person wants to be told."""
    by = current_actor()
    if by.user_id is None:
        raise Http404
    form = PreferencesForm(request.POST or None, user_id=by.user_id, actor_kind=by.kind)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            save_preferences(
                modes=form.modes(),
                mobile=chosen["mobile"],
                quiet_from=chosen["quiet_from"],
                quiet_until=chosen["quiet_until"],
                digest_at=chosen["digest_at"],
            )
        except MobileCodeError as error:
            form.add_error("mobile", str(error))
        else:
            toasts.success(request, "Vos préférences sont enregistrées.")
            return redirect("notifications:preferences")
    context = {
        "form": form,
        "email": getattr(request.user, "email", ""),
        "delivery": delivery_of(by.user_id),
    }
    return render(request, "notifications/preferences.html", context)


@permission(ACCOUNT)
@require_POST
def mobile(request: HttpRequest) -> HttpResponse:
    """Confirm one's mobile by the code received there, or ask for another code."""
    try:
        if "encore" in request.POST:
            ask_code()
            toasts.success(request, "Un autre code part vers votre mobile.")
        else:
            confirm_mobile(code=request.POST.get("code", "")[:20])
            toasts.success(request, "Votre mobile est confirmé : les SMS vous parviendront.")
    except MobileCodeError as error:
        toasts.error(request, str(error))
    return redirect("notifications:preferences")
