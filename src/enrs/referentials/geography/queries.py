"""Finding communes by code, name, postal code and distance; the territories of a commune at a date."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from enrs.referentials.geography import rules
from enrs.referentials.geography.models import (
    Area,
    CantonCommune,
    Commune,
    Contour,
    FormerCommune,
    Source,
    Territory,
    TerritoryCommune,
)

MOST_STEPS = 5
"""Mergers in a row that an old code may have gone through."""
ALIKE = 0.35
"""Trigram likeness from which a name is offered for another: « Aubervillier », « Monreuil »."""
MOST_KM = 200


def commune(code: str) -> Commune | None:
    """The present commune of a code: INSEE's or FINESS's, of today or of before a merger."""
    found = present_codes([code])
    present = found.get(code)
    return Commune.objects.filter(code=present).first() if present else None


def present_codes(codes: Collection[str]) -> dict[str, str]:
    """Given code to the code of the present commune; what nobody knows is not in it."""
    asked = {one: rules.normalised_code(one) for one in codes}
    found: dict[str, str] = {}
    waiting = dict(asked)
    for _ in range(MOST_STEPS):
        wanted = set(waiting.values())
        open_now = set(
            Commune.objects.filter(code__in=wanted, valid_until=None).values_list("code", flat=True)
        )
        found |= {one: code for one, code in waiting.items() if code in open_now}
        left = {one: code for one, code in waiting.items() if code not in open_now}
        became = dict(
            FormerCommune.objects.filter(code__in=set(left.values()))
            .order_by("-commune")
            .values_list("code", "commune")
        )
        waiting = {
            one: became[code] for one, code in left.items() if became.get(code, code) != code
        }
        if not waiting:
            break
    return found


def city_of(code: str) -> str:
    """The commune of an arrondissement of Paris, Lyon or Marseille; empty for any other code."""
    found = Commune.objects.filter(code=code).values_list("parent", flat=True).first()
    return found or ""


def code_of(postal_code: str, name: str) -> str:
    """The code of the commune of a postal address; empty when the two do not name one together."""
    rows = Commune.objects.filter(
        valid_until=None, name_key=rules.name_key(name), postal_codes__contains=[postal_code]
    )
    return rows.order_by("code").values_list("code", flat=True).first() or ""


def communes_within(codes: Collection[str]) -> set[str]:
    """The communes of today of these departments and inter-communal bodies (SIREN)."""
    within = Q(department__in=codes) | Q(epci__in=codes)
    rows = Commune.objects.filter(within, valid_until=None, parent="")
    return set(rows.values_list("code", flat=True))


@dataclass(frozen=True, slots=True)
class Found:
    """A commune that answers a search; `former` is the old name by which it was found."""

    commune: Commune
    former: str = ""


def search(text: str, *, department: str = "", size: int = 10) -> list[Found]:
    """Communes for what somebody types: a postal or INSEE code, the beginning of a name, or nearly its name.

    Those whose name begins so come first, the largest before; then old names; then names that look alike.
    """
    text = text.strip()[:100]
    compact = text.replace(" ", "").upper()
    if not compact:
        return []
    rows = Commune.objects.filter(valid_until=None)
    if department:
        rows = rows.filter(department=rules.normalised_department(department))
    if compact[:1].isdigit():
        return _by_code(rows, compact, size)
    key = rules.name_key(text)
    if not key:
        return []
    order = (F("population").desc(nulls_last=True), "code")
    begun = rows.filter(name_key__startswith=key).order_by(*order)
    found = [Found(one) for one in begun[:size]]
    if len(found) < size:
        found += _by_former_name(rows, key, size - len(found), {one.commune.code for one in found})
    if len(found) < size and len(key) > 3:
        found += _alike(rows, key, size - len(found), {one.commune.code for one in found})
    return found


def _by_code(rows: "QuerySet[Commune]", code: str, size: int) -> list[Found]:
    order = (F("population").desc(nulls_last=True), "code")
    if len(code) < 5:
        low, high = code.ljust(5, "0"), code.ljust(5, "9")
        with connection.cursor() as cursor:
            cursor.execute(
                "select code from geography_commune, jsonb_array_elements_text(postal_codes) p "
                "where p >= %s and p <= %s and valid_until is null limit 500",
                [low, high],
            )
            codes = [row[0] for row in cursor.fetchall()]
        return [Found(one) for one in rows.filter(code__in=codes).order_by(*order)[:size]]
    found = [
        Found(one) for one in rows.filter(postal_codes__contains=[code]).order_by(*order)[:size]
    ]
    known = {one.commune.code for one in found}
    present = present_codes([code]).get(code)
    if present and present not in known:
        former = FormerCommune.objects.filter(
            code=rules.normalised_code(code), commune=present
        ).first()
        own = rows.filter(code=present).first()
        if own:
            found.append(Found(own, former.name if former else ""))
    return found[:size]


def _by_former_name(rows: "QuerySet[Commune]", key: str, size: int, known: set[str]) -> list[Found]:
    formers = FormerCommune.objects.filter(name_key__startswith=key).order_by("name_key", "code")[
        :100
    ]
    names = {one.commune: one.name for one in reversed(formers) if one.commune not in known}
    found = rows.filter(code__in=names).order_by("name_key", "code")[:size]
    return [Found(one, names[one.code]) for one in found]


def _alike(rows: "QuerySet[Commune]", key: str, size: int, known: set[str]) -> list[Found]:
    near = (
        rows.filter(name_key__trigram_similar=key)
        .exclude(code__in=known)
        .annotate(likeness=TrigramSimilarity("name_key", key))
        .filter(likeness__gte=ALIKE)
        .order_by("-likeness", "code")[:size]
    )
    return [Found(one) for one in near]


NEAR = """
select code, d from (
  select code, 2 * 6371.0088 * asin(least(1, sqrt(
    power(sin(radians(latitude - %(lat)s) / 2), 2)
    + cos(radians(%(lat)s)) * cos(radians(latitude)) * power(sin(radians(longitude - %(lon)s) / 2), 2)))) as d
  from geography_commune
  where latitude between %(south)s and %(north)s and longitude between %(west)s and %(east)s
    and valid_until is null and parent = '') near
