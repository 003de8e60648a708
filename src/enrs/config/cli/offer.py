"""Commands of the directory of the health offer."""

from typing import Annotated

import typer

from enrs.config.cli.setup import django_as


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
