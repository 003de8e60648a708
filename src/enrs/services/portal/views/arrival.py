"""The first time by FranceConnect: open one's own record, or give the code of a desk's invitation.

The session holds who came; nothing of it is in an address.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from enrs.core.access.gate import permission
from enrs.core.access.permissions import PUBLIC
from enrs.core.accounts.federation.adapter import logout_address
from enrs.core.accounts.federation.arrivals import Arrival, held, settle
from enrs.core.accounts.models import User
from enrs.services.portal import commands, rules
from enrs.services.portal.forms import InvitationForm
from enrs.services.portal.limits import SLOWED, is_slowed
from enrs.services.portal.signing import sign_in


@permission(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def arrival(request: HttpRequest) -> HttpResponse:
    """Who FranceConnect says is there, and the two ways in."""
    came = held(request)
    if came is None:
        return redirect("account_login")
    if request.POST.get("acte") == "ouvrir":
        return _own(request, came)
    if request.POST.get("acte") == "autre":
        return _leave(request, came)
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (user := _invited(request, came, form)):
        return _enter(request, came, user)
    context = {"arrival": came, "form": form}
    return render(request, "portal/arrival.html", context, status=422 if form.errors else 200)


def _leave(request: HttpRequest, came: Arrival) -> HttpResponse:
    """« Ce n’est pas moi »: forget who came, at the provider too."""
    settle(request, came)
    address = logout_address(request)
    del request.session["federation"]
    return redirect(address or "account_login")


def _own(request: HttpRequest, came: Arrival) -> HttpResponse:
    """Open one's own record; what does not fit gets one page, whatever the reason."""
    context = {"arrival": came, "form": InvitationForm()}
    if is_slowed(request, "arrival", came.subject):
        return render(request, "portal/arrival.html", context | {"refused": SLOWED}, status=429)
    try:
        user = commands.open_own_access(
            provider=came.provider, subject=came.subject, civil=came.civil
        )
    except commands.ArrivalError as error:
        if error.reason == "unknown":
            return render(request, "portal/arrival_unknown.html", context, status=403)
        return render(request, "portal/arrival.html", context | {"refused": str(error)}, status=422)
    return _enter(request, came, user)


def _invited(request: HttpRequest, came: Arrival, form: InvitationForm) -> User | None:
    given = form.cleaned_data
    number = rules.typed_code(given["number"])
    if is_slowed(request, "number", number) or is_slowed(request, "code", number):
        form.add_error(None, SLOWED)
        return None
    try:
        return commands.open_by_invitation(
            number=number, code=given["code"], provider=came.provider, subject=came.subject,
            civil=came.civil,
        )  # fmt: skip
    except commands.CodeError as error:
        form.add_error("code", str(error))
    except commands.ArrivalError as error:
        form.add_error("number" if error.reason == "invitation" else None, str(error))
    except commands.EnrolmentError as error:
        form.add_error(None, str(error))
    return None


def _enter(request: HttpRequest, came: Arrival, user: User) -> HttpResponse:
    sign_in(request, user, "socialaccount")
    settle(request, came)
    return redirect("/")
