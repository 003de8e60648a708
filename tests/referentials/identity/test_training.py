"""Training without labels leaves a model that reads, favours what agrees and names nothing rare; its measures count."""

from dataclasses import replace

import duckdb
import pytest
from benchmarks.identity import load, measures
from benchmarks.identity.population import write_population

from enrs.referentials.identity.matching import engine as engines
from enrs.referentials.identity.matching.comparisons import COMPARISONS
from enrs.referentials.identity.matching.model import current, read_model
from enrs.referentials.identity.matching.reporting import expected_errors, write_report
from enrs.referentials.identity.matching.training import FRENCH, NAMED_FROM, train


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """An engine with some 2,000 records, and the model that it taught."""
    folder = tmp_path_factory.mktemp("people")
    population = write_population(folder, people=1_200, seed=6, mean=1.7, processes=1)
    load.write_features(population, processes=1)
    engine = engines.open_engine(folder)
    engines.read_features(engine, folder / "feature-*.csv")
    load.read_truth(engine, population)
    recipe = replace(FRENCH, u_pairs=200_000)
    body = train(engine, recipe, trained_on="some records", version="test")
    yield engine, body
    engine.close()


def test_the_model_reads_and_favours_what_agrees(trained):
    _, body = trained
    model = read_model(body | {"thresholds": {"automatic": 14.0, "work": 3.0}})
    assert -24 < model.prior_bits < -6
    for index, one in enumerate(COMPARISONS):
        assert model.bits[index][1] > 0 > model.bits[index][len(one.levels)], one.name


def test_a_value_that_few_bear_is_in_no_file(trained):
    engine, body = trained
    for column, values in body["terms"].items():
        for value in values:
            ((n,),) = engine.execute(
                f"select count(*) from feature where {column} = $value", {"value": value}
            ).fetchall()
            assert n >= NAMED_FROM, (column, value)
        assert 0 < body["rare"][column] < 1


def test_what_the_model_finds_is_nearly_always_right(trained, tmp_path):
    engine, body = trained
    model = read_model(body | {"thresholds": {"automatic": 10.0, "work": 0.0}})
    engines.find_pairs(engine)
    engines.weigh(engine, model)
    found = measures.pairs_of_edges(
        engine, "select a as first, b as second from edge where weight >= 10 and barrier = ''"
    )
    assert found.precision > 0.99
    assert found.recall > 0.9
    path = tmp_path / "report.md"
    write_report(path, model, expected_errors(engine))
    text = path.read_text(encoding="utf-8")
    assert all(one.label in text for one in COMPARISONS)
    assert "| 10 | " in text


def test_the_packaged_model_reads():
    assert current().work < current().automatic


def test_measures_count_pairs_and_clusters():
    base = duckdb.connect()
    base.execute(
        "create table truth as select * from (values (1, 1), (2, 1), (3, 1), (4, 2), (5, 3)) t(record, person)"
    )
    base.execute(
        "create table cluster as select * from (values (1, 1), (2, 1), (3, 3), (4, 4), (5, 4)) t(record, cluster)"
    )
    pairs = measures.pairs_of_clusters(base)
    assert (pairs.right, pairs.found, pairs.true) == (1, 2, 3)
    assert pairs.f1 == pytest.approx(0.4)
    edges = measures.pairs_of_edges(base, "select 1 as first, 3 as second union all select 4, 5")
    assert (edges.precision, edges.recall) == (0.5, 1 / 3)
    found = measures.clusters(base)
    assert found.pure == pytest.approx(2 / 3)
    assert found.whole == 0
    assert found.precision == pytest.approx((4 / 2 + 1 + 1 / 2 + 1 / 2) / 5)
    assert found.recall == pytest.approx((4 / 3 + 1 / 3 + 1 + 1) / 5)
    base.close()
