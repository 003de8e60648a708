"""Loading the national files: rows a second through the same command as `enrs load`."""

import time
from datetime import date
from pathlib import Path

from benchmarks.common import Row, scratch_database
from benchmarks.common import report as print_report

STRUCTURES = 20_000
PROFESSIONALS = 60_000


def main(json: Path | None = None) -> None:
    """Measure and print; rows go to `json` too."""
    with scratch_database("load"):
        from enrs.config.cli.setup import start_django

        start_django("owner")
        from django.db import connections

        rows = _measure()
        connections.close_all()
        print_report(rows, json)


def _measure() -> list[Row]:
    import tempfile
    from itertools import islice

    from enrs.config.demo.generator import DemoPlan, DemoRegion
    from enrs.config.loading import load_directory_file
    from enrs.formats.directory import finess, rpps

    region = DemoRegion(DemoPlan.region(today=date(2026, 11, 1)))
    with tempfile.TemporaryDirectory() as folder:
        sites, people = Path(folder) / "finess.csv", Path(folder) / "rpps.txt"
        _write(
            sites,
            finess.write_finess(
                islice(region.finess_rows(), STRUCTURES), release=1, released_on=date(2026, 11, 1)
            ),
        )
        _write(people, rpps.write_rpps(islice(region.rpps_rows(), PROFESSIONALS)))
        rows = []
        for label, kind, path in (("FINESS", "finess", sites), ("RPPS", "rpps", people)):
            count = sum(1 for _ in path.open("rb")) - 1
            first = _timed(
                lambda: load_directory_file(kind, path, is_complete=False, test_numbers=True)
            )
            again = _timed(
                lambda: load_directory_file(kind, path, is_complete=False, test_numbers=True)
            )
            rows.append(
                Row(
                    f"chargement {label} ({count} lignes), publication FHIR comprise",
                    round(count / first),
                    "lignes/s",
                    peer="même fichier une seconde fois",
                    peer_value=round(count / again),
                )
            )
    return rows


def _write(path: Path, lines: object) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for line in lines:  # type: ignore[attr-defined]
            file.write(line if line.endswith("\n") else f"{line}\n")


def _timed(act: object) -> float:
    began = time.perf_counter()
    act()  # type: ignore[operator]
    return time.perf_counter() - began
