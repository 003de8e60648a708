"""Chromium sometimes never answers when a window is closed: then its renderers are killed, and the close ends."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer


@contextmanager
def renderers_end_within(seconds: float) -> Iterator[None]:
    """Kill this process's renderers if the block lasts longer than `seconds`."""
    watchdog = Timer(seconds, _kill_renderers)
    watchdog.daemon = True
    watchdog.start()
    try:
        yield
    finally:
        watchdog.cancel()


def _kill_renderers() -> None:
    for process in descendants(os.getpid()):
        with suppress(OSError):
            if b"--type=renderer" in Path(f"/proc/{process}/cmdline").read_bytes():
                os.kill(process, signal.SIGKILL)


def descendants(ancestor: int) -> Iterator[int]:
    """The numbers of the processes that this one started, and theirs."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            # The name of the command, in brackets, may hold spaces: what follows it has its own.
            with suppress(OSError):
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                children.setdefault(int(parent), []).append(int(entry.name))
    waiting = [ancestor]
    while waiting:
        found = children.get(waiting.pop(), [])
        yield from found
        waiting += found
