"""The batch pass: every pair of the region that shares a blocking key, compared; links and work list brought to it.

The initial load and each night: `enrs identity match`. Reads the features into DuckDB, weighs the pairs, writes
those above the work threshold, links plain groups many at a time (the others as a message would), and opens
the possible duplicates for the identity unit. Run twice, the second run changes nothing.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import UUID

import orjson
from django.conf import settings
from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

from enrs.core.access.actor import SYSTEM, acting, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.referentials.identity.matching import engine as engines
from enrs.referentials.identity.matching import gather, writing
from enrs.referentials.identity.matching.engine import Tell, silent
from enrs.referentials.identity.matching.grouping import Shift, group
from enrs.referentials.identity.matching.model import Model, current, read_model
from enrs.referentials.identity.matching.reporting import expected_errors, write_report
from enrs.referentials.identity.matching.training import train

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LOCK: Final = 5_300_002
"""Key of the advisory lock that one pass at a time holds."""

NEVER: Final = float("inf")

HELD: Final = (DeadlockDetected, LockNotAvailable, SerializationFailure)

TRIES: Final = 4
"""Of one group that others hold, before it is left to the next pass."""

HANDS: Final = 2
"""Connections that write plain groups side by side: the server works for each on a core of its own."""

T = TypeVar("T")

logger = logging.getLogger("enrs.identity")


class BusyError(Exception):
    """Another pass is running."""


@dataclass(slots=True)
class Report:
    """What a pass found and did; `seconds` by step."""

    identities: int = 0
    pairs: int = 0
    sure: int = 0
    possible: int = 0
    written: int = 0
    withdrawn: int = 0
    linked: int = 0
    one_by_one: int = 0
    left: int = 0
    opened: int = 0
    closed: int = 0
    hot: int = 0
    expected_errors: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The report in French, for whoever ran the command."""
        return (
            f"{self.identities} identités, {self.pairs} paires comparées : {self.sure} ressemblances sûres, "
            f"{self.possible} à regarder ({self.expected_errors:.1f} erreurs attendues parmi les sûres). "
            f"{self.linked} identités rattachées, {self.one_by_one} groupes repris un à un"
            f"{f' ({self.left} laissés au prochain passage, voir le journal)' if self.left else ''}, "
            f"{self.opened} doublons possibles ouverts, {self.closed} levés ; "
            f"{sum(self.seconds.values()):.1f} s."
        )


def run(
    *,
    model_path: Path | None = None,
    trains: bool = False,
    writes: bool = True,
    tell: Tell = silent,
    folder: Path | None = None,
) -> Report:
    """One pass over the region, by the model of `model_path` (else that in force); nothing is written without `writes`.

    With `trains`, a model is estimated first on these very identities, written to `model_path` and used.

    Raises:
        AccessRefusedError: `profession`, for anybody but the platform itself.
        BusyError: another pass is running.
    """
    _check_actor()
    model = current()
    if model_path and not trains:
        model = _in_force(read_model(orjson.loads(model_path.read_bytes())))
    with _alone(), TemporaryDirectory(dir=folder) as place:
        work = _Pass(Path(place), model, tell, engines.open_engine(Path(place)))
        work.read(fills=writes)
        if trains and model_path:
            work.train(model_path)
        work.compare()
        if writes:
            work.write()
        work.engine.close()
    return work.report


