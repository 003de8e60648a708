"""The cache that the processes share (rate limits, codes, counters), by one prepared statement for each value.

Django's backend counts the whole table at each value, then reads before it writes, in a savepoint: a sign-in
asks twenty of them. What has expired is removed by the upkeep (`config.operations.upkeep`), so nothing that is
still wanted is ever thrown away to make room.
"""

import base64
import pickle
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from enrs.core.prepared import execute, fetch_all

GET = "select value from django_cache where cache_key = %s and expires > statement_timestamp()"
SET = """
insert into django_cache (cache_key, value, expires) values (%s, %s, %s)
on conflict (cache_key) do update set value = excluded.value, expires = excluded.expires
"""
ADD = """
insert into django_cache (cache_key, value, expires) select %s, %s, %s
where not exists (select from django_cache where cache_key = %s and expires > statement_timestamp())
on conflict (cache_key) do update set value = excluded.value, expires = excluded.expires
    where django_cache.expires <= statement_timestamp()
returning true
"""
"""What stands is looked at first: a conflict locks the row of who holds it, to the end of the transaction."""
TOUCH = """
update django_cache set expires = %s where cache_key = %s and expires > statement_timestamp() returning true
"""
DELETE = "delete from django_cache where cache_key = %s returning true"
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


LONGEST = 250
"""Characters of a key as it is told; of a longer one the table keeps the hash."""


class SharedCache(BaseCache):
    """Django's cache over the table `django_cache`, in the transaction of who asks."""

    def __init__(self, _: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        rows = fetch_all(GET, [self.make_and_validate_key(key, version=version)])
        return pickle.loads(base64.b64decode(rows[0][0])) if rows else default  # noqa: S301  our own

    def set(
        self,
        key: Any,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        execute(SET, self._row(key, value, timeout, version))

    def add(
        self,
        key: Any,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        row = self._row(key, value, timeout, version)
        return bool(fetch_all(ADD, [*row, row[0]]))

    def touch(
        self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        own = self.make_and_validate_key(key, version=version)
        return bool(fetch_all(TOUCH, [self._until(timeout), own]))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(fetch_all(DELETE, [self.make_and_validate_key(key, version=version)]))

    def make_and_validate_key(self, key: Any, version: int | None = None) -> str:
        made: str = self.make_key(key, version=version)
        if len(made) > LONGEST:
            made = sha256(made.encode()).hexdigest()
        return made

    def clear(self) -> None:
        execute("delete from django_cache", [])

    def _row(self, key: Any, value: Any, timeout: float | None, version: int | None) -> list[Any]:
        kept = base64.b64encode(pickle.dumps(value, pickle.HIGHEST_PROTOCOL)).decode("ascii")
        return [self.make_and_validate_key(key, version=version), kept, self._until(timeout)]

    def _until(self, timeout: float | None) -> datetime:
        until = self.get_backend_timeout(timeout)
        return NEVER if until is None else datetime.fromtimestamp(until, tz=UTC)
