"""What every command does first: reach the database, choose its role, start Django."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from enrs.config.postgres import Cluster


def start_database() -> Cluster | None:
    """Start or join the embedded server; None when `DATABASE_URL` names one."""
    if os.environ.get("DATABASE_URL"):
        return None
    cluster = Cluster()
    cluster.start()
    return cluster


def start_django(role: str) -> None:
    """Start Django as one of the database roles (`owner`, `feed`, `app`)."""
    os.environ["ENRS_ROLE"] = role
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "enrs.config.settings")
    import django

    django.setup()


@contextmanager
def django_as(role: str) -> Iterator[None]:
    """A command's time with the database up and Django started; the server is left as it was."""
    cluster = start_database()
    try:
        start_django(role)
        yield
    finally:
        if cluster:
            from django.db import connections

            connections.close_all()
            cluster.stop()
