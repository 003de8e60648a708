"""Identity: how right and how quick the matching is, on invented French people and on the field's common sets.

`ENRS_BENCH_SHARE` (0 to 1) takes a share of the full sizes, for a trial.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks.common import Row, report

PARTS = ("accuracy", "febrl", "batch", "match", "desk", "adt", "merge")
SHARE = float(os.environ.get("ENRS_BENCH_SHARE", "1"))


def main(json: Path | None = None, *, only: Sequence[str] = ()) -> None:
    """Measure and print; rows go to `json` too."""
    from benchmarks.identity import accuracy, batch, online, received, served, worked

    acts = {
        "accuracy": accuracy.french, "febrl": accuracy.febrl_sets, "batch": batch.passes,
        "match": served.matches, "desk": worked.pages,
        "adt": received.days, "merge": online.merges,
    }  # fmt: skip
    rows: list[Row] = []
    for part in only or PARTS:
        rows += acts[part]()
    report(rows, json)
