"""The parts of the program, alone or all together on a seeded region."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from enrs.config.cli.setup import start_database, start_django
from enrs.config.mode import running_mode
from enrs.config.operations.meters import renew_folder
from enrs.config.state import state_folder
from enrs.config.supervisor import Part, listens, supervise

LOOPBACK = "127.0.0.1"
STOP_SECONDS = "5"
"""What a stop leaves to requests that run; without it a worker that hangs would hang the stop."""
Host = Annotated[str, typer.Option(help="Adresse d'écoute.")]


def serve(
    port: Annotated[int, typer.Option(help="Port des pages et de FHIR.")] = 8000,
    host: Host = LOOPBACK,
    workers: Annotated[int, typer.Option(help="Processus.")] = 2,
    threads: Annotated[int, typer.Option(help="Fils par processus.")] = 4,
) -> None:
    """Sert les pages et FHIR."""
    if running_mode() == "demo" and host not in ("127.0.0.1", "localhost", "::1"):
        typer.echo(
            "Une démonstration ne sert que cette machine : ENRS_MODE=production pour les autres.",
            err=True,
        )
        raise typer.Exit(1)
    start_database()
    os.environ["ENRS_ROLE"] = "app"
    os.environ.setdefault("ENRS_URL", f"http://localhost:{port}")
    renew_folder(port)
    argv = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", str(workers), "--blocking-threads", str(threads), "--no-ws", "--log-level", "warning",
        "--workers-kill-timeout", STOP_SECONDS, "enrs.config.wsgi:application",
    ]  # fmt: skip
    os.execv(sys.executable, argv)  # noqa: S606


def live(
    port: Annotated[int, typer.Option(help="Port des flux des pages ouvertes.")] = 8001,
    host: Host = LOOPBACK,
) -> None:
    """Tient à jour les pages ouvertes."""
    start_database()
    argv = [
        sys.executable, "-m", "granian", "--interface", "asgi", "--host", host, "--port", str(port),
        "--workers", "1", "--no-ws", "--log-level", "warning",
        "--workers-kill-timeout", STOP_SECONDS, "enrs.config.live:application",
    ]  # fmt: skip
    os.execv(sys.executable, argv)  # noqa: S606


def gateway(
    port: Annotated[int, typer.Option(help="Port MLLP.")] = 2575,
    host: Host = LOOPBACK,
    certificate: Annotated[Path | None, typer.Option(help="Certificat TLS (PEM).")] = None,
    key: Annotated[Path | None, typer.Option(help="Clé privée du certificat (PEM).")] = None,
    without_tls: Annotated[
        bool,
        typer.Option(
            "--without-tls", help="Écoute en clair, en production aussi : pour un réseau privé."
        ),
    ] = False,
) -> None:
    """Reçoit les messages HL7 par MLLP."""
    start_database()
    start_django("feed")
    from enrs.interop.gateway import server

    try:
        server.main(host, port, certificate, key, without_tls=without_tls)
    except server.ExposedPortError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def worker() -> None:
    """Applique les messages reçus, relaie les événements, scelle le journal."""
    start_database()
    start_django("feed")
    from enrs.config import work

    work.main()


def simulate(
    port: Annotated[int, typer.Option(help="Port MLLP de la région.")] = 2575,
    every: Annotated[float, typer.Option(help="Secondes entre deux messages.")] = 8.0,
) -> None:
    """Envoie sans fin les messages d'un hôpital inventé."""
    start_database()
    start_django("owner")
    from enrs.config.demo import simulator

    simulator.main(port=port, every=every)


def stand_in(
    port: Annotated[int, typer.Option(help="Port du fournisseur d'identité.")] = 8003,
) -> None:
    """Tient lieu de Pro Santé Connect, de FranceConnect et du DMP, pour une démonstration."""
    if running_mode() == "production":
        typer.echo("Pas de fournisseur d'identité de démonstration en production.", err=True)
        raise typer.Exit(1)
    start_database()
    start_django("feed")
    from django.conf import settings

    from enrs.config.demo.stand_in import citizens, identity_provider, national_record, people
    from enrs.config.federation import STAND_IN

    base = f"http://localhost:{port}"
    provider = identity_provider.Provider(
        base, people.demo_people(), STAND_IN["client_id"], STAND_IN["secret"],
        logout_url=f"{settings.PUBLIC_URL.rstrip('/')}/compte/par/psc/deconnexion/",
    )  # fmt: skip
    persons = citizens.Citizens(
        f"{base}{citizens.PATH}",
        people.demo_citizens(),
        STAND_IN["client_id"],
        STAND_IN["secret"],
    )
    repository = national_record.Repository(
        kept=state_folder() / "dmp-demonstration.json", origin=_database_name()
    )
    national_record.serve(
        repository, LOOPBACK, port, provider=provider, citizens=persons
    ).serve_forever()


