"""A population made ready: its features as the batch pass exports them, or all of its rows in the database."""

import csv
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from benchmarks.identity.population import Population, traits_of
from benchmarks.identity.tables import places

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

START = datetime(2025, 1, 1, tzinfo=UTC)
"""Of the first record; each is told a second after the one before, and the last of millions before the day measured."""
TABLES = (
    "patient",
    "source_identity",
    "identity_version",
    "identity_link",
    "regional_identity",
    "identity_feature",
)
NO_DOMAINS: Mapping[str, tuple[str, str]] = {}
_VERSION_7 = (int(START.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62)


def identity_id(record: int) -> UUID:
    """The identity of a record: a UUIDv7 whose last digits are its number."""
    return UUID(int=_VERSION_7 | record)


def patient_id(record: int) -> UUID:
    """The patient that a record has before it is matched."""
    return UUID(int=_VERSION_7 | (1 << 61) | record)


def write_features(population: Population, *, processes: int = 2) -> str:
    """Write what the pass would export of each record; returns the pattern of the files."""
    _each_block(population, _features_of_block, processes=processes)
    return str(population.folder / "feature-*.csv")


def read_truth(engine: "DuckDBPyConnection", population: Population) -> None:
    """Make `truth(record, person)`, records by the numbers of `feature`."""
    engine.execute(
        f"""
        create or replace table truth as select f.n as record, t.person
        from read_csv('{population.truth}', header = true, columns = {{'record': 'bigint', 'person': 'bigint'}}) t
          join feature f on ('0x' || right(f.id::varchar, 12))::bigint = t.record
        """
    )


def fill_database(
    population: Population,
    *,
    processes: int = 2,
    domains: Mapping[str, tuple[str, str]] = NO_DOMAINS,
) -> int:
    """Copy the records of a population into the tables of identity, each with a patient of its own.

    `domains` gives the URI of the numbers of a system and its key as a sender. Returns how many. Nothing links
    them yet: what a first load gives to the pass.
    """
    from django.db import connection

    act = partial(_rows_of_block, domains=dict(domains))
    _each_block(population, act, processes=processes)
    with connection.cursor() as cursor:
        for table in TABLES:
            for path in sorted(population.folder.glob(f"{table}-*.csv")):
                with path.open("rb") as file:
                    columns = file.readline().decode().strip()
                    with cursor.copy(
                        f"copy {table} ({columns}) from stdin (format csv, null '\\N')"
                    ) as copy:
                        while block := file.read(1 << 20):
                            copy.write(block)
                path.unlink()
        cursor.execute(f"analyze {', '.join(TABLES)}")
        cursor.execute("select count(*) from source_identity")
        return int(cursor.fetchone()[0])


def _each_block(population: Population, act: Callable[[Path], None], *, processes: int = 2) -> None:
    paths = sorted(population.folder.glob("records-*.csv"))
    if processes == 1:
        for path in paths:
            act(path)
        return
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        list(pool.map(partial(_with_django, act), paths))


def _with_django(act: Callable[[Path], None], path: Path) -> None:
    from django.apps import apps

    if not apps.ready:
        import django

        django.setup()
    act(path)


def _features_of_block(path: Path) -> None:
    with (
        path.open(encoding="utf-8", newline="") as file,
        _beside(path, "feature").open("w", encoding="utf-8", newline="") as out,
    ):
        rows = csv.writer(out)
        for row in csv.DictReader(file):
            traits, attribute, features, keys = _prepared(row)
            record = int(row["record"])
            rows.writerow([
                identity_id(record), *features, " ".join(map(str, keys)), patient_id(record), record,
                traits.ins if traits.status == "qualified" and not attribute else "", not attribute,
            ])  # fmt: skip


def _rows_of_block(path: Path, *, domains: Mapping[str, tuple[str, str]]) -> None:
    from enrs.referentials.identity import rules
    from enrs.referentials.identity.commands import store
    from enrs.referentials.identity.matching.features import FEATURE_FIELDS

    names = rules.TRAIT_FIELDS
    shown: set[str] = set()
    outs = {table: _beside(path, table).open("w", encoding="utf-8", newline="") for table in TABLES}
    writers = {table: csv.writer(out) for table, out in outs.items()}
    heads = {
        "patient": ("id", "created_at"),
        "source_identity": (
            "id", "system", "value", "sender", "patient_id", "version", "created_at", "changed_at", "told_at",
            "told_by", "digest", "stamps", "own_attribute", "marked", "absorbed_told_by", *names, "attribute",
        ),
        "identity_version": (
            "id", "identity_id", "patient_id", "version", "at", "told_at", '"by"',
            *names, "attribute",
        ),
        "identity_link": ("id", "identity_id", "patient_id", "rule", "evidence", '"by"', "reason", "at"),
        "regional_identity": (
            "patient_id", *names, "attribute", "source_id", "name_key", "used_key", "given_key", "version",
            "changed_at",
        ),
        "identity_feature": ("identity_id", *FEATURE_FIELDS, "keys"),
    }  # fmt: skip
    for table, head in heads.items():
        outs[table].write(", ".join(head) + "\n")
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            traits, attribute, features, keys = _prepared(row)
            record = int(row["record"])
            identity, patient, at = (
                identity_id(record),
                patient_id(record),
                START + timedelta(seconds=record),
            )
            values = [
                "\\N" if (value := getattr(traits, name)) is None else value for name in names
            ]
            own = f"urn:system:{row['system']}"
            system, sender = domains.get(row["system"], (own, own))
            digest = rules.digest(traits, attribute)
            writers["patient"].writerow([patient, at])
            writers["source_identity"].writerow(
                [identity, system, row["value"], sender, patient, 1, at, at, at, sender, digest, "{}",
                 attribute, "", "", *values, attribute]
            )  # fmt: skip
            writers["identity_version"].writerow(
                [identity, identity, patient, 1, at, at, sender, *values, attribute]
            )
            writers["identity_link"].writerow(
                [identity, identity, patient, "new", "{}", sender, "", at]
            )
            is_shown = traits.status == "qualified" and not attribute and traits.ins not in shown
            shown.add(traits.ins)
            regional = dict(zip(names, values, strict=True))
            if not is_shown:
                regional["ins"] = regional["ins_oid"] = ""
            key = store.key_values(traits)
            writers["regional_identity"].writerow(
                [patient, *regional.values(), attribute, identity, key["name_key"], key["used_key"], key["given_key"],
                 1, at]
            )  # fmt: skip
            writers["identity_feature"].writerow(
                [identity, *features, "{" + ",".join(map(str, keys)) + "}"]
            )
    for out in outs.values():
        out.close()


def _prepared(row: dict[str, str]) -> tuple[Any, str, list[Any], list[int]]:
    """Settled traits, attribute, features and keys of one record."""
    from enrs.referentials.identity import rules
    from enrs.referentials.identity.matching.features import (
        FEATURE_FIELDS,
        blocking_keys,
        features_of,
    )

    settled = rules.settle(traits_of(row), mode="demo")
    place = settled.traits.birth_place_code
    features = features_of(
        settled.traits, attribute=settled.attribute, birth_place=places().merged.get(place, place)
    )
    return (
        settled.traits,
        settled.attribute,
        [getattr(features, name) for name in FEATURE_FIELDS],
        blocking_keys(features),
    )


def _beside(path: Path, table: str) -> Path:
    return path.with_name(path.name.replace("records-", f"{table}-"))
