"""The shared post of a ward: its lock screen, one's shift, and taking over from a colleague."""

import time
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL, PUBLIC
from enrs.services.portal import commands, rules
from enrs.services.portal.forms import PinForm, UnitForm
from enrs.services.portal.limits import SLOWED, is_slowed
from enrs.services.portal.middleware import SEEN, SHIFT
from enrs.services.portal.models import Post, PostShift
from enrs.services.portal.queries import posts as queries
from enrs.services.portal.signing import sign_in
from enrs.services.portal.views.desk import desk_page, place_of_desk

COOKIE = "enrs_post"
COOKIE_SECONDS = 400 * 24 * 3600
GET_POST = ["GET", "HEAD", "POST"]


@permission(PROFESSIONAL)
@require_http_methods(GET_POST)
def posts(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """The posts of a structure; the computer where one sits becomes one."""
    place_of_desk(organisation_id)
    form = UnitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        post, secret = commands.register_post(
            organisation_id=organisation_id, unit=form.cleaned_data["unit"]
        )
        logout(request)
        response = redirect("portal:post")
        response.set_cookie(
            COOKIE, f"{post.id}.{secret}", max_age=COOKIE_SECONDS, httponly=True, samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
        return response
    context = {"posts": queries.posts_of(organisation_id), "form": form}
    return desk_page(request, "posts", organisation_id, context, form)


@permission(PROFESSIONAL)
@require_POST
def revoke(request: HttpRequest, organisation_id: UUID, post_id: UUID) -> HttpResponse:
    """Forget a post that is no longer there."""
    place_of_desk(organisation_id)
    held = next((one for one in queries.posts_of(organisation_id) if one.id == post_id), None)
    if held is None:
        raise Http404
    commands.revoke_post(post=held)
    messages.success(request, f"Le poste « {held.unit} » est oublié.")
    return redirect("portal:posts", organisation_id)


@permission(PUBLIC)
@require_safe
def post(request: HttpRequest) -> HttpResponse:
    """The lock screen: who is on shift here."""
    held = _post(request)
    if held is None:
        return redirect("account_login")
    context = {"post": held, "shifts": queries.on_shift(held)}
    return render(request, "portal/post.html", context)


@permission(PUBLIC)
@require_http_methods(GET_POST)
def take_over(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """One's personal code, and the post is one's own."""
    held = _post(request)
    if held is None:
        return redirect("account_login")
    shift = next((one for one in queries.on_shift(held) if one.id == shift_id), None)
    if shift is None:
        return redirect("portal:post")
    form = PinForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _take(request, shift, form):
        return redirect("/")
    context = {"post": held, "shift": shift, "form": form}
    return render(request, "portal/pin.html", context, status=422 if form.errors else 200)


@permission(PROFESSIONAL)
@require_http_methods(GET_POST)
def shift(request: HttpRequest) -> HttpResponse:
    """Begin one's shift on this post: choose one's personal code."""
    held = _post(request)
    if held is None:
        raise Http404
    form = PinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = commands.open_shift(post=held, pin=form.cleaned_data["pin"])
        except commands.PostError as error:
            form.add_error("pin", str(error))
        else:
            _settle(request, made)
            messages.success(request, "Votre service est ouvert sur ce poste.")
            return redirect("/")
    context = {"post": held, "form": form, "hours": rules.SHIFT_HOURS}
    return render(request, "portal/shift.html", context, status=422 if form.errors else 200)


@permission(PUBLIC)
@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    """Leave the post to the next one; `fin` ends the shift too."""
    held = queries.shift(str(request.session.get(SHIFT, "")))
    if held is not None and request.POST.get("fin") and request.user.pk == held.user_id:
        commands.end_shift(shift=held)
    logout(request)
    return redirect("portal:post")


def _post(request: HttpRequest) -> Post | None:
    return queries.post_of(request.COOKIES.get(COOKIE, ""))


def _take(request: HttpRequest, shift: PostShift, form: PinForm) -> bool:
    if is_slowed(request, "pin", str(shift.id)):
        form.add_error(None, SLOWED)
        return False
    try:
        user = commands.take_over(shift=shift, pin=form.cleaned_data["pin"])
    except commands.PostError as error:
        form.add_error("pin", str(error))
        return False
    sign_in(request, user, "mfa", is_fresh=False, type="post")
    _settle(request, shift)
    return True


def _settle(request: HttpRequest, shift: PostShift) -> None:
    """The session is this person's on this post: it locks itself, and ends with the shift."""
    request.session["position"] = str(shift.position_id)
    request.session[SHIFT], request.session[SEEN] = str(shift.id), time.time()
    request.session["lock_url"] = reverse("portal:lock")
    request.session["lock_seconds"] = rules.IDLE_MINUTES * 60
