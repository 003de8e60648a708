"""How dates, ages, numbers and identifiers read on a French screen: pure formatting, no markup."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
SHORT_MONTHS = (
    "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
)  # fmt: skip
NBSP = "\u00a0"
THIN = "\u202f"
ISO_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def local(moment: datetime) -> datetime:
    """An aware moment in the region's zone; a naive one is returned as it is.

    The zone is the installation's, not one that a request chose: a page of fifty rows asks hundreds of times.
    """
    return moment.astimezone(timezone.get_default_timezone()) if moment.tzinfo else moment


def local_today() -> date:
    """The day that it is in the region's zone."""
    return local(timezone.now()).date()


def date_parts(value: date | str) -> tuple[int, int | None, int | None] | None:
    """(year, month, day) of a date, a moment or partial ISO text; None when it is no date."""
    if isinstance(value, datetime):
        value = local(value).date()
    if isinstance(value, date):
        return value.year, value.month, value.day
    match = ISO_PARTIAL.fullmatch(str(value).strip())
    if match is None:
        return None
    year, month, day = (int(part) if part else 0 for part in match.groups())
    if month > 12 or day > 31:
        return None
    return year, month or None, (day or None) if month else None


def day_words(value: date | str) -> str:
    """« 12 mars 2026 », « mars 2026 » or « 1948 »; what is no date is returned unchanged."""
    parts = date_parts(value)
    if parts is None:
        return str(value)
    year, month, day = parts
    words = [str(year)]
    if month:
        words.insert(0, MONTHS[month - 1])
    if day:
        words.insert(0, "1er" if day == 1 else str(day))
    return NBSP.join(words)


def clock_words(moment: datetime) -> str:
    """« 14 h 05 » in the zone of the page."""
    at = local(moment)
    return f"{at.hour}{NBSP}h{NBSP}{at.minute:02d}"


def moment_words(moment: datetime) -> str:
    """« 12 mars 2026 à 14 h 05 » in the zone of the page."""
    return f"{day_words(moment)} à{NBSP}{clock_words(moment)}"


def period_words(start: datetime, end: datetime) -> str:
    """« le 12 mars 2026 de 14 h 05 à 16 h 00 », the day said once when it is the same; else « du … au … »."""
    if local(start).date() == local(end).date():
        return f"le {day_words(start)} de{NBSP}{clock_words(start)} à{NBSP}{clock_words(end)}"
    return f"du {moment_words(start)} au {moment_words(end)}"


def size_words(count: int) -> str:
    """« 220 Ko », « 3,4 Mo »: what a file weighs, as people say it (1 Ko is 1,024 bytes)."""
    for unit, size in (("Go", 1 << 30), ("Mo", 1 << 20)):
        if count >= size:
            return f"{number_words(count / size, 1)}{NBSP}{unit}"
    return f"{max(1, round(count / 1024))}{NBSP}Ko"


def short_words(value: date | str, today: date | None = None) -> str:
    """« 12 mars », « 12 nov. 14 h 05 » for a moment, the year alone when it is not this one: for narrow columns."""
    year, month, day = date_parts(value) or (0, None, None)
    if not month or not day:
        return day_words(value)
    words = ["1er" if day == 1 else str(day), SHORT_MONTHS[month - 1]]
    if year != (today or local_today()).year:
        return NBSP.join([*words, str(year)])
    text = NBSP.join(words)
    return f"{text} {clock_words(value)}" if isinstance(value, datetime) else text


def age_words(birth: date | str, on: date | None = None) -> str:  # noqa: PLR0911  one case a line
    """Age in words on a legal day (today by default): days, then months to two years, then years.

    A birth date known to the month or year gives « environ 78 ans »; none or a future one, "".
    """
    parts = date_parts(birth)
    if parts is None:
        return ""
    year, month, day = parts
    on = on or local_today()
    if not day:
        return _rough_age((on.year - year) * 12 + (on.month - month if month else 0))
    try:
        born = date(year, month or 1, day)
    except ValueError:
        return ""
    months = (on.year - born.year) * 12 + on.month - born.month - (1 if on.day < born.day else 0)
    if born > on:
        return ""
    if months < 1:
        days = (on - born).days
        return f"{days}{NBSP}{plural(days, 'jour')}"
    if months < 24:
        return f"{months}{NBSP}mois"
    return f"{months // 12}{NBSP}ans"


def _rough_age(months: int) -> str:
    """Age from a birth date without its day."""
    if months < 0:
        return ""
    if 0 < months < 24 and months % 12:
        return f"environ{NBSP}{months}{NBSP}mois"
    return f"environ{NBSP}{months // 12}{NBSP}{plural(months // 12, 'an')}"


