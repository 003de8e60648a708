"""One appointment, and booking one: in an agenda, or for a person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL, patient_permission
from enrs.core.access.readings import opening_of
from enrs.core.access.rules import WRITE
from enrs.core.agenda import commands, queries, rules
from enrs.core.agenda.forms import AppointmentForm
from enrs.core.agenda.models import Agenda, Appointment, Slot
from enrs.core.agenda.people import candidates
from enrs.core.agenda.views.shared import WORKERS, attempt, refusals_on
from enrs.core.live.views import live_context
from enrs.core.numbers import whole
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.french import local
from enrs.core.ui.patient_page import patient_page


@permission(WORKERS)
def new(request: HttpRequest) -> HttpResponse:
    """An appointment about nobody's record: a meeting, an absence."""
    held = queries.held_agendas()
    form = AppointmentForm(
        request.POST or None, agendas=held, people=candidates(None), initial=_initial(request, held)
    )
    if request.method == "POST" and form.is_valid() and _booked(form, None):
        messages.success(request, "Rendez-vous enregistré.")
        return redirect("agenda:week")
    status = 422 if form.errors else 200
    return render(request, "agenda/new.html", {"form": form}, status=status)


@permission(patient_permission("agenda", WRITE))
def book_for(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """An appointment for a person: in a slot, in an agenda that I hold, or in the record alone."""
    if request.method == "POST" and request.POST.get("creneau"):
        return _take_slot(request, patient_id)
    held = queries.held_agendas()
    form = AppointmentForm(
        request.POST or None,
        agendas=held,
        people=candidates(patient_id),
        may_be_without=True,
        initial=_initial(request, held),
    )
    if request.method == "POST" and form.is_valid() and _booked(form, patient_id):
        messages.success(request, "Rendez-vous enregistré.")
        return redirect("agenda:panel", patient_id)
    context = {"form": form, "slots": _slots_for(patient_id, held)}
    return patient_page(
        request,
        "agenda/book_for.html",
        context,
        panel="agenda",
        reading="agenda.form.read",
        status=422 if form.errors else 200,
    )


@permission(patient_permission("agenda"))
@require_safe
def panel(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """« Agenda » of a record: what is to come, then what took place."""
    now = timezone.now()
    last = _position(request.GET.get("avant", "")) or (now, UUID(int=(1 << 128) - 1))
    past = queries.appointments_of(patient_id, before=last, limit=queries.PAGE + 1)
    shown = past[: queries.PAGE]
    end = shown[-1] if len(past) > len(shown) else None
    context = {
        "coming": queries.appointments_of(patient_id, since=now, limit=100),
        "past": shown,
        "next_url": f"?avant={end.starts_at:%Y%m%dT%H%M%S%f}Z_{end.id}" if end else "",
        "kinds": rules.KINDS,
        "may_write": opening_of(request).may(WRITE, "agenda"),
    }
    return patient_page(
        request, "agenda/panel.html", context, panel="agenda", reading="agenda.list.read"
    )


@permission(PROFESSIONAL)
def appointment(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """One appointment without person; one about somebody is shown under their banner."""
    found = _found(appointment_id)
    if found.patient_id:
        return redirect("agenda:of_patient", found.patient_id, found.id)
    context = _context(request, found, f"user:{current_actor().user_id}")
    if request.method == "POST":
        done = _acted(request, found, context)
        if done:
            return redirect(done)
    status = 422 if context["fault"] or context["form"].errors else 200
    return render(request, "agenda/appointment.html", context, status=status)


@permission(patient_permission("agenda"))
def of_patient(request: HttpRequest, patient_id: UUID, appointment_id: UUID) -> HttpResponse:
    """One appointment of a person."""
    found = _found(appointment_id)
    if found.patient_id != patient_id:
        raise Http404
    context = _context(request, found)
    if request.method == "POST":
        done = _acted(request, found, context)
        if done:
            return redirect(done)
    return patient_page(
        request,
        "agenda/of_patient.html",
        context,
        panel="agenda",
        reading="agenda.appointment.read",
        status=422 if context["fault"] or context["form"].errors else 200,
    )


def _found(appointment_id: UUID) -> Appointment:
    found = queries.appointment(appointment_id)
    if found is None or found.is_busy_only:
        raise Http404
    return found


def _context(request: HttpRequest, found: Appointment, *topics: str) -> dict[str, Any]:
    start, end = local(found.period.lower), found.period.upper
    is_change = request.POST.get("acte") == "changer"
    initial = {
        "day": start.date(),
        "at": start.time().replace(second=0, microsecond=0),
        "minutes": int((end - found.period.lower).total_seconds() // 60),
    } | {name: getattr(found, name) for name in ("kind", "title", "place", "comment")}
    form = AppointmentForm(
        request.POST if is_change else None,
        may_be_without=True,
        is_change=True,
        may_move=_may_move(found),
        initial=initial,
    )
    by = current_actor()
    people = [one for one in found.participants.all() if one.left_at is None]
    word, icon = rules.KINDS.get(found.kind, rules.KINDS["other"])
    moves = [s for s in rules.TRANSITIONS[found.status] if s != "cancelled"]
    return {
        "appointment": found,
        "form": form,
        "word": word,
        "icon_name": icon,
        "tone": rules.TONES[found.status],
        "participants": people,
        "is_invited": any(one.grantee_id in by.grantees for one in people),
        "may_write": _may_write(found),
        "moves": [(s, Appointment.Status(s).label) for s in moves],
        "fault": "",
        "stale": None,
        "live": live_context(*topics) if topics else None,
    } | ({} if topics else {"has_frame": True})


def _may_write(found: Appointment) -> bool:
    return not attempt(lambda: commands.demand_appointment(found))


def _may_move(found: Appointment) -> bool:
    return found.agenda is None or queries.level_on(found.agenda) >= rules.WRITE


def _acted(request: HttpRequest, found: Appointment, context: dict[str, Any]) -> str:
    """Do what the page asked; the address to go to, or nothing when it was refused (`fault`)."""
    asked, expected = request.POST.get("acte", ""), whole(request.POST.get("version", ""))
    try:
        if asked == "changer":
            done = _changed(found, context["form"], expected)
            if not done:
                found.refresh_from_db()
            return done
        fault = attempt(lambda: _act(request, found, asked, expected))
    except StaleSaveError as error:
        context["stale"] = error.current
        found.refresh_from_db()
        fault = "Quelqu’un a modifié ce rendez-vous entre-temps : relisez-le, puis recommencez."
    context["fault"] = fault
    return "" if fault else _address(found)


def _act(request: HttpRequest, found: Appointment, asked: str, expected: int) -> None:
    if asked == "annuler":
        scope = request.POST.get("portee", "one")
        commands.cancel(appointment=found, reason=request.POST.get("reason", ""), scope=scope)
    elif asked == "repondre":
        commands.answer(appointment=found, answer=request.POST.get("reponse", ""))
    elif asked == "etat":
        status = request.POST.get("etat", "")
        commands.move_status(appointment=found, status=status, expected_version=expected)
    else:
        raise Http404


def _changed(found: Appointment, form: AppointmentForm, expected: int) -> str:
    if not form.is_valid():
        return ""
    start, end = form.period if form.is_moved else (found.period.lower, found.period.upper)
    with refusals_on(form):
        commands.change(
            appointment=found,
            expected_version=expected,
            start=start,
            end=end,
            over_busy=form.cleaned_data.get("over_busy", False),
            **form.words,
        )
    return "" if form.errors else _address(found)


def _address(found: Appointment) -> str:
    if found.patient_id:
        return reverse("agenda:of_patient", args=[found.patient_id, found.id])
    return reverse("agenda:appointment", args=[found.id])


def _booked(form: AppointmentForm, patient_id: UUID | None) -> bool:
    given = form.cleaned_data
    agenda = form.agendas.get(given["agenda"])
    shared: dict[str, Any] = {
        "patient_id": patient_id,
        "participants": form.invited,
        "over_busy": given["over_busy"],
    } | form.words
    with refusals_on(form):
        if form.rule and agenda:
            commands.book_series(
                rule=form.rule,
                starts_on=given["day"],
                starts_at=given["at"],
                minutes=given["minutes"],
                agenda=agenda,
                **shared,
            )
        else:
            start, end = form.period
            commands.book(start=start, end=end, agenda=agenda, **shared)
    return not form.errors


def _slots_for(patient_id: UUID, held: Sequence[queries.HeldAgenda]) -> list[Slot]:
    """The next free slots of the agendas of the person's circle, and of mine."""
    owners = queries.grantees_of(patient_id)
    ids = set(
        Agenda.objects.filter(owner_id__in=owners, is_active=True).values_list("id", flat=True)
    )
    return queries.free_slots(ids | {one.agenda.id for one in held}, limit=24)


def _take_slot(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    try:
        slot = Slot.objects.select_related("agenda").get(pk=UUID(request.POST["creneau"]))
    except (ValueError, Slot.DoesNotExist) as error:
        raise Http404 from error
    fault = attempt(
        lambda: commands.book(
            start=slot.period.lower,
            end=slot.period.upper,
            agenda=slot.agenda,
            slot=slot,
            patient_id=patient_id,
            kind=slot.kind or "consultation",
        )
    )
    if fault:
        messages.error(request, fault)
        return redirect("agenda:book_for", patient_id)
    messages.success(request, "Rendez-vous pris.")
    return redirect("agenda:panel", patient_id)


def _initial(request: HttpRequest, held: Sequence[queries.HeldAgenda]) -> dict[str, Any]:
    """What the address says; else one's own agenda, for half an hour."""
    own = next((one for one in held if one.is_own and one.may_write), None)
    given = {"day": request.GET.get("jour", ""), "agenda": request.GET.get("agenda", "")}
    usual = {"minutes": 30, "kind": "consultation", "agenda": str(own.agenda.id) if own else ""}
    return usual | {k: v for k, v in given.items() if v}


def _position(text: str) -> tuple[datetime, UUID] | None:
    at, _, identifier = text.partition("_")
    try:
        return datetime.strptime(at, "%Y%m%dT%H%M%S%f%z"), UUID(identifier)
    except ValueError:
        return None
