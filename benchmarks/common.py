"""What every bench shares: a scratch database, rows with their aims, the printed table."""

import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from enrs.config.postgres import Cluster
from enrs.config.state import project_root


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure: the median of `runs`, with its aim (`>=1000`) and its peer in the same run."""

    name: str
    value: float
    unit: str
    aim: str = ""
    peer: str = ""
    peer_value: float | None = None
    runs: int = 1
    min: float | None = None
    max: float | None = None
    actor: str = ""

    @property
    def ratio(self) -> float | None:
        """The figure over its peer's."""
        return round(self.value / self.peer_value, 3) if self.peer_value else None

    @property
    def is_met(self) -> bool | None:
        """Whether the aim is reached; None without an aim."""
        if not self.aim:
            return None
        bound = float(self.aim[2:])
        return self.value >= bound if self.aim.startswith(">=") else self.value <= bound


def row(name: str, values: Sequence[float], unit: str, **more: object) -> Row:
    """A row from several runs."""
    return Row(
        name,
        round(statistics.median(values), 2),
        unit,
        runs=len(values),
        min=round(min(values), 2),
        max=round(max(values), 2),
        **more,  # type: ignore[arg-type]
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def rate(act: Callable[[], object], *, seconds: float = 3.0) -> float:
    """How many times a second `act` can be done, over at least `seconds`."""
    count, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        act()
        count += 1
    return count / spent


@contextmanager
def scratch_database(name: str) -> Iterator[str]:
    """A migrated database for one bench, dropped at the end; the environment points at it."""
    cluster = Cluster()
    cluster.start()
    database = f"enrs_bench_{name}"
    cluster.drop_database(database)
    cluster.create_database(database)
    addresses = {
        "DATABASE_URL": cluster.dsn("owner", database=database),
        "DATABASE_URL_APP": cluster.dsn("app", database=database),
        "DATABASE_URL_FEED": cluster.dsn("feed", database=database),
        "ENRS_MODE": "demo",
        "DJANGO_SETTINGS_MODULE": "enrs.config.settings",
        "PYTHONPATH": str(project_root() / "src"),
    }
    os.environ.update(addresses)
    subprocess.run(
        [sys.executable, "-m", "enrs.config", "migrate"], check=True, stdout=subprocess.DEVNULL
    )
    try:
        yield database
    finally:
        cluster.drop_database(database)
        cluster.stop()


def report(rows: Sequence[Row], path: Path | None = None) -> None:
    """Print the rows as a table and write them as JSON."""
    print(
        f"{'mesure':<58} {'valeur':>10} {'unité':<8} {'but':>9} {'pair':>10} {'rapport':>8}  min–max"
    )
    for one in rows:
        mark = {True: "✓", False: "✗", None: " "}[one.is_met]
        peer = "" if one.peer_value is None else f"{one.peer_value:g}"
        span = "" if one.min is None else f"{one.min:g}–{one.max:g}"
        ratio = "" if one.ratio is None else f"{one.ratio:g}"
        print(
            f"{one.name:<58} {one.value:>10g} {one.unit:<8} {one.aim:>8}{mark} {peer:>10} {ratio:>8}  {span}"
        )
    if path:
        content = [asdict(one) | {"ratio": one.ratio} for one in rows]
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
