"""Keeps what the full-size proofs found, and writes `docs/proof.md` when they end."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "proof.md"
HEAD = """# Proofs

What `make proof` found, at full size, each on its own date: a claim proved again replaces its line. With
`ENRS_EXAMPLES=DIR` the published examples are tried too.

"""
COLUMNS = "| Claim | Found | On (UTC) |\n|---|---|---|\n"

_found: list[tuple[str, str]] = []


def found(claim: str, what: str) -> None:
    """Keep one finding for the page."""
    _found.append((claim, what))


def write_page(passed: int, failed: int) -> None:
    """Write what this run found, and what earlier ones found of other claims; one without findings writes nothing."""
    if not _found:
        return
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    PAGE.write_text(page(text, _found, datetime.now(UTC), passed, failed), encoding="utf-8")


def page(text: str, findings: list[tuple[str, str]], at: datetime, passed: int, failed: int) -> str:
    """The page after a run that ended `at`, from its text before it."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    rows = rows_of(text) | {claim: (what, f"{at:%Y-%m-%d %H:%M}") for claim, what in findings}
    return "".join(
        [
            HEAD,
            f"*The last run, {at:%Y-%m-%d %H:%M} UTC, {machine}: {passed} passed, {failed} failed.*\n\n",
            COLUMNS,
            *(f"| {claim} | {what} | {when} |\n" for claim, (what, when) in sorted(rows.items())),
        ]
    )


def rows_of(text: str) -> dict[str, tuple[str, str]]:
    """What the page says: for each claim, what was found and when."""
    cells = [line.strip("|\n ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {one[0]: (one[1], one[2]) for one in cells[1:] if len(one) == 3}
