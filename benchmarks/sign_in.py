"""Signing in by a password against Argon2 alone; an application's bearer tokens checked at saturation."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from tests.running import Region

from benchmarks.common import Row, percentile, report, row, scratch_database
from benchmarks.saturation import saturate

PASSWORD = "une phrase assez longue"  # noqa: S105  of an invented account
SIGN_INS = 40
"""Below the sixty a minute that one address may try."""
SECONDS, RUNS = 5.0, 3


def main(json: Path | None = None) -> None:
    """Measure and print; rows go to `json` too."""
    with scratch_database("sign_in") as database:
        from enrs.config.cli.setup import start_django

        start_django("owner")
        from django.db import connections

        region = Region(database)
        try:
            region.start("serve")
            report(rows(region.url), json)
        finally:
            region.stop()
            connections.close_all()


def rows(url: str) -> list[Row]:
    """A region's pages must answer at `url`, over the database that Django talks to."""
    user = _user()
    return [_passwords(url), *_tokens(url, user)]


def _user() -> Any:
    from enrs.core.accounts.models import Position, User

    user = User.objects.create_user(
        "bench-entree", PASSWORD, name="Camille BANC", kind="professional"
    )
    Position.objects.create(
        user=user, label="Infirmière", role="nurse", organisation_name="Banc d'essai"
    )
    return user


def _passwords(url: str) -> Row:
    """The median of a sign-in, from the form to the redirection; its peer is the check of the hash alone."""
    from django.contrib.auth.hashers import check_password, make_password

    kept, alone, whole = make_password(PASSWORD), [], []
    for _ in range(SIGN_INS):
        began = time.perf_counter()
        check_password(PASSWORD, kept)
        alone.append((time.perf_counter() - began) * 1000)
        with httpx.Client(base_url=url) as client:
            client.get("/compte/login/")
            form = {
                "login": "bench-entree", "password": PASSWORD, "next": "/",
                "csrfmiddlewaretoken": client.cookies["csrftoken"],
            }  # fmt: skip
            began = time.perf_counter()
            answer = client.post("/compte/login/", data=form, headers={"Referer": f"{url}/"})
            whole.append((time.perf_counter() - began) * 1000)
            if answer.status_code != 302:
                raise RuntimeError(f"sign-in answered {answer.status_code}")
    floor = round(percentile(alone, 0.5), 1)
    return Row(
        "connexion par mot de passe, médiane (but : Argon2 + 20 ms)", round(percentile(whole, 0.5), 1), "ms",
        aim=f"<={floor + 20:.1f}", peer="Argon2 seul", peer_value=floor, runs=SIGN_INS,
        min=round(min(whole), 1), max=round(max(whole), 1),
    )  # fmt: skip


def _tokens(url: str, user: Any) -> list[Row]:
    """What the FHIR API reads of the directory with a token, and what it refuses with a forged one."""
    from enrs.core.accounts.commands import issue_token
    from enrs.core.fhir.commands import insert_resources
    from enrs.core.ids import uuid7
    from enrs.referentials.directory.fhir import practitioner_publication
    from enrs.referentials.directory.models import Practitioner

    person = Practitioner.objects.create(
        id=uuid7(), idnat="899700999999", rpps="99700999999", family="BANC", given="Camille",
        name_key="BANC CAMILLE", row_hash="",
    )  # fmt: skip
    insert_resources([practitioner_publication(person)])
    token = issue_token(login=user.login, scopes=["user/*.rs"], lifetime=timedelta(hours=1))
    path = f"/fhir/R4/Practitioner/{person.pk}"
    saturate(url, [path], token=token, seconds=1.0)
    good = [saturate(url, [path], token=token, seconds=SECONDS) for _ in range(RUNS)]
    if refused := [one for load in good for one in load.refused]:
        raise RuntimeError(f"a good token was refused: {refused[0]!r}")
    bad = [saturate(url, [path], token=f"{token}x", seconds=SECONDS) for _ in range(RUNS)]
    if any(len(load.refused) != len(load.times) for load in bad):
        raise RuntimeError("a forged token was taken")
    return [
        row(
            "jetons vérifiés, une fiche de l’annuaire lue et tracée (saturation)",
            [load.rate for load in good], "/s", aim=">=500",
            peer="jetons forgés, refusés", peer_value=round(percentile([x.rate for x in bad], 0.5)),
        )
    ]  # fmt: skip
