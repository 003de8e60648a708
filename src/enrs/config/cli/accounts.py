"""Opening and closing accounts from the command line: a region's own team, its first referents."""

from typing import Annotated

import typer

from enrs.config.cli.setup import django_as


def open_account(  # noqa: PLR0917  options of a command line
    login: Annotated[str, typer.Argument(help="Identifiant, en minuscules.")],
    name: Annotated[str, typer.Option(help="Nom de la personne (équipe régionale).")] = "",
    role: Annotated[str, typer.Option(help="operator ou auditor (équipe régionale).")] = "operator",
    email: Annotated[str, typer.Option(help="Adresse électronique.")] = "",
    number: Annotated[str, typer.Option(help="Numéro RPPS ou ADELI d'un professionnel.")] = "",
    referent: Annotated[
        str, typer.Option(help="FINESS de la structure dont ce professionnel est référent.")
    ] = "",
) -> None:
    """Ouvre un compte et imprime son premier mot de passe, une seule fois.

    Sans numéro, c'est un compte de l'équipe régionale ; avec un numéro, celui d'un professionnel de
    l'annuaire, avec ses lieux. Le second facteur s'active à la première connexion. Un exploitant n'a aucun
    droit permanent : il ouvre une session, avec un motif, pour agir.
    """
    if referent and not number:
        typer.echo("Un référent est un professionnel : donnez aussi son --number.", err=True)
        raise typer.Exit(1)
    with django_as("owner"):
        from enrs.core.access.actor import SYSTEM, acting
        from enrs.services.portal.commands import OpeningError, open_first_account

        try:
            with acting(SYSTEM):
                password = open_first_account(
                    login=login, name=name, role=role, email=email, number=number, finess=referent
                )
        except OpeningError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from error
        typer.echo(password)


def close_account(
    login: Annotated[str, typer.Argument(help="Identifiant du compte.")],
    reason: Annotated[str, typer.Option(help="Motif, gardé au journal.")] = "",
) -> None:
    """Ferme un compte et toutes ses sessions, tout de suite."""
    with django_as("owner"):
        from enrs.core.access.actor import SYSTEM, acting
        from enrs.core.accounts.models import User
        from enrs.services.portal.commands import close_account as close

        user = User.objects.filter(login=login.lower(), is_active=True).first()
        if user is None:
            typer.echo(f"Aucun compte ouvert « {login} ».", err=True)
            raise typer.Exit(1)
        with acting(SYSTEM):
            close(user_id=user.id, reason=reason)
        typer.echo(f"Le compte de {user.name} est fermé.")
