"""« Quoi de neuf » across patients, favourites, saved views and rounds."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL, patient_permission
from enrs.core.audit.commands import note
from enrs.core.live.views import live_context
from enrs.core.numbers import whole
from enrs.core.ui.shapes import Choice, Filter
from enrs.referentials.identity.queries import banner_of, regional_identities
from enrs.services.record import commands, queries
from enrs.services.record.views.entries import NEWS_LOOK
from enrs.services.record.views.frame import next_url, record_page

KINDS = {"documents": "Documents", "results": "Résultats", "notes": "Notes"}
MOST_SEEN = 1000
"""Patients of one page that are marked at once."""
DAYS = ("Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche")
COLUMNS = {
    "birth": "Naissance",
    "age": "Âge",
    "news": "Dernière nouvelle",
    "stay": "Séjour",
    "rounds": "Tournée",
}
SORTS = {"name": "Nom", "news": "Dernière nouvelle", "stay": "Lieu du séjour"}
REFUSED = {
    "label": "Donnez un nom à cette liste (80 lettres au plus).",
    "columns": "Une de ces colonnes n’existe pas.",
    "sort": "Ce tri n’existe pas.",
    "days": "Ces jours n’existent pas.",
    "count": "Vous gardez déjà cinquante listes : retirez-en une.",
}


@permission(PROFESSIONAL)
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """What is new for all of one's patients, newest first."""
    kind, state = request.GET.get("genre", ""), request.GET.get("etat", "")
    kind = kind if kind in KINDS else ""
    rows = queries.inbox(
        kind=kind,
        is_unread=state == "nonlu",
        is_favourite=state == "favoris",
        before=queries.Position.parse(request.GET.get("avant", "")),
    )
    shown, position = queries.cut(rows, "at")
    ids = sorted({one.patient_id for one in shown})
    people = regional_identities(ids)
    if ids:
        note("record.inbox.read", patient_ids=ids, object_kind="list")
    context = {
        "items": _items([one for one in shown if one.patient_id in people], people),
        "may_mark": not kind,
        "filters": _filters(kind, state),
        "is_filtered": bool(kind or state),
        "next_url": next_url(request, position),
        "here": request.get_full_path(),
        "live": live_context(f"user:{current_actor().user_id}"),
    }
    return render(request, "record/inbox.html", context)


def _items(news: list[queries.NewsItem], people: dict[UUID, Any]) -> list[dict[str, Any]]:
    """The rows; that of each patient which was recorded last says until when a mark reaches."""
    last: dict[UUID, queries.NewsItem] = {}
    for one in news:
        known = last.get(one.patient_id)
        if known is None or _recorded(one) > _recorded(known):
            last[one.patient_id] = one
    return [_item(one, people) | {"is_last": last[one.patient_id] is one} for one in news]


def _recorded(one: queries.NewsItem) -> datetime:
    return one.recorded_at or one.at


def _item(one: queries.NewsItem, people: dict[UUID, Any]) -> dict[str, Any]:
    icon, tone, _ = NEWS_LOOK[one.kind]
    return {"news": one, "banner": banner_of(people[one.patient_id]), "icon": icon, "tone": tone}


def _filters(kind: str, state: str) -> list[Filter]:
    kinds = [Choice("", "Tout"), *(Choice(key, word, key == kind) for key, word in KINDS.items())]
    states = [
        Choice("", "Tout"),
        Choice("nonlu", "Non lu", state == "nonlu"),
        Choice("favoris", "Mes favoris", state == "favoris"),
    ]
    return [Filter("genre", "Montrer", kinds), Filter("etat", "État", states)]


@permission(PROFESSIONAL)
@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """What is on the page was seen, and nothing that came since."""
    until: dict[UUID, datetime] = {}
    for text in request.POST.getlist("vu")[:MOST_SEEN]:
        identifier, _, moment = text.partition("~")
        patient_id, at = _uuid(identifier), _moment(moment)
        if patient_id and at:
            until[patient_id] = max(at, until.get(patient_id, at))
    commands.see_news(until=until)
    return redirect(_back(request))