def ago_words(moment: datetime, now: datetime | None = None) -> str:  # noqa: PLR0911  one case a line
    """« il y a 3 min », « hier à 14 h 05 », then the date; « dans 2 h » for what is to come."""
    now = now or timezone.now()
    gap = now - moment
    ahead, size = gap < timedelta(0), abs(gap)
    lead = "dans" if ahead else "il y a"
    minutes = int(size.total_seconds() // 60)
    if minutes < 1:
        return "à l’instant"
    if minutes < 60:
        return f"{lead}{NBSP}{minutes}{NBSP}min"
    days = (local(now).date() - local(moment).date()).days
    if days == 1:
        return f"hier à{NBSP}{clock_words(moment)}"
    if days == -1:
        return f"demain à{NBSP}{clock_words(moment)}"
    if minutes < 24 * 60:
        return f"{lead}{NBSP}{minutes // 60}{NBSP}h"
    if abs(days) < 7:
        return f"{lead}{NBSP}{abs(days)}{NBSP}jours"
    return day_words(moment)


def left_words(until: datetime, now: datetime | None = None) -> str:
    """« encore 42 min », « encore 1 h 05 » until a moment: whole minutes, none that is not there."""
    seconds = (until - (now or timezone.now())).total_seconds()
    if seconds <= 0:
        return "terminée"
    hours, minutes = divmod(int(seconds // 60), 60)
    if hours:
        return f"encore{NBSP}{hours}{NBSP}h{NBSP}{minutes:02d}"
    return f"encore{NBSP}{minutes}{NBSP}min" if minutes else "moins d’une minute"


def plural(count: float, word: str) -> str:
    """The word, or each word of « place libre », with an s from two on (French counts 0 and 1,5 as singular)."""
    if abs(count) < 2:
        return word
    return " ".join(one if one.endswith(("s", "x")) else f"{one}s" for one in word.split(" "))


def number_words(value: float | Decimal | str, decimals: int | None = None) -> str:
    """Decimal comma and thin spaces: 12345.5 → « 12 345,5 »; no number is returned unchanged."""
    text = str(value)
    if decimals is not None:
        try:
            text = f"{Decimal(text):.{decimals}f}"
        except ArithmeticError:
            return text
    match = re.fullmatch(r"([-+−]?)(\d+)(?:\.(\d+))?", text)
    if match is None:
        return text
    sign, whole, fraction = match.groups()
    grouped = f"{int(whole):,}".replace(",", THIN) if len(whole) > 4 else whole
    return f"{sign.replace('-', '−')}{grouped}{',' + fraction if fraction else ''}"


SMALL_WORDS = re.compile(
    r"(?<=[- ])(?:À|Au|Aux|D|De|Des|Du|En|Et|L|La|Le|Les|Lès|Sous|Sur)(?=[- '’])"
)


def town_words(name: str) -> str:
    """« Épinay-sur-Seine » for « ÉPINAY-SUR-SEINE », as the official geographic code (INSEE) writes communes."""
    return SMALL_WORDS.sub(lambda found: found[0].lower(), name.title()) if name.isupper() else name


def phone_words(number: str) -> str:
    """« 06 12 34 56 78 » for a French number, national, +33 or overseas; others are returned unchanged."""
    digits = re.sub(r"[\s.\-()]", "", str(number))
    digits = re.sub(r"^(?:\+|00)(?:33|262|590|594|596)0?", "0", digits)
    if not re.fullmatch(r"0\d{9}", digits):
        return str(number)
    return NBSP.join(digits[i : i + 2] for i in range(0, 10, 2))


def ins_words(value: str) -> str:
    """« 1 79 03 51 215 189 · 89 »: the NIR's groups, then its key (13 or 15 characters)."""
    text = re.sub(r"\s", "", str(value)).upper()
    if not re.fullmatch(r"\d{5}[\dAB]{2}\d{6}(?:\d{2})?", text):
        return str(value)
    cuts = ((0, 1), (1, 3), (3, 5), (5, 7), (7, 10), (10, 13))
    groups = NBSP.join(text[start:end] for start, end in cuts)
    return f"{groups}{NBSP}·{NBSP}{text[13:]}" if len(text) == 15 else groups


def name_words(birth_name: str, first_given_name: str = "", used_name: str = "") -> str:
    """« DUPONT Marie », followed by « (usage : MARTIN) » when the used name differs.

    The birth name leads because identity rules (RNIV, 2024) search and compare on it.
    """
    words = f"{birth_name.upper()} {first_given_name}".strip()
    if used_name and used_name.upper() != birth_name.upper():
        return f"{words} (usage{NBSP}: {used_name.upper()})"
    return words
