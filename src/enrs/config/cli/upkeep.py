"""Removing technical data that have had their time."""

from typing import TYPE_CHECKING, Annotated

import typer

from enrs.config.cli.setup import django_as

if TYPE_CHECKING:
    from enrs.config.operations.prune import Line


def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Liste sans rien retirer.")] = False,
    only: Annotated[
        str, typer.Option(help="Une sorte, ou son début : operations, rights.copies_over…")
    ] = "",
) -> None:
    """Retire les données techniques dont le temps est passé, jamais un fait clinique."""
    with django_as("owner"):
        from enrs.config.operations import prune as pruning

        lines = pruning.listed(only)
        if not lines:
            typer.echo(f"✗ Aucune sorte de données ne commence par « {only} ».", err=True)
            raise typer.Exit(1)
        _table(lines)
        if dry_run:
            return
        done = pruning.prune(lines)
    for one in done:
        mark = "✗" if one.fault else "✓"
        typer.echo(
            f"{mark} {one.kind.label} : {one.removed} retirés{one.fault and f', puis {one.fault}'}."
        )
    if not done:
        typer.echo("✓ Rien à retirer.")
    raise typer.Exit(1 if any(one.fault for one in done) else 0)


def _table(lines: "list[Line]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Sorte", "Quoi", "Gardé", box=None, pad_edge=False)
    for title in ("Passés", "Taille"):
        table.add_column(title, justify="right")
    for kind, past in lines:
        table.add_row(kind.name, kind.label, kind.kept, str(past.items), _size(past.bytes))
    Console(width=120).print(table)


def _size(count: int) -> str:
    for unit, size in (("Go", 1e9), ("Mo", 1e6), ("ko", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}".replace(".", ",")
    return f"{count} o"