@permission(patient_permission("identity"))
@require_POST
def favourite(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Keep a patient among one's favourites, or no longer."""
    is_favourite = request.POST.get("favori") == "1"
    commands.set_favourite(patient_id=patient_id, is_favourite=is_favourite)
    return redirect(_back(request))


@permission(PROFESSIONAL)
def lists(request: HttpRequest) -> HttpResponse:
    """One's views and rounds, and a new one."""
    if request.method == "POST":
        try:
            kept = commands.save_list(
                label=request.POST.get("label", ""),
                kind=request.POST.get("kind", "round"),
                columns=request.POST.getlist("columns"),
                sort=request.POST.get("sort", "name"),
            )
        except commands.ListRefusedError as error:
            messages.error(request, REFUSED[error.code])
        else:
            messages.success(request, f"« {kept.label} » est gardée.")
            return redirect("record:list", kept.id)
    context = {"lists": queries.my_lists(), "columns": COLUMNS, "sorts": SORTS}
    return render(request, "record/lists.html", context)


@permission(PROFESSIONAL)
@require_GET
def one_list(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """A saved view, or a round with its days."""
    kept = queries.my_list(list_id)
    if kept is None:
        raise Http404
    today = timezone.localdate().isoweekday()
    asked = request.GET.get("jour", str(today) if kept.kind == "round" else "0")
    day = int(asked) if asked in "01234567" and len(asked) == 1 else 0
    found = queries.listed_patients(
        sort=kept.sort,
        of_list=kept.id if kept.kind == "round" else None,
        day=day,
        after=_after(request.GET.get("apres", "")),
    )
    shown, more = found[: queries.PAGE], len(found) > queries.PAGE
    context = _list_context(kept, [one.identity for one in shown]) | {
        "list": kept,
        "day": day,
        "days": [(0, "Toute la semaine"), *enumerate(DAYS, 1)],
        "today": today,
        "next_url": _list_next(request, shown[-1]) if more else "",
    }
    return render(request, "record/list.html", context)


def _list_context(kept: Any, people: list[Any]) -> dict[str, Any]:
    """The rows of a list with what its columns ask for, each column one statement."""
    ids = [one.patient_id for one in people]
    columns = kept.columns or (["age", "stay", "rounds"] if kept.kind == "round" else ["birth", "age"])  # fmt: skip
    news = queries.latest_for(ids) if "news" in columns else {}
    stays = queries.stays_of(ids) if "stay" in columns else {}
    rounds = queries.round_entries(kept.id, ids) if kept.kind == "round" else {}
    marks = queries.marks_of(ids)
    if ids:
        note("record.list.read", patient_ids=ids, object_kind="list", object_id=kept.id)
    rows = [
        {
            "identity": one, "banner": banner_of(one), "news": news.get(one.patient_id),
            "stay": stays.get(one.patient_id), "mark": marks.get(one.patient_id),
            "round": rounds.get(one.patient_id),
        }
        for one in people
    ]  # fmt: skip
    for row in rows:
        entry = row["round"]
        row["round_days"] = (
            ", ".join(DAYS[day - 1][:3].lower() for day in entry.days) if entry else ""
        )
    return {"rows": rows, "columns": [(key, COLUMNS[key]) for key in columns]}  # fmt: skip


@permission(PROFESSIONAL)
@require_POST
def list_remove(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """Put a list away."""
    kept = queries.my_list(list_id)
    if kept is None:
        raise Http404
    commands.remove_list(kept=kept)
    messages.success(request, f"« {kept.label} » est retirée.")
    return redirect("record:lists")


@permission(patient_permission("identity"))
def rounds(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """On which of one's rounds a patient is."""
    if request.method == "POST":
        kept = queries.my_list(_uuid(request.POST.get("list", "")) or UUID(int=0))
        if kept is None or kept.kind != "round":
            raise Http404
        try:
            if request.POST.get("act") == "off":
                commands.take_off_round(kept=kept, patient_id=patient_id)
            else:
                days = {whole(one) for one in request.POST.getlist("days")}
                commands.put_on_round(
                    kept=kept, patient_id=patient_id, days=days, moment=request.POST.get("moment", "")
                )  # fmt: skip
        except AccessRefusedError as error:
            raise Http404 from error
        except commands.ListRefusedError as error:
            messages.error(request, REFUSED[error.code])
        else:
            messages.success(request, "La tournée est à jour.")
        return redirect("record:rounds", patient_id)
    held = queries.rounds_with(patient_id)
    context = {
        "rounds": [(one, held.get(one.id)) for one in queries.my_lists("round")],
        "days": list(enumerate(DAYS, 1)),
    }
    return record_page(request, "summary", context, template="record/rounds.html")


def _after(text: str) -> tuple[str, UUID] | None:
    key, _, identifier = text.rpartition("~")
    found = _uuid(identifier)
    return (key, found) if found else None


def _list_next(request: HttpRequest, last: queries.Listed) -> str:
    query = request.GET.copy()
    query["apres"] = f"{last.key}~{last.identity.patient_id}"
    return f"{request.path}?{query.urlencode()}"


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _back(request: HttpRequest) -> str:
    url = request.POST.get("ici", "")
    is_ours = url_has_allowed_host_and_scheme(url, None) and url.startswith("/")
    return url if is_ours else "/"
