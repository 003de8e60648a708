"""The acts of the journal in words, for pages of other apps than the one that holds the words."""

from collections.abc import Callable

Wording = Callable[[str, str], tuple[str, str]]
"""`wording(action, role)`: the sentence of an act, and the name of its icon."""

_wordings: list[Wording] = []


def word_acts_by(wording: Wording) -> None:
    """Say how the acts of the journal are named; said when an app is loaded."""
    _wordings[:] = [wording]


def act_words(action: str, role: str = "") -> tuple[str, str]:
    """What was done, in words, and its icon; the code itself when nobody has words."""
    return _wordings[0](action, role) if _wordings else (action, "dot")
