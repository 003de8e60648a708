"""Pages of the rosters: the board of a week, and what its people write."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.access.rules import MATRIX
from enrs.core.live.views import live_context
from enrs.core.moments import legal_day
from enrs.core.numbers import whole
from enrs.core.rosters import commands, queries, rules
from enrs.core.rosters.commands import RosterRefusedError
from enrs.core.rosters.forms import (
    REFUSALS,
    AbsenceForm,
    ReplacementForm,
    RosterForm,
    ShiftForm,
)
from enrs.core.rosters.models import Absence, Roster, Shift
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.french import local, moment_words

READERS = role_permission(
    *(role for role in MATRIX if role not in ("patient", "proxy", "standby", "anonymous"))
)
EDITORS = role_permission(*sorted(rules.EDITORS))
WEEK = re.compile(r"([0-9]{4})-W([0-9]{1,2})")
NOT_ALLOWED = (
    "Seuls la coordination, le secrétariat et l’exploitation de la structure modifient ce tableau."
)


@permission(READERS)
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Whom to call now, and the week of every roster, or of my place's alone."""
    monday = _monday(request.GET.get("semaine", ""))
    by = current_actor()
    is_mine = request.GET.get("structure") == "la-mienne" and by.organisation_id is not None
    lines = queries.board(monday, organisation_id=by.organisation_id if is_mine else None)
    may_edit = rules.may_edit(by.role, is_of_the_place=by.organisation_id is not None)
    context = {
        "lines": lines,
        "holidays": queries.holidays(monday),
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "before": _name(monday - timedelta(days=7)),
        "after": _name(monday + timedelta(days=7)),
        "week": _name(monday),
        "is_mine": is_mine,
        "may_edit": may_edit,
        "has_place": by.organisation_id is not None,
        "absences": queries.absences_of(by.organisation_id)
        if may_edit and by.organisation_id
        else [],
        "here": request.get_full_path(),
        "live": live_context(f"user:{by.user_id}"),
    }
    return render(request, "rosters/board.html", context)


@permission(EDITORS)
def create(request: HttpRequest) -> HttpResponse:
    """A new roster of my place of work."""
    place, name = _place()
    form = RosterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with _refusals_on(form):
            commands.create_roster(
                organisation_id=place, organisation_name=name, **form.cleaned_data
            )
            messages.success(request, "Tableau créé. Ajoutez les premières astreintes.")
            return redirect("rosters:board")
    return _page(request, form, "Nouveau tableau d’astreinte")


@permission(EDITORS)
def change(request: HttpRequest, roster_id: UUID) -> HttpResponse:
    """Change what a roster promises; a stale save is refused."""
    found = _roster(roster_id)
    expected = whole(request.POST.get("version", str(found.version)))
    form = RosterForm(request.POST or None, instance=Roster.objects.get(pk=found.pk))
    if request.method == "POST" and form.is_valid():
        try:
            with _refusals_on(form):
                commands.change_roster(roster=found, expected_version=expected, **form.cleaned_data)
                messages.success(request, "Tableau modifié.")
                return redirect("rosters:board")
        except StaleSaveError as error:
            expected = error.current.version  # type: ignore[attr-defined]
            words = f"Quelqu’un a enregistré entre-temps (« {error.current} ») : relisez, puis enregistrez."
            form.add_error(None, words)
    return _page(request, form, f"Modifier « {found.label} »", version=expected)


@permission(EDITORS)
def add(request: HttpRequest, roster_id: UUID) -> HttpResponse:
    """Put somebody on call."""
    found = _roster(roster_id)
    day = _day(request.GET.get("jour", ""))
    initial = {"from_day": day, "from_time": found.night_starts, "to_time": found.day_starts}
    form = ShiftForm(
        request.POST or None,
        people=queries.colleagues(found.organisation_id),
        place=found.organisation_id,
        initial=initial | {"to_day": day + timedelta(days=1)},
    )
    if request.method == "POST" and form.is_valid():
        start, end = form.period
        given = form.cleaned_data
        with _refusals_on(form):
            added = commands.add_shift(
                roster=found, person=form.chosen, start=start, end=end,
                rank=given["rank"], weeks=given["weeks"],
            )  # fmt: skip
            _warn(request, added)
            return redirect("rosters:board")
    return _page(request, form, f"Mettre d’astreinte : {found.label}")


