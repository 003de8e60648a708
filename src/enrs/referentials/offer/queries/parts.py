"""The parts of a site, each below the one that holds it."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q

from enrs.referentials.offer.models import InternalOrganisation
from enrs.referentials.offer.rules.parts import MOST_PARTS, RANKS


@dataclass(frozen=True, slots=True)
class Line:
    """A part, how deep it stands, and how many units and parts it holds."""

    part: InternalOrganisation
    depth: int
    units: int
    children: int


def lines_of(site_id: UUID | None) -> list[Line]:
    """The open parts of a site, each right after the one that holds it, by name."""
    open_units = Count("healthcare_services", filter=~Q(healthcare_services__state="closed"))
    rows = InternalOrganisation.objects.filter(site_id=site_id, is_active=True)
    below: dict[UUID | None, list[InternalOrganisation]] = defaultdict(list)
    known = list(rows.annotate(units=open_units).order_by("name", "id")[: 2 * MOST_PARTS])
    keys = {one.pk for one in known}
    for one in known:
        below[one.parent_id if one.parent_id in keys else None].append(one)
    found: list[Line] = []

    def walk(parent_id: UUID | None, depth: int) -> None:
        for one in sorted(below[parent_id], key=lambda part: RANKS[part.kind]):
            found.append(Line(one, depth, one.units, len(below[one.pk])))  # type: ignore[attr-defined]
            walk(one.pk, depth + 1)

    walk(None, 0)
    return found


def part_of(site_id: UUID, key: UUID) -> InternalOrganisation | None:
    """An open part of a site."""
    return InternalOrganisation.objects.filter(site_id=site_id, pk=key, is_active=True).first()


def path_of(part: InternalOrganisation | None) -> str:
    """« Pôle médecine › Cardiologie »; three parts at most, for `RANKS` are three."""
    return " › ".join(one.name for one in parts_of(part))


def parts_of(part: InternalOrganisation | None) -> list[InternalOrganisation]:
    """A part and those that hold it, the pole first."""
    found: list[InternalOrganisation] = []
    while part is not None and len(found) < len(RANKS):
        found.insert(0, part)
        part = part.parent
    return found


def part_named(key: str) -> InternalOrganisation | None:
    """An open part by its identifier as text, with what holds it."""
    try:
        asked = UUID(key)
    except ValueError:
        return None
    rows = InternalOrganisation.objects.select_related("site", "parent__parent")
    return rows.defer("site__search").filter(pk=asked, is_active=True).first()
