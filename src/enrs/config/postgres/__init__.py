"""The embedded PostgreSQL: finds its programs, keeps one private cluster per project.

Nothing here is used when `DATABASE_URL` names a server, except `database_urls` and `ensure_roles`.
"""

from enrs.config.postgres.binaries import Binaries, find_binaries
from enrs.config.postgres.cluster import Cluster
from enrs.config.postgres.diagnosis import Check, doctor
from enrs.config.postgres.errors import PostgresError
from enrs.config.postgres.layout import Account, Layout, locate
from enrs.config.postgres.roles import ROLES, ensure_roles
from enrs.config.postgres.urls import database_urls, django_database

__all__ = [
    "ROLES",
    "Account",
    "Binaries",
    "Check",
    "Cluster",
    "Layout",
    "PostgresError",
    "database_urls",
    "django_database",
    "doctor",
    "ensure_roles",
    "find_binaries",
    "locate",
]
