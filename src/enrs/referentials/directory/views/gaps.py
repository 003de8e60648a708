"""Where FINESS and SIRENE do not agree: for who runs the region."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enrs.core.access.gate import permission
from enrs.core.ui.shapes import Choice, Filter
from enrs.referentials.directory import queries
from enrs.referentials.directory.rules import GAPS
from enrs.referentials.directory.views.quality import QUALITY, table_csv
from enrs.referentials.directory.views.search import after_of, next_of

EXPORTED = 10_000
"""Lines of one export, at most."""
COLUMNS = (
    "ecart", "finess", "siret", "nom", "code_postal_finess", "commune_finess", "code_postal_sirene",
    "commune_sirene", "etat_sirene", "depuis", "activite",
)  # fmt: skip


def _kind(request: HttpRequest) -> str:
    kind = request.GET.get("ecart", "")
    return kind if kind in GAPS else next(iter(GAPS))


@permission(QUALITY)
@require_safe
def gaps(request: HttpRequest) -> HttpResponse:
    """The establishments on which the two registers differ, one kind of difference at a time."""
    kind = _kind(request)
    found, after = queries.gaps(kind, after=after_of(request))
    options = [Choice(value, words, is_current=value == kind) for value, (words, _) in GAPS.items()]
    context = {
        "gaps": found,
        "kind": kind,
        "sentence": GAPS[kind][1],
        "filters": [Filter("ecart", "Écart", options)],
        "next_url": next_of(request, after),
        "at": "gaps",
    }
    return render(request, "directory/gaps.html", context)


@permission(QUALITY)
@require_safe
def gaps_csv(request: HttpRequest) -> HttpResponse:
    """The same as a table, for who mends the registers."""
    kind = _kind(request)
    return table_csv(f"ecarts-{kind}.csv", COLUMNS, (_line(kind, one) for one in _all(kind)))


def _all(kind: str) -> Iterator[queries.Gap]:
    after: queries.After | None = None
    for _ in range(EXPORTED // 1_000):
        found, after = queries.gaps(kind, after=after, size=1_000)
        yield from found
        if after is None:
            return


def _line(kind: str, one: queries.Gap) -> tuple[object, ...]:
    place, site = one.place, one.site
    return (
        GAPS[kind][0], place.finess_eg if place else "", one.siret, one.name, place.postal_code if place else "",
        place.city if place else "", site.postal_code if site else "", site.city if site else "",
        site.state if site else "", site.since.isoformat() if site and site.since else "",
        site.naf_code if site else "",
    )  # fmt: skip
