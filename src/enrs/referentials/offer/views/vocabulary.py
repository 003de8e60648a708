"""« Mots de l'offre »: the themes of the search and the words of needs, written by the exploitation."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.numbers import whole
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.offer import commands, words
from enrs.referentials.offer.commands import OfferRefusedError
from enrs.referentials.offer.queries import vocabulary as queries
from enrs.referentials.offer.queries.search import Criteria, search
from enrs.referentials.offer.rules import vocabulary as rules
from enrs.referentials.offer.vocabulary_forms import FORMS, CodesForm, initial_of, said

OPERATOR = role_permission("operator")
LISTED = role_permission("operator", reads_at_rest=True)
STALE = "Quelqu’un a modifié cette ligne entre-temps : relisez-la, puis recommencez."
KINDS = {"themes": rules.THEME, "besoins": rules.NEED}
SLUGS = {kind: slug for slug, kind in KINDS.items()}
SAMPLE = 5


@permission(LISTED)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every theme and every need, the region's and those of the product."""
    context = {
        "themes": _shown(rules.THEME),
        "needs": _shown(rules.NEED),
        "may_write": current_actor().role == "operator",
    }
    return render(request, "offer/vocabulary.html", context)


@permission(OPERATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, kind: str) -> HttpResponse:
    """One more theme, or one more need."""
    return _page(request, _kind(kind), None)


@permission(OPERATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """One of them, to change, with how many offers answer and its history."""
    return _page(request, _kind(kind), _line(_kind(kind), key))


@permission(OPERATOR)
@require_POST
def hide(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Take it out of the search."""
    return _done(request, kind, key, "Retiré de la recherche.", commands.hide_vocabulary)


@permission(OPERATOR)
@require_POST
def show(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Put it back."""
    return _done(
        request, kind, key, "Remis dans la recherche.", commands.hide_vocabulary, is_hidden=False
    )


@permission(OPERATOR)
@require_POST
def undo(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Take its last change back."""
    return _done(request, kind, key, "Le dernier changement est annulé.", commands.undo_vocabulary)


def _done(
    request: HttpRequest, slug: str, key: str, told: str, does: Any, **given: Any
) -> HttpResponse:
    line = _line(_kind(slug), key)
    text = request.POST.get("version", "")
    # What the region never touched has version 0: a text that is no number must not stand for it.
    version = whole(text) or (0 if text == "0" else -1)
    try:
        does(kind=line.kind, key=line.key, expected_version=version, **given)
    except OfferRefusedError as error:
        messages.error(request, words.REFUSALS[error.reason])
    except StaleSaveError:
        messages.error(request, STALE)
    else:
        messages.success(request, told)
    return redirect("offer:vocabulary_entry", slug, key)


def _page(request: HttpRequest, kind: str, line: queries.Line | None) -> HttpResponse:
    initial = initial_of(line.content, line.version) if line else {"version": 0}
    form: CodesForm = FORMS[kind](request.POST or None, initial=initial)
    content = line.content if line else None
    is_preview = request.POST.get("acte") == "apercu"
    if request.method == "POST" and form.is_valid():
        content = form.content()  # type: ignore[attr-defined]
        if not is_preview:
            answer = _kept(request, kind, line, form, content)
            if answer is not None:
                return answer
    context = {
        "kind": kind,
        "slug": SLUGS[kind],
        "line": line,
        "name": _name(line.content) if line else "",
        "form": form,
        "preview": _preview(content),
        "is_preview": is_preview,
        "changes": [_told(change) for change in queries.changes_of(kind, line.key)] if line else [],
    }
    status = 422 if request.method == "POST" and form.errors else 200
    return render(request, "offer/vocabulary_entry.html", context, status=status)


def _kept(
    request: HttpRequest, kind: str, line: queries.Line | None, form: CodesForm, content: dict[str, Any]
) -> HttpResponse | None:  # fmt: skip
    """Save it; None when the form is to be shown again."""
    try:
        kept = commands.write_vocabulary(
            kind=kind, key=line.key if line else "", content=content,
            expected_version=form.cleaned_data["version"] or 0,
        )  # fmt: skip
    except OfferRefusedError as error:
        form.add_error(None, words.REFUSALS[error.reason])
    except StaleSaveError:
        form.add_error(None, STALE)
    else:
        messages.success(
            request, "Enregistré : la recherche en tient compte dans le quart de minute."
        )
        return redirect("offer:vocabulary_entry", SLUGS[kind], kept.key)
    return None


def _preview(content: dict[str, Any] | None) -> dict[str, Any] | None:
    """How many offers answer, and the first of them."""
    tokens = list(content["tokens"]) if content else []
    if not tokens:
        return None
    count = queries.count_of(tokens)
    return {
        "count": min(count, queries.MOST_COUNTED), "is_more": count > queries.MOST_COUNTED,
        "hits": [hit.service for hit in search(Criteria(any_tokens=tuple(tokens), size=SAMPLE)).hits],
        "said": said(tokens),
    }  # fmt: skip


def _shown(kind: str) -> list[tuple[queries.Line, str, str]]:
    return [(line, _name(line.content), SLUGS[kind]) for line in queries.lines(kind)]


def _name(content: Any) -> str:
    return str(content["label"]) if "label" in content else ", ".join(content["words"])


def _told(change: Any) -> tuple[Any, str, int]:
    """A writing, what it says, and how many codes."""
    content = change.after.get("content")
    if content is None:
        return change, "Comme livré", 0
    return change, _name(content), len(content["tokens"])


def _kind(slug: str) -> str:
    if slug not in KINDS:
        raise Http404
    return KINDS[slug]


def _line(kind: str, key: str) -> queries.Line:
    found = queries.line(kind, key)
    if found is None:
        raise Http404
    return found
