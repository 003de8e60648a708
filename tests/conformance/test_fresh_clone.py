"""`make demo` from a fresh clone, as root and as an ordinary user: ready, then ready again."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import httpx
import pytest

from enrs.config.state import SYSTEM_STATE, project_hash
from tests.proof_page import found
from tests.running import ROOT, free_port

pytestmark = pytest.mark.proof
WAIT_SECONDS = 15 * 60


def ready_seconds(clone: Path, user: str, port: int) -> float:
    """Start the demo, wait until it says it is ready, ask its first page, stop it; the seconds it took."""
    info = clone / "ready.json"
    info.unlink(missing_ok=True)
    account = pwd.getpwnam(user)
    environment: dict[str, str] = {
        "PATH": os.environ["PATH"] if user == "root" else "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(clone / "home") if user != "root" else account.pw_dir,
        **{
            name: value
            for name, value in os.environ.items()
            if name.startswith(("PIP_", "UV_", "npm_", "SSL_"))
        },
    }
    began = time.monotonic()
    with (clone / "demo.log").open("wb") as log:
        process = subprocess.Popen(
            ["make", "demo", f"ARGS=--port {port} --info {info}"],
            cwd=clone,
            env=environment,
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            start_new_session=True,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        while not info.exists():
            assert process.poll() is None, (clone / "demo.log").read_text()[-3000:]
            assert time.monotonic() - began < WAIT_SECONDS
            time.sleep(0.1)
        spent = time.monotonic() - began
        content = json.loads(info.read_text())
        assert httpx.get(f"{content['url']}/compte/login/").status_code == 200
        assert (
            httpx.get(f"{content['fhir']}/metadata").json()["resourceType"] == "CapabilityStatement"
        )
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=40)
    return spent


def state_of(clone: Path) -> Path:
    """Where root keeps the state of a clone."""
    return SYSTEM_STATE / project_hash(clone)


@pytest.mark.parametrize("user", ["root", "daemon"])
def test_demo_from_a_fresh_clone(user: str):
    if os.geteuid() != 0 and user != pwd.getpwuid(os.geteuid()).pw_name:
        user = pwd.getpwuid(os.geteuid()).pw_name
    account = pwd.getpwnam(user)
    folder = Path(tempfile.mkdtemp(prefix="enrs-clone-"))
    folder.chmod(0o755)
    clone = folder / "enrs"
    try:
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        (clone / "home").mkdir()
        subprocess.run(
            ["chown", "-R", f"{account.pw_uid}:{account.pw_gid}", str(clone)], check=True
        )
        port = free_port()
        first, second = ready_seconds(clone, user, port), ready_seconds(clone, user, port)
    finally:
        if user == "root":
            shutil.rmtree(state_of(clone), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
    found(
        f"1. `make demo` from a fresh clone, as {user}",
        f"ready in {first:.0f} s with every installation (aim: 6 min), {second:.0f} s the second time (aim: 20 s)",
    )
