"""A dose: declared, shown, corrected, taken back, put back; its adverse events, its attestation, its sending."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.readings import note_reading, opening_of
from enrs.core.documents import made
from enrs.core.ui import filters
from enrs.formats.cda.layouts import NOTE
from enrs.services.vaccination import attestations, commands, forms, queries, words
from enrs.services.vaccination.models import ROUTES, SITES, Act, ActChange, Campaign, Vaccine
from enrs.services.vaccination.rules.eligibility import ROLES
from enrs.services.vaccination.views.frame import (
    READS,
    WRITES,
    act_or_404,
    campaign_or_404,
    page,
    refusals_on,
    refusals_told,
    to_act,
)

NOTE_TYPE = NOTE.code
LABELS = {
    "given_at": "faite le", "lot": "lot", "expires_on": "péremption", "site": "site", "route": "voie",
    "dose_rank": "dose", "gtin": "numéro de boîte", "serial": "numéro de série", "comment": "remarque",
    "vaccine_name": "vaccin",
}  # fmt: skip


@permission(WRITES)
def declare(request: HttpRequest, patient_id: UUID, campaign_id: UUID) -> HttpResponse:
    """Read the box or type it, say where and how, and keep the dose."""
    found = campaign_or_404(campaign_id)
    if current_actor().role not in ROLES:
        raise AccessRefusedError("profession")
    standing = queries.standing(patient_id, found)
    vaccines = queries.vaccines_of(found)
    kinds: dict[str, Any] = {"vaccines": vaccines, "grounds": standing.grounds}
    told = ""
    if request.method == "POST" and "declare" not in request.POST:
        initial, told = _read(request.POST.dict(), vaccines)
        form = forms.DeclareForm(initial=initial, **kinds)
    else:
        form = forms.DeclareForm(request.POST or None, initial=_first(found, standing), **kinds)
    if request.method == "POST" and "declare" in request.POST and form.is_valid():
        values = form.cleaned_data
        with refusals_on(form):
            given = commands.declare_act(
                patient_id=patient_id, campaign=found, vaccine=form.chosen, given=form.given,
                ground=values["ground"], prescriber_name=values["prescriber_name"],
                prescribed_on=values["prescribed_on"],
            )  # fmt: skip
            messages.success(request, "La vaccination est enregistrée.")
            return to_act(given)
    context = {
        "campaign": found, "form": form, "standing": standing, "told": told,
        "is_read": request.method == "POST" and "declare" not in request.POST and not told,
        "needs_paper": not standing.prescription and not standing.verdict.may_prescribe,
        "reasons": [words.of(one) for one in standing.verdict.reasons],
    }  # fmt: skip
    return page(request, "declare", context, 422 if form.errors else 200)


def _first(found: Campaign, standing: queries.Standing) -> dict[str, Any]:
    vaccines = queries.vaccines_of(found)
    held = standing.prescription
    first: dict[str, Any] = {"dose_rank": standing.verdict.dose_rank}
    if len(vaccines) == 1:
        first |= {"vaccine": str(vaccines[0].pk), "route": vaccines[0].route}
    if held is not None and held.ground in standing.grounds:
        first["ground"] = held.ground
    elif len(standing.grounds) == 1 or not standing.verdict.needs_condition:
        first["ground"] = standing.grounds[0]
    return first


def _read(typed: dict[str, Any], vaccines: list[Vaccine]) -> tuple[dict[str, Any], str]:
    """What was typed so far with what the box says, and the sentence of what is wrong with its code."""
    values = {name: one for name, one in typed.items() if one} | {"code": ""}
    box, fault = forms.scanned(typed.get("code", ""))
    if box is None:
        return values, fault
    known = next((one for one in vaccines if box.gtin in one.gtins), None)
    # What an earlier box said is of that box.
    values |= {
        "gtin": box.gtin,
        "serial": box.serial,
        "lot": box.lot,
        "expires_on": box.expires_on or "",
    }
    values.pop("vaccine", None)
    if known is not None:
        return values | {"vaccine": str(known.pk), "route": known.route}, ""
    return values, (
        "Le produit de cette boîte n’est pas connu de la campagne : vérifiez, puis choisissez le vaccin. "
        "Lot et péremption sont repris."
    )


@permission(READS)
@require_safe
def act(request: HttpRequest, patient_id: UUID, act_id: UUID) -> HttpResponse:
    """One dose, with what was done to it since."""
    found = act_or_404(patient_id, act_id)
    by, opening = current_actor(), opening_of(request)
    may_write = by.role in ROLES and opening.may("write", "summary")
    context = {
        "act": found,
        "is_ours": may_write
        and (found.author_id == by.user_id or found.organisation_id in by.grantees),
        "may_write": may_write,
        "events": queries.events_of(found),
        "grantees": by.grantees,
        "changes": [(one, _told(one)) for one in queries.changes_of(found)],
        "attestation": queries.attestation_of(found),
        "doctors": queries.doctors_of(patient_id) if may_write and not found.told_at else [],
        "prescriber": attestations.prescriber_of(found),
        "lifted": words.rules_of(found.prescription.lifted) if found.prescription else "",
    } | _note(found, may_make=may_write and opening.may("write", "documents"))
    return page(request, "act", context)


def _note(found: Act, *, may_make: bool) -> dict[str, Any]:
    """The note that tells of a dose, whether it still says the same, and where one is made."""
    note = made.document_about(found.patient_id, found.pk, NOTE_TYPE)
    if note is not None and note.masked_from_professionals:
        note = None
    return {
        "note_url": made.page_of(note) if note else "",
        "is_note_old": bool(note and found.amended_at and note.recorded_at < found.amended_at),
        "note_making": made.making_address(found.patient_id, "vaccination_note", found.pk)
        if may_make
        else "",
    }


def _told(change: ActChange) -> list[tuple[str, str]]:
    """How an act stood before a correction, in words."""
    names = {"site": dict(SITES), "route": dict(ROUTES)}
    before = change.before
    found = [
        (label, names.get(name, {}).get(before[name], before[name]))
        for name, label in LABELS.items()
        if before.get(name) and name not in ("given_at", "expires_on")
    ]
    if "given_at" in before:
        found.insert(0, (LABELS["given_at"], filters.date_fr(before["given_at"][:10])))
        found.append((LABELS["expires_on"], filters.date_fr(before["expires_on"])))
    return found


@permission(WRITES)
def amend(request: HttpRequest, patient_id: UUID, act_id: UUID) -> HttpResponse:
    """Correct what was declared."""
    found = act_or_404(patient_id, act_id)
    offered = {one.pk: one for one in [*queries.vaccines_of(found.campaign), found.vaccine]}
    initial = forms.dose_of(found)
    form = forms.AmendForm(request.POST or None, initial=initial, vaccines=list(offered.values()))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        with refusals_on(form):
            commands.amend_act(
                act=found, vaccine=form.chosen, given=form.given, reason=values["reason"],
                expected_version=values["version"],
            )  # fmt: skip
            messages.success(
                request, "La correction est enregistrée, l’état précédent est conservé."
            )
            return to_act(found)
    return page(request, "amend", {"act": found, "form": form}, 422 if form.errors else 200)


@permission(WRITES)
@require_POST
def withdraw(request: HttpRequest, patient_id: UUID, act_id: UUID) -> HttpResponse:
    """Take a dose back as entered in error."""
    found = act_or_404(patient_id, act_id)
    _with_reason(
        request, found, commands.withdraw_act,
        "L’acte est retiré. Vous pouvez le rétablir depuis cette page.",
    )  # fmt: skip
    return to_act(found)


@permission(WRITES)
@require_POST
def restore(request: HttpRequest, patient_id: UUID, act_id: UUID) -> HttpResponse:
    """Put it back."""
    found = act_or_404(patient_id, act_id)
    _with_reason(request, found, commands.restore_act, "L’acte est rétabli.")
    return to_act(found)


def _with_reason(request: HttpRequest, found: Act, does: Any, told: str) -> None:
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, words.of("reason"))
        return
    version = form.cleaned_data["version"]
    if version is None:
        # A page without the version that it shows is an old one: it is read again before anything is taken back.
        messages.error(request, words.STALE)
        return
    with refusals_told(request):
        does(act=found, reason=form.cleaned_data["reason"], expected_version=version)
        messages.success(request, told)


@permission(WRITES)
def declare_event(request: HttpRequest, patient_id: UUID, act_id: UUID) -> HttpResponse:
    """Declare what happened after a dose."""
    found = act_or_404(patient_id, act_id)
    form = forms.EventForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            commands.declare_adverse_event(act=found, event=form.event)
            messages.success(request, "L’effet indésirable est noté.")
            return to_act(found)
    return page(request, "event", {"act": found, "form": form}, 422 if form.errors else 200)


@permission(WRITES)
@require_POST
def withdraw_event(
    request: HttpRequest, patient_id: UUID, act_id: UUID, event_id: UUID
) -> HttpResponse:
    """Take back an adverse event that was declared by mistake."""
    found = act_or_404(patient_id, act_id)
    event = queries.event(found, event_id)
    if event is None:
        raise Http404
    with refusals_told(request):
        commands.withdraw_adverse_event(event=event, reason=request.POST.get("reason", ""))
        messages.success(request, "L’effet indésirable est retiré.")
    return to_act(found)


@permission(WRITES)
@require_POST
def attest(request: HttpRequest, patient_id: UUID, act_id: UUID) -> HttpResponse:
    """Make the attestation."""
    found = act_or_404(patient_id, act_id)
    with refusals_told(request):
        commands.attest(act=found)
        messages.success(request, "L’attestation est prête : ouvrez-la pour l’imprimer.")
    return to_act(found)


@permission(READS)
@require_safe
def attestation_pdf(request: HttpRequest, patient_id: UUID, attestation_id: UUID) -> HttpResponse:
    """The attestation as a PDF, for the person too."""
    found = queries.attestation(patient_id, attestation_id)
    if found is None:
        raise Http404
    note_reading(request, "vaccination.attestation.printed", "vaccination_attestation", found.id)
    response = HttpResponse(attestations.pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="attestation-de-vaccination.pdf"'
    return response


@permission(WRITES)
@require_POST
def tell(request: HttpRequest, patient_id: UUID, act_id: UUID) -> HttpResponse:
    """Send a dose to the médecin traitant."""
    found = act_or_404(patient_id, act_id)
    form = forms.DoctorForm(request.POST)
    if not form.is_valid():
        raise Http404
    with refusals_told(request):
        commands.tell_doctor(act=found, chosen=form.cleaned_data["medecin"])
        messages.success(request, f"Transmis à {found.told_to}, avec l’attestation.")
    return to_act(found)
