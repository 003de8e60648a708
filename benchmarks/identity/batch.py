"""The batch pass at the size of a region, database included, beside bare Splink on the same rows.

Each pass runs in a process of its own, so that its peak of memory is its own.
"""

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.common import Row, scratch_database
from benchmarks.identity import SHARE, load
from benchmarks.identity.accuracy import peak_gigabytes
from benchmarks.identity.population import write_population

SIZES = ((833_000, "1 million d’identités", 60), (2_500_000, "3 millions d’identités", 240))
"""People (1.2 records each), words, seconds allowed."""


def passes() -> list[Row]:
    """Rows for each size."""
    rows: list[Row] = []
    for people, words, most in SIZES:
        with scratch_database("identity"), TemporaryDirectory() as place:
            from enrs.config.cli.setup import start_django

            start_django("owner")
            folder = Path(place)
            population = write_population(folder, people=max(1_000, int(people * SHARE)), seed=3)
            records = load.fill_database(population)
            print(f"{records} identités en base")
            from django.db import connections

            connections.close_all()
            ours = _alone(_one_pass, place)
            again = _alone(_one_pass, place)
            theirs = _alone(_bare_splink, place)
            print(ours["report"])
        first = f"premier rapprochement de {words} ({records})"
        rows += [
            Row(first, ours["seconds"], "s", f"<={most}", "Splink seul, mêmes lignes", theirs["seconds"]),
            Row("  mémoire du processus, au plus", ours["gigabytes"], "Go", "<=4", "Splink seul", theirs["gigabytes"]),
            *(Row(f"  dont {step}", value, "s") for step, value in ours["steps"].items()),
            Row("  le même une seconde fois", again["seconds"], "s"),
            Row("  ce qu’il change", float(again["changed"]), "", "<=0"),
        ]  # fmt: skip
    return rows


def _alone(act: Any, place: str) -> dict[str, Any]:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return dict(pool.submit(act, place).result())


def _one_pass(place: str) -> dict[str, Any]:
    import django

    django.setup()
    from enrs.core.access.actor import SYSTEM, acting
    from enrs.referentials.identity.matching.batch import run

    with acting(SYSTEM):
        began = time.perf_counter()
        found = run(
            model_path=Path(place) / "model.json",
            trains=not (Path(place) / "model.json").exists(),
            tell=print,
        )
        seconds = time.perf_counter() - began
    return {
        "seconds": round(seconds, 1),
        "gigabytes": round(peak_gigabytes(), 2),
        "steps": found.seconds,
        "report": found.sentence,
        "changed": found.written + found.withdrawn + found.linked + found.opened + found.closed,
    }


def _bare_splink(place: str) -> dict[str, Any]:
    """Estimate, predict and cluster by Splink alone, over the same features, read from a file."""
    import django

    django.setup()
    from enrs.referentials.identity.matching import engine as engines
    from enrs.referentials.identity.matching import gather
    from enrs.referentials.identity.matching.training import FRENCH, splink_linker

    gather.export(Path(place) / "bare.csv")
    began = time.perf_counter()
    engine = engines.open_engine(Path(place))
    engines.read_features(engine, Path(place) / "bare.csv")
    linker = splink_linker(engine, FRENCH, blocking=BLOCKING)
    linker.training.estimate_probability_two_random_records_match(
        list(FRENCH.sure), recall=FRENCH.recall
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=FRENCH.u_pairs, seed=7)
    for rule in FRENCH.sessions[:3]:
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True, max_pairs=4_000_000
        )
    found = linker.inference.predict(threshold_match_weight=0)
    linker.clustering.cluster_pairwise_predictions_at_threshold(found, threshold_match_weight=14)
    return {
        "seconds": round(time.perf_counter() - began, 1),
        "gigabytes": round(peak_gigabytes(), 2),
    }


BLOCKING = (
    "l.ins = r.ins and l.ins <> ''",
    "l.birth_date = r.birth_date and l.birth_name = r.birth_name and l.birth_date <> ''",
    "l.birth_date = r.birth_date and l.root = r.root and l.birth_date <> '' and l.root <> ''",
    "l.birth_name = r.birth_name and l.root = r.root and substr(l.birth_date, 1, 4) = substr(r.birth_date, 1, 4)",
    "l.birth_name = r.birth_name and l.root = r.root and l.home = r.home and l.home <> ''",
    "l.phone = r.phone and l.root = r.root and l.phone <> ''",
)
"""Six rules of the kind that its documentation gives, on the same columns."""
