"""Pages of the unit on one patient's identities, and the questions to the sources with their answers."""

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL, role_permission
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity import commands, queries
from enrs.referentials.identity.forms.desk import AnswerForm, ReasonForm
from enrs.referentials.identity.models import IdentityLink, IdentityQuestion, SourceIdentity
from enrs.referentials.identity.queries import desk as queries_desk
from enrs.referentials.identity.queries.unit import OFFICER, source_names, teams_of, wants_four_eyes
from enrs.referentials.identity.side_by_side import side_by_side
from enrs.referentials.identity.views.desk import (
    PAGE,
    PROPOSED,
    attribute_pills,
    key_of,
    moment_of,
    sender_words,
)

OFFICERS: Final = role_permission("identity_officer")


@permission(OFFICERS)
@require_http_methods(["GET", "POST"])
def unit_find(request: HttpRequest) -> HttpResponse:
    """A patient by an exact INS or local number; a POST, so that no number stays in an address."""
    text = request.POST.get("q", "").replace("\x00", "").strip()[:80]
    found = queries_desk.unit_find(text) if text else []
    if len(found) == 1:
        return redirect("identity:unit_patient", found[0])
    people = [(key, queries_desk.patient_of_unit(key)[0]) for key in found[:5]]
    context = {"q": text, "people": [(key, one) for key, one in people if one is not None]}
    return render(request, "identity/unit_find.html", context)


@permission(OFFICERS)
@require_GET
def unit_patient(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Every source identity of a patient, side by side, with why each is theirs."""
    regional, held = queries_desk.patient_of_unit(patient_id)
    if regional is None:
        raise Http404
    names = source_names([one.identity.system for one in held])
    attributes = attribute_pills([one.identity for one in held])
    context: dict[str, Any] = {
        "regional": regional,
        "shown": queries.banner_of(regional),
        "held": [
            (
                one,
                names.get(one.identity.system) or sender_words(one.identity.sender),
                _rule(one.link),
                attributes[one.identity.id],
            )
            for one in held
        ],
        "rows": side_by_side([one.identity.traits for one in held]),
        "may_part": len(held) > 1,
        "moves": queries_desk.moves_waiting([one.identity.id for one in held]),
        "wants_two": wants_four_eyes([one.identity for one in held]),
        "form": ReasonForm(),
    }
    return render(request, "identity/unit_patient.html", context)


def _rule(link: dict[str, Any]) -> str:
    return str(dict(IdentityLink.Rule.choices).get(link.get("rule", ""), ""))


@permission(OFFICERS)
@require_POST
def unit_part(request: HttpRequest, patient_id: UUID, identity_id: UUID) -> HttpResponse:
    """Part an identity that is not this patient's."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.warning(
            request, "Dites en quelques mots pourquoi cette identité n’est pas la leur."
        )
        return redirect("identity:unit_patient", patient_id)
    try:
        identity = commands.part_identity(
            identity_id=identity_id, patient_id=patient_id, by=current_actor(),
            reason=form.cleaned_data["reason"],
        )  # fmt: skip
    except SourceIdentity.DoesNotExist as error:
        raise Http404 from error
    except StaleSaveError:
        messages.warning(
            request,
            "Cette identité n’est plus rattachée ici, ou sa séparation est déjà proposée : rien n’a été changé.",
        )
        return redirect("identity:unit_patient", patient_id)
    if identity is None:
        messages.success(request, PROPOSED)
        return redirect("identity:unit_patient", patient_id)
    messages.success(
        request, "L’identité est séparée : elle a son propre dossier, ses données l’ont suivie."
    )
    return redirect("identity:unit_patient", identity.patient_id)


