"""Numbers, codes and delays of enrolment (pure).

A one-time code has a *shape*: `short` is read in a mailbox within minutes and typed from memory, `long` is
read on paper or said aloud. Sources: ANS, référentiel d'identification électronique des acteurs de santé
(two factors, identity checked at enrolment); NIST SP 800-63B-4 (2025), 3.1.3.2, for codes out of band.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and figures that nobody confuses on paper or by telephone: no I, O, 0 nor 1."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a code is made, and how many wrong ones are taken before another must be made."""

    alphabet: str
    length: int
    tries: int


SHORT = Shape("0123456789", 6, 5)
"""One chance in 200,000 for who guesses a code."""
LONG = Shape(ALPHABET, 12, 100)
"""Sixty bits: wrong ones are counted so that they show, not because guessing would succeed."""

MAIL_GOOD_FOR = timedelta(minutes=15)
LETTER_GOOD_FOR = timedelta(days=15)
VOUCH_GOOD_FOR = timedelta(hours=24)
FACTOR_GOOD_FOR = timedelta(minutes=30)
PROOF_GOOD_FOR = timedelta(minutes=30)
"""Between a right code and the choice of a password, on the same browser."""

MOST_MAILS, MAIL_WINDOW = 5, timedelta(hours=24)
"""Codes that one mailbox receives in a day: a number that is typed is not a way to bother somebody."""

LONGEST_ANNOUNCEMENT = timedelta(days=31)
"""What lasts longer is no maintenance: people stop reading a banner that stays."""


def announcement_fault(starts_at: datetime, ends_at: datetime, now: datetime) -> str:
    """Why an announcement may not run from a moment to another, in French; empty when it may."""
    if ends_at <= starts_at:
        return "La fin vient après le début."
    if ends_at <= now:
        return "Cette fin est déjà passée."
    if ends_at - starts_at > LONGEST_ANNOUNCEMENT:
        return "Une annonce dure 31 jours au plus."
    return ""


REVIEW_MONTHS = 6
"""An account of a structure is confirmed twice a year."""


def whole_number(text: str) -> str:
    """The IDNPS of a typed number: `8` and RPPS (11 figures), `0` and ADELI (9 characters); else "".

    Somebody may also type the IDNPS itself. RPPS+ numbers of the social field are RPPS numbers.
    """
    compact = re.sub(r"[\s.\-]", "", text).upper()
    if re.fullmatch(r"[0-9]{11}", compact):
        return "8" + compact
    if re.fullmatch(r"8[0-9]{11}", compact):
        return compact
    if re.fullmatch(r"([0-9]{2}|2[AB])[0-9]{6}[0-9A-Z]", compact):
        return "0" + compact
    return compact if re.fullmatch(r"0([0-9]{2}|2[AB])[0-9]{6}[0-9A-Z]", compact) else ""


def typed_code(text: str) -> str:
    """A code as it is compared: capitals and figures, without what separates its groups."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def shape_of(code: str) -> Shape | None:
    """The shape that a typed code has; None when it cannot be one of ours."""
    for shape in (SHORT, LONG):
        if len(code) == shape.length and set(code) <= set(shape.alphabet):
            return shape
    return None


def grouped(code: str) -> str:
    """« ABCD-EFGH-JKLM » or « 123 456 »: as a code is shown and read aloud."""
    if len(code) == SHORT.length:
        return f"{code[:3]} {code[3:]}"
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def masked_address(address: str) -> str:
    """« c•••@medecin.mssante.fr »: enough for its owner to know it, not enough to write there."""
    local, _, site = address.partition("@")
    return f"{local[:1]}•••@{site}"


def is_professional_mailbox(address: str) -> bool:
    """Whether an address is of the MSSanté space, whose owners' identity was checked."""
    site = address.rpartition("@")[2].lower()
    return f".{site}".find(".mssante.") >= 0


def proposed_login(given: str, family: str, taken: Collection[str]) -> str:
    """« c.durand », then « c.durand2 »: a login that nobody in `taken` has."""
    first, last = _plain(given)[:1], _plain(family)
    base = (f"{first}.{last}" if first else last)[:40] or "compte"
    login, number = base, 2
    while login in taken:
        login, number = f"{base}{number}", number + 1
    return login


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.lower())
    return re.sub(r"[^a-z0-9]", "", bare)


LOGIN = re.compile(r"[a-z0-9][a-z0-9.\-]{2,39}")
"""From 3 to 40 small letters, figures, dots and dashes."""


def is_login(text: str) -> bool:
    """Whether a text may be somebody's login."""
    return bool(LOGIN.fullmatch(text))


def review_is_late(*, confirmed_on: date, today: date) -> bool:
    """Whether a person of a structure must be confirmed again: six months after the last time."""
    return months_later(confirmed_on, REVIEW_MONTHS) <= today


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = (first_of_next - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


PIN_LENGTHS = range(4, 9)
"""Figures of a personal code on a ward's post."""
PIN_TRIES = 5
SHIFT_HOURS = 12
IDLE_MINUTES = 5
"""A post locks itself when nobody touches it."""


def pin_fault(pin: str) -> str:
    """What is wrong with a personal code: `length`, `figures`, `plain`, or nothing.

    A code of one figure, or a run (1234, 8765), is what a passer-by tries first.
    """
    if not pin.isascii() or not pin.isdigit():
        return "figures"
    if len(pin) not in PIN_LENGTHS:
        return "length"
    steps = {int(b) - int(a) for a, b in pairwise(pin)}
    return "plain" if steps in ({0}, {1}, {-1}) else ""


def is_idle(*, seen_at: float, now: float) -> bool:
    """Whether a post has been left; both in seconds since 1970."""
    return now - seen_at > IDLE_MINUTES * 60


def is_open(*, from_at: datetime, until: datetime | None, now: datetime) -> bool:
    """Whether a period holds a moment."""
    return from_at <= now and (until is None or now < until)


SETTLING = timedelta(hours=1)
"""An account just opened may wait that long for its first position."""
SMALL_REGION = 20
MAX_GONE_SHARE = 0.1
"""Past one account in ten, nobody left: the directory is at fault."""


def may_close_many(*, active: int, gone: int) -> bool:
    """Whether so many accounts may be closed at once by what the directory says."""
    return gone <= max(SMALL_REGION, active * MAX_GONE_SHARE)
