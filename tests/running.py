"""A region that really runs: its processes, on a database of its own, on free ports."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from enrs.config.postgres import Cluster
from enrs.formats.hl7v2 import Framer, frame, parse

ROOT = Path(__file__).resolve().parents[1]
READY_SECONDS = 60
PORTS = ("serve", "live", "gateway", "stand-in", "third-party")
"""Parts that listen."""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Region:
    """The running parts (`serve`, `live`, `worker`, `gateway`…) over one database."""

    def __init__(self, database: str, *, data: Path | None = None) -> None:
        """`data` is where the files of this database are; without it they begin anew."""
        cluster = Cluster()
        self.database = database
        self.folder = Path(tempfile.mkdtemp(prefix="enrs-region-"))
        self.ports = {name: free_port() for name in PORTS}
        self.url = f"http://localhost:{self.ports['serve']}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = os.environ | {
            "ENRS_MODE": "demo",
            "ENRS_DATA": str(data or self.folder),
            "ENRS_URL": self.url,
            "ENRS_LIVE_URL": f"http://localhost:{self.ports['live']}",
            "DATABASE_URL": cluster.dsn("owner", database=database),
            "DATABASE_URL_APP": cluster.dsn("app", database=database),
            "DATABASE_URL_FEED": cluster.dsn("feed", database=database),
            "DJANGO_SETTINGS_MODULE": "enrs.config.settings",
            "PYTHONPATH": str(ROOT / "src"),
        }

    def start(self, part: str, *arguments: str, name: str = "") -> subprocess.Popen[bytes]:
        """Start one part and wait until its port answers; `name` tells two of a kind apart."""
        port = ("--port", str(self.ports[part])) if part in self.ports else ()
        with (self.folder / f"{name or part}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "enrs.config", part, *port, *arguments],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes[name or part] = process
        if part in self.ports:
            self._wait_for(part, process)
        return process

    def log(self, name: str) -> str:
        """What a part printed so far."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def kill(self, name: str) -> None:
        """`kill -9` a part and everything it started."""
        process = self.processes.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Stop every part cleanly; one that does not end within ten seconds fails the test."""
        for process in self.processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            process.wait(timeout=10)
        self.processes.clear()

    def send(self, message: bytes, timeout: float = 30) -> str:
        """Send one HL7 message by MLLP; returns the code of its acknowledgement (`AA`, `AE`, `AR`)."""
        with socket.create_connection(
            ("127.0.0.1", self.ports["gateway"]), timeout=timeout
        ) as line:
            line.sendall(frame(message))
            framer = Framer(1_000_000)
            while True:
                for answer in framer.feed(line.recv(65536)):
                    assert isinstance(answer, bytes)
                    return parse(answer).get("MSA", "1")

    def _wait_for(self, part: str, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            with (
                suppress(OSError),
                socket.create_connection(("127.0.0.1", self.ports[part]), timeout=1),
            ):
                return
            time.sleep(0.05)
        raise AssertionError(f"{part} did not start:\n{self.log(part)[-3000:]}")


@contextmanager
def running_region(template: str, *parts: str) -> Iterator[Region]:
    """A region over a fresh clone of `template`, with the named parts started."""
    cluster = Cluster()
    database = f"enrs_test_region_{os.getpid()}_{free_port()}"
    cluster.create_database(database, template=template)
    try:
        with running_on(database, *parts) as region:
            yield region
    finally:
        cluster.drop_database(database)


@contextmanager
def running_on(database: str, *parts: str, data: Path | None = None) -> Iterator[Region]:
    """A region over a database that stays as it is left."""
    region = Region(database, data=data)
    try:
        for part in parts:
            region.start(part)
        yield region
        region.stop()
        shutil.rmtree(region.folder)
    finally:
        for name in list(region.processes):
            region.kill(name)
