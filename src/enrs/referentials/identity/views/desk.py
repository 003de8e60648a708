"""Pages of the identity unit: what waits, one item, who works on it, what was decided lately."""

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.shapes import Choice, Filter
from enrs.referentials.identity import commands, evidence, queries, rules
from enrs.referentials.identity.forms.desk import AskForm, NoteForm, ReasonForm
from enrs.referentials.identity.forms.people import DecisionForm
from enrs.referentials.identity.models import IdentityProposal, SourceIdentity, WorkItem
from enrs.referentials.identity.queries import desk as queries_desk
from enrs.referentials.identity.queries import unit as queries_unit
from enrs.referentials.identity.queries.desk import Place, Wanted
from enrs.referentials.identity.queries.emergencies import told_of_item
from enrs.referentials.identity.queries.incidents import incidents_of_item
from enrs.referentials.identity.queries.unit import officers, source_names, wants_four_eyes
from enrs.referentials.identity.side_by_side import side_by_side
from enrs.referentials.identity.words import ATTRIBUTES

PAGE: Final = 25
OFFICERS: Final = role_permission("identity_officer")
AGES: Final = ((2, "Plus de 2 jours"), (7, "Plus d’une semaine"), (30, "Plus d’un mois"))
PROPOSED: Final = "Votre proposition attend un collègue."
CHANGED: Final = (
    "Les traits ont changé depuis que vous avez ouvert cette page : relisez-les, puis décidez."
)
TOO_LATE: Final = "Un collègue est passé avant vous : rien n’a été changé."


@permission(OFFICERS)
@require_GET
def work_list(request: HttpRequest) -> HttpResponse:
    """What waits for the identity unit: the gravest first, then the oldest."""
    wanted, kept = _wanted(request)
    items = queries_desk.open_items(wanted, after=_place(request), limit=PAGE + 1)
    shown = items[:PAGE]
    people = queries.identities_of_items([item.id for item in shown])
    names, team = source_names(), officers()
    next_url = ""
    if len(items) > PAGE:
        last = shown[-1]
        keys = {"rang": last.severity, "at": last.opened_at.isoformat(), "after": last.id}
        next_url = f"{reverse('identity:work_list')}?{urlencode(kept | keys)}"
    context = {
        "rows": [_row(item, people.get(item.id, []), names, team) for item in shown],
        "filters": _filters(wanted, names),
        "is_filtered": bool(kept),
        "count": queries_desk.open_count(wanted.kind) if wanted.is_whole else None,
        "most": queries_desk.MOST_COUNTED,
        "colleagues": [(key, name) for key, name in team.items() if key != current_actor().user_id],
        "next_url": next_url,
        "proposal_count": queries_desk.proposal_count(),
        "back": urlencode(kept),
    }
    return render(request, "identity/work_list.html", context)


def _row(
    item: WorkItem, people: list[SourceIdentity], names: dict[str, str], team: dict[UUID, str]
) -> dict[str, Any]:
    senders = [names.get(system, "") for system in item.systems or []]
    mine = item.assignee_id is not None and item.assignee_id == current_actor().user_id
    return {
        "item": item,
        "people": people,
        "places": [one for one in senders if one] or [sender_words(item.sender)],
        "severity": rules.SEVERITY_SHORT.get(item.severity, ""),
        "tone": rules.SEVERITY_TONES.get(item.severity, "neutre"),
        "whose": "Vous" if mine else team.get(item.assignee_id, "") if item.assignee_id else "",
    }


def _wanted(request: HttpRequest) -> tuple[Wanted, dict[str, str]]:
    """What the address asks, and the part of it that the next page keeps."""
    given = {
        name: request.GET.get(name, "")[:120]
        for name in ("kind", "gravite", "source", "qui", "age")
    }
    kind = given["kind"] if given["kind"] in WorkItem.Kind.values else ""
    severity = int(given["gravite"]) if given["gravite"] in ("0", "1", "2", "3") else None
    days = next((days for days, _ in AGES if str(days) == given["age"]), 0)
    own = str(current_actor().user_id or "")
    whose = {"moi": own, "personne": "free"}.get(given["qui"], "")
    kept = {"kind": kind, "gravite": "" if severity is None else str(severity), "source": given["source"],
            "qui": given["qui"] if whose else "", "age": str(days or "")}  # fmt: skip
    wanted = Wanted(kind, severity, given["source"].replace("\x00", ""), whose, days)
    return wanted, {name: value for name, value in kept.items() if value}


def _filters(wanted: Wanted, names: dict[str, str]) -> list[Filter]:
    whose = "" if not wanted.whose else "personne" if wanted.whose == "free" else "moi"
    return [
        choices("kind", "Motif", wanted.kind, WorkItem.Kind.choices, "Tous"),
        choices("gravite", "Gravité", "" if wanted.severity is None else str(wanted.severity),
                 [(str(key), words) for key, words in rules.SEVERITY_WORDS.items()], "Toutes"),
        choices("source", "Source", wanted.system, list(names.items()), "Toutes"),
        choices("qui", "Suivi par", whose, [("moi", "Moi"), ("personne", "Personne")], "Tous"),
        choices("age", "Âge", str(wanted.days or ""), [(str(key), words) for key, words in AGES], "Tous"),
    ]  # fmt: skip


