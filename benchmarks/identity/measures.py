"""How well links were made, when the truth is known: pairs, clusters, what was linked wrongly."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Pairwise:
    """Right, wrong and missed pairs."""

    right: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        """The share of the pairs found that are right."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of the true pairs that are found."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Clusters:
    """Clusters against persons (B-cubed: the mean over records), and the persons whose cluster is exactly theirs."""

    precision: float
    recall: float
    whole: float
    pure: float


def pairs_of_edges(connection: "DuckDBPyConnection", edges: str) -> Pairwise:
    """Pairs `edges` (a table or query with `first`, `second`) against the table `truth(record, person)`."""
    right, found = _one(
        connection,
        f"select count(*) filter (where a.person = b.person), count(*) from ({edges}) e "
        "join truth a on a.record = e.first join truth b on b.record = e.second",
    )
    return Pairwise(int(right), int(found), _true(connection))


def pairs_of_clusters(connection: "DuckDBPyConnection") -> Pairwise:
    """All pairs inside the clusters of the table `cluster(record, cluster)` against `truth(record, person)`."""
    (found,) = _one(
        connection, f"select {_PAIRS} from (select count(*) n from cluster group by cluster)"
    )
    (right,) = _one(
        connection,
        f"select {_PAIRS} from (select count(*) n from cluster join truth using (record) group by cluster, person)",
    )
    return Pairwise(int(right), int(found), _true(connection))


def clusters(connection: "DuckDBPyConnection") -> Clusters:
    """Cluster measures of `cluster(record, cluster)` against `truth(record, person)`."""
    values = _one(
        connection,
        """
        with both_ as (select cluster, person, count(*) n from cluster join truth using (record) group by all),
          c as (select cluster, sum(n) n, count(*) persons from both_ group by all),
          p as (select person, sum(n) n, count(*) clusters from both_ group by all)
        select sum(b.n * b.n / c.n) / sum(b.n), sum(b.n * b.n / p.n) / sum(b.n),
          count(*) filter (where b.n = c.n and b.n = p.n) / (select count(*) from p),
          (select count(*) filter (where persons = 1) / count(*) from c)
        from both_ b join c using (cluster) join p using (person)
        """,
    )
    return Clusters(*(float(value) for value in values))


_PAIRS = "coalesce(sum(n * (n - 1) / 2), 0)"


def _true(connection: "DuckDBPyConnection") -> int:
    (true,) = _one(
        connection, f"select {_PAIRS} from (select count(*) n from truth group by person)"
    )
    return int(true)


def _one(connection: "DuckDBPyConnection", sql: str) -> tuple[float, ...]:
    (found,) = connection.execute(sql).fetchall()
    return tuple(found)
