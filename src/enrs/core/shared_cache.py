"""The cache that the processes share (rate limits, codes, counters), one statement for each value kept.

Django's backend counts the whole table at each value, then reads before it writes, in a savepoint: a sign-in
asks ten of them. What has expired is removed by the upkeep (`config.operations.upkeep`), so nothing that is
still wanted is ever thrown away to make room.
"""

import base64
import pickle
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connection

KEEP = """
insert into django_cache (cache_key, value, expires) values (%s, %s, %s)
on conflict (cache_key) do update set value = excluded.value, expires = excluded.expires
"""
ADD = KEEP + "where django_cache.expires < now()"
TOUCH = "update django_cache set expires = %s where cache_key = %s"
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


class SharedCache(DatabaseCache):
    """Django's, but for how a value is written."""

    def _base_set(
        self, mode: str, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT
    ) -> bool:
        """Whether the value was kept: always, but for `add` of what is there and `touch` of what is not."""
        until = self.get_backend_timeout(timeout)
        expires = NEVER if until is None else datetime.fromtimestamp(until, tz=UTC)
        with connection.cursor() as cursor:
            if mode == "touch":
                cursor.execute(TOUCH, [expires, key])
            else:
                kept = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("ascii")
                cursor.execute(ADD if mode == "add" else KEEP, [key, kept, expires])
            return bool(cursor.rowcount)
