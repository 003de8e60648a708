"""Whole numbers as browsers and addresses give them (pure)."""

MOST_DIGITS = 8
"""What a version, a rank or a position needs, and the database keeps; beyond, Python itself refuses to read."""


def whole(text: str, *, otherwise: int = 0, digits: int = MOST_DIGITS) -> int:
    """The number of a text of ASCII digits; `otherwise` for what is none, or too long to be one of ours."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= digits
    return int(text) if is_number else otherwise
