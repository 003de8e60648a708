"""Entry of figures, made for a thumb at night; a unit's page: its word, its code, its kinds, its history."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.numbers import whole
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.beds import commands, rules, words
from enrs.services.beds.commands import BedsRefusedError
from enrs.services.beds.commands.shared import TOPIC
from enrs.services.beds.forms import KindForm
from enrs.services.beds.models import Capacity, Unit
from enrs.services.beds.queries import rights, site
from enrs.services.beds.views.shared import READERS, known, number, page


@permission(READERS)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """One's own units for whoever has some, the region for the others."""
    by = current_actor()
    has_units = bool(by.organisation_id) and site.units_of(by.organisation_id).exists()  # type: ignore[arg-type]
    return redirect("beds:mine" if has_units and by.role in rules.ENTRY_ROLES else "beds:region")


@permission(READERS)
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The units of the place where one works now."""
    by = current_actor()
    units = []
    if by.organisation_id and by.role in rules.ENTRY_ROLES:
        units = list(site.units_of(by.organisation_id))
    context = {
        "cards": site.cards(units),
        "place": by.organisation_name,
        "unattached": site.unattached_count(by.organisation_id) if units else 0,  # type: ignore[arg-type]
    }
    topic = f"grantee:{by.organisation_id}" if by.organisation_id else TOPIC
    return page(request, "mine", "mine", context, topic=topic)


@permission(READERS)
@require_POST
def enter(request: HttpRequest, capacity_id: UUID) -> HttpResponse:
    """Change some counts of one kind of bed: a button gives one, the small form several."""
    row = known(site.capacity(capacity_id))
    given = {one: number(request.POST[one]) for one in rules.STATUSES if request.POST.get(one)}
    try:
        commands.enter_figures(
            capacity=row, given=given, expected_version=whole(request.POST.get("version", ""))
        )
    except StaleSaveError as error:
        return _card(request, row.unit, stale=error.current, given=given)  # type: ignore[arg-type]
    except BedsRefusedError as error:
        return _card(request, row.unit, refused=words.refusal(error.reason), at=row.pk)
    return _card(request, row.unit)


@permission(READERS)
@require_POST
def confirm(request: HttpRequest, unit_id: UUID) -> HttpResponse:
    """« Rien n'a changé »."""
    found = known(site.unit(unit_id))
    seen = {}
    for text in request.POST.getlist("seen"):
        key, _, version = text.partition(":")
        try:
            seen[UUID(key)] = whole(version)
        except ValueError as error:
            raise Http404 from error
    try:
        commands.confirm_figures(unit=found, seen=seen)
    except StaleSaveError:
        return _card(request, found, refused=words.STALE)
    except BedsRefusedError as error:
        return _card(request, found, refused=words.refusal(error.reason))
    return _card(request, found, done="C’est noté : ces chiffres sont de maintenant.")


@permission(READERS)
@require_POST
def undo(request: HttpRequest, reading_id: UUID) -> HttpResponse:
    """Take one's last entry back."""
    found = known(site.reading(reading_id))
    try:
        commands.undo_entry(reading=found)
    except BedsRefusedError as error:
        return _card(request, found.capacity.unit, refused=words.refusal(error.reason))
    return _card(request, found.capacity.unit, done="Saisie annulée.")


def _card(
    request: HttpRequest,
    found: Unit,
    *,
    refused: str = "",
    at: UUID | None = None,
    done: str = "",
    stale: Capacity | None = None,
    given: dict[str, int] | None = None,
) -> HttpResponse:
    """The card of a unit after an act; without htmx, the whole page with the same words."""
    if not rights.may_enter(found):
        raise Http404
    if not getattr(request, "htmx", False):
        if refused or stale:
            messages.error(request, refused or words.STALE)
        elif done:
            messages.success(request, done)
        return redirect("beds:mine")
    context = {
        "card": site.cards([known(site.unit(found.pk))])[0],
        "refused": refused,
        "refused_at": at,
        "done": done,
        "stale": stale,
        "given": given or {},
        "wanted": [(_label(name), count) for name, count in (given or {}).items()],
        "standing": [(_label(name), getattr(stale, name)) for name in given or {} if stale],
    }
    return render(request, "beds/_card.html", context)


def _label(status: str) -> str:
    return words.STATUSES[status]


@permission(READERS)
@require_safe
def unit(request: HttpRequest, unit_id: UUID) -> HttpResponse:
    """One unit: its figures, its history, and its settings for those who enter them."""
    return _unit(request, known(site.unit(unit_id)), KindForm())


def _unit(request: HttpRequest, found: Unit, form: KindForm, refused: str = "") -> HttpResponse:
    may_enter = rights.may_enter(found)
    if not may_enter and not rights.is_of_cell():
        raise Http404
    rows = site.history(found)
    context = {
        "unit": found,
        "card": site.cards([found])[0],
        "rows": rows[: site.HISTORY],
        "has_more": len(rows) > site.HISTORY,
        "may_enter": may_enter,
        "software": list(found.software_units.order_by("name", "code")),
        "form": form,
        "refused": refused,
    }
    return page(request, "unit", "mine", context, 422 if refused or form.errors else 200)


@permission(READERS)
@require_POST
def word(request: HttpRequest, unit_id: UUID) -> HttpResponse:
    """Write the word of a unit."""
    found = known(site.unit(unit_id))
    version = whole(request.POST.get("version", ""))
    try:
        commands.write_word(
            unit=found, words=request.POST.get("word", ""), expected_version=version
        )
    except StaleSaveError as error:
        current = error.current
        told = f"Quelqu’un a écrit entre-temps : « {current.word} »."  # type: ignore[attr-defined]
        return _card(request, found, refused=f"{told} Le vôtre était : « {found.word} ».")
    except BedsRefusedError as error:
        return _card(request, found, refused=words.refusal(error.reason))
    return _card(request, found, done="Mot enregistré.")


@permission(READERS)
@require_POST
def code(request: HttpRequest, unit_id: UUID) -> HttpResponse:
    """How the site's software names the unit."""
    found = known(site.unit(unit_id))
    version = whole(request.POST.get("version", ""))
    try:
        commands.set_code(unit=found, code=request.POST.get("code", ""), expected_version=version)
    except StaleSaveError:
        return _unit(request, known(site.unit(unit_id)), KindForm(), words.STALE)
    except BedsRefusedError as error:
        return _unit(request, known(site.unit(unit_id)), KindForm(), words.refusal(error.reason))
    messages.success(request, "Code enregistré.")
    return redirect("beds:unit", unit_id)


@permission(READERS)
@require_POST
def kind(request: HttpRequest, unit_id: UUID) -> HttpResponse:
    """Follow one more kind of bed."""
    found, form = known(site.unit(unit_id)), KindForm(request.POST)
    if not form.is_valid():
        return _unit(request, found, form)
    try:
        commands.open_capacity(unit=found, **form.cleaned_data)
    except BedsRefusedError as error:
        return _unit(request, found, form, words.refusal(error.reason))
    messages.success(request, "Ce type de lits est suivi.")
    return redirect("beds:unit", unit_id)
