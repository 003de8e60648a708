"""Writes `docs/performance.md` from the rows that `make bench` left: `scripts/performance_page.py FOLDER`."""

import json
import os
import platform
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
NAMES = ("gateway", "record", "engines", "fhir", "fhir_write", "directory", "identity", "care")
HEAD = """# Performance

Printed by `make bench` (one table per `enrs bench NAME`), on the date and machine above each table. Client, server and
PostgreSQL share the same cores: absolute rates are low bounds, ratios are what to trust. A peer is measured in
the same run. Each figure is the median of its runs, with the lowest and the highest.

**Method.** Each bench fills a database of its own (a record of 1,000 events, a case of 1,000 contacts, 50,000
tasks over three states, a form of 200 questions; a directory of 560,000 activities and 140,000 structures with
60,000 offers and 5,000 units of beds), starts the parts as they run in service, and asks through real sockets,
signed in, with row security, the access decision and the journal. Pages are asked by 20 clients, once a second
each; « saturation » is as many requests as the machine takes. `identity` invents its people, always the same for a
seed: accuracy is reported on a seed that no weight, threshold or rule was set by; the online search, `$match` and the
day of ADT messages stand before 2.5 million identities, the desk before 500,000 pairs that wait. `$match` is asked by
20 desks five times a second each, at due times: a late answer counts from when it was due. The day's messages are
counted, applied and kept aside, and its seconds run from the first byte sent to the last message applied
([matching](mechanisms/matching.md#how-it-is-measured)). In `care`, one person watches 20,000 people; 50 readings a
second are posted through their page, at due times, each past a threshold, and an alert is seen when the page of its
follow-up shows it.

**Limits.** One machine, a warm database that fits in memory, no network. Each client asks a page once before it is
timed, so that a process that has just started is not what is measured. The machine of one date is not that of
another: pure computing (« validation R4 ») ran at 48,000/s on 2026-11-28 and at 30,000/s on 2026-11-29; the page
of one's sessions, the peer of the directory's pages, took 11.7 ms on 2026-11-29, when every aim of that table was
met, and 16.8 ms on 2026-11-30, when five were not. Compare within one date, and ratios across dates. In `identity`,
who invents the mistakes knows what to compare: its precision and recall are those of an invented population, and
FEBRL, invented by others, is not French; identities have no record behind them but what the day itself writes; the
hospitals' software and its network are our own sender on the same machine. What the method tells and no table shows
(the day of ADT messages, `care`) has not been measured whole yet.

"""


def main(folder: Path) -> None:
    """One table per bench whose rows are in `folder`; the others keep the table and the date that they have."""
    kept = _sections(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    lines = [HEAD]
    for name in NAMES:
        path = folder / f"{name}.json"
        lines.append(_section(name, path) if path.exists() else kept.get(name, ""))
    PAGE.write_text("".join(lines), encoding="utf-8")


def _section(name: str, path: Path) -> str:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    lines = [
        f"\n## `enrs bench {name}`\n\n*{datetime.now(UTC):%Y-%m-%d}, {machine}.*\n\n",
        "| Measure | Value | Unit | Aim | Met | Peer | Peer's value | Ratio | Min–max | Runs |\n",
        "|---|---:|---|---|---|---|---:|---:|---|---:|\n",
        *(_line(row) for row in json.loads(path.read_text(encoding="utf-8"))),
    ]
    return "".join(lines)


def _sections(page: str) -> dict[str, str]:
    """The tables of the page as it stands, by the name of their bench."""
    found = re.split(r"\n## `enrs bench (\w+)`\n", page)[1:]
    names, bodies = found[::2], found[1::2]
    return {
        name: f"\n## `enrs bench {name}`\n{body}" for name, body in zip(names, bodies, strict=True)
    }


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
