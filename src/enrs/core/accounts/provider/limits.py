"""What holds a request of an application back: its turn, and a measure of failures."""

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

MOST_FAILURES = 300
"""Refused introspections of one application, or from one address, in a minute before they wait for the next."""


def hold_used(value: str) -> None:
    """Wait for whoever uses the same code or refresh token, to the end of their transaction."""
    if value:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 7))", [value])


def hold_in_service(client_id: str) -> None:
    """Keep an application from being retired or changed until the tokens that it is given are there to end."""
    if client_id:
        with connection.cursor() as cursor:
            cursor.execute(
                "select 1 from account_application where client_ptr_id = %s for share", [client_id]
            )


def is_spent(*names: str) -> bool:
    """Whether too much was refused to one of these (an address, an application) in this minute."""
    counts = cache.get_many([_key(one) for one in names])
    return any(one >= MOST_FAILURES for one in counts.values())


def count_failure(name: str) -> None:
    """One more refusal."""
    cache.set(_key(name), cache.get(_key(name), 0) + 1, timeout=60)


def _key(name: str) -> str:
    return f"enrs.introspection:{name}:{timezone.now():%H%M}"
