"""What may leave the platform: sentences without health data, segments of an SMS, sender names.

An SMS and an ordinary mail are read on locked screens and cross other people's servers: they say that
something waits, never about whom nor what (CNIL, « Envoyer des SMS ou des courriels en santé », 2020).
"""

import re
import string
import unicodedata
from collections.abc import Mapping
from math import ceil

SAFE_VARIABLES = frozenset(
    {
        "region", "link", "at", "day", "time", "until", "code", "phone", "contact", "count", "sender",
    }
)  # fmt: skip
"""The only variables of a sentence that leaves: none names a person or says something of their health."""

VALUE_LENGTH = 120

CLINICAL = re.compile(
    r"\b(?:diagnosti\w*|cancer\w*|oncolog\w*|vih|hiv|sida|resultats?|traitements?|ordonnances?|hospitalis\w*"
    r"|allerg\w*|analyses?|biologi\w*|grossesse|ivg|patholog\w*|maladie\w*|medicament\w*|vaccin\w*|psychiatr\w*"
    r"|depist\w*|chimio\w*|radiotherap\w*|dialyse|hepatite\w*|diabet\w*|scanner|irm|biopsie\w*|addict\w*)\b"
)
"""Words that say something of somebody's health, compared without accents."""

NATIONAL_NUMBER = re.compile(
    r"(?<!\d)[12]\s?\d{2}\s?(?:0[1-9]|1[0-2]|[2-9]\d)\s?\w{2}\s?\d{3}\s?\d{3}"
)
"""The shape of a NIR, the number of the INS: sex, year, month, place, order."""

GSM_BASIC = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = set("^{}\\[~]|€\f")
"""GSM 03.38 (3GPP TS 23.038): one septet each, and two."""

TYPOGRAPHY = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "«": '"',
        "»": '"',
        "–": "-",
        "—": "-",
        "…": "...",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2011": "-",
        "œ": "oe",
        "Œ": "OE",
    }
)
MOST_SEGMENTS = 5
SENDER_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9 .\-]{1,9}[A-Za-z0-9])?")
"""Three to eleven characters of which one letter at least: what the operators' networks show."""


class UnsafeTextError(ValueError):
    """A sentence that leaves would name a person, or say something of somebody's health."""


def variables(template: str) -> set[str]:
    """The variables of a sentence, `{name}` each. Raises UnsafeTextError for anything cleverer."""
    found: set[str] = set()
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise UnsafeTextError(f"Accolades mal fermées : {template}") from error
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            raise UnsafeTextError(f"Variable refusée : {{{name}}}")
        found.add(name)
    return found


def check_template(template: str) -> str:
    """The sentence itself, when it may leave. Raises UnsafeTextError, which names what is wrong."""
    odd = sorted(variables(template) - SAFE_VARIABLES)
    if odd:
        raise UnsafeTextError(f"Variable qui ne doit pas quitter l’espace : {{{odd[0]}}}")
    return check_text(template)


def check_text(text: str) -> str:
    """The text itself, when it holds neither a clinical word nor a national number."""
    found = health_data(text)
    if found:
        raise UnsafeTextError(f"Mot de santé dans un texte qui quitte l’espace : « {found} »")
    return text


def health_data(text: str) -> str:
    """The first clinical word or national number of a text, as it stands there; "" when none."""
    plain = "".join(
        char
        for char in unicodedata.normalize("NFD", text.lower())
        if not unicodedata.combining(char)
    )
    found = CLINICAL.search(plain)
    if found:
        return found[0]
    return "numéro de sécurité sociale" if NATIONAL_NUMBER.search(text) else ""


def fill(template: str, values: Mapping[str, object]) -> str:
    """The sentence with its values, each cut to 120 characters on one line; a missing one is empty."""
    kept = {
        name: one_line(str(values.get(name, "")))[:VALUE_LENGTH] for name in variables(template)
    }
    return template.format_map(kept)


def one_line(text: str) -> str:
    """A text without line breaks nor control characters: fit for a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def for_sms(text: str) -> str:
    """The text with plain quotes, dashes and spaces, so that it keeps the seven-bit alphabet."""
    kept = text.translate(TYPOGRAPHY).strip()
    return "".join(char for char in kept if char.isprintable() or char == "\n")


def segments(text: str) -> int:
    """SMS that a text takes: 160 (153 when several) in the GSM alphabet, else 70 (67) in UCS-2."""
    if not text:
        return 0
    if all(char in GSM_BASIC or char in GSM_EXTENDED for char in text):
        size, one, many = sum(2 if char in GSM_EXTENDED else 1 for char in text), 160, 153
    else:
        size, one, many = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if size <= one else ceil(size / many)


def is_sender_name(name: str) -> bool:
    """Whether a name may be shown as the sender of an SMS."""
    return 3 <= len(name) <= 11 and bool(SENDER_NAME.fullmatch(name))
