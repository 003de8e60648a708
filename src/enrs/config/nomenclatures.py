"""Loading nomenclatures from a file, a folder or an archive, and the project's own compact table."""

import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from enrs.config.loading import LoadError, count_words
from enrs.core import terminology
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.terminology.commands import load_terminology, publish_pending
from enrs.core.terminology.commands.members import MissingPartError
from enrs.core.terminology.models import Load
from enrs.formats.terminology import MOST_BYTES

OWN = Path(terminology.__file__).parent / "data" / "nomenclatures.json"
ENDINGS = (".xml", ".json")
SHOWN = 5
Named = tuple[str, bytes]


def load_own() -> None:
    """Load the nomenclatures that the program itself uses; nothing when they are there already."""
    with acting(SYSTEM):
        load_terminology(OWN.read_bytes(), file_name=OWN.name)
        publish_pending()


def load_nomenclatures(
    path: Path, *, closes_many: bool = False, progress: Callable[[int], None] | None = None
) -> str:
    """Load a file, or every `.xml` and `.json` of a folder or a ZIP; returns the report.

    What stands on a nomenclature that comes later in the folder is tried again after the others.

    Raises:
        LoadError: the only file was refused, or there is none.
    """
    loads: list[Load] = []
    with acting(SYSTEM):
        waiting: list[Named] = []
        for place, (name, content) in enumerate(_files(path), 1):
            done = load_terminology(content, file_name=name, closes_many=closes_many)
            if _waits(done):
                waiting.append((name, content))
            else:
                loads += done
            if progress:
                progress(place)
        loads += _again(waiting, closes_many)
        publish_pending()
    if not loads:
        raise LoadError(f"Aucun fichier .xml ou .json dans {path}.")
    if len(loads) == 1 and loads[0].error:
        raise LoadError(f"{loads[0].file_name} : {loads[0].error}")
    return sentence(loads)


def _waits(loads: list[Load]) -> bool:
    return any(one.error.endswith(MissingPartError.ENDINGS) for one in loads)


def _again(waiting: list[Named], closes_many: bool) -> list[Load]:
    """What waited for another nomenclature, until a round brings nothing more."""
    loads: list[Load] = []
    while waiting:
        left: list[Named] = []
        refused: list[Load] = []
        for name, content in waiting:
            done = load_terminology(content, file_name=name, closes_many=closes_many)
            if _waits(done):
                left.append((name, content))
                refused += done
            else:
                Load.objects.filter(file_name=name, state=Load.State.FAILED).delete()
                loads += done
        if len(left) == len(waiting):
            return loads + refused
        waiting = left
    return loads


def _files(path: Path) -> Iterator[Named]:
    if path.is_dir():
        for one in sorted(path.rglob("*")):
            if one.suffix.lower() in ENDINGS and one.is_file():
                yield str(one.relative_to(path)), _read(one)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in sorted(archive.infolist(), key=lambda one: one.filename):
                if member.filename.lower().endswith(ENDINGS):
                    if member.file_size > MOST_BYTES:
                        raise LoadError(f"{member.filename} est trop grand.")
                    yield member.filename, archive.read(member)
    else:
        yield path.name, _read(path)


def _read(path: Path) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise LoadError(f"{path.name} est trop grand.")
    return path.read_bytes()


def sentence(loads: list[Load]) -> str:
    """What was loaded: counts of nomenclatures and codes, then the first files refused and why."""
    states = Counter(one.state for one in loads)
    told = (
        f"{count_words(len(loads))} nomenclatures : {count_words(states['done'] + states['kept'])} chargées, "
        f"{count_words(states['same'])} inchangées, {count_words(states['failed'])} refusées. "
        f"Codes : {count_words(sum(one.added_count for one in loads))} ajoutés, "
        f"{count_words(sum(one.changed_count for one in loads))} modifiés, "
        f"{count_words(sum(one.closed_count for one in loads))} fermés."
    )
    if states["kept"]:
        told += (
            " Certaines perdaient trop de codes : rien n'y a été fermé (--closes-many les croit)."
        )
    refused = [one for one in loads if one.state == Load.State.FAILED][:SHOWN]
    return told + "".join(f"\n  {one.file_name} : {one.error}" for one in refused)
