"""Django's connection settings for each of the three database roles."""

from typing import Any

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
