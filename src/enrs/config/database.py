"""Django's connection settings for each of the three database roles."""

from datetime import UTC, datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.psycopg_any import BaseTzLoader
from psycopg.abc import Buffer

from enrs.config.postgres import database_urls, django_database


def database_settings(role: str) -> dict[str, Any]:
    """Connection settings for `owner`, `feed` or `app`: persistent, with time-outs.

    The feed repeats few statements for thousands of messages: the server prepares them. On pages it
    prepares only what asks for it (the FHIR calls): Django binds the rest in the client.
    """
    entry = django_database(database_urls()[role])
    limits = "" if role == "owner" else "-c lock_timeout=10s -c statement_timeout=60s"
    options = entry["OPTIONS"] | {"options": limits, "prepare_threshold": 2}
    if role == "feed":
        options |= {"server_side_binding": True}
    return entry | {"CONN_MAX_AGE": None, "OPTIONS": options}


class MomentLoader(BaseTzLoader):
    """Moments as Python's own parser reads them: Django's reads each with expressions, six times dearer.

    What is beyond Python's years (`infinity`, 10 000 and after, before Christ) goes the old way.
    """

    timezone = UTC

    def __init__(self, oid: int, context: Any = None) -> None:
        self._given = oid, context

    def load(self, data: Buffer) -> datetime | None:
        """One moment, in UTC as the session is."""
        text = bytes(data).decode()
        if text.endswith("+00"):
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                pass
        return SlowMomentLoader(*self._given).load(data)


class SlowMomentLoader(BaseTzLoader):
    """Django's own, in UTC."""

    timezone = UTC


def read_moments_fast(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Receiver of `connection_created`."""
    if connection.timezone == UTC:
        connection.connection.adapters.register_loader("timestamptz", MomentLoader)