where d <= %(km)s order by d, code limit %(size)s
"""


def nearest(
    place: tuple[float, float], km: float, *, size: int = 50
) -> list[tuple[Commune, float]]:
    """Communes whose town is within `km` of a (latitude, longitude), the nearest first, with the distance."""
    km = min(max(km, 0.0), MOST_KM)
    south, west, north, east = rules.box_around(place, km)
    given = {
        "lat": place[0], "lon": place[1], "km": km, "size": size,
        "south": south, "west": west, "north": north, "east": east,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(NEAR, given)
        found = cursor.fetchall()
    rows = Commune.objects.in_bulk([code for code, _ in found])
    return [(rows[code], distance) for code, distance in found]


def commune_at(latitude: float, longitude: float) -> Commune | None:
    """The commune in which a point lies, when its contour is loaded."""
    boxes = Contour.objects.filter(
        kind="commune",
        west__lte=longitude,
        east__gte=longitude,
        south__lte=latitude,
        north__gte=latitude,
    )
    for one in boxes.order_by("code"):
        if rules.is_inside((longitude, latitude), one.polygons):
            return commune(one.code)
    return None


def formers_of(code: str) -> list[FormerCommune]:
    """The old codes and names that are now in a commune."""
    return list(FormerCommune.objects.filter(commune=code).order_by("name_key", "code")[:200])


def contour(kind: str, code: str) -> list[Any] | None:
    """The simplified MultiPolygon of a commune or a department."""
    row = Contour.objects.filter(kind=kind, code=code).first()
    return row.polygons if row else None


def _on(day: date) -> Q:
    begun = Q(valid_from=None) | Q(valid_from__lte=day)
    return begun & (Q(valid_until=None) | Q(valid_until__gt=day))


def territories_of(code: str, on: date | None = None) -> list[Territory]:
    """The territories that a commune is in on a day, today by default. An old code counts as the present one."""
    present = present_codes([code]).get(code)
    if present is None:
        return []
    own = Commune.objects.filter(code=present).values_list("parent", flat=True).first()
    parts = TerritoryCommune.objects.filter(
        _on(on or timezone.localdate()), commune__in=[present, *([own] if own else [])]
    )
    return list(Territory.objects.filter(id__in=parts.values("territory")).order_by("kind", "name"))


def territories() -> list[Territory]:
    """Every territory with `size`, its communes of today."""
    today = timezone.localdate()
    inside = (Q(parts__valid_from=None) | Q(parts__valid_from__lte=today)) & (
        Q(parts__valid_until=None) | Q(parts__valid_until__gt=today)
    )
    rows = Territory.objects.annotate(size=Count("parts", filter=inside))
    return list(rows.order_by("kind", "name")[:500])


def territory(key: UUID) -> Territory | None:
    """One territory."""
    return Territory.objects.filter(id=key).first()


def communes_of(key: UUID, on: date | None = None) -> list[Commune]:
    """The communes of a territory on a day, by name."""
    parts = TerritoryCommune.objects.filter(_on(on or timezone.localdate()), territory_id=key)
    return list(
        Commune.objects.filter(code__in=parts.values("commune")).order_by("name_key", "code")[:5000]
    )


def parts_of(keys: Sequence[UUID]) -> list[tuple[str, str, str, date | None, date | None]]:
    """(territory, kind, commune, from, until) of these territories, past and to come too, for an export."""
    rows = TerritoryCommune.objects.filter(territory_id__in=keys).order_by(
        "territory__name", "commune", F("valid_from").asc(nulls_first=True)
    )
    return list(
        rows.values_list(
            "territory__name", "territory__kind", "commune", "valid_from", "valid_until"
        )
    )


def canton_of(code: str, on: date | None = None) -> Area | None:
    """The canton of a commune on a day, today by default; none for one that is cut between several."""
    present = present_codes([code]).get(code)
    part = CantonCommune.objects.filter(_on(on or timezone.localdate()), commune=present or "")
    found = part.order_by("-valid_from").values_list("canton", flat=True).first()
    return Area.objects.filter(level=Area.Level.CANTON, code=found).first() if found else None


def communes_of_canton(code: str, on: date | None = None) -> list[str]:
    """The codes of a canton's whole communes on a day, today by default."""
    parts = CantonCommune.objects.filter(_on(on or timezone.localdate()), canton=code)
    return list(parts.order_by("commune").values_list("commune", flat=True))


def has_cantons() -> bool:
    """Whether cantons were ever loaded."""
    return Source.objects.filter(key="cantons").exists()


def areas(level: str, codes: Collection[str] | None = None) -> list[Area]:
    """Regions, departments or inter-communal bodies, by name."""
    rows = Area.objects.filter(level=level)
    if codes is not None:
        rows = rows.filter(code__in=codes)
    return list(rows.order_by("name", "code"))


def names_of(codes: Collection[str]) -> dict[str, str]:
    """Names of departments, inter-communal bodies and regions by code, for a page."""
    levels = ("epci", "department")
    return dict(Area.objects.filter(code__in=codes, level__in=levels).values_list("code", "name"))


def sources() -> list[Source]:
    """Where the places come from, for the page of credits."""
    return list(Source.objects.order_by("title"))