def choices(name: str, label: str, chosen: str, pairs: Any, all_words: str) -> Filter:
    """A filter whose first choice is everything."""
    options = [Choice("", all_words, is_current=not chosen)]
    options += [Choice(code, str(words), is_current=code == chosen) for code, words in pairs]
    return Filter(name, label, options)


def sender_words(sender: str) -> str:
    """A sender's key (`application|facility`) for a person: the facility, then its software."""
    return " · ".join(part for part in reversed(sender.split("|")) if part)


def moment_of(text: str) -> datetime | None:
    """A moment of an address, or nothing."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def key_of(text: str) -> UUID | None:
    """An id of an address, or nothing."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _place(request: HttpRequest) -> Place | None:
    at, key = moment_of(request.GET.get("at", "")), key_of(request.GET.get("after", ""))
    severity = request.GET.get("rang", "")
    if at is None or key is None or severity not in ("0", "1", "2", "3"):
        return None
    return Place(int(severity), at, key)


@permission(OFFICERS)
@require_POST
def work_share(request: HttpRequest) -> HttpResponse:
    """Take, give back or give the ticked items."""
    keys = [key for key in map(key_of, request.POST.getlist("items")) if key]
    act, own = request.POST.get("act", ""), current_actor().user_id
    to = {"take": own, "give_back": None}.get(act, key_of(request.POST.get("to", "")))
    if not keys or (act not in ("take", "give_back") and to is None):
        messages.warning(request, "Cochez au moins une ligne, et choisissez à qui la confier.")
        return _back_to_list(request)
    try:
        count = commands.assign_items(item_ids=keys, to=to, by=current_actor())
    except AccessRefusedError:
        messages.warning(request, "Cette personne n’est plus de la cellule d’identité.")
        return _back_to_list(request)
    words = {"take": "à vous", "give_back": "rendues à tous"}.get(act, "confiées")
    if count:
        messages.success(request, f"{count} ligne{'s' if count > 1 else ''} {words}.")
    else:
        messages.warning(
            request, "Rien n’a changé : ces lignes sont suivies par quelqu’un d’autre, ou fermées."
        )
    return _back_to_list(request)


def _back_to_list(request: HttpRequest) -> HttpResponse:
    if one := key_of(request.POST.get("item", "")):
        return redirect("identity:work_item", one)
    query = request.POST.get("back", "")[:500]
    return redirect(f"{reverse('identity:work_list')}{'?' if query else ''}{query}")


