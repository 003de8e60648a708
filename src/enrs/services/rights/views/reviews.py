"""« Accès de mon équipe »: who of a structure opened which record, for its referent; and what is asked of them."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT, PROFESSIONAL
from enrs.core.audit.commands import note
from enrs.core.sealing import cipher
from enrs.core.spreadsheets import csv_cell
from enrs.core.ui.french import local
from enrs.core.ui.shapes import Choice, Filter
from enrs.services.rights import commands
from enrs.services.rights.forms import CloseLineForm, ExplainLineForm, MarkForm
from enrs.services.rights.models import AccessReview
from enrs.services.rights.queries import reviews as queries
from enrs.services.rights.queries.desk import Desk, desk_of
from enrs.services.rights.queries.reviews import OpenedLine, Period, Position
from enrs.services.rights.rules import reviews as rules
from enrs.services.rights.views.acts import explained, question_of
from enrs.services.rights.views.glasses import Echo

SEAL = "rights.openings"
FIRST_YEAR = 2020
"""No journal begins before."""

HEADINGS: Final = (
    "qui", "dossier", "reference", "actes", "jours", "premier", "dernier", "signes", "revue",
)  # fmt: skip
TONES: Final = {"seen": "sûr", "asked": "attention", "explained": "information"}
DONE: Final = {
    "seen": "C’est noté : vu, rien à dire.",
    "asked": "La demande est partie, et le délégué à la protection des données prévenu. Vous le serez de la réponse.",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page of the list shows."""

    place: UUID
    period: Period
    period_key: str
    text: str
    before: Position | None

    def kept(self) -> dict[str, str]:
        """What a link to the same choice carries."""
        found = {"lieu": str(self.place), "periode": self.period_key, "q": self.text}
        return {name: value for name, value in found.items() if value}


@permission(PROFESSIONAL)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """One line for each person and record of the structure, what is unusual first."""
    desk = _referent()
    asked = _asked(request, desk)
    found = queries.opened_lines(
        place=asked.place, period=asked.period, text=asked.text, before=asked.before
    )
    shown = found[: queries.PAGE]
    note(
        "rights.openings.read",
        object_kind="organisation",
        object_id=asked.place,
        patient_ids=sorted({one.patient_id for one in shown}),
        details={"since": asked.period.since.isoformat(), "until": asked.period.until.isoformat()},
    )
    until = asked.period.until.isoformat()
    context = {
        "rows": [row(one) | {"url": _line_url(one, asked)} for one in shown],
        "place_name": desk.places[asked.place],
        "q": asked.text,
        "filters": _filters(desk, asked),
        "is_filtered": bool(asked.text or asked.period_key),
        "cut_at": shown[0].cut_at if shown else None,
        "most": rules.MOST_LINES,
        "export": urlencode(asked.kept()),
        "next_url": "?"
        + urlencode(
            asked.kept() | {"jusqu": until, "apres": _written(shown[-1].position, asked.place)}
        )
        if len(found) > queries.PAGE
        else "",
    }
    return render(request, "rights/openings.html", context)


