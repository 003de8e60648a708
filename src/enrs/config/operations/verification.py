"""Verifying a backup without a server: hashes of files, and each row of the dump read and counted."""

import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import IO

from enrs.config.operations.errors import OperationError
from enrs.config.operations.manifest import DUMP, Manifest, check_files, read_manifest
from enrs.config.operations.tools import Tell, Tool, find_tool

COPY = re.compile(rb'^COPY public\."?([^" (]+)"? \(.*\) FROM stdin;$')


def verify_backup(folder: Path, *, tell: Tell = lambda _: None) -> Manifest:
    """Check a backup whole: its files, then every row of the dump against the manifest's counts.

    Returns the manifest; raises OperationError with the first fault.
    """
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    found = rows_in_dump(folder / DUMP, manifest, tell)
    wrong = sorted(
        name
        for name in {*found, *manifest.counts}
        if found.get(name, 0) != manifest.counts.get(name, 0)
    )
    if wrong:
        name = wrong[0]
        message = (
            f"La table {name} a {found.get(name, 0)} lignes dans la sauvegarde, "
            f"{manifest.counts.get(name, 0)} selon le manifeste."
        )
        raise OperationError(message)
    return manifest


def rows_in_dump(dump: Path, manifest: Manifest, tell: Tell) -> Counter[str]:
    """Rows of each table in a dump, which is decompressed and read to its end."""
    tool = restoring_tool(manifest, at_least=manifest.server_major)
    command = [str(tool.path), "--data-only", "--file=-", str(dump)]
    with subprocess.Popen(  # noqa: S603 - our own command line
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout  # noqa: S101 - asked for just above
        assert process.stderr  # noqa: S101
        found = _count(process.stdout, tell)
        words = process.stderr.read().decode(errors="replace").strip()
    if process.returncode:
        message = f"{dump} ne se lit pas jusqu'au bout : {words}"
        raise OperationError(message)
    return found


def restoring_tool(manifest: Manifest, *, at_least: int) -> Tool:
    """`pg_restore`, as new as the program that made the dump, and as the server that takes it."""
    dumped = int(re.split(r"\D", manifest.dumped_by, maxsplit=1)[0])
    return find_tool("pg_restore", at_least=max(dumped, at_least))


def _count(lines: IO[bytes], tell: Tell) -> Counter[str]:
    """A row of COPY is a line: its own line breaks are written as two characters."""
    found: Counter[str] = Counter()
    table = ""
    for line in lines:
        if table:
            if line == b"\\.\n":
                table = ""
            else:
                found[table] += 1
        elif line.startswith(b"COPY ") and (match := COPY.match(line.rstrip())):
            table = match[1].decode()
            tell(table)
    return found
