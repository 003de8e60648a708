"""What services declare to the engine: folders of forms, sources of pre-population, extractions, what is next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

Source = Callable[[UUID], dict[str, Any] | None]
"""From a patient to a FHIR resource that `initialExpression` reads as `%name`; None when there is none."""

Extraction = Callable[[Any, Mapping[str, Any]], Sequence[dict[str, Any]]]
"""From a finished answer and its values to the Observations to publish (FHIR R4, with their UUID)."""


Next = Callable[[Any], str]
"""From a finished answer to the address of the page where its service goes on."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of `<name>.json` forms and the service that owns them."""

    path: Path
    owner: str


_folders: dict[Path, Folder] = {}
_sources: dict[str, Source] = {}
_extractions: dict[str, Extraction] = {}
_nexts: dict[str, Next] = {}
_nexts_about: dict[str, Next] = {}


def register_forms(folder: Path | str, *, owner: str) -> None:
    """Declare a folder of forms; they are taken in after each migration."""
    path = Path(folder)
    _folders[path] = Folder(path, owner)


def register_source(name: str, ask: Source) -> None:
    """Declare where `%name` of an `initialExpression` comes from; it runs as whoever starts the answer."""
    _sources[name] = ask


def register_extraction(form: str, extract: Extraction) -> None:
    """Declare how a form's finished answers become Observations, in place of the usual way."""
    _extractions[form] = extract


def register_next(form: str, page: Next) -> None:
    """Declare where whoever ends a form is led, in place of the page of its answers."""
    _nexts[form] = page


def register_next_about(subject_kind: str, page: Next) -> None:
    """Declare where whoever ends any form about this kind of subject is led: for forms that a region chooses."""
    _nexts_about[subject_kind] = page


def folders() -> list[Folder]:
    """The declared folders."""
    return list(_folders.values())


def sources() -> Mapping[str, Source]:
    """The declared sources, by name."""
    return _sources


def extraction_of(form: str) -> Extraction | None:
    """The declared extraction of a form, if any."""
    return _extractions.get(form)


def next_of(form: str, subject_kind: str = "") -> Next | None:
    """Where the service of a form, else of what it is about, goes on, if it declares so."""
    return _nexts.get(form) or _nexts_about.get(subject_kind)
