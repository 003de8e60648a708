"""Where an installation keeps its private files (secrets, data), and how they are written."""

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SYSTEM_STATE = Path("/var/lib/enrs")
"""Root's state: PostgreSQL runs under an account that may not enter root's own folders."""


def project_root() -> Path:
    """Return the folder that holds `src/`."""
    return Path(__file__).resolve().parents[3]


def project_hash(project: Path) -> str:
    """Return 12 hexadecimal digits that differ from one project folder (and user) to the next."""
    return hashlib.sha256(f"{os.geteuid()}:{project.resolve()}".encode()).hexdigest()[:12]


def state_folder(project: Path | None = None) -> Path:
    """Return, and create when missing, the private state folder of `project`.

    An ordinary user has `.enrs/` (0700) in the project. Root has `/var/lib/enrs/<hash>/` (0711):
    the account that runs PostgreSQL may pass through it to its data, and list nothing.
    """
    project = project or project_root()
    if os.geteuid() != 0:
        folder, mode = project / ".enrs", 0o700
    else:
        folder, mode = SYSTEM_STATE / project_hash(project), 0o711
        make_folder(SYSTEM_STATE, mode=0o755)
    make_folder(folder, mode=mode)
    if not os.access(folder, os.W_OK | os.X_OK):
        message = f"{folder} appartient à un autre utilisateur : supprimez-le ou changez de compte."
        raise PermissionError(message)
    return folder


def data_folder() -> Path:
    """Where the journal's seals are written, outside the database: `ENRS_DATA`, else the state folder."""
    named = os.environ.get("ENRS_DATA", "")
    if not named:
        return state_folder()
    make_folder(Path(named), mode=0o700)
    return Path(named)


def make_folder(folder: Path, *, mode: int) -> None:
    """Create `folder` with exactly `mode`; one that exists is left as it is."""
    try:
        folder.mkdir(mode=mode, parents=True)
    except FileExistsError:
        return
    folder.chmod(mode)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the exclusive lock of the file `path`, waiting for it as long as needed."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_file(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Write `text` to `path` in one step: readers see the old file or the whole new one."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json(path: Path, content: Mapping[str, Any], *, mode: int = 0o600) -> None:
    """Write `content` as JSON to `path` in one step."""
    write_file(path, json.dumps(content, ensure_ascii=False, indent=2) + "\n", mode=mode)


def load_or_create(path: Path, make: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """Return the JSON object kept in `path` (0600); the first caller makes it, under a lock."""
    if not path.exists():
        with locked(path.with_name(f".{path.name}.lock")):
            if not path.exists():
                write_json(path, make())
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        message = f"{path} : un objet JSON est attendu."
        raise TypeError(message)
    return content
