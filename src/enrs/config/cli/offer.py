"""Commands of the directory of the health offer."""

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from enrs.config.cli.setup import django_as

if TYPE_CHECKING:
    from enrs.referentials.offer.commands import ImportLine


def derive() -> None:
    """Accorde l'offre de ville à l'annuaire."""
    with django_as("owner"):
        from enrs.core.access.actor import SYSTEM, acting
        from enrs.referentials.offer.commands import follow_directory

        with acting(SYSTEM):
            done = follow_directory()
        typer.echo(
            f"Offre de ville : {done.added} ajoutées, {done.changed} modifiées, {done.closed} fermées."
        )


def refresh() -> None:
    """Récrit la recherche après un changement des nomenclatures."""
    with django_as("owner"):
        from enrs.core.effects import act
        from enrs.referentials.offer.commands import refresh_search

        with act():
            typer.echo(f"{refresh_search()} offres relues.")


def regulate(
    finess: Annotated[str, typer.Argument(help="Numéro FINESS du site.")],
    name: Annotated[
        str, typer.Option(help="Nom de l’unité.")
    ] = "Régulation médicale (SAMU, centre 15)",
) -> None:
    """Donne à un site la régulation du centre 15 : l'unité est à publier par son référent."""
    with django_as("owner"):
        from enrs.core.access.actor import SYSTEM, acting
        from enrs.referentials.directory.queries import organisation_by_finess
        from enrs.referentials.offer.commands import create_unit
        from enrs.referentials.offer.rules import REGULATION

        site = organisation_by_finess(finess)
        if site is None:
            typer.echo(f"Aucun site n’a le numéro {finess}.", err=True)
            raise typer.Exit(1)
        with acting(SYSTEM):
            create_unit(site=site, name=name, activity_code=REGULATION)
        typer.echo(f"{site.name} : « {name} » attend que son référent la décrive et la publie.")


def import_ror(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Bundle FHIR ou NDJSON.")
    ],
    report: Annotated[
        Path | None, typer.Option(help="Écrit en CSV ce que chaque offre est devenue.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Essaie tout, ne garde rien.")] = False,
) -> None:
    """Reprend les offres d'un ROR ; rien de ce qui a été écrit ici à la main n'est remplacé."""
    with django_as("owner"):
        from enrs.core.access.actor import SYSTEM, acting
        from enrs.referentials.offer.commands import import_offers
        from enrs.referentials.offer.fhir_import import FileError
        from enrs.referentials.offer.words import IMPORTED

        actor = replace(SYSTEM, name="Reprise du ROR")
        try:
            with acting(actor):
                lines = list(import_offers(file.read_bytes(), dry_run=dry_run))
        except FileError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from error
        counts = Counter(line.outcome for line in lines)
        told = ", ".join(f"{counts[key]} {many}" for key, (_, many) in IMPORTED.items())
        typer.echo(
            f"{'Essai, rien n’est gardé. ' if dry_run else ''}{len(lines)} offres lues : {told}."
        )
        for line in lines:
            if line.remarks:
                outcome = IMPORTED[line.outcome][0]
                typer.echo(f"- {line.value} {line.name} ({outcome}) : {' '.join(line.remarks)}")
        if report is not None:
            _write_report(report, lines)


def _write_report(path: Path, lines: "list[ImportLine]") -> None:
    from enrs.core.spreadsheets import csv_cell
    from enrs.referentials.offer.words import IMPORTED

    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(["Ressource", "Identifiant", "Nom", "Résultat", "Remarques"])
        for one in lines:
            cells = [one.kind, one.value, one.name, IMPORTED[one.outcome][0], " ".join(one.remarks)]
            writer.writerow([csv_cell(cell) for cell in cells])
