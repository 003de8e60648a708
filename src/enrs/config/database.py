"""Django's connection settings for each of the three database roles."""

from typing import Any

from enrs.config.postgres import database_urls, django_database


def database_settings(role: str) -> dict[str, Any]:
    """Connection settings for `owner`, `feed` or `app`: persistent, with time-outs."""
    entry = django_database(database_urls()[role])
    limits = "" if role == "owner" else "-c lock_timeout=10s -c statement_timeout=60s"
    return entry | {"CONN_MAX_AGE": None, "OPTIONS": entry["OPTIONS"] | {"options": limits}}
