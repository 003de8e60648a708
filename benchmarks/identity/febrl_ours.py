"""Our engine on FEBRL: the same training, keys, digits and weights as for the region, other comparisons.

These sets have no sex nor place of birth, but an address and a number; names are Australian. What is French in
the product's comparisons has nothing to do there, so the comparisons are a table for these columns.
"""

from hashlib import blake2b
from math import log2
from typing import TYPE_CHECKING, Any

import pyarrow

from enrs.referentials.identity.matching.comparisons import ELSE, Comparison, Level
from enrs.referentials.identity.matching.engine import columns_of, find_pairs, weigh
from enrs.referentials.identity.matching.model import Model
from enrs.referentials.identity.matching.training import Recipe, train
from enrs.referentials.identity.rules.phonetics import heard

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COLUMNS = (
    "given_name", "surname", "street_number", "address_1", "address_2", "suburb", "postcode", "state", "date_of_birth",
    "soc_sec_id",
)  # fmt: skip


def _text(name: str, *, floor: float = 0.88) -> Comparison:
    return _levels(
        name,
        Level("same", f"l.{name} = r.{name}", name),
        Level(
            "alike",
            f"jaro_winkler_similarity(l.{name}, r.{name}) >= {floor} or damerau_levenshtein(l.{name}, r.{name}) <= 1",
        ),
    )


def _digits(name: str, *, most: int, by_term: str = "") -> Comparison:
    near = [
        Level(f"{away} away", f"damerau_levenshtein(l.{name}, r.{name}) <= {away}")
        for away in range(1, most + 1)
    ]
    return _levels(name, Level("same", f"l.{name} = r.{name}", by_term), *near)


def _levels(name: str, *levels: Level) -> Comparison:
    missing = f"l.{name} = '' or r.{name} = ''"
    return Comparison(name, name, missing, (*levels, Level("other", ELSE)), lambda *_: 0)


def _name(name: str, other: str) -> Comparison:
    one = _text(name)
    swapped = Level("swapped", f"l.{name} = r.{other} and l.{other} = r.{name}")
    return _levels(name, one.levels[0], swapped, one.levels[1])


_COMPARISONS = (
    _name("given_name", "surname"),
    _name("surname", "given_name"),
    _digits("date_of_birth", most=2),
    _digits("soc_sec_id", most=2),
    _digits("street_number", most=1, by_term="street_number"),
    _text("address_1"),
    _text("address_2"),
    _text("suburb"),
    _digits("postcode", most=1, by_term="postcode"),
)
RECIPE = Recipe(
    comparisons=_COMPARISONS,
    sure=(
        "l.soc_sec_id = r.soc_sec_id and l.soc_sec_id <> ''",
        "l.given_name = r.given_name and l.surname = r.surname and l.date_of_birth = r.date_of_birth"
        " and l.surname <> '' and l.given_name <> '' and l.date_of_birth <> ''",
    ),
    recall=0.9,
    sessions=(
        "l.date_of_birth = r.date_of_birth and l.date_of_birth <> ''",
        "l.postcode = r.postcode and l.postcode <> ''",
        "l.soc_sec_id = r.soc_sec_id and l.soc_sec_id <> ''",
    ),
    u_pairs=1_000_000,
)


def our_pairs(engine: "DuckDBPyConnection", tables: list[str]) -> None:
    """Train without labels and weigh all pairs that share a key; those at even odds and more go to `our_edge`."""
    _put_features(engine, tables)
    body = train(engine, RECIPE, trained_on="febrl", version="febrl")
    find_pairs(engine)
    weigh(engine, _model(body), floor=0.0, comparisons=_COMPARISONS, barrier="''")
    across = "where l.source <> r.source" if len(tables) > 1 else ""
    engine.execute(
        f"""create or replace table our_edge as
        select l.rec_id as first, r.rec_id as second, e.weight
        from edge e join feature l on l.n = e.a join feature r on r.n = e.b {across}"""
    )


def _put_features(engine: "DuckDBPyConnection", tables: list[str]) -> None:
    union = " union all ".join(f"select *, '{table}' as source from {table}" for table in tables)
    rows = engine.execute(
        f"select rec_id, source, {', '.join(COLUMNS)} from ({union}) order by rec_id"
    ).fetchall()
    columns: dict[str, list[Any]] = {
        name: [] for name in ("n", "id", "rec_id", "source", *COLUMNS, "keys")
    }
    for number, (record, source, *values) in enumerate(rows, 1):
        traits = dict(zip(COLUMNS, (value or "" for value in values), strict=True))
        line = {
            "n": number,
            "id": record,
            "rec_id": record,
            "source": source,
            "keys": _keys(traits),
            **traits,
        }
        for name, value in line.items():
            columns[name].append(value)
    engine.register("line", pyarrow.table(columns))
    engine.execute("create or replace table feature as select * from line")
    engine.unregister("line")


def _keys(traits: dict[str, str]) -> list[int]:
    given, surname = heard(traits["given_name"].upper()), heard(traits["surname"].upper())
    wanted = (
        ("S", traits["soc_sec_id"]),
        ("D", traits["date_of_birth"]),
        ("N", "|".join(sorted((given, surname))) if given and surname else ""),
        ("P", f"{traits['postcode']}|{surname}" if traits["postcode"] and surname else ""),
        ("Q", f"{traits['postcode']}|{given}" if traits["postcode"] and given else ""),
        ("A", traits["address_1"]),
        ("U", f"{traits['suburb']}|{traits['street_number']}" if traits["suburb"] and traits["street_number"] else ""),
        ("Y", f"{traits['date_of_birth'][:4]}|{given}" if traits["date_of_birth"] and given else ""),
        ("Z", f"{traits['date_of_birth'][:4]}|{surname}" if traits["date_of_birth"] and surname else ""),
    )  # fmt: skip
    texts = {f"{kind}|{text}" for kind, text in wanted if text}
    return [int.from_bytes(blake2b(text.encode(), digest_size=7).digest(), "big") for text in texts]


def _model(body: dict[str, Any]) -> Model:
    """`model.read_model` for these comparisons."""
    pairs = [body["weights"][one.name] for one in _COMPARISONS]
    terms, rare = body["terms"], body["rare"]
    columns = columns_of(_COMPARISONS)
    return Model(
        version=body["version"],
        prior_bits=log2(body["prior"] / (1 - body["prior"])),
        automatic=0.0,
        work=0.0,
        bits=tuple((0.0, *(log2(m / u) for m, u in some)) for some in pairs),
        agreement_bits=tuple((0.0, *(log2(m) for m, _ in some)) for some in pairs),
        rarity={
            one: {value: -log2(share) for value, share in terms[one].items()} for one in columns
        },
        rare={one: -log2(rare[one]) for one in columns},
    )
