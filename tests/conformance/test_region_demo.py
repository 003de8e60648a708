"""The region's demo, 2.5 million people: seeded in a fresh clone, then walked by the journeys of its socle."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from enrs.config.state import SYSTEM_STATE, project_hash
from tests.proof_page import found
from tests.running import ROOT

pytestmark = pytest.mark.proof

JOURNEYS = (
    "test_accounts.py::test_a_nurse_enrols_from_the_sign_in_page_to_her_first_page",
    "test_sign_in_elsewhere.py",
    "test_offer.py",
    "test_beds.py",
)
"""Enrol, sign in by the card, find a place near a patient, describe a unit, beds by thumb and in a crisis, and
another vendor's application."""


def run(clone: Path, *command: str, **variables: str) -> str:
    """Run a command of the clone; what it printed."""
    ours = ("DATABASE_", "DJANGO_", "ENRS_")
    taken = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        command, cwd=clone, env=taken | variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
    return done.stdout


def test_the_journeys_of_the_socle_in_the_region_s_demo():
    folder = Path(tempfile.mkdtemp(prefix="enrs-clone-"))
    folder.chmod(0o755)
    clone = folder / "enrs"
    try:
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        run(clone, "make", "dev")
        began = time.monotonic()
        run(clone, ".venv/bin/python", "-m", "enrs.config.demo.seed", "region")
        seeded = time.monotonic() - began
        paths = [f"tests/journeys/{one}" for one in JOURNEYS]
        said = run(clone, ".venv/bin/pytest", "-q", *paths, ENRS_JOURNEYS_DATABASE="enrs")
    finally:
        if os.geteuid() == 0:
            shutil.rmtree(SYSTEM_STATE / project_hash(clone), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
    assert " passed" in said
    found(
        "4. The journeys of the socle on `--size region`, both widths",
        f"{said.strip().splitlines()[-1].strip('= ')}; the region was seeded in {seeded / 60:.0f} min",
    )
