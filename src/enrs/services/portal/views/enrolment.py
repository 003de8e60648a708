"""« Ouvrir mon compte »: number, identity, code, password. One page each, to be left and taken up again.

The session holds the enrolment under way; nothing of it is in an address.
"""

from uuid import UUID

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from enrs.core.access.gate import permission
from enrs.core.access.permissions import PUBLIC
from enrs.core.accounts.models import User
from enrs.core.ui.shapes import Step
from enrs.services.portal import commands, rules
from enrs.services.portal.forms import (
    AccountForm,
    CodeForm,
    NumberForm,
    PasswordForm,
    ResumeForm,
)
from enrs.services.portal.limits import SLOWED, is_slowed
from enrs.services.portal.models import Enrolment
from enrs.services.portal.queries import enrolment as queries
from enrs.services.portal.queries.people import account_of
from enrs.services.portal.signing import sign_in

KEY = "enrolment"
LABELS = ("Votre numéro", "Votre identité", "Votre code", "Votre mot de passe")
GET_POST = ["GET", "HEAD", "POST"]


def steps(at: int) -> list[Step]:
    """The way, and where one stands on it (from 0)."""
    states = ["done"] * at + ["current"] + ["todo"] * (len(LABELS) - at - 1)
    return [Step(label, state) for label, state in zip(LABELS, states, strict=True)]


@permission(PUBLIC)
@require_http_methods(GET_POST)
def number(request: HttpRequest) -> HttpResponse:
    """The first step: who one is in the directory."""
    form = NumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (made := _begin(request, form)):
        request.session[KEY] = str(made.id)
        return redirect("portal:identity")
    context = {"form": form, "steps": steps(0)}
    return _page(request, "portal/number.html", context, form)


@permission(PUBLIC)
@require_http_methods(GET_POST)
def identity(request: HttpRequest) -> HttpResponse:
    """The second step: by what way the code comes."""
    held = _held(request)
    if held is None:
        return redirect("portal:number")
    refused = _ask(request, held) if request.method == "POST" else ""
    if request.method == "POST" and not refused:
        return redirect("portal:code")
    places = queries.places(held.subject_id)
    context = {
        "enrolment": held,
        "steps": steps(1),
        "mailboxes": queries.mailboxes(held.subject_id),
        "places": places,
        "letters": [one for one in places if one.address],
        "referents": [one for one in places if one.has_referent],
        "refused": refused,
    }
    return render(request, "portal/identity.html", context, status=422 if refused else 200)


@permission(PUBLIC)
@require_http_methods(GET_POST)
def code(request: HttpRequest) -> HttpResponse:
    """The third step: the code that came."""
    held = _held(request)
    if held is None:
        return redirect("portal:resume")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _prove(request, held, form):
        return redirect("portal:password")
    context = {"form": form, "enrolment": held, "steps": steps(2)}
    return _page(request, "portal/code.html", context, form)


@permission(PUBLIC)
@require_http_methods(GET_POST)
def resume(request: HttpRequest) -> HttpResponse:
    """A code received by letter or from a referent, on any browser: number, name and code at once."""
    form = ResumeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = _begin(request, form)
        if made and _prove(request, made, form):
            request.session[KEY] = str(made.id)
            return redirect("portal:password")
    context = {"form": form, "steps": steps(2)}
    return _page(request, "portal/resume.html", context, form)


@permission(PUBLIC)
@require_http_methods(GET_POST)
def password(request: HttpRequest) -> HttpResponse:
    """The last step: an account, or a new password for the one that is there."""
    held = _held(request)
    if held is None or held.state != Enrolment.State.PROVED:
        return redirect("portal:number")
    known = account_of(held.subject_id)
    form = _password_form(request, held, known)
    if request.method == "POST" and form.is_valid():
        try:
            return _finish(request, held, known, form)
        except commands.EnrolmentError as error:
            form.add_error("login" if error.reason == "login" else None, str(error))
    context = {"form": form, "enrolment": held, "known": known, "steps": steps(3)}
    return _page(request, "portal/password.html", context, form)


@permission(PUBLIC)
@require_POST
def restart(request: HttpRequest) -> HttpResponse:
    """« Ce n’est pas moi »: forget the enrolment of this browser."""
    request.session.pop(KEY, None)
    return redirect("portal:number")


def _page(
    request: HttpRequest, template: str, context: dict[str, object], form: NumberForm | CodeForm | PasswordForm
) -> HttpResponse:  # fmt: skip
    return render(request, template, context, status=422 if form.errors else 200)


def _held(request: HttpRequest) -> Enrolment | None:
    """The enrolment of this browser, unless it is over."""
    try:
        found = queries.enrolment(UUID(str(request.session.get(KEY, ""))))
    except ValueError:
        return None
    over = (Enrolment.State.DONE, Enrolment.State.REFUSED)
    return found if found is not None and found.state not in over else None


def _begin(request: HttpRequest, form: NumberForm) -> Enrolment | None:
    given = form.cleaned_data
    if is_slowed(request, "number", rules.typed_code(given["number"])):
        form.add_error(None, SLOWED)
        return None
    try:
        return commands.begin_enrolment(number=given["number"], family=given["family"])
    except commands.EnrolmentError as error:
        form.add_error(None, str(error))
        return None


def _ask(request: HttpRequest, held: Enrolment) -> str:
    """Ask for the code by the chosen way; what is refused, in words."""
    way, _, chosen = request.POST.get("moyen", "").partition(":")
    if way not in ("mail", "letter", "referent"):
        return "Choisissez par quel moyen recevoir votre code."
    if is_slowed(request, "way", str(held.subject_id)):
        return SLOWED
    try:
        if way == "mail":
            commands.ask_mail(enrolment=held, mailbox=chosen)
        elif way == "letter":
            commands.ask_letter(enrolment=held, organisation_id=UUID(chosen))
        else:
            commands.ask_referent(enrolment=held, organisation_id=UUID(chosen))
    except (commands.EnrolmentError, ValueError) as error:
        told = isinstance(error, commands.EnrolmentError)
        return str(error) if told else commands.EnrolmentError.SENTENCES["way"]
    return ""


def _prove(request: HttpRequest, held: Enrolment, form: CodeForm) -> bool:
    if is_slowed(request, "code", str(held.subject_id)):
        form.add_error(None, SLOWED)
        return False
    try:
        commands.prove(enrolment=held, code=form.cleaned_data["code"])
    except commands.CodeError as error:
        form.add_error("code", str(error))
        return False
    return True


def _password_form(request: HttpRequest, held: Enrolment, known: User | None) -> PasswordForm:
    data = request.POST or None
    if known is not None:
        return PasswordForm(data, user=known)
    given, family = queries.given_name(held.subject_id)
    near = User.objects.filter(login__contains=rules.proposed_login(given, family, ()))
    login = rules.proposed_login(given, family, set(near.values_list("login", flat=True)))
    return AccountForm(data, user=User(name=held.name, login=login), initial={"login": login})


def _finish(
    request: HttpRequest, held: Enrolment, known: User | None, form: PasswordForm
) -> HttpResponse:
    given = form.cleaned_data
    if known is None:
        user = commands.open_account(
            enrolment=held, login=given["login"], password=given["password"], email=given["email"]
        )
    else:
        user = commands.renew_password(enrolment=held, password=given["password"])
    request.session.pop(KEY, None)
    if known is not None and (is_mfa_enabled(user) or not user.is_active):
        messages.success(request, "Votre mot de passe est changé. Connectez-vous.")
        return redirect("account_login")
    sign_in(request, user, "password")
    return redirect("mfa_activate_totp")