@contextmanager
def _alone() -> Iterator[None]:
    """The time of one pass: no other one runs."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [LOCK])
        ((is_mine,),) = cursor.fetchall()
    if not is_mine:
        raise BusyError
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s)", [LOCK])


def _check_actor() -> None:
    if current_actor() != SYSTEM:
        raise AccessRefusedError("profession")


def train_on_region(out: Path, *, tell: Tell = silent) -> Path:
    """Estimate a model on the region's identities and write it to `out`; returns where its report is.

    Its thresholds are those of the model in force: they are bits of evidence, whatever the weights.

    Raises:
        AccessRefusedError: `profession`, for anybody but the platform itself.
    """
    _check_actor()
    with TemporaryDirectory() as place:
        gather.export(Path(place) / "feature.csv")
        engine = engines.open_engine(Path(place))
        engines.read_features(engine, Path(place) / "feature.csv")
        trained = _train(engine, out, tell)
        engines.find_pairs(engine)
        engines.weigh(engine, trained)
        report = out.with_suffix(".md")
        write_report(report, trained, expected_errors(engine))
        engine.close()
    return report


def _train(engine: "DuckDBPyConnection", out: Path | None, tell: Tell) -> Model:
    known = engines.count(engine, "feature")
    now = datetime.now(UTC)
    body = train(engine, trained_on=f"{known} identities", version=f"{now:%y%m%d%H%M}", tell=tell)
    body["thresholds"] = dict(current().body["thresholds"])
    if out:
        out.write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    return _in_force(read_model(body))


def _in_force(model: Model) -> Model:
    """A model as the region wants it: where no likeness may link, none is sure enough."""
    return model if settings.REGION.links_by_score else replace(model, automatic=NEVER)


@dataclass(slots=True)
class _Pass:
    """One pass at work, from the file of features to the lists; each step is timed and told."""

    place: Path
    model: Model
    tell: Tell
    engine: "DuckDBPyConnection"
    report: Report = field(default_factory=Report)
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    at: float = field(default_factory=time.perf_counter)

    def lap(self, step: str, words: str) -> None:
        """A step is done."""
        now = time.perf_counter()
        self.report.seconds[step] = round(now - self.at, 2)
        self.tell(f"{words} ({now - self.at:.1f} s)")
        self.at = now

    def read(self, *, fills: bool) -> None:
        """The features of the region, those that miss made first."""
        if fills:
            gather.fill_features(self.tell)
            self.lap("features", "Identités préparées")
        self.since = datetime.now(UTC)
        path = self.place / "feature.csv"
        gather.export(path)
        self.report.identities = engines.read_features(self.engine, path)
        path.unlink()
        self.lap("read", f"{self.report.identities} identités lues")

    def train(self, out: Path) -> None:
        """A model of these very identities, for this pass and the next ones."""
        self.model = _train(self.engine, out, self.tell)
        self.lap("train", "Modèle estimé")

    def compare(self) -> None:
        """All pairs that share a key, weighed."""
        report = self.report
        report.pairs = engines.find_pairs(self.engine)
        report.hot = engines.count(self.engine, "hot_key")
        self.lap(
            "pairs", f"{report.pairs} paires à comparer ; {report.hot} clés trop communes laissées"
        )
        engines.weigh(self.engine, self.model, tell=self.tell)
        ((report.sure, report.possible, errors),) = self.engine.execute(
            f"""
            select count(*) filter (where is_sure), count(*) filter (where not is_sure),
              coalesce(sum(1 / (1 + pow(2, least(weight, 60)))) filter (where is_sure), 0)
            from (select weight, weight >= {engines.bits(self.model.automatic)} and barrier = '' as is_sure from edge)
            """
        ).fetchall()
        report.expected_errors = float(errors)
        self.lap("weigh", f"{report.sure} ressemblances sûres, {report.possible} à regarder")

    def write(self) -> None:
        """Pairs, links, work list."""
        report, path = self.report, self.place / "edge.csv"
        self.engine.execute(
            f"""copy (select uuidv7(), l.id, r.id, weight, levels, barrier
            from edge join feature l on l.n = a join feature r on r.n = b) to '{path}' (header false)"""
        )
        with act():
            writing.put_edges(path)
            report.written, report.withdrawn = writing.write_pairs(
                model=self.model.version, since=self.since
            )
            hot = self.engine.execute("select k from hot_key").fetchall()
            writing.write_hot_keys(row[0] for row in hot)
        self.lap("write_pairs", f"{report.written} paires écrites, {report.withdrawn} retirées")
        self.link()
        with act():
            report.opened, report.closed = writing.write_work(
                automatic=self.model.automatic, since=self.since
            )
            emit(
                "identity.matched",
                payload={"kind": "identity", "ids": []},
                topics=["identity-unit"],
            )
            note(
                "identity.matched",
                details={
                    "identities": report.identities, "linked": report.linked, "opened": report.opened,
                    "closed": report.closed, "model": self.model.version,
                },
            )  # fmt: skip
        self.lap("work", f"{report.opened} doublons possibles ouverts, {report.closed} levés")

    def link(self) -> None:
        """Plain groups many at a time, the others as a message would."""
        _put_decided(self.engine)
        found = group(self.engine, automatic=self.model.automatic)
        self.lap("group", f"{found.groups} groupes, dont {len(found.seeds)} singuliers")
        numbers = (
            {one.n for one in found.shifts} | {one.to for one in found.shifts} | set(found.seeds)
        )
        ids = _ids(self.engine, numbers)
        busy = self._link_plain(found.shifts, ids)
        self.lap("link", f"{self.report.linked} identités rattachées")
        seeds = [ids[n] for n in found.seeds] + busy
        for rank, seed in enumerate(seeds, 1):
            self.report.left += not _settled(seed)
            if rank % 1_000 == 0:
                self.tell(f"  {rank}/{len(seeds)} groupes repris")
        self.report.one_by_one = len(seeds)
        self.lap("one_by_one", f"{len(seeds)} groupes repris un à un")

    def _link_plain(self, shifts: Sequence[Shift], ids: dict[int, UUID]) -> list[UUID]:
        """Each hand its own groups, in one transaction; returns one identity of each that must go one by one."""

        def write(some: Sequence[Shift]) -> tuple[int, list[UUID]]:
            with act():
                writing.put_shifts(some, ids, model=self.model.version)
                busy = writing.take_out_busy(since=self.since)
                return writing.write_shifts(by=SYSTEM.name), busy

        def write_beside(some: Sequence[Shift]) -> tuple[int, list[UUID]]:
            try:
                with acting(SYSTEM):
                    return _retried(lambda: write(some))
            finally:
                connection.close()

        if connection.in_atomic_block:
            # What the caller's transaction wrote, no other connection sees.
            done = [write(shifts)]
        else:
            parts = [[one for one in shifts if one.to % HANDS == hand] for hand in range(HANDS)]
            with ThreadPoolExecutor(HANDS) as hands:
                done = list(hands.map(write_beside, parts))
        self.report.linked = sum(linked for linked, _ in done)
        return [identity for _, busy in done for identity in busy]


def _settled(seed: UUID) -> bool:
    """Bring one group to its plan; False when it could not be, which stops nobody else's and is in the journal."""
    from enrs.referentials.identity.commands.decisions import settle_decided  # noqa: PLC0415  it imports this

    def settle() -> None:
        with act():
            settle_decided([seed], by=SYSTEM, reason="Passe de rapprochement")

    try:
        _retried(settle)
    except Exception:
        logger.exception("A group could not be settled: identity %s", seed)
    else:
        return True
    with act():
        note("identity.match.left", outcome="failed", object_kind="identity", object_id=seed)
    return False


