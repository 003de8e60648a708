"""Which database the program talks to: the one `DATABASE_URL` names, else the embedded one."""

import os
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from psycopg.conninfo import conninfo_to_dict

from enrs.config import secrets
from enrs.config.postgres.cluster import Cluster
from enrs.config.postgres.roles import ROLES

USES = ("owner", "app", "feed")


def database_urls() -> dict[str, str]:
    """Return the connection URLs of `owner`, `app` and `feed`; starts nothing.

    `DATABASE_URL` names the owner's; `DATABASE_URL_APP` and `DATABASE_URL_FEED` the others', which
    are otherwise the same server and database under `enrs_app` and `enrs_feed`, with the passwords
    of the secrets file (`ensure_roles` creates them). Without `DATABASE_URL`: the embedded cluster.
    """
    owner = os.environ.get("DATABASE_URL")
    if not owner:
        cluster = Cluster()
        return {use: cluster.dsn(use) for use in USES}
    urls = {"owner": owner}
    for use in ("app", "feed"):
        named = os.environ.get(f"DATABASE_URL_{use.upper()}")
        urls[use] = named or _as_role(owner, ROLES[use], secrets.load().database_passwords[use])
    return urls


def django_database(url: str) -> dict[str, Any]:
    """Return the entry of Django's `DATABASES` that stands for the connection `url`."""
    parts = conninfo_to_dict(url)
    names = {
        "dbname": "NAME",
        "user": "USER",
        "password": "PASSWORD",
        "host": "HOST",
        "port": "PORT",
    }
    entry = {setting: str(parts.pop(part, "")) for part, setting in names.items()}
    return {"ENGINE": "django.db.backends.postgresql", **entry, "OPTIONS": dict(parts)}


def _as_role(url: str, role: str, password: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{host}"))
