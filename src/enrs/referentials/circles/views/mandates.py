"""Who represents, assists or helps the person, on what decision, and what each may do."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.readings import note_reading, opening_of
from enrs.core.access.rules import WRITE
from enrs.core.moments import legal_day
from enrs.referentials.circles import commands, measures, queries, rules
from enrs.referentials.circles.commands.mandates import WORDS_OF_THE_PERSON
from enrs.referentials.circles.forms import REFUSALS, DecisionForm
from enrs.referentials.circles.views.shared import READS, WRITES, page, refusals_on

KINDS = {
    "parental_authority": "Titulaire de l’autorité parentale",
    "mandate": "Aidant choisi par la personne",
}
"""How who comes by no measure is called."""


@permission(READS)
@require_safe
def mandates(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """« Qui représente ou assiste la personne », and for the person « Qui me représente ou m’assiste »."""
    opening = opening_of(request)
    note_reading(request, "circle.read", "circle")
    may_write = opening.may(WRITE, "circle")
    context = {
        "rows": [_row(one) for one in queries.representatives(patient_id)],
        "is_person": opening.decision.role == "patient",
        "is_proxy": opening.decision.role == "proxy",
        "may_open": may_write and opening.decision.role in WORDS_OF_THE_PERSON,
        "may_renew": may_write and rules.may_keep_measure(opening.decision.role),
    }
    return page(request, "circles/mandates.html", context)


@permission(WRITES)
def renew_mandate(request: HttpRequest, patient_id: UUID, member_id: UUID) -> HttpResponse:
    """Enter the decision that renews a measure."""
    found = _found(patient_id, member_id)
    if not _may_keep(request):
        raise Http404
    asks_kind = found.mandate is None
    choices = measures.entered_for(found.member.ground) if asks_kind else ()
    form = DecisionForm(request.POST or None, kind=found.member.ground, choices=choices)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            kind = form.cleaned_data.get("kind", "")
            commands.renew_mandate(member=found.member, decided=form.decided(), kind=kind)
        if form.is_valid():
            messages.success(request, "La décision est enregistrée, et l’accès suit sa date.")
            return redirect("circles:mandates", patient_id=patient_id)
    context = {"form": form, "one": found, "asks_kind": asks_kind}
    return page(request, "circles/renew.html", context, 422 if form.errors else 200)


@permission(WRITES)
@require_POST
def end_mandate(request: HttpRequest, patient_id: UUID, member_id: UUID) -> HttpResponse:
    """End a measure before its day."""
    member = _found(patient_id, member_id).member
    reason = request.POST.get("reason", "")
    return _done(
        request,
        patient_id,
        lambda: commands.end_mandate(member=member, reason=reason),
        "La mesure est terminée : ce qu’elle ouvrait est fermé.",
    )


@permission(WRITES)
@require_POST
def open_mandate(request: HttpRequest, patient_id: UUID, member_id: UUID) -> HttpResponse:
    """The person opens their record to whoever assists them."""
    member = _found(patient_id, member_id).member
    return _done(
        request,
        patient_id,
        lambda: commands.open_to_representative(member=member),
        f"{member.display} peut lire ce dossier, jusqu’à ce que la lecture soit refermée.",
    )


@permission(WRITES)
@require_POST
def close_mandate(request: HttpRequest, patient_id: UUID, member_id: UUID) -> HttpResponse:
    """The person closes it again."""
    member = _found(patient_id, member_id).member
    return _done(
        request,
        patient_id,
        lambda: commands.close_to_representative(member=member),
        f"{member.display} ne lit plus ce dossier.",
    )


def _found(patient_id: UUID, member_id: UUID) -> queries.Representative:
    found = queries.representative(patient_id, member_id)
    if found is None:
        raise Http404
    return found


def _may_keep(request: HttpRequest) -> bool:
    return rules.may_keep_measure(opening_of(request).decision.role)


def _done(
    request: HttpRequest, patient_id: UUID, command: Callable[[], None], said: str
) -> HttpResponse:
    try:
        command()
    except AccessRefusedError:
        messages.error(request, "Votre place dans ce cercle ne permet pas cet acte.")
    except commands.CircleError as error:
        messages.error(
            request, REFUSALS.get(error.reason, "Cette demande ne peut pas être suivie.")
        )
    else:
        messages.success(request, said)
    return redirect("circles:mandates", patient_id=patient_id)


def _row(one: queries.Representative) -> dict[str, object]:
    """One representative in words."""
    measure, mandate = one.measure, one.mandate
    row: dict[str, object] = {
        "member": one.member,
        "label": measure.label
        if measure
        else KINDS.get(one.member.ground, "Représentant ou aidant"),
        "mandate": mandate,
        "measure": measure,
    }
    if measure:
        row["decides"] = measures.DECIDES_WORDS[measure.decides]
        row["acts"] = [
            (measures.ACT_WORDS[act], measures.HOW_WORDS[how]) for act, how in measure.acts.items()
        ]
        row["asks_opening"] = not measure.opens_at_once and mandate is not None
        row["articles"] = " · ".join(measure.articles)
    if mandate:
        row["term"] = measures.TERM_WORDS.get(mandate.term, "")
        row["is_near"] = measures.is_near_its_end(mandate.ends_on, today=legal_day(timezone.now()))
    return row
