"""The rows that the search reads, written in the transaction of the offer's change."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.db import connection

from enrs.referentials.directory.rules import name_key
from enrs.referentials.offer.models import HealthcareService, SearchRow
from enrs.referentials.offer.queries.parts import parts_of
from enrs.referentials.offer.rules import hours, openings, searching
from enrs.referentials.offer.tables import label, labels

WRITE = """
insert into offer_search (service_id, sort_key, tokens, words, latitude, longitude, age_from, age_to,
    is_always_open, is_open_on_holidays, minutes, closed_days, special_days, special_times)
select service_id, sort_key, tokens, to_tsvector('simple', words), latitude, longitude, age_from, age_to,
    is_always_open, is_open_on_holidays, minutes::int4multirange, closed_days::datemultirange,
    special_days::datemultirange, special_times::tsmultirange
from json_to_recordset(%s::json) as g (service_id uuid, sort_key text, tokens text[], words text,
    latitude float8, longitude float8, age_from smallint, age_to smallint, is_always_open boolean,
    is_open_on_holidays boolean, minutes text, closed_days text,
    special_days text, special_times text)
on conflict (service_id) do update set sort_key = excluded.sort_key, tokens = excluded.tokens,
    words = excluded.words, latitude = excluded.latitude, longitude = excluded.longitude,
    age_from = excluded.age_from, age_to = excluded.age_to, is_always_open = excluded.is_always_open,
    is_open_on_holidays = excluded.is_open_on_holidays, minutes = excluded.minutes,
    closed_days = excluded.closed_days, special_days = excluded.special_days,
    special_times = excluded.special_times
"""

LEARN = """
insert into offer_word (text)
select distinct word from json_array_elements_text(%s::json) g (word)
where length(word) between 3 and 60
on conflict do nothing
"""
"""The words of new rows: those of offers that closed stay, and find nothing."""


def index_services(services: Sequence[HealthcareService]) -> None:
    """Bring the search to what these offers say now; `site` is read with them."""
    shown = [one for one in services if one.state == HealthcareService.State.PUBLISHED]
    hidden = [one.pk for one in services if one.state != HealthcareService.State.PUBLISHED]
    if hidden:
        SearchRow.objects.filter(pk__in=hidden).delete()
    if not shown:
        return
    rows = [_row(one) for one in shown]
    words = sorted({word for row in rows for word in row["words"].split()})
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [orjson.dumps(rows).decode()])
        cursor.execute(LEARN, [orjson.dumps(words).decode()])


def refresh_search(batch: int = 500) -> int:
    """Write every search row anew, after a change of the tables of codes; returns how many offers."""
    done = 0
    last = None
    while True:
        rows = HealthcareService.objects.select_related(
            "site", "internal_organisation__parent__parent"
        ).defer("site__search")
        rows = (rows.filter(pk__gt=last) if last else rows).exclude(kind="city").order_by("pk")
        found = list(rows[:batch])
        if not found:
            return done
        index_services(found)
        done += len(found)
        last = found[-1].pk


def _row(one: HealthcareService) -> dict[str, Any]:
    return {
        "service_id": str(one.pk),
        "sort_key": one.name_key[:60],
        "tokens": sorted(set(tokens_of(one))),
        "words": words_of(one),
        "latitude": one.latitude if one.shows_place else None,
        "longitude": one.longitude if one.shows_place else None,
        "age_from": one.age_from or 0,
        "age_to": 32767 if one.age_to is None else one.age_to,
        "is_always_open": one.is_always_open,
        "is_open_on_holidays": one.is_open_on_holidays,
        "minutes": hours.multirange(hours.spans(one.hours)),
        "closed_days": closed_days(one.exceptions),
        "special_days": openings.days_multirange(one.special_openings),
        "special_times": openings.times_multirange(one.special_openings),
    }


def closed_days(exceptions: Iterable[dict[str, str]]) -> str:
    """The `datemultirange` of the exceptions, whatever their order."""
    return hours.days_multirange(exceptions)


def tokens_of(one: HealthcareService) -> list[str]:
    """What the offer may be filtered by."""
    found = [f"kind:{one.kind}", f"field:{one.field_code}", f"activity:{one.activity_code}"]
    for name, codes in (
        ("mode", one.mode_codes), ("reception", one.reception_codes), ("speciality", one.speciality_codes),
        ("act", one.act_codes), ("public", one.public_codes), ("zone", one.zone_codes),
    ):  # fmt: skip
        found += [f"{name}:{code}" for code in codes]
    for item in one.equipment:
        found += searching.weight_tokens(item["code"], item["max_weight"])
    if one.site_id:
        found.append(f"site:{one.site_id}")
    return found + [f"part:{part.pk}" for part in parts_of(one.internal_organisation)]


def words_of(one: HealthcareService) -> str:
    """The words by which it is found: names, labels, town."""
    texts = [
        one.name, one.description, one.city, one.site.name if one.site else "",
        label("activity", one.activity_code), label("field", one.field_code),
        *labels("speciality", one.speciality_codes), *labels("act", one.act_codes),
        *labels("equipment", [item["code"] for item in one.equipment]),
    ]  # fmt: skip
    return " ".join(dict.fromkeys(name_key(" ".join(texts)).lower().split()))
