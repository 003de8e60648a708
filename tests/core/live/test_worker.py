"""The browser's end of the stream (live-worker.js) run by Node, with streams and a clock of the test's own."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
WORKER = HERE.parents[2] / "src/enrs/core/ui/static/ui/live-worker.js"


def played(scenario: str) -> Any:
    node = shutil.which("node")
    assert node, "Node installs the front-end libraries: it is there"
    command = [node, str(HERE / "worker.mjs"), str(WORKER), scenario]
    return json.loads(subprocess.run(command, check=True, capture_output=True, timeout=20).stdout)


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        (
            "reopening",
            {"heard": ["A hint notes", "B hint notes"], "isClosed": True, "tickets": 2},
        ),
        ("ticket", {"tickets": ["A fresh", "B own"]}),
        ("leftOut", {"after": ["A resync"]}),
        ("revoked", {"reopened": 1, "tickets": 1}),
    ],
)
def test_no_page_is_left_without_its_hints(scenario, expected):
    assert played(scenario) == expected
