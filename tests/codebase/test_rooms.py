"""What each room may import, where the import contracts cannot say it."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "enrs"
OUTSIDE = (
    "django.http",
    "django.shortcuts",
    "django.template",
    "django.views",
    "django.contrib.messages",
)
ROOMS = sorted(
    path
    for room in ("commands", "queries", "jobs")
    for path in [*SOURCE.glob(f"*/*/{room}.py"), *SOURCE.glob(f"*/*/{room}/**/*.py")]
)


def imported_by(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.relative_to(SOURCE)))
def test_commands_and_queries_know_neither_http_nor_html(path):
    assert not [name for name in imported_by(path) if name.startswith(OUTSIDE)]


def test_there_are_rooms_to_look_at():
    assert len(ROOMS) > 10
