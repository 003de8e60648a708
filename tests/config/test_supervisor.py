"""The supervisor: order, restarts, logs, clean stop, nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from enrs.config.state import project_root

SLEEPER = "import time; print('debout', flush=True); time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('sourd', flush=True); time.sleep(60)"
)


def run_supervisor(folder: Path, parts: str, *, before: str = "") -> subprocess.Popen[str]:
    """Run `supervise` on `parts` (Python source of a list of Part) in a process of its own."""
    script = f"""
import sys
from pathlib import Path
from enrs.config import supervisor
from enrs.config.supervisor import Part, supervise
folder = Path({str(folder)!r})
{before}
def told(name, code, **more):
    return Part(name, [sys.executable, "-c", code], **more)
sys.exit(supervise({parts}, logs=folder / "logs",
                   info_file=folder / "info.json", info={{"url": "http://localhost"}}))
"""
    return subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(project_root() / "src")},
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(condition: Callable[[], object], *, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "never happened"
        time.sleep(0.05)


def written_pid(path: Path) -> int:
    wait_for(lambda: path.exists() and path.read_text().strip())
    return int(path.read_text().split()[-1])


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def pid_writer(path: Path, then: str = "time.sleep(60)") -> str:
    return f"import os, time; open({str(path)!r}, 'a').write(f'{{os.getpid()}}\\n'); {then}"


def test_parts_start_in_order_then_the_info_file_appears_and_sigterm_stops_all(tmp_path):
    first = pid_writer(tmp_path / "first.pid")
    second = pid_writer(tmp_path / "second.pid")
    parts = (
        f"[told('first', {first!r}, ready=lambda: (folder / 'first.pid').exists()),"
        f" told('second', {second!r}, ready=lambda: (folder / 'second.pid').exists())]"
    )
    with run_supervisor(tmp_path, parts) as process:
        wait_for((tmp_path / "info.json").exists)
        assert json.loads((tmp_path / "info.json").read_text()) == {"url": "http://localhost"}
        assert (tmp_path / "info.json").stat().st_mode & 0o777 == 0o600
        pids = [written_pid(tmp_path / f"{name}.pid") for name in ("first", "second")]
        assert pids[0] < pids[1]
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert not any(is_alive(pid) for pid in pids)


def test_a_part_that_dies_is_restarted_and_said(tmp_path):
    code = pid_writer(tmp_path / "pid")
    with run_supervisor(tmp_path, f"[told('web', {code!r})]") as process:
        first = written_pid(tmp_path / "pid")
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: written_pid(tmp_path / "pid") != first)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        said = process.stderr.read()
    assert "[web] arrêt imprévu (SIGKILL) ; relance n° 1 dans 0,2 s" in said


def test_output_goes_to_the_log_whole_and_to_the_terminal_shortened(tmp_path):
    code = f"print('x' * 500, flush=True); {SLEEPER}"
    with run_supervisor(tmp_path, f"[told('web', {code!r})]") as process:
        log = tmp_path / "logs/web.log"
        wait_for(lambda: log.exists() and "debout" in log.read_text())
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        said = process.stderr.read()
    assert log.read_text().startswith("x" * 500 + "\n")
    assert f"[web] {'x' * 159}…\n" in said
    assert "[web] debout\n" in said


def test_a_deaf_part_is_killed_after_its_delay(tmp_path):
    with run_supervisor(
        tmp_path, f"[told('web', {STUBBORN!r})]", before="supervisor.STOP_SECONDS = 0.3"
    ) as process:
        log = tmp_path / "logs/web.log"
        wait_for(lambda: log.exists() and "sourd" in log.read_text())
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert "[web] ne s'arrête pas : tué" in process.stderr.read()


@pytest.mark.faults
def test_the_children_leave_when_the_supervisor_is_killed(tmp_path):
    code = pid_writer(tmp_path / "pid")
    with run_supervisor(tmp_path, f"[told('web', {code!r})]") as process:
        child = written_pid(tmp_path / "pid")
        process.kill()
        process.wait(10)
        wait_for(lambda: not is_alive(child))


def test_a_part_that_never_gets_ready_stops_everything_with_an_error(tmp_path):
    other = pid_writer(tmp_path / "pid")
    parts = f"[told('web', {other!r}), told('live', {SLEEPER!r}, ready=lambda: False)]"
    with run_supervisor(tmp_path, parts, before="supervisor.READY_SECONDS = 0.5") as process:
        assert process.wait(15) == 1
        assert "« live » n'est pas prêt" in process.stderr.read()
    assert not is_alive(written_pid(tmp_path / "pid"))
    assert not (tmp_path / "info.json").exists()
