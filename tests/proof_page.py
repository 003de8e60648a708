"""Keeps what the full-size proofs found, and writes `docs/proof.md` when they end."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "proof.md"
HEAD = """# Proofs

What `make proof` found, at full size, on the date below. With `ENRS_EXAMPLES=DIR` the published examples are
tried too. Nothing here is typed by hand.

"""

_found: list[tuple[str, str]] = []


def found(claim: str, what: str) -> None:
    """Keep one finding for the page."""
    _found.append((claim, what))


def write_page(passed: int, failed: int) -> None:
    """Write the page; a run without findings (a selection) leaves it as it was."""
    if not _found:
        return
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    lines = [
        HEAD,
        f"*{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine}: {passed} passed, {failed} failed.*\n",
    ]
    lines += ["\n| Claim | Found |\n|---|---|\n"]
    lines += [f"| {claim} | {what} |\n" for claim, what in sorted(_found)]
    PAGE.write_text("".join(lines), encoding="utf-8")
