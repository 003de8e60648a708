"""The summary's own data: each kind's page, and writing, amending or withdrawing an entry."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import BoundField, DateTimeField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import Opening, permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import opening_of
from enrs.core.numbers import whole
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.french import moment_words
from enrs.core.ui.shapes import Choice, Conflict, Filter
from enrs.services.record import commands, queries
from enrs.services.record.forms import FORMS, EntryForm
from enrs.services.record.models import Entry, FormerEntry
from enrs.services.record.queries.entries import WORDS
from enrs.services.record.rules import entries as rules
from enrs.services.record.views.frame import next_url, record_page


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of entry in words: its page's title, its button, its icon, what an empty list says."""

    key: str
    title: str
    add: str
    icon: str
    empty: str


KINDS = {
    one.key: one
    for one in (
        Kind("problem", "Problèmes et antécédents", "Ajouter un problème", "clipboard2-heart",
             "Maladies, opérations et risques de la personne se notent ici."),
        Kind("allergy", "Allergies et intolérances", "Ajouter une allergie", "exclamation-triangle",
             "Notez une allergie, ou dites qu’aucune n’est connue : les deux se voient dans le bandeau."),
        Kind("treatment", "Traitements", "Ajouter un traitement", "capsule",
             "Les médicaments que la personne prend se notent ici."),
        Kind("vaccination", "Vaccinations", "Ajouter un vaccin", "shield-plus",
             "Les vaccins reçus se notent ici."),
        Kind("measure", "Mesures", "Ajouter une mesure", "activity",
             "Poids, pression artérielle, température… se notent ici."),
    )
}  # fmt: skip


def _kind(key: str) -> Kind:
    if key not in KINDS:
        raise Http404
    return KINDS[key]


def may_enter(opening: Opening, kind: str) -> bool:
    """Whether the reader may add an entry of this kind: a writer of the summary, or the person a measure."""
    if opening.may("write", "summary"):
        return True
    is_person = opening.decision.role in {"patient", "proxy"}
    return is_person and kind in rules.BY_PERSON and opening.may("write", "assessment")


def _demand_enter(opening: Opening, kind: str) -> None:
    if not may_enter(opening, kind):
        opening.demand("write", "summary")


@permission(patient_permission("summary"))
@require_GET
def listing(request: HttpRequest, patient_id: UUID, kind: str) -> HttpResponse:
    """Every standing entry of a kind, newest first."""
    words, opening = _kind(kind), opening_of(request)
    measure = request.GET.get("mesure", "")
    measure = measure if kind == "measure" and measure in WORDS else ""
    before = queries.Position.parse(request.GET.get("avant", ""))
    rows = queries.entries(kind, patient_id, measure=measure, before=before)
    shown, position = queries.cut(rows, "measured_at" if kind == "measure" else "noted_at")
    options = [Choice("", "Toutes")]
    options += [Choice(key, name, key == measure) for key, (name, _) in WORDS.items()]
    may_write = may_enter(opening, kind)
    context = {
        "kind": words,
        "entries": shown,
        "filters": [Filter("mesure", "Mesure", options)] if kind == "measure" else [],
        "may_write": may_write,
        "may_change_all": opening.may("write", "summary"),
        "me": current_actor().user_id,
        "next_url": next_url(request, position),
    }
    return record_page(
        request, "summary", context, template="record/entries.html", reading=f"{kind}s"
    )


