"""Training without labels: Splink estimates, this module turns its estimates into the model file.

u (how often a level holds among two people) by random sampling of pairs; m (how often among records of one
person) by expectation-maximisation over several blockings, each of which teaches what it does not block on;
the prior by rules that are nearly always right and find a known share.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from enrs.referentials.identity.matching.comparisons import COMPARISONS, ELSE, Comparison
from enrs.referentials.identity.matching.engine import columns_of, silent

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from enrs.referentials.identity.matching.engine import Tell

SEED: Final = 7
U_PAIRS: Final = 2_000_000
"""Random pairs looked at for u: a level of one in a hundred thousand is then met some twenty times."""

EM_PAIRS: Final = 4_000_000

NAMED_FROM: Final = 20
"""A model file names no value that fewer records bear."""

KNOWN_DAY: Final = "length(l.birth_date) = 10 and substr(l.birth_date, 6) not in ('01-01', '12-31')"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train: what is compared, the rules that are sure with the share they find, the blockings of EM."""

    comparisons: Sequence[Comparison]
    sure: Sequence[str]
    recall: float
    sessions: Sequence[str]
    u_pairs: int = U_PAIRS
    keeps: Mapping[str, float] | None = None
    """By column, the least frequency of a value that the model file may name."""


FRENCH: Final = Recipe(
    comparisons=COMPARISONS,
    sure=(
        "l.ins = r.ins and l.ins <> ''",
        "l.birth_name = r.birth_name and l.root = r.root and l.root <> ''"
        f" and l.birth_date = r.birth_date and {KNOWN_DAY}",
    ),
    recall=0.9,
    sessions=(
        f"l.birth_date = r.birth_date and l.root = r.root and l.root <> '' and {KNOWN_DAY}",
        "l.birth_name = r.birth_name and l.root = r.root and l.root <> ''",
        f"l.birth_date = r.birth_date and l.home = r.home and l.home <> '' and {KNOWN_DAY}",
        "l.ins = r.ins and l.ins <> ''",
        "l.phone = r.phone and l.phone <> '' and l.root = r.root and l.root <> ''",
    ),
    keeps={
        "birth_name": 2e-5, "given": 5e-5, "birth_date": 2e-4, "birth_place": 2e-4, "home": 2e-4,
    },
)  # fmt: skip
"""The region's: a name, a place or a postal code that fewer bear is in no file."""


def train(
    engine: "DuckDBPyConnection",
    recipe: Recipe = FRENCH,
    *,
    trained_on: str,
    version: str,
    tell: "Tell" = silent,
) -> dict[str, Any]:
    """The content of a model file (but for its thresholds) from the table `feature` of the engine."""
    linker = splink_linker(engine, recipe)
    tell("  probabilité a priori")
    sure: list[Any] = [*recipe.sure]
    linker.training.estimate_probability_two_random_records_match(sure, recall=recipe.recall)
    tell("  u, par tirage au hasard")
    linker.training.estimate_u_using_random_sampling(max_pairs=recipe.u_pairs, seed=SEED)
    for rule in recipe.sessions:
        tell(f"  m, parmi ceux dont {rule}")
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True, max_pairs=EM_PAIRS
        )
    told = linker.misc.save_model_to_json(out_path=None)
    terms, rare = term_frequencies(engine, recipe)
    return {
        "version": version,
        "trained_on": trained_on,
        "prior": told["probability_two_random_records_match"],
        "weights": {
            one.name: _pairs(one, estimated["comparison_levels"], 0.5 / recipe.u_pairs)
            for one, estimated in zip(recipe.comparisons, told["comparisons"], strict=True)
        },
        "terms": terms,
        "rare": rare,
    }


def splink_linker(
    engine: "DuckDBPyConnection", recipe: Recipe, *, blocking: Sequence[str] = ()
) -> Any:
    """Splink's linker over the features; `blocking` is for who wants its own prediction."""
    from splink import DuckDBAPI, Linker, SettingsCreator  # noqa: PLC0415  no serving process imports it

    engine.execute("create or replace view trait as select * exclude (id, keys) from feature")
    api = DuckDBAPI(connection=engine)
    rules: list[Any] = [*blocking]
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="n",
        comparisons=[_comparison(one) for one in recipe.comparisons],
        blocking_rules_to_generate_predictions=rules,
        max_iterations=15,
    )
    return Linker(api.register("trait"), settings, log_level="ERROR")


def _comparison(one: Comparison) -> dict[str, Any]:
    levels: list[dict[str, Any]] = []
    if one.missing != "false":
        levels.append(
            {
                "sql_condition": _splink(one.missing),
                "label_for_charts": "missing",
                "is_null_level": True,
            }
        )
    for level in one.levels:
        sql = "ELSE" if level.sql == ELSE else _splink(level.sql)
        levels.append({"sql_condition": sql, "label_for_charts": level.words})
    return {"output_column_name": one.name, "comparison_levels": levels}


def _splink(sql: str) -> str:
    """`l.name` as Splink names it in a comparison: `name_l`."""
    return re.sub(r"\b([lr])\.(\w+)", r"\2_\1", sql)


def _pairs(one: Comparison, levels: list[dict[str, Any]], least: float) -> list[list[float]]:
    """[m, u] of each level; one that the samples never showed gets half of the least that they can show."""
    told = [level for level in levels if not level.get("is_null_level")]
    found = []
    for level in told:
        m, u = _number(level.get("m_probability")), _number(level.get("u_probability"))
        found.append([round(max(m, 1e-5), 8), max(u, least)])
    assert len(found) == len(one.levels)  # noqa: S101  Splink gives back the levels that it got
    return found


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def term_frequencies(
    engine: "DuckDBPyConnection", recipe: Recipe
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """By column, the frequency of the values above its floor, and what a value of no list is worth.

    The latter is the probability that a second record has the value of a first one drawn among the unlisted.
    """
    terms, rare = {}, {}
    least_count = NAMED_FROM if recipe.keeps else 1
    for column in columns_of(recipe.comparisons):
        floor = (recipe.keeps or {}).get(column, 0.0)
        rows = engine.execute(
            f"""
            with seen as (select {column} as value, count(*) as n from feature where {column} <> '' group by all),
              every as (
                select *, n / sum(n) over () as share, share >= $floor and n >= $least as is_listed from seen)
            select value, share, true from every where is_listed
            union all
            select '', coalesce(sum(share * n) / sum(n), 0), false from every where not is_listed
            """,
            {"floor": floor, "least": least_count},
        ).fetchall()
        terms[column] = {
            value: _short(share) for value, share, is_listed in sorted(rows) if is_listed
        }
        share = next((share for _, share, is_listed in rows if not is_listed), 0.0)
        least = min(terms[column].values(), default=1e-6)
        rare[column] = _short(share or least)
    return terms, rare


def _short(share: float) -> float:
    return float(f"{share:.3g}")