@permission(OFFICERS)
@require_POST
def unit_rejoin(request: HttpRequest, identity_id: UUID) -> HttpResponse:
    """Put an identity back with the patient whom it left last."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.warning(
            request, "Dites en quelques mots pourquoi l’identité revient à son ancien dossier."
        )
        back = key_of(request.POST.get("patient", ""))
        return redirect("identity:unit_patient", back) if back else redirect("identity:unit_find")
    try:
        identity = commands.rejoin_identity(
            identity_id=identity_id, by=current_actor(), reason=form.cleaned_data["reason"],
            patient_id=key_of(request.POST.get("patient", "")),
        )  # fmt: skip
    except SourceIdentity.DoesNotExist as error:
        raise Http404 from error
    except StaleSaveError as error:
        messages.warning(
            request,
            "Rien n’a été changé : cette identité n’a pas d’ancien dossier, elle a bougé depuis,"
            " ou son retour est déjà proposé.",
        )
        back = key_of(request.POST.get("patient", "")) or getattr(error.current, "patient_id", None)
        return redirect("identity:unit_patient", back) if back else redirect("identity:unit_find")
    if identity is None:
        messages.success(request, PROPOSED)
        back = key_of(request.POST.get("patient", ""))
        return redirect("identity:unit_patient", back) if back else redirect("identity:unit_find")
    messages.success(request, "L’identité est revenue à son ancien dossier, avec ses données.")
    return redirect("identity:unit_patient", identity.patient_id)


@permission(PROFESSIONAL)
@require_GET
def question_list(request: HttpRequest) -> HttpResponse:
    """The questions that wait, and those answered: all of them for the unit, their own for a source's team."""
    is_officer, systems = _desk()
    is_open = request.GET.get("vue", "") != "repondues"
    at, key = moment_of(request.GET.get("at", "")), key_of(request.GET.get("after", ""))
    found = queries_desk.questions(
        systems=None if is_officer else systems, is_open=is_open,
        after=(at, key) if at and key else None, limit=PAGE + 1,
    )  # fmt: skip
    shown, names = found[:PAGE], source_names()
    next_url = ""
    if len(found) > PAGE:
        keys = {"at": shown[-1].asked_at.isoformat(), "after": shown[-1].id}
        next_url = f"?{urlencode(keys | ({} if is_open else {'vue': 'repondues'}))}"
    context = {
        "rows": [(one, names.get(one.system, one.system)) for one in shown],
        "is_open": is_open,
        "is_officer": is_officer,
        "next_url": next_url,
    }
    return render(request, "identity/questions.html", context)


def _desk() -> tuple[bool, list[str]]:
    """Whether one is of the unit, and the systems for which one answers; a 404 for anybody else."""
    by = current_actor()
    systems = [one.system for one in teams_of(by.user_id)]
    if by.role != OFFICER and not systems:
        raise Http404
    return by.role == OFFICER, systems


@permission(PROFESSIONAL)
@require_http_methods(["GET", "POST"])
def question(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """One question with the source's own identities, and its answer."""
    is_officer, systems = _desk()
    asked = queries_desk.question(question_id)
    if asked is None or not (is_officer or asked.system in systems):
        raise Http404
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _answer(request, asked, form, is_officer)
    item_ids = [asked.item_id]
    found = (
        queries.identities_of_items(item_ids)
        if is_officer
        else queries_desk.team_identities(item_ids)
    )
    own = [one for one in found.get(asked.item_id, []) if one.system == asked.system]
    context = {
        "asked": asked,
        "source": source_names([asked.system]).get(asked.system, asked.system),
        "heads": own,
        "rows": side_by_side([one.traits for one in own]),
        "fields": _field_words(asked.item.evidence.get("fields", [])),
        "is_officer": is_officer,
        "form": form,
    }
    return render(request, "identity/question.html", context, status=422 if form.errors else 200)


def _answer(
    request: HttpRequest, asked: IdentityQuestion, form: AnswerForm, is_officer: bool
) -> HttpResponse:
    try:
        commands.answer_question(question_id=asked.id, by=current_actor(), **form.cleaned_data)
        messages.success(request, "La réponse est enregistrée : la cellule d’identité décidera.")
    except StaleSaveError:
        messages.warning(request, "Quelqu’un a déjà répondu : rien n’a été changé.")
    except ObjectDoesNotExist as error:
        raise Http404 from error
    if is_officer:
        return redirect("identity:work_item", asked.item_id)
    return redirect("identity:questions")


FIELD_WORDS: Final = {
    "birth_name": "le nom de naissance", "first_given_name": "le premier prénom",
    "birth_date": "la date de naissance", "sex": "le sexe",
    "birth_place_code": "la commune de naissance", "ins": "le matricule INS",
}  # fmt: skip


def _field_words(fields: Any) -> str:
    """« le nom de naissance et le sexe »: what differs, without saying what the other one has."""
    words = [FIELD_WORDS[one] for one in fields if one in FIELD_WORDS]
    return " et ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
