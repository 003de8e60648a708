"""Values of the R4 primitive types, as JSON holds them (https://hl7.org/fhir/R4/datatypes.html#primitive)."""

import re
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from typing import Any

Check = Callable[[Any], bool]

MOST_TEXT = 1024 * 1024
"""Characters of a string (FHIR R4: strings shall not exceed 1 MB)."""
MOST_INTEGER = 2**31 - 1
MOST_DECIMAL = 1e17
"""A decimal of 18 digits is what our own columns, and R4's advice, can hold."""
MOST_NARRATIVE = 100_000

TEXT = re.compile(r"(?=[ \t\r\n]*[^ \t\r\n])[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")
"""A text says something, and has no control character (NUL is none that the database can keep)."""
BASE64 = re.compile(r"[A-Za-z0-9+/\s]*={0,2}\s*")
ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f]+")
UNSAFE_ADDRESS = re.compile(r"(javascript|vbscript|data|file):", re.IGNORECASE)


def _is_text(value: Any) -> bool:
    return type(value) is str and len(value) <= MOST_TEXT and TEXT.fullmatch(value) is not None


def _is_boolean(value: Any) -> bool:
    return value is True or value is False


def _is_integer(value: Any) -> bool:
    return type(value) is int and -MOST_INTEGER - 1 <= value <= MOST_INTEGER


def _is_unsigned(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST_INTEGER


def _is_positive(value: Any) -> bool:
    return type(value) is int and 0 < value <= MOST_INTEGER


def _is_decimal(value: Any) -> bool:
    return type(value) in (int, float) and -MOST_DECIMAL < value < MOST_DECIMAL


def _is_base64(value: Any) -> bool:
    if type(value) is not str or not value or BASE64.fullmatch(value) is None:
        return False
    return (len(value) - sum(value.count(blank) for blank in " \t\r\n")) % 4 == 0


def _is_address(value: Any) -> bool:
    return (
        type(value) is str
        and len(value) <= 2000
        and ADDRESS.fullmatch(value) is not None
        and UNSAFE_ADDRESS.match(value) is None
    )


def _matching(pattern: str) -> Check:
    fits = re.compile(pattern, re.ASCII).fullmatch

    def check(value: Any) -> bool:
        return type(value) is str and len(value) <= 500 and fits(value) is not None

    return check


def _dated(pattern: str) -> Check:
    fits = re.compile(pattern, re.ASCII).fullmatch

    def check(value: Any) -> bool:
        if type(value) is not str or len(value) > 40 or fits(value) is None:
            return False
        return value[8:10] < "29" or _is_day(value[:10])

    return check


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


class _Narrative(HTMLParser):
    """Reads the XHTML of a narrative: only what R4 allows there (narrative, rule txt-1)."""

    TAGS = frozenset(
        {
            "div", "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl",
            "dt", "dd", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "col",
            "colgroup", "a", "img", "span", "b", "i", "em", "strong", "small", "big", "sub",
            "sup", "code", "samp", "kbd", "var", "cite", "q", "pre", "blockquote", "tt", "abbr",
            "dfn", "address",
        }
    )  # fmt: skip
    ATTRIBUTES = frozenset(
        {
            "xmlns", "xml:lang", "lang", "id", "class", "title", "dir", "href", "src", "alt",
            "name", "colspan", "rowspan", "align", "valign", "width", "height", "border",
            "cellpadding", "cellspacing", "scope", "abbr", "headers", "start", "type", "style",
        }
    )  # fmt: skip
    LINK = re.compile(r"(https?:|mailto:|tel:|[^:]*([/?#]|$))", re.IGNORECASE)

    def __init__(self) -> None:
        super().__init__()
        self.is_safe = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_safe &= tag in self.TAGS
        for name, value in attrs:
            self.is_safe &= name in self.ATTRIBUTES
            if name in ("href", "src"):
                self.is_safe &= self.LINK.match(value or "") is not None
            if name == "style":
                self.is_safe &= "(" not in (value or "") and "\\" not in (value or "")

    def handle_decl(self, decl: str) -> None:
        self.is_safe = False

    def handle_pi(self, data: str) -> None:
        self.is_safe = False

    def unknown_decl(self, data: str) -> None:
        self.is_safe = False


def is_narrative(value: Any) -> bool:
    """Whether an XHTML text is a `div` without script, form or outside style."""
    if (
        type(value) is not str
        or not 0 < len(value) <= MOST_NARRATIVE
        or TEXT.fullmatch(value) is None
    ):
        return False
    text = value.strip()
    if not (text.startswith("<div") and text.endswith("</div>")):
        return False
    reader = _Narrative()
    reader.feed(text)
    reader.close()
    return reader.is_safe


OWN: dict[str, Check] = {
    "boolean": _is_boolean,
    "integer": _is_integer,
    "unsignedInt": _is_unsigned,
    "positiveInt": _is_positive,
    "decimal": _is_decimal,
    "string": _is_text,
    "markdown": _is_text,
    "base64Binary": _is_base64,
    "uri": _is_address,
    "url": _is_address,
    "canonical": _is_address,
    "xhtml": is_narrative,
}
"""Those whose published pattern is for the text of XML, or costs more than its meaning."""


def checkers(patterns: dict[str, str]) -> dict[str, Check]:
    """A check for each primitive type, from its published pattern where `OWN` has none."""
    found: dict[str, Check] = {}
    for name, pattern in patterns.items():
        dated = name in ("date", "dateTime", "instant")
        found[name] = OWN.get(name) or (_dated(pattern) if dated else _matching(pattern))
    return found
