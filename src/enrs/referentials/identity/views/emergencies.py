"""People who have no name yet: written in an emergency, listed until they are named or recognised."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import patient_permission, role_permission
from enrs.core.access.rules import WRITE
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.patient_page import patient_page
from enrs.referentials.identity import commands, queries, rules
from enrs.referentials.identity.forms.emergencies import (
    EmergencyForm,
    FillForm,
    MistakeForm,
    RecogniseForm,
)
from enrs.referentials.identity.models import EmergencyIdentity
from enrs.referentials.identity.queries import desk as queries_desk
from enrs.referentials.identity.queries import emergencies as queries_emergencies
from enrs.referentials.identity.views.desk import key_of
from enrs.referentials.identity.views.search import CREATORS, _record_url, likely

WRITES: Final = patient_permission("identity", WRITE)
OFFICERS: Final = role_permission("identity_officer")
FOUND: Final = 10
TOLD: Final = "La cellule d’identité est prévenue : elle rapproche les deux dossiers si c’est la même personne."
NOBODY: Final = "Cette personne a été nommée ou reconnue entre-temps : rien n’a été changé."


@permission(CREATORS)
@require_GET
def emergencies(request: HttpRequest) -> HttpResponse:
    """Those whom nobody has named yet, who waited longest first; or those who were written by mistake."""
    is_officer = current_actor().role == "identity_officer"
    if "erreurs" in request.GET:
        return _mistakes(request, is_officer=is_officer)
    rows = queries_emergencies.unknown_people(after=_after(request))
    shown = rows[: queries_emergencies.PAGE]
    next_url = ""
    if len(rows) > len(shown):
        last = shown[-1].emergency
        next_url = "?" + urlencode({"at": last.made_at.isoformat(), "after": last.id})
    context = {
        "rows": [(one, "" if is_officer else _record_url(one.patient_id)) for one in shown],
        "is_officer": is_officer,
        "next_url": next_url,
    }
    return render(request, "identity/emergencies.html", context)


def _mistakes(request: HttpRequest, *, is_officer: bool) -> HttpResponse:
    rows = queries_emergencies.withdrawn_people(after=_after(request))
    shown = rows[: queries_emergencies.PAGE]
    next_url = ""
    if len(rows) > len(shown) and (at := shown[-1].withdrawn_at):
        next_url = "?" + urlencode({"erreurs": 1, "at": at.isoformat(), "after": shown[-1].id})
    context = {"rows": shown, "is_officer": is_officer, "next_url": next_url}
    return render(request, "identity/emergency_mistakes.html", context)


@permission(CREATORS)
@require_http_methods(["GET", "POST"])
def mistake(request: HttpRequest, emergency_id: UUID) -> HttpResponse:
    """Say that somebody was written by mistake, or put them on the list again."""
    emergency = queries_emergencies.written_emergency(emergency_id)
    if emergency is None or not (emergency.is_open or emergency.withdrawn_at):
        raise Http404
    is_back = emergency.withdrawn_at is not None
    form = MistakeForm(None if is_back else request.POST or None)
    if request.method == "POST" and (is_back or form.is_valid()):
        try:
            if is_back:
                commands.restore_emergency(emergency=emergency, by=current_actor())
                messages.success(request, f"{emergency.name} est de nouveau dans la liste.")
            else:
                reason = form.cleaned_data["reason"]
                commands.withdraw_emergency(emergency=emergency, reason=reason, by=current_actor())
                messages.success(request, f"{emergency.name} : créée par erreur, hors de la liste.")
        except StaleSaveError:
            messages.warning(request, NOBODY)
        except AccessRefusedError as error:
            raise Http404 from error
        return redirect("identity:emergencies")
    context = {"form": form, "emergency": emergency, "is_back": is_back}
    status = 422 if form.errors else 200
    return render(request, "identity/emergency_mistake.html", context, status=status)


def _after(request: HttpRequest) -> tuple[datetime, UUID] | None:
    key = key_of(request.GET.get("after", ""))
    try:
        at = datetime.fromisoformat(request.GET.get("at", ""))
    except ValueError:
        return None
    return (at, key) if key and at.tzinfo else None


@permission(CREATORS)
@require_http_methods(["GET", "POST"])
def emergency_new(request: HttpRequest) -> HttpResponse:
    """Write one or several people of whom nothing is known."""
    # One form writes once, however often it is sent.
    form = EmergencyForm(request.POST or None, initial={"form": uuid4()})
    if request.method == "POST" and form.is_valid():
        made = commands.create_emergency(by=current_actor(), **form.cleaned_data)
        names = ", ".join(one.name for one in made)
        if len(made) == 1:
            messages.success(request, f"Identité d’urgence créée : {names}.")
            url = _record_url(made[0].identity.patient_id)
            return redirect(url or "identity:emergencies")
        messages.success(request, f"{len(made)} identités d’urgence créées : {names}.")
        return redirect("identity:emergencies")
    status = 422 if form.errors else 200
    return render(request, "identity/emergency_new.html", {"form": form}, status=status)


@permission(WRITES)
@require_http_methods(["GET", "POST"])
def emergency_fill(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Give their traits to somebody who had none, after the warning on who might already be them."""
    emergency = _of_patient(patient_id)
    initial = {"version": emergency.identity.version, "sex": emergency.sex}
    form = FillForm(request.POST or None, initial=initial)
    context: dict[str, Any] = {"form": form, "emergency": emergency}
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        confirmed, checked = values.pop("is_confirmed"), values.pop("is_checked")
        version, shown_for = values.pop("version"), values.pop("confirmed_for")
        traits = rules.Traits(**values, status="validated" if checked else "provisional")
        context["confirmed_for"] = rules.digest(traits, "")
        # Traits that changed since the warning are others': it is given anew.
        confirmed = confirmed and shown_for == context["confirmed_for"]
        try:
            if emergency.identity.system not in commands.own_systems(current_actor()):
                # Who may not fill them in learns nothing of who resembles them.
                raise AccessRefusedError("place")
            context["twins"] = [] if confirmed else likely(traits)
            if not context["twins"]:
                commands.fill_emergency(
                    emergency=emergency, traits=traits, expected_version=version, by=current_actor(),
                    is_confirmed=confirmed,
                )  # fmt: skip
                messages.success(
                    request, "Les traits sont remplis : l’identité suit la voie ordinaire."
                )
                return redirect("identity:sheet", patient_id)
        except commands.PossibleDuplicateError as error:
            context["duplicate"] = error
        except queries.TooManySearchesError:
            context["is_limited"] = True
        except rules.IdentityRefusedError:
            form.add_error("birth_name", "Écrivez le nom de naissance, pas le nom d’urgence.")
        except StaleSaveError:
            messages.warning(request, NOBODY)
            return redirect("identity:sheet", patient_id)
        except AccessRefusedError:
            form.add_error(None, rules.REFUSALS["ours"].text)
    return patient_page(
        request, "identity/emergency_fill.html", context, panel="identity", reading="identity.sheet.read",
        status=422 if form.errors else 200,
    )  # fmt: skip