def _database_name() -> str:
    """What tells this database from any other, made anew or not."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "select s.system_identifier::text || '/' || d.oid from pg_control_system() s,"
            " pg_database d where d.datname = current_database()"
        )
        return str(cursor.fetchone()[0])


def third_party(
    port: Annotated[int, typer.Option(help="Port de l'application.")] = 8004,
) -> None:
    """Tient lieu d'application tierce, pour une démonstration."""
    if running_mode() == "production":
        typer.echo("Pas d'application de démonstration en production.", err=True)
        raise typer.Exit(1)
    start_database()
    start_django("owner")
    from django.conf import settings

    from enrs.config.demo.stand_in import application

    base = f"http://localhost:{port}"
    library = application.Library(
        base, settings.PUBLIC_URL.rstrip("/"), *application.registered(base)
    )
    application.serve(library, LOOPBACK, port).serve_forever()


def demo(
    size: Annotated[str, typer.Option(help="small ou region.")] = "small",
    port: Annotated[int, typer.Option(help="Port des pages ; les autres suivent.")] = 8000,
    info: Annotated[
        Path | None, typer.Option(help="Fichier JSON écrit quand tout est prêt.")
    ] = None,
    quiet: Annotated[bool, typer.Option(help="L'hôpital simulé n'envoie rien.")] = False,
) -> None:
    """Lance une région de démonstration complète."""
    began = time.monotonic()
    os.environ["ENRS_MODE"] = "demo"
    if os.environ.get("DATABASE_URL"):
        typer.echo(
            "La démonstration ne travaille que sur sa propre base : retirez DATABASE_URL.", err=True
        )
        raise typer.Exit(1)
    cluster = start_database()
    mllp = port + 2 if port != 8000 else 2575
    os.environ |= {
        "ENRS_URL": f"http://localhost:{port}",
        "ENRS_LIVE_URL": f"http://localhost:{port + 1}",
        "ENRS_STAND_IN_URL": f"http://localhost:{port + 3}",
    }
    accounts = _prepare(size)
    code = supervise(
        _demo_parts(port, mllp, quiet=quiet),
        logs=state_folder() / "logs",
        info_file=info,
        info={
            "url": f"http://localhost:{port}",
            "fhir": f"http://localhost:{port}/fhir/R4",
            "mllp": {"host": LOOPBACK, "port": mllp},
            "accounts": accounts,
        },
        on_ready=lambda: _welcome(port, accounts, time.monotonic() - began),
    )
    if cluster:
        cluster.stop()
    raise typer.Exit(code)


def _prepare(size: str) -> list[dict[str, str]]:
    """Migrate and seed in a process of its own, so that the supervisor stays small."""
    import subprocess

    program = [sys.executable, "-m", "enrs.config.demo.seed", size]
    done = subprocess.run(program, check=False, env=os.environ | {"ENRS_ROLE": "owner"})  # noqa: S603
    if done.returncode:
        raise typer.Exit(done.returncode)
    from enrs.config.demo.accounts import ACCOUNTS

    return [dict(one) for one in ACCOUNTS]


def _demo_parts(port: int, mllp: int, *, quiet: bool) -> list[Part]:
    enrs = [sys.executable, "-m", "enrs.config"]
    parts = [
        Part("pages", [*enrs, "serve", "--port", str(port)], ready=listens(LOOPBACK, port)),
        Part("direct", [*enrs, "live", "--port", str(port + 1)], ready=listens(LOOPBACK, port + 1)),
        Part("travail", [*enrs, "worker"]),
        Part("identite", [*enrs, "stand-in", "--port", str(port + 3)]),
        Part("materiel", [*enrs, "third-party", "--port", str(port + 4)]),
        Part("passerelle", [*enrs, "gateway", "--port", str(mllp)], ready=listens(LOOPBACK, mllp)),
    ]
    if not quiet:
        parts.append(Part("hopital", [*enrs, "simulate", "--port", str(mllp)]))
    return parts


def _welcome(port: int, accounts: list[dict[str, str]], seconds: float) -> None:
    typer.echo(f"\nLa région est prête en {seconds:.0f} s : http://localhost:{port}\n")
    for account in accounts:
        typer.echo(
            f"  {account['login']:<14} {account['password']:<22} {account['name']} — {account['role']}"
        )
    typer.echo("\nCtrl-C arrête tout.\n")
