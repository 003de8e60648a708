"""Loading geography: the files of the packages that the installation brings, contours, lists of territories."""

import json
import re
import zipfile
from collections.abc import Collection
from datetime import date
from pathlib import Path

from enrs.config.loading import LoadError, count_words
from enrs.config.state import project_root
from enrs.core.access.actor import SYSTEM, acting
from enrs.formats.geography.cantons import CantonFileError
from enrs.formats.geography.contours import ContourError
from enrs.formats.geography.packages import PackageError
from enrs.referentials.geography.commands import (
    TerritoriesRefusedError,
    load_cantons,
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


COG = re.compile(r"v_(canton|commune)_(\d{4})\.csv", re.IGNORECASE)


def load_cantons_files(path: Path) -> str:
    """Load `v_canton_AAAA.csv` and `v_commune_AAAA.csv` of a folder, or of the archive of the official code.

    The last year that has both is taken; it holds on its 1 January. Raises LoadError.
    """
    found = _official_code(path)
    years = [year for year in found if set(found[year]) == {"canton", "commune"}]
    if not years:
        raise LoadError(
            f"{path} : il faut v_canton_AAAA.csv et v_commune_AAAA.csv d'une même année."
        )
    files = found[max(years)]
    try:
        with acting(SYSTEM):
            done = load_cantons(
                cantons=files["canton"], communes=files["commune"], on=date(int(max(years)), 1, 1)
            )
    except CantonFileError as error:
        raise LoadError(f"{path.name} : {error}") from error
    return (
        f"{count_words(done.communes)} communes ont un canton ({count_words(done.added)} nouvelles, "
        f"{count_words(done.changed)} changées), {count_words(done.skipped)} n'en ont pas : "
        "partagées entre plusieurs, ou sans canton."
    )


def _official_code(path: Path) -> dict[str, dict[str, bytes]]:
    """By year, the content of the files of cantons and of communes."""
    found: dict[str, dict[str, bytes]] = {}
    if path.is_dir():
        for one in sorted(path.iterdir()):
            if named := COG.fullmatch(one.name):
                found.setdefault(named[2], {})[named[1].lower()] = one.read_bytes()
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if named := COG.fullmatch(Path(name).name):
                    found.setdefault(named[2], {})[named[1].lower()] = archive.read(name)
    return found


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
