"""Literal references of R4: to what type they point, and their replacement when a bundle is written."""

import re
from typing import Any

RELATIVE = re.compile(
    r"(?:https?://[^\s?#]+/)?([A-Z][A-Za-z]{2,39})/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)
URN = re.compile(r"urn:(uuid:[0-9a-fA-F-]{36}|oid:[0-2](\.(0|[1-9][0-9]*))+)")
CONTAINED = re.compile(r"#[A-Za-z0-9\-.]{0,64}")
CONDITIONAL = re.compile(r"([A-Z][A-Za-z]{2,39})\?[^\s\x00-\x1f]{1,500}")


def target_of(text: str) -> str | None:
    """The type that a reference names; '' when its form does not say, '#' for a contained one, None when it is none."""
    if len(text) > 500:
        return None
    found = RELATIVE.fullmatch(text) or CONDITIONAL.fullmatch(text)
    if found:
        return found[1]
    if CONTAINED.fullmatch(text):
        return "#"
    return "" if URN.fullmatch(text) else None


def references_in(tree: Any) -> list[str]:
    """Every `reference` text of a tree, in order."""
    found: list[str] = []
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if type(one) is dict:
            text = one.get("reference")
            if type(text) is str:
                found.append(text)
            waiting.extend(value for value in one.values() if type(value) in (dict, list))
        elif type(one) is list:
            waiting.extend(one)
    return found


def replace_references(tree: Any, known: dict[str, str]) -> None:
    """Put, in place, `known[text]` for each reference that it names."""
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if type(one) is dict:
            text = one.get("reference")
            if type(text) is str and text in known:
                one["reference"] = known[text]
            waiting.extend(value for value in one.values() if type(value) in (dict, list))
        elif type(one) is list:
            waiting.extend(one)


def localise(tree: Any, base: str) -> tuple[str, ...]:
    """Take this server's own address (`base`, with its slash) off references, in place; returns them."""
    found = references_in(tree)
    known = {text: text[len(base) :] for text in found if text.startswith(base)}
    if known:
        replace_references(tree, known)
    return tuple(known.get(text, text) for text in found)
