"""`pg_dump` and `pg_restore`: found in the version that a server or an archive asks for, and run."""

import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from enrs.config.operations.errors import OperationError
from enrs.config.postgres.binaries import candidates

Tell = Callable[[str], None]
TABLE = re.compile(r'(?:contents of|data for|contents for) table "([^"]+)"')


@dataclass(frozen=True, slots=True)
class Tool:
    """One program of PostgreSQL and its version."""

    path: Path
    major: int
    release: str


def find_tool(name: str, *, at_least: int) -> Tool:
    """The program `name` whose major version is the lowest that is not below `at_least`.

    A dump is made by programs at least as new as its server. The closest version is preferred: newer
    programs write settings that an older server does not know.
    """
    found = [tool for tool in map(_version, _paths(name)) if tool and tool.major >= at_least]
    if not found:
        message = (
            f"{name} en version {at_least} ou plus récente est introuvable : "
            f"apt install postgresql-client-{at_least}, ou nommez son dossier par ENRS_PG_BIN."
        )
        raise OperationError(message)
    return min(found, key=lambda tool: tool.major)


def _paths(name: str) -> tuple[Path, ...]:
    return tuple(folder / name for folder, _, _ in candidates() if (folder / name).is_file())


@cache
def _version(path: Path) -> Tool | None:
    try:
        answer = subprocess.run(  # noqa: S603 - a program that we have just found
            [path, "--version"], capture_output=True, text=True, check=True, timeout=20
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"(\d+)(?:[.a-z]+\d+)?", answer)
    return Tool(path, int(match[1]), match[0]) if match else None


def environment(url: str) -> tuple[str, dict[str, str]]:
    """The connection without its password, and the environment that holds it: `ps` shows the first."""
    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    kept |= {"LC_ALL": "C", "PGAPPNAME": "enrs"}
    if password:
        kept["PGPASSWORD"] = str(password)
    return make_conninfo(**{key: str(value) for key, value in parts.items()}), kept


def run_tool(tool: Tool, arguments: Sequence[str], *, url: str, tell: Tell) -> None:
    """Run a program against a server; `tell` hears each table that it begins.

    Raises OperationError with the program's last words when it fails.
    """
    address, variables = environment(url)
    command = [str(tool.path), "--verbose", f"--dbname={address}", *arguments]
    last: list[str] = []
    with subprocess.Popen(  # noqa: S603 - our own command line
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, errors="replace", env=variables, cwd=tempfile.gettempdir(), umask=0o077,
    ) as process:  # fmt: skip
        try:
            for line in process.stderr or ():
                last = [*last[-4:], line.strip()]
                if match := TABLE.search(line):
                    tell(match[1].removeprefix("public."))
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        message = f"{tool.path.name} {tool.release} a échoué : {' / '.join(last)}"
        raise OperationError(message)


def replay(
    restore: Tool, psql: Tool, dump: Path, *, url: str, before: str, after: str, tell: Tell
) -> None:
    """Run `before`, a dump's statements and `after` against a server: a transaction that `before` begins and
    `after` commits.

    A dump that cannot be read to its end cuts the connection: nothing is committed. Raises
    OperationError with the last words of the program that failed.
    """
    address, variables = environment(url)
    reading = [
        str(restore.path),
        "--verbose",
        "--no-owner",
        "--no-privileges",
        "--file=-",
        str(dump),
    ]
    writing = [str(psql.path), "--no-psqlrc", "--quiet",
               "--set=ON_ERROR_STOP=1", f"--dbname={address}"]  # fmt: skip
    pipe = subprocess.PIPE
    last: list[str] = []
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as words,
        subprocess.Popen(reading, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe) as source,  # noqa: S603
        subprocess.Popen(  # noqa: S603
            writing, stdin=pipe, stdout=subprocess.DEVNULL, stderr=words, env=variables
        ) as target,
    ):
        listener = threading.Thread(target=_listen, args=(source.stderr, tell, last))
        listener.start()
        try:
            _pour(source, target, before, after)
        except BrokenPipeError:
            source.kill()
        except BaseException:
            target.kill()
            source.kill()
            raise
        finally:
            listener.join()
        target.wait()
        words.seek(0)
        told = words.read()
    if source.returncode > 0:
        message = f"{dump} ne se lit pas jusqu'au bout : {' / '.join(last)}"
        raise OperationError(message)
    if target.returncode:
        words_of_error = " / ".join(told[max(0, told.find("ERROR")) :].splitlines())[:600]
        message = f"psql {psql.release} a échoué : {words_of_error}"
        raise OperationError(message)


def _pour(
    source: "subprocess.Popen[bytes]", target: "subprocess.Popen[bytes]", before: str, after: str
) -> None:
    """Hand the dump to psql between two texts; psql is ended before its end if the dump is cut."""
    if source.stdout is None or target.stdin is None:
        return
    target.stdin.write(before.encode())
    shutil.copyfileobj(source.stdout, target.stdin, 1 << 20)
    if source.wait():
        target.kill()
        return
    target.stdin.write(after.encode())
    target.stdin.close()


def _listen(lines: IO[bytes] | None, tell: Tell, last: list[str]) -> None:
    for raw in lines or ():
        line = raw.decode(errors="replace").strip()
        last[:] = [*last[-3:], line]
        if match := TABLE.search(line):
            tell(match[1].removeprefix("public."))
