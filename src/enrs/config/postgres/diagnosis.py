"""What `enrs doctor` says of the embedded database."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from enrs.config.postgres.binaries import find_binaries
from enrs.config.postgres.cluster import Cluster
from enrs.config.postgres.errors import PostgresError
from enrs.config.postgres.layout import Layout, locate

SPACE_NEEDED = 2_000_000_000
"""Bytes: the small demo with its journal, twice."""


@dataclass(frozen=True)
class Check:
    """One line of the diagnosis; `detail_fr` says what was found, or what to do."""

    name: str
    ok: bool
    detail_fr: str


def doctor(layout: Layout | None = None) -> list[Check]:
    """Return the checks of the embedded database; changes and starts nothing."""
    layout = layout or locate()
    checks: list[tuple[str, Callable[[Layout], tuple[bool, str]]]] = [
        ("Programmes PostgreSQL", _programs),
        ("Compte du serveur", _account),
        ("Données", _data),
        ("Mots de passe", _passwords),
        ("Espace disque", _space),
        ("Serveur", _server),
    ]
    results = []
    for name, check in checks:
        try:
            ok, detail = check(layout)
        except (PostgresError, OSError) as error:
            ok, detail = False, str(error)
        results.append(Check(name, ok, detail))
    return results


def _programs(layout: Layout) -> tuple[bool, str]:
    binaries = find_binaries(layout.data_version())
    return True, f"PostgreSQL {binaries.release}, {binaries.bin_dir}"


def _account(layout: Layout) -> tuple[bool, str]:
    if layout.account is None:
        return True, "l'utilisateur présent"
    if layout.account.is_fallback:
        return (
            True,
            "nobody, pour la démonstration seulement (apt install postgresql-common crée postgres)",
        )
    return True, layout.account.name


def _data(layout: Layout) -> tuple[bool, str]:
    version = layout.data_version()
    if version is None:
        return True, f"pas encore créées ({layout.data})"
    if layout.data.stat().st_mode & 0o077:
        return False, f"ouvertes à d'autres : chmod 700 {layout.data}"
    return True, f"version {version}, {layout.data}"


def _passwords(layout: Layout) -> tuple[bool, str]:
    path = layout.passwords
    if not path.exists():
        return not layout.data.exists(), f"{path} n'existe pas"
    if path.stat().st_mode & 0o077:
        return False, f"lisibles par d'autres : chmod 600 {path}"
    return True, str(path)


def _space(layout: Layout) -> tuple[bool, str]:
    free = shutil.disk_usage(layout.state).free
    return free >= SPACE_NEEDED, f"{free / 1e9:.1f} Go libres".replace(".", ",")


def _server(layout: Layout) -> tuple[bool, str]:
    cluster = Cluster(layout)
    if not cluster.is_running():
        return True, "arrêté"
    if os.geteuid() != 0 and not os.access(layout.socket_dir, os.X_OK):
        return False, f"{layout.socket_dir} est fermé à cet utilisateur"
    try:
        with psycopg.connect(cluster.dsn("owner"), connect_timeout=5) as connection:
            row = connection.execute(
                "SELECT pg_size_pretty(pg_database_size(current_database()))"
            ).fetchone()
    except psycopg.Error as error:
        return False, f"ne répond pas : {error}"
    return True, f"en marche, base de {row[0] if row else '?'}"