@permission(OFFICERS)
@require_http_methods(["GET", "POST"])
def work_item(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """The identities of an item side by side, its evidence and history, and the decisions."""
    item = WorkItem.objects.filter(pk=item_id).first()
    identities = queries.identities_of_items([item_id]).get(item_id, [])
    if item is None or not identities:
        raise Http404
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            what = commands.decide_item(
                item_id=item_id, by=current_actor(), identities=identities,
                seen=request.POST.get("seen") or None, **form.cleaned_data,
            )  # fmt: skip
        except commands.ChangedTraitsError:
            messages.warning(request, CHANGED)
            return redirect("identity:work_item", item_id)
        except StaleSaveError:
            messages.warning(request, TOO_LATE)
            return redirect("identity:work_item", item_id)
        done = PROPOSED if what == "proposed" else "La décision est enregistrée."
        messages.success(request, done)
        return redirect("identity:work_list")
    seen = {"seen": request.POST.get("seen") or queries_unit.digest_of(item.identity_ids)}
    context = item_page(item, identities) | {"form": form} | seen
    return render(request, "identity/work_item.html", context, status=422 if form.errors else 200)


def item_page(item: WorkItem, identities: list[SourceIdentity]) -> dict[str, Any]:
    """What the page of an item shows, whatever form of it was refused."""
    names, own = source_names([one.system for one in identities]), current_actor().user_id
    sources = {one.system: names.get(one.system) or sender_words(one.sender) or one.system
               for one in identities}  # fmt: skip
    proposal = IdentityProposal.objects.filter(item=item, settled_at=None).first()
    attributes = attribute_pills(identities)
    kept, outcomes = (
        queries_desk.quarantined(item),
        dict(WorkItem.Outcome.choices) | rules.PROPOSALS,
    )
    return {
        "item": item,
        "identities": identities,
        "emergency": told_of_item(item),
        "heads": [(sources[one.system], one, attributes[one.id]) for one in identities],
        "rows": side_by_side([one.traits for one in identities]),
        "kept": kept,
        "kept_rows": kept_rows(identities[0], kept),
        "bars": evidence.waterfall(item, identities),
        "barriers": evidence.bars_of_link(item, identities),
        "acts": [(one, outcomes.get(one.outcome, "")) for one in queries_desk.acts_of(item)],
        "earlier": queries_desk.earlier_items(item),
        "incidents": incidents_of_item(item),
        "questions": list(item.questions.order_by("-asked_at", "-id")),
        "sources": sources,
        "proposal": proposal,
        "proposal_words": rules.PROPOSALS.get(proposal.outcome, "") if proposal else "",
        "is_own_proposal": proposal is not None and proposal.proposed_by_id == own,
        "wants_two": wants_four_eyes(queries_unit.everybody_of(item.identity_ids)),
        "severity": rules.SEVERITY_WORDS.get(item.severity, ""),
        "tone": rules.SEVERITY_TONES.get(item.severity, "neutre"),
        "assignee": officers().get(item.assignee_id, "") if item.assignee_id else "",
        "is_mine": item.assignee_id is not None and item.assignee_id == own,
        "colleagues": [(key, name) for key, name in officers().items() if key != own],
        "is_alone": len(identities) == 1,
        "may_undo": item.outcome not in (WorkItem.Outcome.BY_RULE, WorkItem.Outcome.WITHDRAWN),
        "undo_query": f"?{urlencode({'vu': item.closed_at.isoformat()})}" if item.closed_at else "",
        "is_move": item.kind in (WorkItem.Kind.PARTING, WorkItem.Kind.REJOINING),
        "closed_title": _closed_title(item, identities, kept),
        "ask": AskForm(sources=list(sources.items()), prefix="ask"),
        "note": NoteForm(prefix="note"),
        "settle": ReasonForm(prefix="settle"),
        "settle_kept": ReasonForm(),
    }


def attribute_pills(identities: list[SourceIdentity]) -> dict[UUID, list[tuple[str, str, str]]]:
    """(word, tone, icon) of each RNIV attribute of identities: one may be doubtful and a homonym."""
    found = queries.attributes_of(identities)
    return {key: [ATTRIBUTES[code] for code in codes] for key, codes in found.items()}


def _closed_title(item: WorkItem, identities: list[SourceIdentity], kept: Any) -> str:
    """What closed an item; a line about one identity is only closed, unless it said who or where it is."""
    is_said = len(identities) > 1 or kept or item.kind in ("parting", "rejoining")
    return item.get_outcome_display() if is_said else "Fermée"


def kept_rows(identity: SourceIdentity, kept: Any) -> list[Any]:
    """The traits of an identity beside those in quarantine for it."""
    if kept is None:
        return []
    told = rules.traits_of(kept.traits)
    before = rules.traits_of(kept.former) if kept.former else identity.traits
    return side_by_side([before, told])


@permission(OFFICERS)
@require_POST
def work_ask(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """« Demander à la source »."""
    item = item_or_404(item_id)
    systems = [(system, system) for system in item.systems or []]
    form = AskForm(request.POST, sources=systems, prefix="ask")
    if not form.is_valid():
        messages.warning(request, "Choisissez la source et écrivez votre question.")
    else:
        commands.ask_source(item_id=item_id, by=current_actor(), **form.cleaned_data)
        messages.success(
            request, "La question est partie. Elle sera rappelée dans 7 jours sans réponse."
        )
    return redirect("identity:work_item", item_id)


@permission(OFFICERS)
@require_POST
def work_note(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """A note for the colleagues."""
    item_or_404(item_id)
    form = NoteForm(request.POST, prefix="note")
    if form.is_valid():
        commands.note_item(item_id=item_id, by=current_actor(), **form.cleaned_data)
        messages.success(request, "La note est enregistrée.")
    else:
        messages.warning(request, "Écrivez quelques mots avant d’enregistrer la note.")
    return redirect("identity:work_item", item_id)


def item_or_404(item_id: UUID) -> WorkItem:
    """An item by its address."""
    item = WorkItem.objects.filter(pk=item_id).first()
    if item is None:
        raise Http404
    return item


@permission(OFFICERS)
@require_GET
def work_decisions(request: HttpRequest) -> HttpResponse:
    """« Décisions récentes »: who, when, why."""
    at, key = moment_of(request.GET.get("at", "")), key_of(request.GET.get("after", ""))
    is_mine = request.GET.get("qui", "") == "moi"
    found = queries_desk.decisions(
        after=(at, key) if at and key else None, by_id=current_actor().user_id if is_mine else None,
        limit=PAGE + 1,
    )  # fmt: skip
    shown = found[:PAGE]
    people = queries.identities_of_items(list({one.item_id for one in shown}))
    next_url = ""
    if len(found) > PAGE:
        keys = {"at": shown[-1].at.isoformat(), "after": shown[-1].id} | (
            {"qui": "moi"} if is_mine else {}
        )
        next_url = f"?{urlencode(keys)}"
    outcomes = dict(WorkItem.Outcome.choices) | rules.PROPOSALS
    context = {
        "rows": [(one, people.get(one.item_id, []), outcomes.get(one.outcome, "Fermée")) for one in shown],
        "filters": [choices("qui", "De", "moi" if is_mine else "", [("moi", "Moi")], "Toute la cellule")],
        "next_url": next_url,
    }  # fmt: skip
    return render(request, "identity/decisions.html", context)
