"""What the installation keeps for a time: messages received, events told, bytes without a row, files."""

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from enrs.config.operations import orphans
from enrs.config.state import state_folder
from enrs.core.events.subscribers import names as subscriber_names
from enrs.core.jobs.models import PeriodicJob
from enrs.core.jobs.registry import declared
from enrs.core.jobs.upkeep import Past, Upkeep, keep_up, past_rows, remove_rows

INBOX_DAYS = 180
"""A message that was applied is in the record and in the journal; half a year serves to explain one."""

EVENT_DAYS = 90
EVENTS = 5_000
"""Events that one round looks at."""

JOB_DAYS = 30
DEPOSIT_DAYS = 90
HOUR = 60
DAY = 24 * HOUR
"""Minutes, between two rounds."""

DAY_SECONDS = 86_400

PAST_CACHE = """
select count(*), coalesce(sum(pg_column_size(c.*)), 0) from django_cache c where expires < %s
"""
REMOVE_CACHE = """
delete from django_cache where cache_key in
  (select cache_key from django_cache where expires < %s order by cache_key limit 1000)
"""


def _one(statement: str, *values: Any) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return tuple(int(one) for one in cursor.fetchone())


def _past_inbox() -> Past:
    counted = "select coalesce(sum(messages), 0), coalesce(sum(bytes), 0) from inbox_days_past(%s)"
    return Past(*_one(counted, INBOX_DAYS))


def _remove_inbox() -> int:
    return _one("select prune_inbox(%s)", INBOX_DAYS)[0]


def _readers() -> list[str]:
    return ["live", *subscriber_names()]


def _past_events() -> Past:
    weighed = """
    select count(*), coalesce(sum(pg_column_size(e.*)), 0)
    from event e join events_past(%s, %s, 2147483647) p on p = e.id
    """
    return Past(*_one(weighed, EVENT_DAYS, _readers()))


def _remove_events() -> int:
    return _one("select prune_events(%s, %s, %s)", EVENT_DAYS, _readers(), EVENTS)[0]


def _past_cache() -> Past:
    return Past(*_one(PAST_CACHE, timezone.now()))


def _remove_cache() -> int:
    with connection.cursor() as cursor:
        cursor.execute(REMOVE_CACHE, [timezone.now()])
        return cursor.rowcount


def _forgotten_jobs() -> QuerySet[PeriodicJob]:
    before = timezone.now() - timedelta(days=JOB_DAYS)
    known = [one.name for one in declared()]
    return PeriodicJob.objects.exclude(name__in=known).filter(due_at__lt=before)


def _stopped_meters() -> Iterator[Path]:
    """Folders of numbers of services that stopped a day ago or more: none of their processes lives."""
    for folder in (state_folder() / "metrics").glob("*"):
        files = list(folder.glob("*.meter"))
        last = max((one.stat().st_mtime for one in [*files, folder]), default=0)
        if last < time.time() - DAY_SECONDS and not any(map(_lives, files)):
            yield folder


def _lives(meter: Path) -> bool:
    return meter.stem.isdigit() and Path(f"/proc/{meter.stem}").exists()


def _past_meters() -> Past:
    files = [one for folder in _stopped_meters() for one in folder.glob("*")]
    return Past(len(files), sum(one.stat().st_size for one in files))


def _remove_meters() -> int:
    folders = list(_stopped_meters())
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return len(folders)


def _old_deposits() -> list[Path]:
    """National files that were loaded or refused long ago: who publishes them has them still."""
    before = time.time() - DEPOSIT_DAYS * DAY_SECONDS
    files = [
        one for name in ("faits", "refuses") for one in (settings.DIRECTORY_FOLDER / name).glob("*")
    ]
    return [one for one in files if one.is_file() and one.stat().st_mtime < before]


def _past_deposits() -> Past:
    files = _old_deposits()
    return Past(len(files), sum(one.stat().st_size for one in files))


def _remove_deposits() -> int:
    files = _old_deposits()
    for one in files:
        one.unlink(missing_ok=True)
    return len(files)


keep_up(
    Upkeep(
        "operations.deposits",
        "Fichiers nationaux chargés ou refusés",
        f"{DEPOSIT_DAYS} jours",
        _past_deposits,
        _remove_deposits,
    ),
    minutes=DAY,
)
keep_up(
    Upkeep(
        "operations.inbox",
        "Messages reçus, appliqués ou refusés",
        f"{INBOX_DAYS} jours, par jours entiers",
        _past_inbox,
        _remove_inbox,
    ),
    minutes=DAY,
)
keep_up(
    Upkeep(
        "operations.events",
        "Événements que chacun a lus",
        f"{EVENT_DAYS} jours",
        _past_events,
        _remove_events,
    ),
    minutes=HOUR,
)
keep_up(
    Upkeep(
        "operations.blobs",
        "Fichiers que plus rien ne désigne",
        "1 jour",
        orphans.weigh,
        orphans.remove,
        goes_on=orphans.goes_on,
    ),
    minutes=7 * DAY,
)
keep_up(
    Upkeep(
        "operations.cache",
        "Cache périmé",
        "jusqu’à son heure",
        _past_cache,
        _remove_cache,
        is_quiet=True,
    ),
    minutes=HOUR,
)
keep_up(
    Upkeep(
        "operations.jobs",
        "Travaux que le programme n’a plus",
        f"{JOB_DAYS} jours",
        lambda: past_rows(_forgotten_jobs()),
        lambda: remove_rows(_forgotten_jobs(), EVENTS),
    ),
    minutes=DAY,
)
keep_up(
    Upkeep(
        "operations.meters",
        "Mesures des services arrêtés",
        "1 jour",
        _past_meters,
        _remove_meters,
    ),
    minutes=DAY,
)
