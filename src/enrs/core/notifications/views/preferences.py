"""« Mes préférences »: by which channel, for what, and when not."""

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT
from enrs.core.notifications.commands import save_preferences
from enrs.core.notifications.forms import PreferencesForm


@permission(ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """How the signed-in person wants to be told."""
    user_id = current_actor().user_id
    if user_id is None:
        raise Http404
    form = PreferencesForm(request.POST or None, user_id=user_id)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        save_preferences(
            modes=form.modes(),
            mobile=chosen["mobile"],
            quiet_from=chosen["quiet_from"],
            quiet_until=chosen["quiet_until"],
            digest_at=chosen["digest_at"],
        )
        toasts.success(request, "Vos préférences sont enregistrées.")
        return redirect("notifications:preferences")
    email = getattr(request.user, "email", "")
    return render(request, "notifications/preferences.html", {"form": form, "email": email})
