"""Runs the parts of `enrs demo` together: starts them in order, restarts a dead one, stops all.

Each part is a process group of its own. Its output goes to `<logs>/<name>.log` and, shortened, to
the terminal.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from enrs.config.state import make_folder, write_json

FIRST_WAIT, LONGEST_WAIT = 0.2, 5.0
"""Seconds before a restart: doubled each time, back to the first once a part has lasted."""

LASTING_SECONDS = 30.0
STOP_SECONDS = 8.0
READY_SECONDS = 60.0
LINE_LENGTH = 160
LOG_LIMIT = 20_000_000
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Part:
    """A process to keep running.

    `env` adds to the present environment. `ready` is asked every 50 ms, in a thread, until it
    answers true; without it a part is ready as soon as it is started.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None


class PartError(RuntimeError):
    """A part did not become ready in time."""


def listens(host: str, port: int) -> Callable[[], bool]:
    """Return a `ready` that asks whether something accepts connections on `host`:`port`."""

    def ready() -> bool:
        try:
            with socket.create_connection((host, port), timeout=1):
                return True
        except OSError:
            return False

    return ready


def supervise(
    parts: Sequence[Part],
    *,
    logs: Path,
    info_file: Path | None = None,
    info: Mapping[str, Any] | None = None,
    on_ready: Callable[[], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> int:
    """Run `parts` until Ctrl-C or SIGTERM; return the exit code for the command.

    When all are ready, writes `info` as JSON to `info_file` (0600, in one step; an older file is
    removed at the start), then calls `on_ready`. A part that dies is restarted. Returns 0 after a
    stop that was asked for, 1 when a part did not become ready within 60 s.
    """
    supervisor = Supervisor(parts, logs=logs, say=say or _say)
    if info_file:
        info_file.unlink(missing_ok=True)

    def announce() -> None:
        if info_file:
            write_json(info_file, info or {})
        if on_ready:
            on_ready()

    return asyncio.run(supervisor.run(announce))


class Supervisor:
    """The running parts; use `supervise`. `restarts` counts the restarts of each part."""

    def __init__(self, parts: Sequence[Part], *, logs: Path, say: Callable[[str], None]) -> None:
        self.parts = parts
        self.logs = logs
        self.say = say
        self.restarts = {part.name: 0 for part in parts}
        self._stopping = asyncio.Event()
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}

    async def run(self, announce: Callable[[], None]) -> int:
        """Start every part in order, call `announce`, wait for a signal, stop in reverse order."""
        make_folder(self.logs, mode=0o700)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._ask_to_stop)
        try:
            for part in self.parts:
                self._keepers[part.name] = asyncio.create_task(self._keep(part))
                await self._until_ready(part)
                if self._stopping.is_set():
                    return 0
            announce()
            await self._stopping.wait()
        except PartError as error:
            self.say(str(error))
            return 1
        finally:
            self._stopping.set()
            await self._stop_all()
        return 0

    def _ask_to_stop(self) -> None:
        if self._stopping.is_set():
            # A second Ctrl-C: the person does not want to wait.
            for process in self._processes.values():
                _signal_group(process.pid, signal.SIGKILL)
        self._stopping.set()

    async def _until_ready(self, part: Part) -> None:
        if part.ready is None:
            return
        deadline = time.monotonic() + READY_SECONDS
        while not self._stopping.is_set():
            if part.name in self._processes and await asyncio.to_thread(part.ready):
                return
            if time.monotonic() > deadline:
                log = self.logs / f"{part.name}.log"
                message = f"« {part.name} » n'est pas prêt après {READY_SECONDS:.0f} s : voir {log}"
                raise PartError(message)
            await self._pause(0.05)

    async def _keep(self, part: Part) -> None:
        """Run `part` again and again until the stop is asked for."""
        wait = FIRST_WAIT
        while not self._stopping.is_set():
            began = time.monotonic()
            ending = await self._run_once(part)
            if self._stopping.is_set():
                return
            if time.monotonic() - began >= LASTING_SECONDS:
                wait = FIRST_WAIT
            self.restarts[part.name] += 1
            self.say(
                f"[{part.name}] arrêt imprévu ({ending}) ; relance n° {self.restarts[part.name]}"
                f" dans {wait:.1f} s".replace(".", ",")
            )
            await self._pause(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _run_once(self, part: Part) -> str:
        """Run `part` to its end; return how it ended, in words."""
        try:
            process = await asyncio.create_subprocess_exec(
                *part.argv,
                env={**os.environ, **part.env},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent(os.getpid()),
            )
        except OSError as error:
            return str(error)
        self._processes[part.name] = process
        try:
            await asyncio.gather(self._forward(part, process), self._reap(process))
        finally:
            del self._processes[part.name]
        code = process.returncode or 0
        return signal.Signals(-code).name if code < 0 else f"code {code}"

    async def _reap(self, process: asyncio.subprocess.Process) -> None:
        await process.wait()
        # Its own children would keep its ports and its output open.
        _signal_group(process.pid, signal.SIGKILL)

    async def _forward(self, part: Part, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 - asked for by PIPE above
        log = _Log(self.logs / f"{part.name}.log")
        rest = b""
        try:
            while chunk := await process.stdout.read(65536):
                log.write(chunk)
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._say_line(part, line)
                rest = rest[-LOG_LIMIT // 1000 :]
            if rest:
                self._say_line(part, rest)
        finally:
            log.close()

    def _say_line(self, part: Part, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        if text:
            short = text if len(text) <= LINE_LENGTH else f"{text[: LINE_LENGTH - 1]}…"
            self.say(f"[{part.name}] {short}")

    async def _stop_all(self) -> None:
        """Stop the parts, the last started first: SIGTERM, then SIGKILL after 8 s."""
        for part in reversed(self.parts):
            keeper = self._keepers.get(part.name)
            if keeper is None:
                continue
            process = self._processes.get(part.name)
            if process:
                _signal_process(process.pid, signal.SIGTERM)
            done, _ = await asyncio.wait({keeper}, timeout=STOP_SECONDS)
            if not done and (process := self._processes.get(part.name)):
                self.say(f"[{part.name}] ne s'arrête pas : tué")
                _signal_group(process.pid, signal.SIGKILL)
            await asyncio.wait({keeper})

    async def _pause(self, seconds: float) -> None:
        """Wait `seconds`, or less if the stop is asked for."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


class _Log:
    """An append-only file that is set aside (`.1`) when it grows past its limit."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab", buffering=0)

    def write(self, chunk: bytes) -> None:
        if self._file.tell() > LOG_LIMIT:
            self._file.close()
            self.path.replace(self.path.with_name(f"{self.path.name}.1"))
            self._file = self.path.open("ab", buffering=0)
        self._file.write(chunk)

    def close(self) -> None:
        self._file.close()


def _die_with_parent(parent: int) -> Callable[[], None]:
    """Return what a child does before it runs: ask the kernel for SIGTERM when `parent` dies.

    So even `kill -9` of the supervisor leaves nothing behind; SIGTERM and not SIGKILL, for a part
    may have children of its own to stop.
    """

    def prepare() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def _signal_process(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
