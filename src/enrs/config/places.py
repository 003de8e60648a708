"""Loading geography: the files of the packages that the installation brings, contours, lists of territories."""

import json
from collections.abc import Collection
from pathlib import Path

from enrs.config.loading import LoadError, count_words
from enrs.config.state import project_root
from enrs.core.access.actor import SYSTEM, acting
from enrs.formats.geography.contours import ContourError
from enrs.formats.geography.packages import PackageError
from enrs.referentials.geography.commands import (
    TerritoriesRefusedError,
    load_contours,
    load_geography,
    load_territories,
)

PACKAGE = Path("@etalab/decoupage-administratif/data")
TOWNS = Path("cities.json/cities.json")
FILES = ("communes", "departements", "regions", "epci", "ept")


def load_places(folder: Path | None = None, *, departments: Collection[str] = ()) -> str:
    """Load the communes and areas of a folder (the installed packages without one); returns the report.

    Raises:
        LoadError: the files are not there, or are not of the package.
    """
    root = project_root() / "node_modules"
    base = folder or root / PACKAGE
    files = {name: path.read_bytes() for name in FILES if (path := base / f"{name}.json").is_file()}
    towns = (base / "cities.json") if folder else (root / TOWNS)
    if towns.is_file():
        files["towns"] = towns.read_bytes()
    try:
        with acting(SYSTEM):
            done = load_geography(files, departments=departments, version=_version(base))
    except PackageError as error:
        raise LoadError(f"{base} : {error}") from error
    kept = " Trop de communes manquent : aucune n'a été fermée." if done.is_kept else ""
    return (
        f"{count_words(done.communes)} communes : {count_words(done.added)} ajoutées, "
        f"{count_words(done.changed)} modifiées, {count_words(done.closed)} fermées.{kept}"
    )


def _version(base: Path) -> str:
    package = base.parent / "package.json"
    if not package.is_file():
        return ""
    return str(json.loads(package.read_text(encoding="utf-8")).get("version", ""))[:40]


def load_contours_file(path: Path) -> str:
    """Load the contours of a GeoJSON file. Raises LoadError."""
    try:
        with acting(SYSTEM):
            done = load_contours(path.read_bytes())
    except ContourError as error:
        raise LoadError(f"{path.name} : {error}") from error
    return f"{count_words(done.added)} contours chargés, {count_words(done.skipped)} laissés."


def load_territories_file(path: Path) -> str:
    """Load the territories of a CSV file. Raises LoadError."""
    try:
        with acting(SYSTEM):
            made = load_territories(content=path.read_bytes())
    except TerritoriesRefusedError as error:
        raise LoadError("\n  ".join([f"{path.name} : {error}", *error.faults])) from error
    return f"{count_words(len(made))} territoires chargés."
