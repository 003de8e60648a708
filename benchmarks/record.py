"""The record page of a patient with 1,000 events, asked by twenty people once a second each."""

import random
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from tests.running import Region

from benchmarks.common import Row, percentile, row, scratch_database
from benchmarks.common import report as print_report

EVENTS = 1_000
CLIENTS = 20
SECONDS = 10
RUNS = 3
PAGES = {"synthèse": "", "fil de vie": "fil/", "documents": "documents/", "résultats": "resultats/"}


def main(json: Path | None = None) -> None:
    """Measure and print; rows go to `json` too."""
    with scratch_database("record") as database:
        from enrs.config.cli.setup import start_django

        start_django("owner")
        quiet, full, cookie = _fill()
        region = Region(database)
        try:
            region.start("serve")
            print_report(_measure(region.url, quiet, full, cookie), json)
        finally:
            region.stop()
            from django.db import connections

            connections.close_all()


def _measure(url: str, quiet: UUID, full: UUID, cookie: str) -> list[Row]:
    rows = []
    for label, page in PAGES.items():
        floor = p95_of(f"{url}/dossier/{quiet}/{page}", cookie)
        values = [p95_of(f"{url}/dossier/{full}/{page}", cookie) for _ in range(RUNS)]
        aim = "<=120"
        rows.append(
            row(
                f"page {label}, {EVENTS} évènements, p95",
                values,
                "ms",
                aim=aim,
                peer="même page, 10 évènements",
                peer_value=floor,
                actor="2 droits",
            )
        )
    return rows


def p95_of(urls: str | Sequence[str], cookie: str) -> float:
    """95th percentile in ms over twenty clients that each ask once a second (open model), one of the addresses.

    Each asks once before it is timed: the region has been up for a while, its processes know the page.
    """
    choice = [urls] if isinstance(urls, str) else list(urls)
    times: list[float] = []

    def ask() -> None:
        with httpx.Client(cookies={"sessionid": cookie}, timeout=10) as client:
            client.get(random.choice(choice)).raise_for_status()  # noqa: S311  as people ask
            time.sleep(random.random())  # noqa: S311  clients do not march in step
            for _ in range(SECONDS):
                began = time.perf_counter()
                client.get(random.choice(choice)).raise_for_status()  # noqa: S311  as people ask
                spent = time.perf_counter() - began
                times.append(spent * 1000)
                time.sleep(max(0.0, 1.0 - spent))

    clients = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return round(percentile(times, 0.95), 2)


def _fill() -> tuple[UUID, UUID, str]:
    """Two patients (10 and 1,000 events), and the session of a doctor in the circle of both."""
    doctor, cookie = signed_doctor()
    return *two_records(doctor), cookie


def signed_doctor() -> tuple[Any, str]:
    """A doctor, and the key of their session."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from enrs.core.accounts.models import Position, User

    doctor = User.objects.create_user(
        "bench", "un mot de passe", name="Dr Banc", kind="professional"
    )
    Position.objects.create(
        user=doctor, label="Médecin", role="physician", organisation_name="Banc d'essai"
    )
    session = SessionStore()
    session[SESSION_KEY] = str(doctor.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = doctor.get_session_auth_hash()
    session.save()
    return doctor, str(session.session_key)


def two_records(doctor: Any) -> tuple[UUID, UUID]:
    """Two patients of the doctor's circle, with 10 and 1,000 events."""
    from enrs.core.access.actor import SYSTEM, acting
    from enrs.core.access.commands import give_grant
    from enrs.core.ids import uuid7

    with acting(SYSTEM):
        patients = [_patient(rank) for rank in (1, 2)]
        for patient, count in zip(patients, (10, EVENTS), strict=True):
            give_grant(
                patient_id=patient,
                grantee_id=doctor.grantee_id,
                source_kind="bench",
                source_id=uuid7(),
                purpose="care_team",
                level=2,
            )
            history(patient, count)
    return patients[0], patients[1]


def _patient(rank: int) -> UUID:
    from enrs.referentials.identity.commands import receive_identity
    from enrs.referentials.identity.rules import Traits

    traits = Traits(
        birth_name=f"BANC{'AB'[rank - 1]}",
        first_given_name="CAMILLE",
        given_names="CAMILLE",
        birth_date="1950-01-02",
        sex="F",
        status="provisional",
    )
    return receive_identity(
        system="urn:local:banc", value=str(rank), traits=traits, sender="banc"
    ).patient_id


def history(patient: UUID, count: int, *, identity: UUID | None = None) -> None:
    """`count` events: documents, reports of five values, stays; known by an identity, or filed by hand."""
    from enrs.services.record import commands, rules

    start = datetime(2026, 11, 1, tzinfo=UTC)
    for rank in range(count):
        at = start - timedelta(days=rank)
        if rank % 10 == 0:
            stay = rules.NewStay(
                system="urn:local:banc",
                number=f"{patient}-{rank}",
                event="A01",
                happened_at=at,
                unit="Médecine",
            )
            commands.record_stay(identity_id=identity, patient_id=patient, stay=stay, source="banc")
        elif rank % 2:
            meta = rules.DocumentMeta(
                unique_id=f"{patient}.{rank}",
                type_code="11488-4",
                type_display="CR de consultation",
                title=f"Consultation n° {rank}",
                mime_type="text/plain",
                happened_at=at,
                author_name="Dr Banc",
            )
            commands.file_document(
                identity_id=identity,
                patient_id=patient,
                content=f"Texte {patient} {rank}".encode(),
                meta=meta,
                source="banc",
            )
        else:
            commands.file_results(
                identity_id=identity,
                patient_id=patient,
                report=_report(patient, rank, at),
                source="banc",
            )


def _report(patient: UUID, rank: int, at: datetime) -> object:
    from enrs.services.record import rules

    values = [("2160-0", "Créatinine", "umol/L"), ("2823-3", "Potassium", "mmol/L"), ("718-7", "Hémoglobine", "g/dL"),
              ("1988-5", "CRP", "mg/L"), ("3016-3", "TSH", "mUI/L")]  # fmt: skip
    observations = tuple(
        rules.NewObservation(
            code=code, code_system="LN", display=display, observed_at=at, unit=unit,
            value=Decimal(rank % 90) + index, low=Decimal(3), high=Decimal(60),
        )
        for index, (code, display, unit) in enumerate(values)
    )  # fmt: skip
    return rules.NewReport(
        number=f"{patient}-{rank}",
        code="11502-2",
        display="Biologie",
        issued_at=at,
        observations=observations,
    )
