"""The metrics in Prometheus' text format (version 0.0.4): no label names anybody."""

from collections.abc import Iterator
from itertools import accumulate

from enrs.config.operations import health, meters

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[str, float]
"""Labels as they are written (`{a="b"}`, or nothing), and the value."""


def exposition() -> str:
    """All metrics: requests of every process of this service, and the state of the database."""
    return "\n".join([*_requests(), *_gauges(), ""])


def _requests() -> Iterator[str]:
    name = "enrs_request_seconds"
    yield f"# HELP {name} Requests by view, method and status, and their time to the answer."
    yield f"# TYPE {name} histogram"
    bounds = [*map(str, meters.BOUNDS), "+Inf"]
    for (view, method, status), series in sorted(meters.read_all().items()):
        labels = _labels(view=view, method=method, status=status)[1:-1]
        for bound, count in zip(bounds, accumulate(series.buckets), strict=True):
            yield f'{name}_bucket{{{labels},le="{bound}"}} {count:g}'
        yield f"{name}_sum{{{labels}}} {series.seconds:.6f}"
        yield f"{name}_count{{{labels}}} {sum(series.buckets):.0f}"


def _gauges() -> Iterator[str]:
    for name, told, samples in _all_gauges():
        if samples:
            yield f"# HELP enrs_{name} {told}"
            yield f"# TYPE enrs_{name} gauge"
        for labels, value in samples:
            yield f"enrs_{name}{labels} {value:.10g}"


def _all_gauges() -> Iterator[tuple[str, str, list[Sample]]]:
    well = [(_labels(check=point.name), float(point.is_well)) for point in health.points()]
    yield "check_ok", "1 when this point of the health is well.", well
    age = health.backup_age()
    yield (
        "backup_age_seconds", "Age of the last backup made from this machine.",
        [] if age is None else [("", age)],
    )  # fmt: skip
    state = health.database_state()
    if state is None:
        return
    inbox, database = state["inbox"], state["database"]
    yield (
        "inbox_messages", "Messages that wait, or were parked (counts stop at 100,000).",
        [(_labels(state=one), inbox[one]) for one in ("received", "waiting", "parked")],
    )  # fmt: skip
    yield (
        "inbox_age_seconds", "Age of the oldest message not yet applied.",
        [(_labels(state=one), inbox[f"{one}_age"]) for one in ("received", "waiting")],
    )  # fmt: skip
    yield (
        "outbox_age_seconds", "Age of the oldest event that a subscriber has not read.",
        [(_labels(subscriber=name), lag) for name, lag in sorted(state["outbox"].items())],
    )  # fmt: skip
    yield "seal_lag_seconds", "Age of the oldest unsealed line.", [("", state["seals"]["lag"])]
    jobs = sorted(state["jobs"].items())
    yield (
        "job_late_seconds", "How late a periodic job is.",
        [(_labels(job=name), job["late"]) for name, job in jobs],
    )  # fmt: skip
    yield (
        "job_failures", "Failures of a periodic job in a row.",
        [(_labels(job=name), job["failures"]) for name, job in jobs],
    )  # fmt: skip
    sendings = state["sendings"]
    yield (
        "sendings", "Mails, SMS and callbacks not yet settled.",
        [(_labels(state=one), sendings.get(one, 0)) for one in ("waiting", "leaving", "uncertain")],
    )  # fmt: skip
    yield "sendings_late_seconds", "How late the oldest sending is.", [("", state["sendings_late"])]
    yield "database_bytes", "Size of the database.", [("", database["bytes"])]
    yield (
        "database_connections", "Sessions in the database, and the server's limit.",
        [(_labels(kind="open"), database["connections"]),
         (_labels(kind="most"), database["most_connections"])],
    )  # fmt: skip


def _labels(**labels: str) -> str:
    """Labels with their values escaped as the format asks."""
    inner = ",".join(
        '{}="{}"'.format(key, value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"))
        for key, value in labels.items()
    )
    return f"{{{inner}}}"