@permission(PROFESSIONAL)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The same choice, as a file for a spreadsheet."""
    desk = _referent()
    asked = _asked(request, desk)
    rows = queries.opened_lines(
        place=asked.place, period=asked.period, text=asked.text, limit=queries.MOST_EXPORTED
    )
    note(
        "rights.openings.exported",
        object_kind="organisation",
        object_id=asked.place,
        patient_ids=sorted({one.patient_id for one in rows}),
        details={"count": len(rows)},
    )
    response = HttpResponse("".join(_lines(rows)), content_type="text/csv; charset=utf-8")
    stamp = local(timezone.now()).strftime("%Y%m%d-%H%M")
    response.headers["Content-Disposition"] = f'attachment; filename="acces-equipe-{stamp}.csv"'
    return response


@permission(PROFESSIONAL)
@require_http_methods(["GET", "HEAD", "POST"])
def line(request: HttpRequest, place: UUID, user_id: UUID, reference: str) -> HttpResponse:
    """One line; a POST marks it."""
    desk = _referent()
    if not desk.holds(place):
        raise Http404
    period, key = _period(request)
    found = queries.line_of(place=place, user_id=user_id, reference=reference, period=period)
    if found is None:
        raise Http404
    back = f"{reverse('rights:openings')}?{urlencode({'lieu': str(place), 'periode': key})}"
    form = MarkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            commands.mark_line(
                place=place,
                user_id=user_id,
                reference=reference,
                period=period,
                **form.cleaned_data,
            )
        except commands.RightsError as error:
            form.add_error(None, str(error))
        else:
            toasts.success(request, DONE[form.cleaned_data["mark"]])
            return redirect(back)
    note(
        "rights.opening.read",
        patient_id=found.patient_id,
        object_kind="organisation",
        object_id=place,
    )
    context = {
        "row": row(found),
        "line": found,
        "place_name": desk.places[place],
        "back": back,
        "form": form,
        "is_own": user_id == current_actor().user_id,
        "may_mark": rules.may_mark(found.review_state) and user_id != current_actor().user_id,
    }
    return render(request, "rights/opening.html", context, status=422 if form.errors else 200)


@permission(ACCOUNT)
@require_safe
def to_explain(request: HttpRequest) -> HttpResponse:
    """What waits for a word: for the referent of the place, and for the data-protection officer."""
    desk = _desk()
    try:
        before = UUID(request.GET.get("apres", ""))
    except ValueError:
        before = None
    found, last = queries.reviews(desk, before=before)
    names = queries.names_of(found)
    note("rights.reviews.read", object_kind="list", patient_ids=[one.patient_id for one in found])
    context = {
        "rows": [reviewed(one, names) for one in found],
        "has_openings": not desk.is_whole,
        "next_url": f"?apres={last}" if last else "",
    }
    return render(request, "rights/reviews.html", context)


@permission(ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """One marked line with what was said; a POST closes it."""
    desk = _desk()
    held = queries.review_of_desk(desk, review_id)
    if held is None:
        raise Http404
    form = CloseLineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            commands.close_line(review=held, text=form.cleaned_data["text"])
        except commands.RightsError as error:
            form.add_error(None, str(error))
        else:
            toasts.success(request, "C’est noté : vu. Le professionnel en est prévenu.")
            return redirect("rights:reviews")
    context = page_of(held) | {
        "form": form,
        "may_close": rules.may_close(held.state) and held.user_id != current_actor().user_id,
    }
    return render(request, "rights/review.html", context, status=422 if form.errors else 200)


@permission(PROFESSIONAL)
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """What is asked about one's own accesses; a POST explains them."""
    held = queries.own_review(review_id)
    if held is None:
        raise Http404
    form = ExplainLineForm(request.POST or None)
    if explained(request, form, partial(commands.explain_line, review=held)):
        return redirect("rights:own")
    shown = page_of(held)
    context = shown | {
        "form": form,
        "may_explain": rules.may_explain(held.state),
        "question": question_of(shown["acts"]),
    }
    return render(request, "rights/own_review.html", context, status=422 if form.errors else 200)


def row(one: OpenedLine) -> dict[str, Any]:
    """One line as lists show it."""
    return {
        "line": one,
        "signs": [rules.SIGNS[name] for name in one.signs],
        "state": AccessReview.State(one.review_state).label if one.review_state else "",
        "tone": TONES.get(one.review_state, ""),
    }


def reviewed(one: AccessReview, names: dict[UUID, str]) -> dict[str, Any]:
    """One marked line as lists show it."""
    return {
        "review": one,
        "name": names.get(one.pk, ""),
        "signs": [rules.SIGNS[name] for name in one.signs.split(",") if name in rules.SIGNS],
        "state": one.get_state_display(),
        "tone": TONES[one.state],
    }