def _retried(work: Callable[[], T]) -> T:
    """Do it again while a message holds one of its rows, in another order: that is over in a moment."""
    for tries in range(TRIES - 1):
        try:
            return work()
        except OperationalError as error:
            if not _is_held(error):
                raise
            time.sleep(0.1 * 2**tries)
    return work()


def _is_held(error: OperationalError) -> bool:
    return isinstance(error.__cause__, HELD)


def _put_decided(engine: "DuckDBPyConnection") -> None:
    """The pairs of which a person decided, by the numbers of the engine."""
    engine.execute("create or replace table decided_pair (one uuid, other uuid)")
    with connection.cursor() as cursor:
        cursor.execute("select first_id, second_id from identity_pair where decision <> ''")
        rows = cursor.fetchall()
    if rows:
        engine.executemany("insert into decided_pair values (?, ?)", rows)
    engine.execute(
        "create or replace table decided as select l.n as a, r.n as b from decided_pair"
        " join feature l on l.id = one join feature r on r.id = other"
    )


def _ids(engine: "DuckDBPyConnection", numbers: set[int]) -> dict[int, UUID]:
    rows = engine.execute(
        "select n, id from feature semi join (select unnest($wanted::integer[]) as n) using (n)",
        {"wanted": sorted(numbers)},
    ).fetchall()
    return dict(rows)
