"""The command `enrs`: runs the parts of the program, loads data, verifies."""

import os
from pathlib import Path
from typing import Annotated

import typer

from enrs.config.cli import accounts, data, identity, offer, operations, parts, upkeep

app = typer.Typer(
    name="enrs",
    help="L'espace numérique régional de santé : lance, charge et vérifie.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(parts.demo)
app.command("serve")(parts.serve)
app.command("live")(parts.live)
app.command("worker")(parts.worker)
app.command("gateway")(parts.gateway)
app.command("simulate", hidden=True)(parts.simulate)
app.command("stand-in", hidden=True)(parts.stand_in)
app.command("third-party", hidden=True)(parts.third_party)
app.command("migrate")(data.migrate)
app.command("load")(data.load)
app.command("token")(data.token)
app.command("backup")(operations.backup)
app.command("restore")(operations.restore)
app.command("upgrade")(operations.upgrade)
app.command("prune")(upkeep.prune)
app.command("doctor")(data.doctor)
app.command("bench")(data.bench)

account = typer.Typer(help="Les premiers comptes d'une région.", no_args_is_help=True)
account.command("open")(accounts.open_account)
account.command("close")(accounts.close_account)
app.add_typer(account, name="account")

audit = typer.Typer(help="Le journal scellé.", no_args_is_help=True)
audit.command("verify")(data.audit_verify)
app.add_typer(audit, name="audit")

fhir = typer.Typer(help="Les ressources publiées.", no_args_is_help=True)
fhir.command("rebuild")(data.fhir_rebuild)
app.add_typer(fhir, name="fhir")

offers = typer.Typer(help="L'annuaire de l'offre de soins.", no_args_is_help=True)
offers.command("derive")(offer.derive)
offers.command("refresh")(offer.refresh)
offers.command("regulate")(offer.regulate)
offers.command("import")(offer.import_ror)
app.add_typer(offers, name="offer")

identities = typer.Typer(help="Le rapprochement des identités.", no_args_is_help=True)
identities.command("match")(identity.match)
identities.command("train")(identity.train)
app.add_typer(identities, name="identity")


@app.callback()
def settings(
    region: Annotated[
        Path | None, typer.Option(help="Fichier de la région, à la place du nôtre.")
    ] = None,
) -> None:
    """Options communes."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "enrs.config.settings")
    if region:
        os.environ["ENRS_REGION"] = str(region)


def main() -> None:
    """The entry point of the command."""
    app()