@permission(patient_permission("summary"))
def add(request: HttpRequest, patient_id: UUID, kind: str) -> HttpResponse:
    """A new entry."""
    words = _kind(kind)
    _demand_enter(opening_of(request), kind)
    form = FORMS[kind](request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            commands.record_entry(kind=kind, patient_id=patient_id, values=form.cleaned_data)
        except AccessRefusedError as error:
            raise Http404 from error
        except rules.EntryRefusedError as error:
            form.refuse(error)
        else:
            messages.success(request, "C’est noté dans la synthèse.")
            return redirect("record:entries", patient_id, kind)
    return _form_page(request, words, form)


@permission(patient_permission("summary"))
def change(request: HttpRequest, patient_id: UUID, kind: str, entry_id: UUID) -> HttpResponse:
    """An entry amended: the former state is kept; if it changed meanwhile both are shown."""
    words, found = _kind(kind), queries.entry(kind, patient_id, entry_id)
    if found is None:
        raise Http404
    _demand_enter(opening_of(request), kind)
    form = FORMS[kind](request.POST or None, entry=found)
    if request.method == "POST" and form.is_valid():
        expected = whole(request.POST.get("version", ""))
        try:
            commands.amend_entry(entry=found, values=form.cleaned_data, expected_version=expected)
        except AccessRefusedError as error:
            raise Http404 from error
        except rules.EntryRefusedError as error:
            form.refuse(error)
        except StaleSaveError as error:
            return _conflict(request, words, form, error.current)
        else:
            messages.success(request, "Modification enregistrée. L’ancien texte est conservé.")
            return redirect("record:entries", patient_id, kind)
    return _form_page(request, words, form, found)


@permission(patient_permission("summary"))
@require_POST
def withdraw(request: HttpRequest, patient_id: UUID, kind: str, entry_id: UUID) -> HttpResponse:
    """Withdraw an entry, with a reason."""
    words, found = _kind(kind), queries.entry(kind, patient_id, entry_id)
    if found is None:
        raise Http404
    try:
        commands.withdraw_entry(entry=found, reason=request.POST.get("reason", ""))
    except AccessRefusedError as error:
        raise Http404 from error
    messages.success(request, "Retiré de la synthèse.")
    return redirect("record:entries", patient_id, words.key)


@permission(patient_permission("summary", "write"))
@require_POST
def no_allergy(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """State that no allergy is known."""
    try:
        commands.state_no_allergy(patient_id=patient_id)
    except AccessRefusedError as error:
        raise Http404 from error
    except commands.NoAllergyRefusedError:
        messages.error(request, "Une allergie est notée : retirez-la d’abord si elle est fausse.")
    else:
        messages.success(request, "C’est noté : aucune allergie connue.")
    return redirect("record:entries", patient_id, "allergy")


def _form_page(
    request: HttpRequest, words: Kind, form: EntryForm, found: Any = None
) -> HttpResponse:
    patient_id = opening_of(request).patient_id
    context = {
        "kind": words,
        "form": form,
        "entry": found,
        "former": _former(form, found) if found else [],
        "names": " ".join(form.fields),
        "back_url": reverse("record:entries", args=[patient_id, words.key]),
    }
    response = record_page(
        request,
        "summary",
        context,
        template="record/entry.html",
        reading=f"{words.key}s",
        object_id=found.id if found else "",
    )
    response.status_code = 422 if form.errors else 200
    return response


def _former(form: EntryForm, entry: Entry) -> list[tuple[FormerEntry, list[tuple[str, str]]]]:
    """The former states of an entry, in the words of its form."""
    return [
        (one, [(str(bound.label), text) for bound in form if (text := _state_words(bound, one))])
        for one in queries.former_entries(entry.id, entry.patient_id)
    ]


def _state_words(bound: BoundField, former: FormerEntry) -> str:
    value = former.state.get(bound.name)
    if not value:
        return ""
    if isinstance(bound.field, DateTimeField) and (at := parse_datetime(value)):
        return moment_words(at)
    return str(dict(getattr(bound.field, "choices", ())).get(value, value))


def _conflict(request: HttpRequest, words: Kind, form: EntryForm, current: Any) -> HttpResponse:
    url = reverse("record:entry", args=[current.patient_id, words.key, current.id])
    fresh = type(form)(entry=current)
    conflict = Conflict(
        mine=[(str(one.label), str(form.data.get(one.name, ""))) for one in form],
        theirs=[(str(one.label), str(fresh.initial.get(one.name) or "")) for one in form],
        theirs_by=current.author_name,
        theirs_at=current.amended_at,
        reload_url=url,
        save_url=url,
        version=str(current.version),
        hidden={one.name: form.data.get(one.name, "") for one in form},
    )
    response = record_page(
        request, "summary", {"conflict": conflict}, template="record/note_conflict.html"
    )
    response.status_code = 409
    return response
