"""Commands that load, issue, verify and measure."""

import importlib
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from enrs.config import secrets
from enrs.config.cli.setup import django_as, start_database, start_django
from enrs.config.postgres import ROLES, ensure_roles
from enrs.config.state import project_root


def migrate() -> None:
    """Met la base au dernier schéma."""
    make_missing_roles()
    with django_as("owner"):
        from django.core.management import call_command

        # The cache's table first: the migration's end gives the rights on every table.
        call_command("migrate", verbosity=1)
        from enrs.config.nomenclatures import load_own

        load_own()


def make_missing_roles() -> None:
    """On a server of one's own, create the roles that nobody made; their owner needs CREATEROLE."""
    owner = os.environ.get("DATABASE_URL")
    if not owner:
        return
    with psycopg.connect(owner, autocommit=True) as connection:
        known = {row[0] for row in connection.execute("select rolname from pg_roles")}
        passwords = secrets.load().database_passwords
        missing = {use: passwords[use] for use in ("app", "feed") if ROLES[use] not in known}
        try:
            ensure_roles(connection, missing)
        except psycopg.errors.InsufficientPrivilege as error:
            names = ", ".join(ROLES[use] for use in missing)
            typer.echo(f"Ce compte ne peut pas créer les rôles {names} : créez-les.", err=True)
            raise typer.Exit(1) from error


def load(
    kind: Annotated[
        str,
        typer.Argument(
            help="rpps, skills, diplomas, mailboxes, finess, sirene, terminology, geography, "
            "cantons, contours ou territories."
        ),
    ],
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Fichier public, dans son format d'origine ; un dossier pour terminology, geography et "
            "cantons (sans lui, geography prend les fichiers installés).",
            exists=True,
        ),
    ] = None,
    partial: Annotated[
        bool, typer.Option(help="Extrait : ne ferme pas ce qui n'y est pas.")
    ] = False,
    test_numbers: Annotated[bool, typer.Option(help="Accepte les numéros RPPS de test.")] = False,
    closes_many: Annotated[
        bool,
        typer.Option(help="Croit une nomenclature qui perd plus de la moitié de ses codes."),
    ] = False,
) -> None:
    """Charge un fichier national de l'annuaire, des nomenclatures ou de la géographie."""
    if file is None and kind != "geography":
        raise typer.BadParameter("Indiquez le fichier.")
    with django_as("owner"):
        from enrs.config import places
        from enrs.config.loading import LoadError, load_directory_file
        from enrs.config.nomenclatures import load_nomenclatures

        try:
            if kind == "geography" or file is None:
                report = places.load_places(file)
            elif kind == "cantons":
                report = places.load_cantons_files(file)
            elif kind == "contours":
                report = places.load_contours_file(file)
            elif kind == "territories":
                report = places.load_territories_file(file)
            elif kind == "terminology":
                report = load_nomenclatures(file, closes_many=closes_many)
            else:
                report = load_directory_file(
                    kind, file, is_complete=not partial, test_numbers=test_numbers
                )
        except LoadError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from error
        typer.echo(report)


def token(
    login: Annotated[str, typer.Argument(help="Identifiant du compte.")],
    scope: Annotated[
        str, typer.Option(help="Portées SMART, séparées par des espaces.")
    ] = "user/*.rs",
    days: Annotated[int, typer.Option(help="Durée de validité en jours.")] = 30,
) -> None:
    """Délivre un jeton d'accès FHIR pour un compte."""
    with django_as("owner"):
        from enrs.core.accounts.commands import UnknownAccountError, issue_token

        try:
            value = issue_token(login=login, scopes=scope.split(), lifetime=timedelta(days=days))
        except UnknownAccountError as error:
            typer.echo(f"Aucun compte « {login} ».", err=True)
            raise typer.Exit(1) from error
        typer.echo(value)


def audit_verify() -> None:
    """Vérifie le journal ligne à ligne et sceau à sceau."""
    with django_as("owner"):
        from enrs.core.audit.verification import verify

        outcome = verify()
        typer.echo(outcome.sentence)
        raise typer.Exit(0 if outcome.is_intact else 1)


def fhir_rebuild(
    check: Annotated[bool, typer.Option("--check", help="Compare sans rien écrire.")] = False,
) -> None:
    """Compare les ressources publiées aux données, ou les publie de nouveau."""
    with django_as("owner"):
        from enrs.config.rebuild import rebuild

        outcome = rebuild(check=check)
        typer.echo(outcome.sentence)
        raise typer.Exit(0 if outcome.is_same or not check else 1)


def doctor() -> None:
    """Dit l'état de l'installation, point par point."""
    from enrs.config.postgres import Cluster
    from enrs.config.postgres import doctor as examine

    is_named = bool(os.environ.get("DATABASE_URL"))
    checks = [] if is_named else examine()
    if is_named or Cluster().is_running():
        start_django("app")
        from enrs.config.operations.diagnosis import service_checks

        checks += service_checks()
    for one in checks:
        typer.echo(f"  {'✓' if one.ok else '✗'} {one.name} : {one.detail_fr}")
    raise typer.Exit(0 if all(one.ok for one in checks) else 1)


def bench(
    name: Annotated[
        str, typer.Argument(help="Nom de la mesure : un module de benchmarks/, comme record.")
    ],
    json: Annotated[Path | None, typer.Option(help="Fichier où écrire les lignes.")] = None,
    only: Annotated[
        str,
        typer.Option(help="Les parties voulues d'une mesure qui en a, séparées par des virgules."),
    ] = "",
) -> None:
    """Mesure, dans sa propre base, et imprime un tableau."""
    folder = project_root() / "benchmarks"
    known = sorted(
        one.parent.name if one.name == "__init__.py" else one.stem
        for one in [*folder.glob("*.py"), *folder.glob("*/__init__.py")]
        if "\ndef main(" in one.read_text(encoding="utf-8")
    )
    if name not in known:
        typer.echo(f"« {name} » n’est pas une mesure. Les mesures : {', '.join(known)}.", err=True)
        raise typer.Exit(2)
    start_database()
    sys.path.insert(0, str(project_root()))
    module = importlib.import_module(f"benchmarks.{name}")
    parts = [part.strip() for part in only.split(",") if part.strip()]
    if not parts:
        module.main(json)
        return
    unknown = set(parts) - set(getattr(module, "PARTS", ()))
    if unknown:
        typer.echo(f"{name} n’a pas de partie {', '.join(sorted(unknown))}.", err=True)
        raise typer.Exit(2)
    module.main(json, only=parts)