@permission(EDITORS)
def shift(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """Replace somebody for a whole shift or a part, or take it off."""
    found = _shift(shift_id)
    if request.method == "POST" and request.POST.get("acte") == "retirer":
        return _remove(request, found)
    start, end = local(found.period.lower), local(found.period.upper)
    form = ReplacementForm(
        request.POST or None,
        people=queries.colleagues(found.roster.organisation_id),
        place=found.roster.organisation_id,
        initial={
            "from_day": start.date(), "from_time": start.time(),
            "to_day": end.date(), "to_time": end.time(),
        },
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        with _refusals_on(form):
            _replace(request, found, form)
            return redirect("rosters:board")
    title = f"Remplacer {found.display}"
    return _page(request, form, title, shift=found, doubled=queries.doubled(found))


@permission(EDITORS)
def absence(request: HttpRequest) -> HttpResponse:
    """Say that somebody of my place is away."""
    place, _ = _place()
    form = AbsenceForm(request.POST or None, people=queries.colleagues(place), place=place)
    if request.method == "POST" and form.is_valid():
        start, end = form.period
        with _refusals_on(form):
            commands.declare_absence(
                organisation_id=place,
                person=form.chosen,
                start=start,
                end=end,
                reason=form.cleaned_data["reason"],
            )
            messages.success(request, "Absence notée : ses astreintes paraissent à remplacer.")
            return redirect("rosters:board")
    return _page(request, form, "Noter une absence")


@permission(EDITORS)
@require_POST
def end_absence(request: HttpRequest, absence_id: UUID) -> HttpResponse:
    """Withdraw an absence."""
    place, _ = _place()
    found = get_object_or_404(Absence, pk=absence_id, organisation_id=place)
    commands.end_absence(absence=found)
    return redirect("rosters:board")


def _replace(request: HttpRequest, found: Shift, form: ReplacementForm) -> None:
    start, end = form.period
    stands_in = commands.replace_shift(
        shift=found,
        person=form.chosen,
        start=start,
        end=end,
        reason=form.cleaned_data["reason"],
    )
    _warn(request, [stands_in])


def _remove(request: HttpRequest, found: Shift) -> HttpResponse:
    try:
        commands.remove_shift(shift=found, reason=request.POST.get("reason", ""))
    except RosterRefusedError as error:
        messages.error(request, REFUSALS[error.reason])
        return redirect("rosters:shift", found.id)
    messages.success(
        request, "Astreinte retirée. Si personne ne couvre ces heures, le tableau le dit."
    )
    return redirect("rosters:board")


def _warn(request: HttpRequest, shifts: list[Shift]) -> None:
    """Say that it is done, and that the person is already on call elsewhere then."""
    stored = queries.shift(shifts[0].id)
    others = queries.doubled(stored) if stored else []
    if others:
        words = f"{shifts[0].display} est déjà d’astreinte à ces heures : {others[0].roster.label}."
        messages.warning(request, words)
    else:
        messages.success(request, f"{shifts[0].display} est au tableau.")


@contextmanager
def _refusals_on(form: BaseForm) -> Iterator[None]:
    """A command's refusal becomes the form's own error."""
    try:
        yield
    except RosterRefusedError as error:
        words = REFUSALS.get(error.reason, "Cette demande ne peut pas être suivie.")
        form.add_error(None, f"{words} ({moment_words(error.start)})" if error.start else words)
    except AccessRefusedError:
        form.add_error(None, NOT_ALLOWED)


def _page(
    request: HttpRequest,
    form: BaseForm,
    title: str,
    *,
    version: int = 0,
    shift: Shift | None = None,
    doubled: list[Shift] | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "version": version,
        "shift": shift,
        "doubled": doubled or [],
    }
    return render(request, "rosters/edit.html", context, status=422 if form.errors else 200)


def _place() -> tuple[UUID, str]:
    by = current_actor()
    if by.organisation_id is None:
        raise Http404
    return by.organisation_id, by.organisation_name


def _roster(roster_id: UUID) -> Roster:
    found = queries.roster(roster_id)
    if found is None or not queries.may_edit(found):
        raise Http404
    return found


def _shift(shift_id: UUID) -> Shift:
    found = queries.shift(shift_id)
    if found is None or not queries.may_edit(found.roster):
        raise Http404
    return found


def _monday(text: str) -> date:
    match = WEEK.fullmatch(text)
    if match:
        try:
            return date.fromisocalendar(int(match[1]), int(match[2]), 1)
        except ValueError:
            pass
    today = legal_day(timezone.now())
    return today - timedelta(days=today.weekday())


def _name(monday: date) -> str:
    year, number, _ = monday.isocalendar()
    return f"{year:04}-W{number:02}"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return legal_day(timezone.now())
