"""Pure decisions on messages: what may be said, mentioned and joined."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

MAX_TEXT = 10_000
MAX_FILES = 5
MAX_FILE = 10 * 1024 * 1024
MAX_MEMBERS = 50
NAME = re.compile(r"[^\w\-. ()'’,]+")

KINDS: dict[str, tuple[bytes, ...]] = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
}
"""What may be joined besides plain text, known by its first bytes: what a sender says is not believed."""

EXTENSIONS = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "text/plain": ".txt",
}


@dataclass(frozen=True, slots=True)
class Person:
    """A grantee (practitioner, person, organisation) with the name that is shown."""

    id: UUID
    display: str


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to join, with the name that its sender gave."""

    name: str
    content: bytes


def fault_of_text(text: str, *, has_files: bool = False) -> str:
    """What is wrong with a message, as a code: `empty`, `long`, `characters`, or nothing."""
    if not text.strip() and not has_files:
        return "empty"
    if len(text) > MAX_TEXT:
        return "long"
    return "characters" if "\x00" in text else ""


def mime_type(content: bytes) -> str:
    """The kind of a file by its own bytes; "" for what may not be joined."""
    for kind, heads in KINDS.items():
        if content.startswith(heads):
            return kind
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    is_plain = all(one.isprintable() or one in "\r\n\t" for one in text)
    return "text/plain" if is_plain and not text.lstrip().startswith("<") else ""


def fault_of_file(file: NewFile) -> str:
    """What is wrong with a file: `file_empty`, `file_size`, `file_kind`, or nothing."""
    if not file.content:
        return "file_empty"
    if len(file.content) > MAX_FILE:
        return "file_size"
    return "" if mime_type(file.content) else "file_kind"


def file_name(name: str, kind: str) -> str:
    """A name without path nor surprise, that ends as its content says."""
    base = NAME.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    stem = base.rsplit(".", 1)[0] if "." in base else base
    return f"{stem[:100] or 'fichier'}{EXTENSIONS[kind]}"


def mentioned(text: str, members: Iterable[Person]) -> list[Person]:
    """The members named after an @, the longest names first so that « Anne » is not « Anne Petit »."""
    left, found = text.casefold(), []
    for one in sorted(members, key=lambda person: -len(person.display)):
        mark = f"@{one.display.casefold()}"
        if one.display and mark in left:
            left = left.replace(mark, " ")
            found.append(one)
    return found


def is_heard(audience: str, *, is_professional: bool, has_patient: bool) -> bool:
    """Whether somebody who may read the person's messages reads a thread of which they are no member."""
    if not has_patient or audience == "members":
        return False
    return audience == "all" or is_professional
