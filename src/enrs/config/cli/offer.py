"""Commands of the directory of the health offer."""

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