@permission(WRITES)
@require_http_methods(["GET", "POST"])
def emergency_known(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Say which patient of one's circle somebody without a name is."""
    emergency = _of_patient(patient_id)
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    rows = queries.search(text, limit=FOUND) if text else []
    found = [
        (one.patient_id, queries.banner_of(one)) for one in rows if one.patient_id != patient_id
    ]
    form = RecogniseForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _recognised(request, emergency, form):
        return redirect("identity:sheet", patient_id)
    context = {"form": form, "emergency": emergency, "q": text, "found": found, "method": "get"}
    return patient_page(
        request, "identity/emergency_known.html", context, panel="identity", reading="identity.sheet.read",
        status=422 if form.errors else 200,
    )  # fmt: skip


@permission(OFFICERS)
@require_http_methods(["GET", "POST"])
def unit_known(request: HttpRequest, emergency_id: UUID) -> HttpResponse:
    """The same for the unit, by an exact number: a POST, so that none stays in an address."""
    emergency = queries_emergencies.emergency_of(emergency_id)
    if emergency is None:
        raise Http404
    text = request.POST.get("q", "").replace("\x00", "").strip()[:80]
    form = RecogniseForm(request.POST if "patient" in request.POST else None)
    if form.is_bound and form.is_valid() and _recognised(request, emergency, form):
        return redirect("identity:emergencies")
    people = [
        (key, queries_desk.patient_of_unit(key)[0])
        for key in (queries_desk.unit_find(text)[:5] if text else [])
    ]
    found = [(key, queries.banner_of(one)) for key, one in people if one is not None]
    context = {"form": form, "emergency": emergency, "q": text, "found": found, "method": "post"}
    status = 422 if form.errors else 200
    return render(request, "identity/emergency_known_unit.html", context, status=status)


def _of_patient(patient_id: UUID) -> EmergencyIdentity:
    found = queries_emergencies.emergency_of_patient(patient_id)
    if found is None:
        raise Http404
    return found


def _recognised(request: HttpRequest, emergency: EmergencyIdentity, form: RecogniseForm) -> bool:
    """Whether it was told; a refusal becomes the form's own error."""
    given = form.cleaned_data
    try:
        commands.recognise_emergency(
            emergency=emergency,
            patient_id=given["patient"],
            reason=given["reason"],
            by=current_actor(),
        )
    except StaleSaveError:
        form.add_error(None, NOBODY)
    except (AccessRefusedError, ValueError):
        form.add_error(
            None, "Cette personne n’est pas dans votre cercle, ou c’est le même dossier."
        )
    else:
        messages.success(request, TOLD)
    return not form.errors
