"""The matching of identities: its batch pass and its training."""

from pathlib import Path
from typing import Annotated

import typer

from enrs.config.cli.setup import django_as


def match(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Calcule et imprime le bilan sans rien écrire.")
    ] = False,
    model: Annotated[
        Path | None,
        typer.Option(help="Fichier de modèle, à la place du nôtre.", exists=True, dir_okay=False),
    ] = None,
) -> None:
    """Rapproche toutes les identités entre elles : premier chargement, puis chaque nuit.

    Les ressemblances au-dessus du seuil automatique sont liées, les autres vont à la liste de la cellule
    d'identité ; ce qu'une personne a décidé reste.
    """
    with django_as("owner"):
        from enrs.core.access.actor import SYSTEM, acting
        from enrs.referentials.identity.matching.batch import run

        with acting(SYSTEM):
            done = run(model_path=model, writes=not dry_run, tell=typer.echo)
        typer.echo(done.sentence)


def train(
    out: Annotated[Path, typer.Option(help="Fichier où écrire le modèle (son rapport à côté).")],
) -> None:
    """Estime le modèle sur les identités de la région, sans réponses connues."""
    with django_as("owner"):
        from enrs.core.access.actor import SYSTEM, acting
        from enrs.referentials.identity.matching.batch import train_on_region

        with acting(SYSTEM):
            report = train_on_region(out, tell=typer.echo)
        typer.echo(f"Modèle : {out} ; rapport : {report}.")
