"""Accuracy: weights and thresholds from one seed, figures from another; FEBRL beside Splink's own recipe."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks.common import Row, scratch_database
from benchmarks.identity import SHARE, febrl, load, measures
from benchmarks.identity.population import Population, write_population
from enrs.config.state import project_root

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from enrs.referentials.identity.matching.model import Model

PEOPLE = max(10_000, int(830_000 * SHARE))
"""About a million records."""

TUNED_ON, REPORTED_ON = 1, 5
"""Seeds. Figures were first reported on seed 2, and rules were mended after its errors were read: it reports no more,
and 5 was never looked at before its figures were printed."""

WANTED = 0.9998
"""The precision of links by rule that the threshold is set for, on the first seed; the aim on the other is 0.9995."""

LEAST = 10.0
"""Bits below which no likeness links, whatever was counted: a thousand to one, by the model itself."""

WORTH_A_LOOK = 0.2
"""The unit is shown pairs from the weight on at which one in five is right, even odds at least."""

MODEL = project_root() / "build" / "identity" / "model.json"


def french() -> list[Row]:
    """Rows for the invented population. The model and its report stay in `build/identity`."""
    with _django(), TemporaryDirectory() as place:
        model = tune(write_population(Path(place) / "tuned", people=PEOPLE, seed=TUNED_ON))
        return _reported(
            model, write_population(Path(place) / "reported", people=PEOPLE, seed=REPORTED_ON)
        )


def tune(population: Population) -> "Model":
    """Estimate without labels, then set the thresholds where the known truth wants them."""
    from enrs.referentials.identity.matching import engine as engines
    from enrs.referentials.identity.matching.model import read_model
    from enrs.referentials.identity.matching.reporting import write_report
    from enrs.referentials.identity.matching.training import train

    engine = engines.open_engine(population.folder)
    records = engines.read_features(engine, load.write_features(population))
    load.read_truth(engine, population)
    body = train(
        engine,
        trained_on=f"{records} records of an invented population, seed {TUNED_ON}",
        version="1",
        tell=print,
    )
    engines.find_pairs(engine)
    engines.weigh(
        engine, read_model(body | {"thresholds": {"automatic": 0.0, "work": -10.0}}), tell=print
    )
    body["thresholds"] = _thresholds(engine)
    model = read_model(body)
    MODEL.parent.mkdir(parents=True, exist_ok=True)
    MODEL.write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    write_report(MODEL.with_suffix(".md"), model, _rates(engine))
    engine.close()
    return model


_JUDGED = """
  select e.weight, e.barrier, x.person = y.person as is_right
  from edge e join truth x on x.record = e.a join truth y on y.record = e.b
