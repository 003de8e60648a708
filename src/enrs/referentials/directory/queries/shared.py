"""What the searches share: pages by key, words of a name, the town."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import Q, QuerySet

from enrs.core import prepared
from enrs.referentials.directory import rules
from enrs.referentials.directory.models import LegalEntity, Organisation, Practitioner

PAGE = 25
Named = TypeVar("Named", Practitioner, Organisation, LegalEntity)
After = tuple[str, UUID]
"""A keyset: the name key and the identifier of the last line shown."""
FEW = 3_000
"""Beyond, names are read in order until a page is full."""
MEANT = 4
"""Words that one mistyped word may stand for, at most."""


@dataclass(frozen=True, slots=True)
class Found(Generic[Named]):
    """A page of a search, the key of the next one, and the words that were sought in place of mistyped ones."""

    rows: list[Named]
    after: After | None
    meant: tuple[str, ...] = ()


def page(rows: QuerySet[Named], after: After | None, size: int) -> tuple[list[Named], After | None]:
    """The next `size` rows by name, and the key of the last when there are more."""
    found = list(_past(rows, after).order_by("name_key", "pk")[: size + 1])
    last_row = found[size - 1] if len(found) > size else None
    return found[:size], (last_row.name_key, last_row.pk) if last_row else None


def _past(rows: QuerySet[Named], after: After | None) -> QuerySet[Named]:
    if after is None:
        return rows
    name, last = after
    return rows.filter(Q(name_key__gt=name) | Q(name_key=name, pk__gt=last))


def page_of_names(
    rows: QuerySet[Named], after: After | None, size: int
) -> tuple[list[Named], After | None]:
    """As `page`, for rows of which a few thousand at most are wanted: they are gathered, then sorted.

    The database would nearly always read names in order until a page is full: it counts on the wanted ones
    being spread evenly, while those of one name stand together. When they are many, it is right.
    """
    wanted = _past(rows, after).prefetch_related(None).order_by().values_list("id", "name_key")
    text: tuple[str, Sequence[Any]] = wanted[: FEW + 1].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"select id, count(*) over () from ({text[0]}) m order by name_key, id limit %s",
            [*text[1], size + 1],
        )
        found = cursor.fetchall()
    if found and found[0][1] > FEW:
        return page(rows, after, size)
    ids = [one for one, _ in found]
    held = {row.pk: row for row in rows.filter(pk__in=ids)} if ids else {}
    listed = [
        held[one] for one in ids[:size] if one in held
    ]  # a load may have closed one meanwhile
    last_row = listed[-1] if listed and len(ids) > size else None
    return listed, (last_row.name_key, last_row.pk) if last_row else None


def number(text: str, lengths: tuple[int, ...]) -> str:
    """The digits of a number of one of these lengths, or nothing."""
    digits = text.replace(" ", "")
    return digits if digits.isdigit() and len(digits) in lengths else ""


def named(words: Sequence[Sequence[str]]) -> SearchQuery:
    """Every word must begin a word of the name, or be replaced by one of its alternatives.

    Words are letters and digits only, so that they cannot be read as operators.
    """
    query = " & ".join(
        "(" + " | ".join(f"{one.lower()}:*" for one in alternatives) + ")" for alternatives in words
    )
    return SearchQuery(query, search_type="raw", config="simple")


def meant_by(words: Sequence[str]) -> list[list[str]]:
    """For each word, those of the directory that one slip of the keyboard tells from it; itself when none."""
    wanted = [one for one in words if re.fullmatch("[A-Z]{4,40}", one)]
    rows = prepared.fetch_all(
        "select w.typed, d.word from unnest(%s::text[], %s::text[]) w (typed, spelling) "
        "join directory_word d on d.spelling = w.spelling group by w.typed, d.word",
        [
            [one for one in wanted for _ in rules.spellings(one)],
            [spelling for one in wanted for spelling in rules.spellings(one)],
        ],
    )
    near: dict[str, list[str]] = {}
    for typed, word in rows:
        if rules.slips(typed, word) <= 1:
            near.setdefault(typed, []).append(word)
    return [
        sorted(near.get(one, [one]), key=lambda word: (word != one, word))[:MEANT] for one in words
    ]


def by_words(
    rows: QuerySet[Named],
    words: Sequence[str],
    after: After | None,
    size: int,
    *,
    is_exact: bool = False,
) -> Found[Named]:
    """One page of the rows whose name has a word that begins so for each of `words`.

    When there is none, unless `is_exact`, those of names that one slip of the keyboard tells from them: `meant`
    says which.
    """
    found, key = page_of_names(rows.filter(search=named([[one] for one in words])), after, size)
    if found or after or is_exact:
        return Found(found, key)
    alternatives = meant_by(words)
    if alternatives == [[one] for one in words]:
        return Found([], None)
    found, _ = page_of_names(rows.filter(search=named(alternatives)), None, size)
    return Found(found, None, tuple(" ou ".join(one) for one in alternatives) if found else ())


def in_town(town: str, prefix: str = "") -> Q:
    """A town by the beginning of its name, or by a postal code or its beginning."""
    compact = town.replace(" ", "")
    if compact.isdigit():
        return Q(**{f"{prefix}postal_code__startswith": compact})
    return Q(**{f"{prefix}city_key__startswith": rules.name_key(town)})