def page_of(held: AccessReview) -> dict[str, Any]:
    """What both the desk and the opener see of a marked line; the look leaves its own line."""
    note(
        "rights.review.read",
        patient_id=held.patient_id,
        object_kind="access_review",
        object_id=held.pk,
    )
    return {"row": reviewed(held, queries.names_of([held])), "acts": queries.acts_of(held)}


def _referent() -> Desk:
    """The desk of somebody who answers for a place; there is no such address for anybody else."""
    desk = _desk()
    if desk.is_whole:
        raise Http404
    return desk


def _desk() -> Desk:
    desk = desk_of()
    if desk is None:
        raise Http404
    return desk


def _period(request: HttpRequest) -> tuple[Period, str]:
    """The period of a page: its end is now, or where the first page put it."""
    given = request.GET.get("periode", "")
    key = given if given in rules.PERIODS else ""
    _, first, last = rules.PERIODS[key]
    now = timezone.now()
    fixed = _moment(request.GET.get("jusqu", ""))
    until = fixed if fixed and fixed <= now else now - timedelta(days=last)
    return Period(until - timedelta(days=first - last), until), key


def _asked(request: HttpRequest, desk: Desk) -> Asked:
    given = request.GET
    places = list(desk.places)
    wanted = _identifier(given.get("lieu", ""))
    period, key = _period(request)
    place = wanted if wanted and wanted in desk.places else places[0]
    return Asked(
        place=place,
        period=period,
        period_key=key,
        text=given.get("q", "").replace("\x00", "").strip()[:100],
        before=_position(given.get("apres", ""), place),
    )


def _written(position: Position, place: UUID) -> str:
    """The end of a page, sealed for its reader and this place: it names a record, which they may not know."""
    at = position.last_at.isoformat()
    by = current_actor().user_id
    text = f"{position.weight}~{at}~{position.user_id}~{position.patient_id}~{place}~{by}"
    return cipher(SEAL).encrypt(text.encode()).decode()


def _position(text: str, place: UUID) -> Position | None:
    try:
        parts = cipher(SEAL).decrypt(text.encode()).decode().split("~")
    except InvalidToken:
        return None
    weight, at, user_id, patient_id, of, by = parts
    if (of, by) != (str(place), str(current_actor().user_id)):
        return None
    return Position(int(weight), datetime.fromisoformat(at), UUID(user_id), UUID(patient_id))


def _moment(text: str) -> datetime | None:
    """A moment of the journal; another is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo and found.year >= FIRST_YEAR else None


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _line_url(one: OpenedLine, asked: Asked) -> str:
    at = reverse("rights:opening", args=[asked.place, one.user_id, one.reference])
    more = {"periode": asked.period_key, "jusqu": asked.period.until.isoformat()}
    return f"{at}?{urlencode(more)}"


def _filters(desk: Desk, asked: Asked) -> list[Filter]:
    periods = [
        Choice(key, label, is_current=key == asked.period_key)
        for key, (label, _, _) in rules.PERIODS.items()
    ]
    found = [Filter("periode", "Période", periods)]
    if len(desk.places) > 1:
        places = [
            Choice(str(one), name, is_current=one == asked.place)
            for one, name in desk.places.items()
        ]
        found.append(Filter("lieu", "Lieu", places))
    return found


def _lines(rows: list[OpenedLine]) -> Iterator[str]:
    """The file, line by line, with the mark that spreadsheets want."""
    writer = csv.writer(Echo(), delimiter=";", lineterminator="\r\n")
    yield "\ufeff" + writer.writerow(HEADINGS)
    for one in rows:
        shown = row(one)
        signs = ", ".join(sign.label for sign in shown["signs"])
        values = (
            one.user_name, one.name or "un dossier", one.reference, str(one.act_count), str(one.day_count),
            _day(one.first_at), _day(one.last_at), signs, shown["state"],
        )  # fmt: skip
        yield writer.writerow([csv_cell(value) for value in values])


def _day(at: datetime) -> str:
    return local(at).strftime("%Y-%m-%d %H:%M")
