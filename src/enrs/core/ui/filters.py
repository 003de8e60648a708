"""The template filters: values of the field as French text."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from enrs.core.ui import french


def date_fr(value: date | str | None) -> str:
    """A day in words: « 12 mars 2026 »."""
    return french.day_words(value) if value else ""


def partial_date(value: date | str | None) -> str:
    """A day, a month or a year in words, as known."""
    return french.day_words(value) if value else ""


def clock(value: datetime | None) -> str:
    """The time of day: « 14 h 05 »."""
    return french.clock_words(value) if value else ""


def moment(value: datetime | date | str | None) -> str:
    """A moment in words: « 12 mars 2026 à 14 h 05 »."""
    if not value:
        return ""
    return french.moment_words(value) if isinstance(value, datetime) else french.day_words(value)


def period(start: datetime, end: datetime) -> str:
    """From a moment to another in words, the day said once: `{{ starts_at|period:ends_at }}`."""
    return french.period_words(start, end)


def size(count: int) -> str:
    """What a file weighs: « 220 Ko »."""
    return french.size_words(count)


def short(value: datetime | date | str | None) -> SafeString:
    """A moment or a day in a narrow column: « 12 nov. 14 h 05 » in a `<time>`, the whole of it on hover."""
    if not value:
        return SafeString("")
    if isinstance(value, str):
        whole, words = french.day_words(value), french.short_words(value)
        return format_html('<time datetime="{}" title="{}">{}</time>', value, whole, words)
    stamp = value.isoformat()
    if isinstance(value, datetime):
        value = french.local(value)
    # Nothing of a date has to be escaped, and boards hold them by the hundred.
    return SafeString(
        f'<time datetime="{stamp}" title="{moment(value)}">{french.short_words(value)}</time>'
    )


def age(value: date | str | None, on: date | None = None) -> str:
    """Age today, or at another day (a death): `{{ birth_date|age:deceased_on }}`."""
    return french.age_words(value, on or None) if value else ""


def ago(value: datetime | date | str | None) -> SafeString:
    """« il y a 3 min » in a `<time>` with the full moment on hover; a day without hour stays one."""
    if not value:
        return SafeString("")
    if not isinstance(value, datetime):
        return format_html("<time>{}</time>", french.day_words(value))
    at = french.local(value)
    return SafeString(
        f'<time datetime="{value.isoformat()}" title="{french.moment_words(at)}" data-ago>'
        f"{french.ago_words(at)}</time>"
    )


def left(value: datetime | None) -> str:
    """« encore 42 min » until a moment."""
    return french.left_words(value) if value else ""


def ins_display(value: str | None) -> str:
    """An INS in its groups of digits."""
    return french.ins_words(value) if value else ""


def phone_fr(value: str | None) -> str:
    """A telephone number in pairs."""
    return french.phone_words(value) if value else ""


def town(name: str | None) -> str:
    """A commune that a file writes in capitals, as people write it."""
    return french.town_words(name) if name else ""


def number_fr(value: float | Decimal | str | None, decimals: int | None = None) -> str:
    """A number with a decimal comma and thin spaces."""
    return "" if value is None else french.number_words(value, decimals)


def plural_fr(count: int, word: str) -> str:
    """« 3 documents »: the number and its word, agreed."""
    return f"{french.number_words(count)}{french.NBSP}{french.plural(count, word)}"


def person_name(person: Any) -> str:
    """« DUPONT Marie » from anything (object or dict) with birth_name and first_given_name."""
    read = person.get if isinstance(person, dict) else lambda key: getattr(person, key, "")
    return french.name_words(
        read("birth_name") or "", read("first_given_name") or "", read("used_name") or ""
    )


def message_tone(tags: str) -> str:
    """Tone of a Django message from its level tag."""
    levels = {"success": "sur", "warning": "attention", "error": "alerte"}
    return levels.get(tags.rsplit(maxsplit=1)[-1] if tags else "", "information")


FILTERS: tuple[Callable[..., Any], ...] = (
    date_fr,
    partial_date,
    clock,
    moment,
    period,
    short,
    age,
    ago,
    left,
    ins_display,
    phone_fr,
    town,
    number_fr,
    plural_fr,
    person_name,
    message_tone,
    size,
)
"""What `{% load ui %}` offers, under their own names."""
