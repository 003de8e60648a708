"""« Second facteur perdu »: the password, and the code that a referent has just said."""

from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from enrs.core.access.gate import permission
from enrs.core.access.permissions import PUBLIC
from enrs.core.accounts.models import User
from enrs.services.portal import commands
from enrs.services.portal.forms import RescueForm
from enrs.services.portal.limits import SLOWED, is_slowed
from enrs.services.portal.signing import sign_in

REFUSED = "L’identifiant, le mot de passe et le code ne vont pas ensemble, ou le code a expiré."
"""The same whatever is wrong: a stranger learns nothing of the password."""


@permission(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def rescue(request: HttpRequest) -> HttpResponse:
    """Come in without one's second factor, once."""
    form = RescueForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (done := _come_in(request, form)):
        return done
    return render(request, "portal/rescue.html", {"form": form}, status=422 if form.errors else 200)


def _come_in(request: HttpRequest, form: RescueForm) -> HttpResponse | None:
    given = form.cleaned_data
    login = given["login"].lower()
    if is_slowed(request, "help", login):
        form.add_error(None, SLOWED)
        return None
    user = authenticate(request, username=login, password=given["password"])
    if not isinstance(user, User):
        form.add_error(None, REFUSED)
        return None
    try:
        held = commands.use_help(user=user, code=given["code"])
    except commands.CodeError:
        form.add_error(None, REFUSED)
        return None
    sign_in(request, user, "password", "mfa", type="referent")
    if held.is_lost:
        messages.info(request, "Activez un nouveau second facteur : l’ancien ne sert plus.")
        return redirect("mfa_activate_totp")
    return redirect("/")
