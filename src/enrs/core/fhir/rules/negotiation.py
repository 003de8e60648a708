"""Which formats a client takes: we serve JSON only."""

import re

QUALITY = re.compile(r"[0-9]{1,3}(\.[0-9]{0,3})?|\.[0-9]{1,3}")
"""What follows `q=` in `Accept`."""

JSON_NAMES = frozenset(
    {
        "",
        "*/*",
        "application/*",
        "application/fhir+json",
        "application/json",
        "application/json+fhir",
        "json",
        "text/json",
    }
)
"""`Accept` or `_format` values that JSON satisfies (FHIR R4, http, 3.1.0.1.11)."""

FHIR_NAMES = JSON_NAMES - {"", "*/*", "application/*"}
"""The ones that ask for FHIR in so many words."""


def accepts_json(wanted: str) -> bool:
    """Whether one of the alternatives of an `Accept` or `_format` value is JSON (and not refused)."""
    return any(name in JSON_NAMES and quality != 0 for name, quality in _alternatives(wanted))


def asks_for_fhir(wanted: str) -> bool:
    """Whether FHIR JSON is named; else a Binary goes out in its own format."""
    return any(name in FHIR_NAMES and quality != 0 for name, quality in _alternatives(wanted))


def _alternatives(wanted: str) -> list[tuple[str, float]]:
    found = []
    for alternative in wanted.split(","):
        # In a query string an unescaped + arrives as a space.
        name, *parameters = [part.strip().lower() for part in alternative.split(";")]
        quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        found.append(
            (
                name.replace(" ", "+"),
                float(quality) if QUALITY.fullmatch(quality) else 1.0,
            )
        )
    return found


def is_lenient(prefer: str) -> bool:
    """Whether `Prefer` asks to ignore unknown search parameters."""
    return "handling=lenient" in prefer.replace(" ", "").lower().split(",")


def preferred_return(prefer: str) -> str:
    """What `Prefer: return=` asks for: `minimal`, `representation` or `OperationOutcome`; '' when nothing known."""
    for one in prefer.replace(";", ",").split(","):
        name, _, value = one.strip().partition("=")
        if name.strip().lower() == "return" and value.strip() in RETURNS:
            return value.strip()
    return ""


RETURNS = frozenset({"minimal", "representation", "OperationOutcome"})