"""


def _thresholds(engine: "DuckDBPyConnection") -> dict[str, float]:
    """`automatic`: the lowest from which every higher one keeps the precision; `work`: where a look is worth it."""
    rows = engine.execute(
        f"""
        select floor(weight * 2) / 2 as bits, count(*) filter (where is_right and barrier = '') as good,
          count(*) filter (where not is_right and barrier = '') as bad,
          count(*) filter (where is_right) as right_, count(*) as every
        from ({_JUDGED}) group by bits order by bits desc
        """
    ).fetchall()
    good = bad = 0
    automatic, work = 60.0, None
    for bits, right, wrong, _, _ in rows:
        good, bad = good + right, bad + wrong
        if bits >= LEAST and good / max(1, good + bad) >= WANTED:
            automatic = bits
    for bits, *_, right, every in rows:
        if 0 <= bits < automatic and right / every >= WORTH_A_LOOK:
            work = bits
    return {"automatic": automatic, "work": automatic if work is None else work}


def _rates(engine: "DuckDBPyConnection") -> list[Any]:
    from enrs.referentials.identity.matching.reporting import Rate

    true = measures.pairs_of_edges(engine, "select a as first, b as second from edge").true
    rows = engine.execute(
        f"""
        select t, count(*), sum(1 / (1 + pow(2, least(weight, 60)))), count(*) filter (where not is_right),
          count(*) filter (where is_right)
        from ({_JUDGED}), (select unnest(range(0, 31, 2)) as t) where weight >= t and barrier = '' group by t order by t
        """
    ).fetchall()
    return [
        Rate(float(t), int(n), float(e), int(wrong), right / true) for t, n, e, wrong, right in rows
    ]


def _reported(model: "Model", population: Population) -> list[Row]:
    from enrs.referentials.identity.matching import engine as engines
    from enrs.referentials.identity.matching.writing import WORTH_A_LOOK as LOOK

    engine = engines.open_engine(population.folder)
    records = engines.read_features(engine, load.write_features(population))
    load.read_truth(engine, population)
    engines.find_pairs(engine)
    engines.weigh(engine, model, tell=print)
    _put_clusters(engine, model)
    edges = measures.pairs_of_edges(
        engine,
        f"select a as first, b as second from edge where weight >= {model.automatic} and barrier = ''",
    )
    blocked = measures.pairs_of_edges(engine, "select a as first, b as second from pair")
    joined, cubed = measures.pairs_of_clusters(engine), measures.clusters(engine)
    shown = measures.pairs_of_edges(engine, _WORK.format(WORTH=LOOK))
    engine.close()
    missed = max(1, joined.true - joined.right)
    people = f"{records} identités inventées"
    return [
        _share(f"{people} : précision des liens automatiques, par paires", joined.precision, ">=0.9995"),
        _share("  leur rappel, par paires", joined.recall, ">=0.97"),
        _share("  F1, par paires", joined.f1),
        _share("  erreurs parmi les ressemblances liées", 1 - edges.precision, "<=0.0005"),
        _share("  rappel des clés de rapprochement", blocked.recall),
        _share("  précision par identité (B-cubed)", cubed.precision),
        _share("  rappel par identité (B-cubed)", cubed.recall),
        _share("  personnes dont le groupe est exactement le leur", cubed.whole),
        _share("  groupes d’une seule personne", cubed.pure),
        Row("  doublons possibles à regarder, pour 100 000 identités", round(shown.found * 1e5 / records, 1), ""),
        _share("  part de vrais parmi eux", shown.precision),
        _share("  part des paires manquées qui y sont", shown.right / missed),
    ]  # fmt: skip


_WORK = """
  select min(a) as first, min(b) as second from (
    select e.a, e.b, l.cluster as one, r.cluster as other
    from edge e join cluster l on l.record = e.a join cluster r on r.record = e.b
    join feature x on x.n = e.a join feature y on y.n = e.b
    where l.cluster <> r.cluster and (x.ins = '' or x.ins <> y.ins) and {WORTH})
  group by least(one, other), greatest(one, other)
"""


def _put_clusters(engine: "DuckDBPyConnection", model: "Model") -> None:
    """`cluster(record, cluster)`: what the pass would link; groups that it would settle one by one stay apart."""
    import pyarrow

    from enrs.referentials.identity.matching.grouping import group

    engine.execute("create or replace table decided (a integer, b integer)")
    found = group(engine, automatic=model.automatic)
    print(
        f"  {found.groups} groupes, {len(found.shifts)} rattachements, {len(found.seeds)} singuliers"
    )
    moved = pyarrow.table(
        {"n": [one.n for one in found.shifts], "to_n": [one.to for one in found.shifts]}
    )
    engine.register("moved", moved)
    engine.execute(
        "create or replace table cluster as select f.n as record, coalesce(m.to_n, f.n) as cluster "
        "from feature f left join moved m using (n)"
    )
    engine.unregister("moved")


def febrl_sets() -> list[Row]:
    """F1 on each set, ours beside Splink's, both without labels and at even odds."""
    import duckdb

    rows = []
    with _django():
        from benchmarks.identity import febrl_ours

        for name in febrl.SETS:
            connection = duckdb.connect()
            connection.execute("set threads = 2")
            tables = febrl.read(connection, name)
            febrl.splink_pairs(connection, name, tables)
            febrl_ours.our_pairs(connection, tables)
            theirs = measures.pairs_of_edges(connection, "select first, second from splink_edge")
            ours = measures.pairs_of_edges(connection, "select first, second from our_edge")
            connection.close()
            rows += [
                Row(
                    f"{name} : F1", round(ours.f1, 5), "", f">={round(theirs.f1, 5)}",
                    "Splink, sa recette documentée", round(theirs.f1, 5),
                ),
                _share(f"{name} : précision", ours.precision, peer=theirs.precision),
                _share(f"{name} : rappel", ours.recall, peer=theirs.recall),
            ]  # fmt: skip
    return rows


def _share(name: str, value: float, aim: str = "", *, peer: float | None = None) -> Row:
    whose = "Splink, sa recette documentée" if peer is not None else ""
    return Row(name, round(value, 6), "", aim, whose, None if peer is None else round(peer, 6))


@contextmanager
def _django() -> Iterator[None]:
    """Django started, with a database that nothing here reads: the engine's package wants one."""
    with scratch_database("identity"):
        from enrs.config.cli.setup import start_django

        start_django("owner")
        try:
            yield
        finally:
            from django.db import connections

            connections.close_all()


def peak_gigabytes() -> float:
    """The most memory that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
