"""Backups, restores and upgrades, as commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from enrs.config.cli.setup import django_as
from enrs.config.operations.errors import OperationError
from enrs.config.operations.tools import Tell

Passphrase = Annotated[
    Path | None,
    typer.Option(
        help="Fichier de la phrase de passe du trousseau ; sinon ENRS_BACKUP_PASSPHRASE.",
        exists=True,
        dir_okay=False,
    ),
]


@contextmanager
def _telling_faults() -> Iterator[None]:
    """An operation that is refused or fails ends the command with its sentence."""
    from enrs.config.postgres import PostgresError
    from enrs.config.secrets import SecretsError

    try:
        yield
    except (OperationError, PostgresError, SecretsError, OSError) as error:
        typer.echo(f"✗ {error}", err=True)
        raise typer.Exit(1) from error


@contextmanager
def _progress(label: str, total: int | None) -> Iterator[Tell]:
    """A bar that moves with each table, on a terminal; silent elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<46}"), BarColumn(28), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task(label, total=total)
        yield lambda table: progress.update(task, advance=1, description=f"{label} · {table}")


def backup(
    folder: Annotated[
        Path, typer.Argument(help="Dossier à créer, ou dossier qui en reçoit un, daté.")
    ],
    verify: Annotated[
        bool, typer.Option("--verify", help="Vérifie cette sauvegarde sans rien écrire.")
    ] = False,
    keyring: Annotated[
        Path | None,
        typer.Option(help="Dossier, ailleurs, qui reçoit la copie chiffrée du trousseau."),
    ] = None,
    passphrase_file: Passphrase = None,
    keep: Annotated[int, typer.Option(help="Sauvegardes datées à garder ; 0 : toutes.", min=0)] = 0,
) -> None:
    """Sauvegarde la base et les sceaux ; le trousseau à part, ou pas du tout."""
    from enrs.config.operations.backup import keep_only
    from enrs.config.operations.verification import verify_backup

    with _telling_faults():
        if verify:
            with _progress("Lecture", None) as tell:
                manifest = verify_backup(folder, tell=tell)
            typer.echo(
                f"✓ {folder} : {manifest.rows} lignes dans {len(manifest.counts)} tables, "
                f"du {manifest.made_at}, PostgreSQL {manifest.server}."
            )
            return
        with django_as("owner"):
            made = _backup(folder, keyring, passphrase_file)
        for old in keep_only(made.parent, keep) if keep else []:
            typer.echo(f"  retirée : {old}")


def _backup(folder: Path, keyring_folder: Path | None, passphrase_file: Path | None) -> Path:
    """Make a backup with Django started as the owner; returns its folder."""
    from enrs.config.operations import keyring
    from enrs.config.operations.aftermath import note_backup
    from enrs.config.operations.backup import make_backup
    from enrs.config.postgres import database_urls

    passphrase = keyring.read_passphrase(passphrase_file) if keyring_folder else ""
    with _progress("Sauvegarde", None) as tell:
        made, manifest = make_backup(
            folder,
            url=database_urls()["owner"],
            keyring_folder=keyring_folder,
            passphrase=passphrase,
            tell=tell,
        )
    note_backup(folder=made.name, rows=manifest.rows)
    size = sum(one["bytes"] for one in manifest.files.values()) / 1e6
    typer.echo(f"✓ {made} : {manifest.rows} lignes, {size:.1f} Mo.")
    if keyring_folder:
        typer.echo(f"✓ {keyring_folder / f'{made.name}.keyring'} : trousseau, chiffré.")
    else:
        typer.echo(
            "  Le trousseau n'y est pas : sans lui, aucun document ne s'ouvre. "
            "Gardez-en une copie ailleurs (--keyring DOSSIER)."
        )
    return made


