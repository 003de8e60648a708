"""What `enrs doctor` says of the service: the same points as `/health/ready`, in words."""

from collections.abc import Callable

from enrs.config.operations.health import Point, points
from enrs.config.postgres import Check

NAMES = {
    "database": "Base de données",
    "migrations": "Schéma",
    "worker": "Travail de fond",
    "inbox": "Messages reçus",
    "outbox": "Événements",
    "seals": "Sceaux du journal",
    "jobs": "Travaux périodiques",
    "replicas": "Répliques",
    "disk": "Disque des données",
    "backup": "Dernière sauvegarde",
}


def service_checks() -> list[Check]:
    """One check for each point of the health; Django must be set up."""
    return [Check(NAMES[one.name], one.is_well, _detail(one)) for one in points()]


def _detail(point: Point) -> str:
    write = WORDS.get(point.name)
    if write:
        return write(point)
    seconds = point.told["seconds"]
    return f"le plus ancien attend depuis {_span(seconds)}" if seconds else "rien n'attend"


def _backup(point: Point) -> str:
    seconds = point.told["seconds"]
    if seconds is None and not point.is_well:
        return "aucune dans le dossier de ENRS_BACKUPS"
    return "aucune d'ici" if seconds is None else f"il y a {_span(seconds)}"


def _worker(point: Point) -> str:
    seconds = point.told["seconds"]
    return "ne s'est jamais annoncé" if seconds is None else f"annoncé il y a {_span(seconds)}"


def _migrations(point: Point) -> str:
    waiting = point.told["pending"]
    return f"{waiting} migrations attendent : enrs upgrade" if waiting else "à jour"


def _replicas(point: Point) -> str:
    count, seconds = point.told["count"], point.told["seconds"]
    return f"{count}, en retard de {_span(seconds)}" if seconds >= 1 else f"{count}, à jour"


WORDS: dict[str, Callable[[Point], str]] = {
    "database": lambda point: "répond" if point.is_well else "ne répond pas",
    "migrations": _migrations,
    "worker": _worker,
    "backup": _backup,
    "replicas": _replicas,
    "disk": lambda point: f"{point.told['free_bytes'] / 1e9:.1f} Go libres".replace(".", ","),
    "jobs": lambda point: ", ".join(point.told["failing"]) or "aucun en échec",
}


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "j"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
