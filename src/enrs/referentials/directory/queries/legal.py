"""Legal entities: by number, by name, by town, their establishments and their groups."""

import re
from collections.abc import Sequence
from uuid import UUID

from django.db.models import Prefetch

from enrs.referentials.directory import rules
from enrs.referentials.directory.models import GroupMember, LegalEntity, Organisation
from enrs.referentials.directory.queries.shared import (
    PAGE,
    After,
    Found,
    by_words,
    in_town,
    number,
    page,
)

FINESS = re.compile(r"(\d{2}|2[AB])\d{7}")
NAMED_FIRST = 3
"""Legal entities that are named before the establishments of a search."""


def legal_entity(entity_id: UUID) -> LegalEntity | None:
    """A legal entity, open or closed."""
    return LegalEntity.objects.defer("search").filter(pk=entity_id).first()


def entity_of(place: Organisation) -> LegalEntity | None:
    """Who answers for a structure, when a file described it."""
    if not place.finess_ej:
        return None
    return LegalEntity.objects.defer("search").filter(finess=place.finess_ej).first()


def legal_entities(
    *,
    text: str = "",
    town: str = "",
    after: After | None = None,
    size: int = PAGE,
    is_exact: bool = False,
) -> Found[LegalEntity]:
    """Open legal entities by name, FINESS or SIREN number, and by town: one page.

    Mistyped words as for people, unless `is_exact`.
    """
    rows = LegalEntity.objects.defer("search").filter(is_closed=False)
    if town:
        rows = rows.filter(in_town(town))
    compact = text.replace(" ", "").upper()
    if FINESS.fullmatch(compact):
        # A SIREN has nine figures too.
        own = rows.filter(finess=compact)
        return Found(*page(own if own.exists() else rows.filter(siren=compact), after, size))
    if digits := number(text, (9,)):
        return Found(*page(rows.filter(siren=digits), after, size))
    words = rules.search_words(text)
    if not words:
        return Found(*page(rows, after, size))
    return by_words(rows, words, after, size, is_exact=is_exact)


def named_first(*, text: str, town: str) -> list[LegalEntity]:
    """The few legal entities that a search of structures names before them, exact words only."""
    if not text.strip():
        return []
    return legal_entities(text=text, town=town, size=NAMED_FIRST, is_exact=True).rows


def establishments_of(
    entity: LegalEntity, *, after: After | None = None, size: int = PAGE
) -> tuple[list[Organisation], After | None]:
    """The open establishments of a legal entity by name: one page and the next key."""
    rows = Organisation.objects.defer("search").filter(finess_ej=entity.finess, is_closed=False)
    return page(rows, after, size)


def groups_of(entity: LegalEntity) -> Sequence[GroupMember]:
    """The groups of a legal entity, each with who supports it."""
    support = GroupMember.objects.filter(role=GroupMember.Role.SUPPORT, is_active=True)
    support = support.select_related("entity").defer("entity__search").order_by("id")
    rows = GroupMember.objects.filter(entity=entity, is_active=True, group__is_closed=False)
    shown = Prefetch("group__members", queryset=support, to_attr="supports")
    return list(rows.select_related("group").prefetch_related(shown).order_by("group__name", "id"))
