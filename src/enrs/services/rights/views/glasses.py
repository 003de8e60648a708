"""« Bris de glace à relire »: the list, one opening with what was read during it, and the answer."""

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT
from enrs.core.audit.commands import note
from enrs.core.audit.words import act_words
from enrs.core.spreadsheets import csv_cell
from enrs.core.ui.french import local
from enrs.core.ui.shapes import Choice, Filter
from enrs.services.rights import commands
from enrs.services.rights.forms import ReviewForm
from enrs.services.rights.models import Glass
from enrs.services.rights.queries import glasses as queries
from enrs.services.rights.queries.desk import Desk, desk_of
from enrs.services.rights.queries.glasses import Asked
from enrs.services.rights.rules import glasses as rules

TONES: Final = {
    "pending": "information",
    "asked": "attention",
    "explained": "information",
    "justified": "sûr",
    "unjustified": "alerte",
}
HEADINGS: Final = (
    "ouvert_le", "qui", "lieu", "dossier_de", "nature", "motif", "a_relire_avant", "etat", "en_retard",
)  # fmt: skip
DONE: Final = {
    "asked": "La demande est partie : vous serez prévenu de la réponse.",
    "justified": "C’est noté : accès justifié. Le professionnel en est prévenu.",
    "unjustified": "C’est noté : accès non justifié. Le professionnel et la personne en sont prévenus.",
}


@permission(ACCOUNT)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What waits on the desk, the most late first; or what was judged."""
    desk = _desk()
    asked = _asked(request)
    found, last = queries.glasses(desk, asked)
    kept = _kept(request)
    note("rights.glasses.read", object_kind="list", patient_ids=[one.patient_id for one in found])
    context = {
        "rows": [row(one) for one in found],
        "view": asked.view,
        "q": asked.text,
        "filters": _filters(desk, asked),
        "is_filtered": bool({*kept} - {"vue"}),
        "late": queries.late_count(desk),
        "export": urlencode(kept),
        "next_url": "?" + urlencode(kept | {"apres": f"{last.due_at.isoformat()}~{last.id}"})
        if last
        else "",
        "has_own": not desk.is_whole,
    }
    return render(request, "rights/glasses.html", context)


@permission(ACCOUNT)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The same choice, as a file for a spreadsheet."""
    desk, asked = _desk(), _asked(request)
    rows = list(queries.exported(desk, asked))
    note("rights.glasses.exported", object_kind="list", details={"count": len(rows)})
    response = HttpResponse("".join(_lines(rows)), content_type="text/csv; charset=utf-8")
    stamp = local(timezone.now()).strftime("%Y%m%d-%H%M")
    response.headers["Content-Disposition"] = f'attachment; filename="bris-de-glace-{stamp}.csv"'
    return response


@permission(ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def glass(request: HttpRequest, glass_id: UUID) -> HttpResponse:
    """One opening: who, why, what was read; a POST answers."""
    held = queries.glass_of_desk(_desk(), glass_id)
    if held is None:
        raise Http404
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = form.cleaned_data["answer"]
        try:
            _answer(held, answer, form.cleaned_data["text"])
        except commands.RightsError as error:
            form.add_error(None, str(error))
        else:
            toasts.success(request, DONE[answer])
            return redirect("rights:glasses")
    note(
        "rights.glass.read",
        patient_id=held.patient_id,
        object_kind="break_glass",
        object_id=held.id,
    )
    context = page_of(held) | {"form": form, "may_answer": _may_answer(held)}
    return render(request, "rights/glass.html", context, status=422 if form.errors else 200)


def page_of(held: Glass) -> dict[str, Any]:
    """What both the reviewer and the opener see of an opening."""
    lines = queries.read_during(held)
    return {
        "glass": held,
        "row": row(held),
        "acts": queries.acts_of(held),
        "lines": [
            (one, *act_words(one.action, one.actor_role)) for one in lines[: queries.MOST_LINES]
        ],
        "has_more": len(lines) > queries.MOST_LINES,
    }


def row(one: Glass) -> dict[str, Any]:
    """One opening as lists show it."""
    return {
        "glass": one,
        "kind": one.get_kind_display(),
        "state": one.get_state_display(),
        "tone": TONES[one.state],
        "is_open": one.state in rules.OPEN_STATES,
        "is_late": rules.is_late(one.state, one.due_at, timezone.now()),
    }


def _answer(held: Glass, answer: str, text: str) -> None:
    if answer == "asked":
        commands.ask_explanation(glass=held, text=text)
    else:
        commands.judge_glass(glass=held, verdict=answer, text=text)


def _may_answer(held: Glass) -> bool:
    return rules.may_judge(held.state) and held.user_id != current_actor().user_id


def _desk() -> Desk:
    """The actor's desk; there is no such address for whoever has none."""
    desk = desk_of()
    if desk is None:
        raise Http404
    return desk


def _lines(rows: list[Glass]) -> Iterator[str]:
    """The file, line by line, with the mark that spreadsheets want."""
    writer = csv.writer(Echo(), delimiter=";", lineterminator="\r\n")
    yield "\ufeff" + writer.writerow(HEADINGS)
    for one in rows:
        shown = row(one)
        values = (
            _day(one.opened_at), one.user_name, one.organisation_name, one.patient_name, shown["kind"],
            one.reason_text, _day(one.due_at), shown["state"], "oui" if shown["is_late"] else "non",
        )  # fmt: skip
        yield writer.writerow([csv_cell(value) for value in values])


class Echo:
    """Gives back the line that a writer of CSV makes."""

    def write(self, line: str) -> str:
        return line


def _day(at: datetime) -> str:
    return local(at).strftime("%Y-%m-%d %H:%M")


PARTS: Final = ("vue", "etat", "nature", "retard", "lieu", "q")


def _kept(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in PARTS if request.GET.get(name)}


def _asked(request: HttpRequest) -> Asked:
    given = request.GET
    view = _one(given.get("vue", ""), queries.VIEWS)
    moment, _, key = given.get("apres", "").partition("~")
    try:
        before = (datetime.fromisoformat(moment), UUID(key))
    except ValueError:
        before = None
    if before and before[0].tzinfo is None:
        before = None
    return Asked(
        view=view,
        state=_one(given.get("etat", ""), queries.VIEWS[view]),
        kind=_one(given.get("nature", ""), Glass.Kind.values),
        is_late=given.get("retard") == "1" and not view,
        place=_identifier(given.get("lieu", "")),
        text=given.get("q", "").replace("\x00", "").strip()[:100],
        before=before,
    )


def _one(given: str, known: Any) -> str:
    return given if given in known else ""


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _filters(desk: Desk, asked: Asked) -> list[Filter]:
    labels = dict(Glass.State.choices)
    states = [(one, str(labels[Glass.State(one)])) for one in queries.VIEWS[asked.view]]
    kinds = [(str(value), str(label)) for value, label in Glass.Kind.choices]
    found = [
        _filter("etat", "État", states, asked.state),
        _filter("nature", "Nature", kinds, asked.kind),
    ]
    places = [(str(one), name) for one, name in queries.places_with_glasses(desk)]
    if len(places) > 1:
        found.append(_filter("lieu", "Lieu", places, str(asked.place or "")))
    if not asked.view:
        late = [("1", "En retard")]
        found.append(_filter("retard", "Délai", late, "1" if asked.is_late else ""))
    return found


def _filter(name: str, label: str, options: list[tuple[str, str]], current: str) -> Filter:
    choices = [Choice(value, text, is_current=value == current) for value, text in options]
    return Filter(name, label, [Choice("", "Tous", is_current=not current), *choices])
