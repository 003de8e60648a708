"""The socle at a region's size: loads of the directory, a night's changes, readers meanwhile; then searches of
names and of offers, beds and sign-in, in the same database.

140,000 structures and 560,000 activities of 360,000 professionals, in the files' own formats. Each client
asks once a second, as a person who types does; the searches go through the pages, signed in.
"""

import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import quote_plus, urlencode

import psycopg
from tests.running import Region

from benchmarks import beds, offers, sign_in
from benchmarks.common import Row, percentile, row, scratch_database
from benchmarks.common import report as print_report
from benchmarks.directory_files import write_files
from benchmarks.record import p95_of, signed_doctor

RUNS = 3
NIGHT = 0.005
READ = "select family from directory_practitioner where idnat = %s"


def main(json: Path | None = None) -> None:
    """Measure and print; rows go to `json` too."""
    with scratch_database("directory") as database, tempfile.TemporaryDirectory() as folder:
        from enrs.config.cli.setup import start_django

        start_django("owner")
        from django.db import connections

        stock = write_files(Path(folder))
        tonight = write_files(Path(folder), changed=NIGHT)
        rows = [*_loads(stock, tonight)]
        _, cookie = signed_doctor()
        region = Region(database)
        try:
            region.start("serve")
            rows += _searches(region.url, cookie)
            beds.fill(offers.fill()[: offers.UNIT_COUNT])
            rows += offers.pages(region.url, cookie)
            rows += beds.updates()
            rows += beds.page(region.url, cookie)
            rows += sign_in.rows(region.url)
        finally:
            region.stop()
            connections.close_all()
        print_report(rows, json)


def _loads(stock: tuple[Path, Path], tonight: tuple[Path, Path]) -> Iterator[Row]:
    """The first load, then what its publication costs, then a night with readers."""
    from enrs.referentials.directory.commands import load
    from enrs.referentials.directory.commands.publication import publish_waiting

    published = load.publish_waiting
    load.publish_waiting = lambda: 0
    whole = _timed(lambda: _both(stock))
    yield Row(
        "premier chargement, 560 000 activités et 140 000 structures", round(whole, 1), "s", "<=180"
    )
    done: list[int] = []
    spent = _timed(lambda: done.append(publish_waiting()))
    yield Row("publication FHIR qui suit, un processus", round(done[0] / spent), "ressources/s")
    load.publish_waiting = published
    quiet = _reading(lambda: time.sleep(10))
    times: list[float] = []

    def night() -> None:
        times.append(_timed(lambda: _both(tonight)))

    busy = _reading(night)
    yield Row(
        "nuit, 0,5 % de changements, publication FHIR comprise", round(times[0], 1), "s", "<=60"
    )
    yield Row(
        "lecture pendant la nuit, p99", round(percentile(busy, 0.99), 2), "ms",
        peer="la même sans chargement", peer_value=round(percentile(quiet, 0.99), 2),
        runs=len(busy), min=round(min(busy), 2), max=round(max(busy), 2),
    )  # fmt: skip


def _both(files: tuple[Path, Path]) -> None:
    from enrs.config.loading import load_directory_file

    people, sites = files
    for kind, path in (("finess", sites), ("rpps", people)):
        load_directory_file(kind, path, is_complete=True, test_numbers=True)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _reading(work: Callable[[], object]) -> list[float]:
    """What a reader of one professional waits, in ms, a hundred times a second, while `work` goes on."""
    import os

    times: list[float] = []
    is_over = threading.Event()

    def read() -> None:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as line:
            ids = [
                one for (one,) in line.execute("select idnat from directory_practitioner limit 500")
            ]
            while not is_over.is_set():
                began = time.perf_counter()
                line.execute(READ, [random.choice(ids)]).fetchone()  # noqa: S311  any of them
                times.append((time.perf_counter() - began) * 1000)
                time.sleep(0.01)

    with _beside(read, is_over):
        work()
    return times


@contextmanager
def _beside(work: Callable[[], None], is_over: threading.Event) -> Iterator[None]:
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _searches(url: str, cookie: str) -> Iterator[Row]:
    from enrs.referentials.directory.models import Practitioner

    rng = random.Random(3)  # noqa: S311  drawn again the same
    some = list(Practitioner.objects.order_by("row_hash").values_list("family", "given")[:400])
    floor = median(p95_of(f"{url}/compte/sessions/", cookie) for _ in range(RUNS))
    kinds = {
        "début d'un nom": [family[:4] for family, _ in some],
        "nom et prénom, en désordre": [f"{given} {family}" for family, given in some],
        "nom mal tapé": [_mistyped(family, rng) for family, _ in some],
    }
    asked_of = {
        label: [f"{url}/annuaire/?q={quote_plus(one)}" for one in words]
        for label, words in kinds.items()
    }
    asked_of["spécialité et commune"] = [
        f"{url}/annuaire/?{urlencode({'specialite': code, 'ville': town})}"
        for code in ("SM04", "SM54", "SM40")
        for town in ("75", "Montreuil", "Versailles", "94")
    ]
    for label, asked in asked_of.items():
        yield row(
            f"recherche par nom, {label}, p95, 20 clients",
            [p95_of(asked, cookie) for _ in range(RUNS)],
            "ms",
            aim="<=40",
            peer="la page de ses sessions",
            peer_value=floor,
        )


def _mistyped(word: str, rng: random.Random) -> str:
    place = rng.randrange(1, max(2, len(word) - 1))
    return word[:place] + word[place + 1 :]
