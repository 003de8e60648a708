"""The unit's desk with half a million pairs that wait: its list, a page far down, one item, by HTTP, signed in."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from benchmarks.common import Row, row, scratch_database
from benchmarks.identity import SHARE, load
from benchmarks.identity.population import write_population
from benchmarks.record import CLIENTS, p95_of, signed_doctor

PAIRS = max(15_000, int(500_000 * SHARE))
PEOPLE = max(5_000, int(250_000 * SHARE))
"""Some 300,000 identities: each is in three or four pairs."""

DEEP = 500
"""A page that nobody turns to by hand; an address kept from yesterday may lead there."""

PAGE = 25
RUNS = 3
ITEMS = 40
LIST = "/personnes/cellule/"

FILL = """
with numbered as materialized (
  select id, patient_id, sender, row_number() over (order by id)::integer as n from source_identity),
pairs as (
  select p.n, a.id as one, b.id as other, a.patient_id as one_patient, b.patient_id as other_patient, b.sender
  from generate_series(0, {pairs} - 1) p (n)
  join numbered a on a.n = 1 + p.n % {total}
  join numbered b on b.n = 1 + (p.n % {total} + 1 + p.n / {total}) % {total}),
weighed as (
  insert into identity_pair (id, first_id, second_id, weight, levels, barrier, model, decision, decided_by, reason,
    history)
  select gen_random_uuid(), least(one, other), greatest(one, other), 4 + n % 60 / 10.0, '{levels}', '', 'bench', '', '',
    '', '[]' from pairs
  on conflict do nothing)
insert into identity_work_item (id, kind, identity_ids, patient_ids, evidence, sender, severity, weight, key, opened_at,
  closed_by, closed_reason, outcome)
select gen_random_uuid(), 'possible_duplicate', array[least(one, other), greatest(one, other)],
  array[least(one_patient, other_patient), greatest(one_patient, other_patient)],
  jsonb_build_object('levels', '{levels}', 'barrier', ''), sender, {severity}, 4 + n % 60 / 10.0,
  'possible_duplicate:' || least(one, other) || ':' || greatest(one, other),
  now() - interval '60 days' + n * interval '10 seconds', '', '', ''
from pairs
on conflict do nothing
"""


def pages() -> list[Row]:
    """Rows for the first page of the list, for page 500, and for the pages of items."""
    with scratch_database("identity") as database, TemporaryDirectory() as place:
        from enrs.config.cli.setup import start_django

        start_django("owner")
        from django.db import connections
        from tests.running import Region

        load.fill_database(write_population(Path(place), people=PEOPLE, seed=6))
        count, deep, items = _fill()
        cookie = _officer()
        connections.close_all()
        region = Region(database)
        try:
            region.start("serve")
            return _measure(region.url, cookie, count, deep, items)
        finally:
            region.stop()
            connections.close_all()


def _measure(url: str, cookie: str, count: int, deep: str, items: Sequence[str]) -> list[Row]:
    first = [p95_of(f"{url}{LIST}", cookie) for _ in range(RUNS)]
    far = [p95_of(f"{url}{LIST}?{deep}", cookie) for _ in range(RUNS)]
    one = [p95_of([f"{url}{LIST}{key}/" for key in items], cookie) for _ in range(RUNS)]
    middle = sorted(first)[RUNS // 2]
    name = f"liste de la cellule, {count} lignes ouvertes, {CLIENTS} clients, p95"
    return [
        row(name, first, "ms", aim="<=100", peer=f"page {DEEP}", peer_value=sorted(far)[RUNS // 2]),
        row(f"  la page {DEEP}", far, "ms", aim="<=100", peer="première page", peer_value=middle),
        row("  la page d’une ligne", one, "ms", aim="<=120", peer="première page", peer_value=middle),
    ]  # fmt: skip


def _fill() -> tuple[int, str, list[str]]:
    """The pairs; returns how many wait, the address of page 500 (of the last for a trial), and some items."""
    from django.db import connection

    from enrs.referentials.identity.matching.comparisons import COMPARISONS
    from enrs.referentials.identity.models import IdentitySource, SourceIdentity, WorkItem
    from enrs.referentials.identity.rules.severities import SEVERITIES

    levels = "2" * len(COMPARISONS)
    severity = SEVERITIES["possible_duplicate"]
    # A number, not a column: with a column the join of ranks is no hash join, and half a million rows never end.
    total = SourceIdentity.objects.count()
    with connection.cursor() as cursor:
        cursor.execute(FILL.format(pairs=PAIRS, levels=levels, severity=severity, total=total))
        cursor.execute("vacuum analyze identity_work_item, identity_pair, source_identity")
    for system in (
        SourceIdentity.objects.order_by("system").values_list("system", flat=True).distinct()
    ):
        IdentitySource.objects.create(system=system, name=system.rpartition(":")[2])
    waiting = WorkItem.objects.filter(closed_at=None).order_by("severity", "opened_at", "id")
    count = waiting.count()
    last = waiting[min((DEEP - 1) * PAGE, count // PAGE * PAGE - PAGE) - 1]
    where = {"rang": last.severity, "at": last.opened_at.isoformat(), "after": last.id}
    keys = [str(one) for one in waiting.values_list("id", flat=True)[: ITEMS * 50 : 50]]
    return count, urlencode(where), keys


def _officer() -> str:
    """The key of the session of somebody of the unit."""
    from enrs.core.accounts.models import Position

    officer, cookie = signed_doctor()
    Position.objects.filter(user=officer).update(
        role="identity_officer", label="Cellule d’identité"
    )
    return cookie
