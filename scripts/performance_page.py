"""Writes `docs/performance.md` from the rows that `make bench` left: `scripts/performance_page.py FOLDER`."""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
NAMES = ("gateway", "record", "engines", "fhir", "fhir_write", "directory")
HEAD = """# Performance

Printed by `make bench` (one table per `enrs bench NAME`), on the date and machine below. Client, server and
PostgreSQL share the same cores: absolute rates are low bounds, ratios are what to trust. A peer is measured in
the same run. Each figure is the median of its runs, with the lowest and the highest.

**Method.** Each bench fills a database of its own (a record of 1,000 events, a case of 1,000 contacts, 50,000
tasks over three states, a form of 200 questions), starts the parts as they run in service, and asks through
real sockets, signed in, with row security, the access decision and the journal. Pages are asked by 20 clients
that follow one another without a pause; « saturation » is as many requests as the machine takes.

**Limits.** One machine, a warm database that fits in memory, no network. The first run of a fresh server is
the worst: it is the « max » of most rows.

"""


def main(folder: Path) -> None:
    """One table per bench whose rows are in `folder`."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    lines = [HEAD, f"*{datetime.now(UTC):%Y-%m-%d}, {machine}.*\n"]
    for name in NAMES:
        path = folder / f"{name}.json"
        if not path.exists():
            continue
        lines.append(f"\n## `enrs bench {name}`\n\n")
        lines.append(
            "| Measure | Value | Unit | Aim | Met | Peer | Peer's value | Ratio | Min–max | Runs |\n"
        )
        lines.append("|---|---:|---|---|---|---|---:|---:|---|---:|\n")
        lines += [_line(row) for row in json.loads(path.read_text(encoding="utf-8"))]
    PAGE.write_text("".join(lines), encoding="utf-8")


def _line(row: dict[str, object]) -> str:
    span = "" if row["min"] is None else f"{row['min']}–{row['max']}"
    actor = f" ({row['actor']})" if row.get("actor") else ""
    return (
        f"| {row['name']}{actor} | {row['value']} | {row['unit']} | {row['aim']} | {_met(row)} | {row['peer']} | "
        f"{_shown(row['peer_value'])} | {_shown(row['ratio'])} | {span} | {row['runs']} |\n"
    )


def _met(row: dict[str, object]) -> str:
    aim, value = str(row["aim"]), float(str(row["value"]))
    if not aim:
        return ""
    bound = float(aim[2:])
    return "yes" if (value >= bound if aim.startswith(">=") else value <= bound) else "**no**"


def _shown(value: object) -> str:
    return "" if value is None else str(value)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