def restore(
    folder: Annotated[Path, typer.Argument(help="Sauvegarde.", exists=True, file_okay=False)],
    *,
    keyring: Annotated[
        Path | None,
        typer.Option(help="Copie chiffrée du trousseau de cette sauvegarde.", exists=True),
    ] = None,
    passphrase_file: Passphrase = None,
    without_keyring: Annotated[
        bool, typer.Option("--without-keyring", help="Accepte des documents illisibles.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Remplace le contenu d'une base qui n'est pas vide.")
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Rien n'a tourné depuis la sauvegarde : ce qui attendait de partir partira.",
        ),
    ] = False,
) -> None:
    """Restaure une sauvegarde dans une base vide, et commence une nouvelle époque."""
    from enrs.config.operations.keyring import read_passphrase

    with _telling_faults():
        passphrase = read_passphrase(passphrase_file) if keyring else ""
        _restore(
            folder,
            keyring=keyring,
            passphrase=passphrase,
            without_keyring=without_keyring,
            replace=replace,
            resume=resume,
        )


def _restore(
    folder: Path,
    *,
    keyring: Path | None = None,
    passphrase: str = "",
    without_keyring: bool = False,
    replace: bool = False,
    resume: bool = False,
) -> None:
    from enrs.config.cli.data import make_missing_roles
    from enrs.config.operations.restore import check_backup, restore_database
    from enrs.config.postgres import database_urls

    manifest = check_backup(
        folder, copy=keyring, passphrase=passphrase, without_keyring=without_keyring
    )
    make_missing_roles()
    with django_as("owner"):
        from enrs.config.operations import aftermath

        aftermath.refuse_newer(manifest.migrations)
        with _progress("Restauration", len(manifest.counts)) as tell:
            restore_database(
                folder, manifest, url=database_urls()["owner"], replace=replace, tell=tell
            )
        aftermath.bring_up()
        held = aftermath.settle_restored(made_at=manifest.made_at, resume=resume)
        aftermath.open_to_parts()
    typer.echo(f"✓ {manifest.rows} lignes, celles du manifeste ; nouvelle époque.")
    if not resume:
        typer.echo(
            "  Sessions et jetons sont fermés : chacun se connecte de nouveau, et les jetons des "
            "programmes se délivrent de nouveau (enrs token)."
        )
    if held:
        typer.echo(
            f"  {held} envois attendaient ; ils sont peut-être partis depuis la sauvegarde : à "
            "renvoyer ou à annuler dans Notifications."
        )


def upgrade(
    backups: Annotated[
        Path, typer.Option(help="Dossier qui reçoit la sauvegarde d'avant la mise à jour.")
    ],
    keyring: Annotated[
        Path | None, typer.Option(help="Dossier, ailleurs, de la copie chiffrée du trousseau.")
    ] = None,
    passphrase_file: Passphrase = None,
    from_url: Annotated[
        str,
        typer.Option(
            envvar="ENRS_OLD_DATABASE_URL",
            help="Ancien serveur (URL du propriétaire), quand DATABASE_URL en nomme un nouveau.",
        ),
    ] = "",
    server: Annotated[
        bool,
        typer.Option("--server", help="Passe la base embarquée à la version la plus récente."),
    ] = False,
) -> None:
    """Sauvegarde, puis met la base au dernier schéma ; ou la mène à un serveur plus récent."""
    from enrs.config.operations import upgrade as upgrading
    from enrs.config.operations.keyring import read_passphrase

    with _telling_faults():
        passphrase = read_passphrase(passphrase_file) if keyring else ""
        if server or from_url:
            with _progress("Sauvegarde de l'ancien serveur", None) as tell:
                moving = upgrading.moved(
                    backups, from_url, tell=tell, keyring_folder=keyring, passphrase=passphrase
                )
                with moving as made:
                    typer.echo(f"✓ {made} : sauvegarde de l'ancien serveur.")
                    _restore(made, resume=True)
            return
        with django_as("owner"):
            from enrs.config.operations import aftermath

            waiting = aftermath.pending_migrations()
            _backup(backups, keyring, passphrase_file)
            aftermath.migrate()
        typer.echo(f"✓ Schéma à jour : {waiting} migrations appliquées.")
