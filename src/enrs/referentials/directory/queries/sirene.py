"""What SIRENE says of a structure, and where it and FINESS do not agree."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from enrs.formats.directory.sirene import ACTIVE, CLOSED
from enrs.referentials.directory import rules
from enrs.referentials.directory.models import LegalEntity, Organisation, SireneSite, SireneUnit
from enrs.referentials.directory.queries.shared import PAGE, After, page
from enrs.referentials.geography.queries import present_codes


@dataclass(frozen=True, slots=True)
class Sirene:
    """What SIRENE has under a structure's SIRET, and how it differs (`rules.sirene_differences`)."""

    site: SireneSite | None
    unit: SireneUnit | None
    differences: list[str]

    @property
    def ids(self) -> list[UUID]:
        return [one.id for one in (self.site, self.unit) if one is not None]


@dataclass(frozen=True, slots=True)
class Gap:
    """A line of the disagreements: the structure here, the establishment there, its legal unit."""

    place: Organisation | None
    site: SireneSite | None
    unit: SireneUnit | None

    @property
    def siret(self) -> str:
        return self.site.siret if self.site else self.place.siret if self.place else ""

    @property
    def name(self) -> str:
        own = (self.place, self.site, self.unit)
        return next((one.name for one in own if one and one.name), "Sans nom publié")


def sirene_of(place: Organisation) -> Sirene | None:
    """What the stocks say of a structure, by its SIRET; nothing when they have neither number."""
    if not place.siret:
        return None
    site = SireneSite.objects.filter(siret=place.siret, is_listed=True).first()
    unit = SireneUnit.objects.filter(siren=place.siret[:9], is_listed=True).first()
    if site is None and unit is None:
        return None
    codes = (place.commune_code, site.commune_code if site else "")
    present = present_codes([one for one in codes if one]) if all(codes) else {}
    differences = rules.sirene_differences(
        is_closed=place.is_closed,
        communes=(present.get(codes[0], codes[0]), present.get(codes[1], codes[1])),
        state=site.state if site else "",
        unit_state=unit.state if unit else "",
    )
    return Sirene(site, unit, differences)


def unit_of(entity: LegalEntity) -> SireneUnit | None:
    """What SIRENE says of a legal entity, by its SIREN."""
    if not entity.siren:
        return None
    return SireneUnit.objects.filter(siren=entity.siren, is_listed=True).first()


def gaps(
    kind: str, *, after: After | None = None, size: int = PAGE
) -> tuple[list[Gap], After | None]:
    """Where FINESS and SIRENE do not agree (`rules.GAPS`): one page and the next key."""
    if kind == "absent":
        return _absent(after, size)
    rows = Organisation.objects.defer("search").filter(is_closed=False, source="finess")
    places, key = page(_KINDS[kind](rows.exclude(siret="")), after, size)
    sites = _sites([one.siret for one in places])
    units = _units({one.siret[:9] for one in places})
    return [Gap(one, sites.get(one.siret), units.get(one.siret[:9])) for one in places], key


def _listed() -> "QuerySet[SireneSite]":
    return SireneSite.objects.filter(siret=OuterRef("siret"), is_listed=True)


def _closed(rows: "QuerySet[Organisation]") -> "QuerySet[Organisation]":
    return rows.filter(Exists(_listed().filter(state=CLOSED)))


def _moved(rows: "QuerySet[Organisation]") -> "QuerySet[Organisation]":
    """Another commune and another postal code: a merger of communes alone is no move."""
    elsewhere = _listed().filter(state=ACTIVE).exclude(commune_code="").exclude(postal_code="")
    elsewhere = elsewhere.exclude(commune_code=OuterRef("commune_code"))
    elsewhere = elsewhere.exclude(postal_code=OuterRef("postal_code"))
    return rows.exclude(commune_code="").exclude(postal_code="").filter(Exists(elsewhere))


def _unknown(rows: "QuerySet[Organisation]") -> "QuerySet[Organisation]":
    """Nothing is unknown while no stock was loaded."""
    return rows.filter(~Exists(_listed()), Exists(SireneSite.objects.filter(is_listed=True)))


_KINDS: dict[str, Callable[["QuerySet[Organisation]"], "QuerySet[Organisation]"]] = {
    "closed": _closed,
    "moved": _moved,
    "unknown": _unknown,
}


def _absent(after: After | None, size: int) -> tuple[list[Gap], After | None]:
    """Active hospitals and homes whose SIRET no open structure has, by SIRET."""
    due = Q()
    for code in rules.EXPECTED_IN_FINESS:
        due |= Q(naf_code__startswith=code)
    here = Organisation.objects.filter(siret=OuterRef("siret"), is_closed=False)
    rows = SireneSite.objects.filter(due, ~Exists(here), state=ACTIVE, is_listed=True)
    if after:
        rows = rows.filter(siret__gt=after[0])
    found = list(rows.order_by("siret")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    units = _units({one.siren for one in found[:size]})
    lines = [Gap(None, one, units.get(one.siren)) for one in found[:size]]
    return lines, (last.siret, last.id) if last else None


def _sites(sirets: Collection[str]) -> dict[str, SireneSite]:
    rows = SireneSite.objects.filter(siret__in=sirets, is_listed=True)
    return {one.siret: one for one in rows.order_by("id")}


def _units(sirens: Collection[str]) -> dict[str, SireneUnit]:
    rows = SireneUnit.objects.filter(siren__in=sirens, is_listed=True)
    return {one.siren: one for one in rows.order_by("id")}
