"""Care: the board of somebody who watches 20,000 people, readings that come in fast, a summary (VSM) that is made.

`ENRS_BENCH_SHARE` (0 to 1) takes a share of the full sizes, for a trial.
"""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from tests.running import Region

from benchmarks.common import Row, percentile, row, scratch_database
from benchmarks.common import report as print_report
from benchmarks.record import p95_of, signed_doctor

SHARE = float(os.environ.get("ENRS_BENCH_SHARE", "1"))
WATCHED = max(400, int(20_000 * SHARE))
FEW = 40
YEAR = 730
"""Readings of somebody followed twice a day for a year."""
ENTERED = max(20, int(200 * SHARE))
PACE, SECONDS = 50, max(4, int(30 * SHARE))
"""Readings a second, and for how long they come."""
TAKEN = 49
"""Of fifty a second, by the clock from the first due time to the last answer, which comes after the last due time."""
LOOKS, LOOK = 20, 0.05
"""Alerts whose appearance is looked for, and seconds between two looks."""
CALLED, LONGEST = 10_000, 60
"""Milliseconds until whoever watches is called (the worker looks each six seconds), seconds until it is given up."""
SUMMARIES = max(10, int(60 * SHARE))
RUNS = 3
BOARD = "/surveillance/"


def main(json: Path | None = None) -> None:
    """Measure and print; rows go to `json` too."""
    with scratch_database("care") as database:
        from enrs.config.cli.setup import start_django

        start_django("owner")
        from django.db import connections

        doctor, cookie = signed_doctor()
        few = _watched(doctor, FEW)
        region = Region(database)
        try:
            region.start("serve")
            floor = p95_of(f"{region.url}{BOARD}", cookie)
            _watched(doctor, WATCHED - FEW, first=FEW)
            rows = [
                _board(region.url, cookie, label, query, floor) for label, query in PAGES.items()
            ]
            page = f"/surveillance/dossier/{few[0][1]}/{few[0][0]}/"
            rows.append(_page(region.url, cookie, page))
            rows += _entering(doctor, few)
            fresh = _watched(doctor, PACE + LOOKS, first=WATCHED)
            # Judges what was recorded and calls: part of what is measured from here on.
            region.start("worker")
            rows += _taken_in(region.url, cookie, fresh, doctor)
            rows.append(_summaries())
        finally:
            region.stop()
            connections.close_all()
        print_report(rows, json)


PAGES = {
    "première page": "",
    "les alertes": "?etat=red",
    "au milieu": "?apres=7~2020-01-01T00:00:00%2B00:00~00000000-0000-0000-0000-000000000000",
}


def _board(url: str, cookie: str, label: str, query: str, floor: float) -> Row:
    values = [p95_of(f"{url}{BOARD}{query}", cookie) for _ in range(RUNS)]
    return row(
        f"tableau de {WATCHED} personnes surveillées, {label}, p95", values, "ms", aim="<=150",
        peer=f"même page, {FEW} personnes", peer_value=floor, actor=f"{WATCHED} droits",
    )  # fmt: skip


def _page(url: str, cookie: str, page: str) -> Row:
    values = [p95_of(f"{url}{page}", cookie) for _ in range(RUNS)]
    return row(
        f"surveillance de {YEAR} relevés, p95", values, "ms", aim="<=200", actor=f"{WATCHED} droits"
    )


def _entering(doctor: Any, few: list[tuple[UUID, UUID]]) -> list[Row]:
    """A reading with its thresholds and its measures, in the record, one after another."""
    from enrs.core.access.actor import acting
    from enrs.core.accounts.queries import actor_of
    from enrs.services.home_monitoring import commands
    from enrs.services.home_monitoring.models import FollowUp

    actor, times = actor_of(doctor), []
    entered = commands.Entered({"saturation": ("94", ""), "temperature": ("37,9", "")})
    with acting(actor):
        for rank in range(ENTERED):
            one = FollowUp.objects.get(pk=few[rank % len(few)][0])
            began = time.perf_counter()
            commands.enter_reading(follow_up=one, entered=entered)
            times.append((time.perf_counter() - began) * 1000)
    return [Row(f"un relevé, {YEAR} avant lui, p95", round(percentile(times, 0.95), 1), "ms")]


def _taken_in(url: str, cookie: str, people: list[tuple[UUID, UUID]], doctor: Any) -> list[Row]:
    """Readings posted through the page at 50 a second, each past a threshold; and when whoever watches is called.

    An open model: each of 50 clients posts once a second at its due time, for one person of its own, and a late
    answer counts from when it was due. Beside them, alerts of others are looked for, from the moment when their
    reading is sent: the first of a person, so that it opens; on the page of its follow-up, then as the watcher's
    notice, which the worker makes. A refused reading, or a notice that does not come, fails the bench.
    """
    paced, looked = people[:PACE], people[PACE:]
    dues: list[float] = []
    ends: list[float] = []
    seen: list[float] = []
    called: list[float] = []
    started = time.perf_counter() + 2
    with ThreadPoolExecutor(PACE + 1) as pool:
        clients = [
            pool.submit(_posts, url, cookie, one, started + rank / PACE, (dues, ends))
            for rank, one in enumerate(paced)
        ]
        clients.append(
            pool.submit(_looks, url, cookie, looked, started, _Told(doctor, seen, called))
        )
    for client in clients:
        client.result()
    # Ended when the last one is answered: what waits is not taken in.
    spent, times = max(ends) - started, [end - due for due, end in zip(dues, ends, strict=True)]
    within = [one for one in times if one <= 1]
    share, rhythm = 100 * len(within) / len(times), round(len(times) / spent, 1)
    actor = f"{WATCHED} droits"
    return [
        Row("relevés pris par seconde, seuils appliqués", rhythm, "/s", f">={TAKEN}", actor=actor),
        _p95("un relevé posté à ce rythme, p95", [one * 1000 for one in times], 1000),
        Row("relevés pris dans la seconde où ils sont dus", round(share, 1), "%", ">=95", actor=actor),
        _p95("un relevé, puis la page qui montre son alerte, p95", seen, 2000),
        _p95("du relevé à la notification de qui veille, p95", called, CALLED),
    ]  # fmt: skip


def _p95(name: str, times: list[float], most: int) -> Row:
    value = round(percentile(times, 0.95), 1)
    return Row(name, value, "ms", f"<={most}", actor=f"{WATCHED} droits")


def _client(cookie: str) -> httpx.Client:
    # A page of ours gave the token of forms before: the same in the cookie and in the body.
    return httpx.Client(cookies={"sessionid": cookie, "csrftoken": TOKEN}, timeout=20)


TOKEN = "b" * 32
PAIRS = threading.Lock()


def _posted(client: httpx.Client, url: str, one: tuple[UUID, UUID]) -> None:
    """One reading past the red threshold, through the page of its entry."""
    page = f"{url}/surveillance/dossier/{one[1]}/{one[0]}/releve/"
    values = {
        "m_saturation": "88",
        "m_temperature": "37,2",
        "at": _minute(),
        "csrfmiddlewaretoken": TOKEN,
    }
    questions = ("souffle", "parler", "somnolence", "douleur", "boire")
    answer = client.post(page, data=values | {f"q_{code}": "non" for code in questions})
    if answer.status_code != 302:
        raise RuntimeError(f"relevé refusé ({answer.status_code}) : {answer.text[-2000:]}")


def _minute() -> str:
    """This minute as the form of a reading takes it."""
    return datetime.now(ZoneInfo("Europe/Paris")).strftime("%Y-%m-%dT%H:%M")


def _posts(
    url: str,
    cookie: str,
    one: tuple[UUID, UUID],
    begins: float,
    told: tuple[list[float], list[float]],
) -> None:
    """A reading a second; `told` receives when each was due, and when it was answered."""
    dues, ends = told
    with _client(cookie) as client:
        client.get(url)
        for rank in range(SECONDS):
            due = begins + rank
            time.sleep(max(0.0, due - time.perf_counter()))
            _posted(client, url, one)
            # One list after the other: another client that writes between the two would part the pairs.
            with PAIRS:
                dues.append(due)
                ends.append(time.perf_counter())


def _looks(
    url: str,
    cookie: str,
    people: list[tuple[UUID, UUID]],
    begins: float,
    told: "_Told",
) -> None:
    """One after another, a first reading, how long until its alert is on the page, and until its watcher's notice."""
    from django.db import connection

    sent: dict[UUID, float] = {}
    with _client(cookie) as client:
        for rank, one in enumerate(people[: max(3, SECONDS - 2)]):
            while time.perf_counter() < begins + 1 + rank:
                _called(sent, told)
                time.sleep(LOOK)
            page = f"{url}/surveillance/dossier/{one[1]}/{one[0]}/"
            began = time.perf_counter()
            _posted(client, url, one)
            sent[one[1]] = began
            while 'id="a-prendre"' not in client.get(page).raise_for_status().text:
                time.sleep(LOOK)
            told.seen.append((time.perf_counter() - began) * 1000)
    last = time.perf_counter() + LONGEST
    while sent:
        _called(sent, told)
        if time.perf_counter() > last:
            raise RuntimeError(f"{len(sent)} alertes sans notification après {LONGEST} s")
        time.sleep(LOOK)
    connection.close()


@dataclass(frozen=True, slots=True)
class _Told:
    """The doctor who watches; in milliseconds, until each alert was on its page, and until its notice was there."""

    doctor: Any
    seen: list[float]
    called: list[float]


def _called(sent: dict[UUID, float], told: _Told) -> None:
    """Take out of `sent` the people for whom the watcher has a notice now."""
    from enrs.core.notifications.models import Notice
    from enrs.services.home_monitoring.commands.calls import NOTICE

    rows = Notice.objects.filter(user_id=told.doctor.pk, kind=NOTICE, patient_id__in=list(sent))
    now = time.perf_counter()
    found = set(rows.values_list("patient_id", flat=True))
    told.called.extend((now - sent.pop(patient_id)) * 1000 for patient_id in found)


def _summaries() -> Row:
    """Medical summaries (VSM) of somebody with a full record, made, checked and filed one after another."""
    from tests.services.record import factories, signing

    from enrs.core.access.actor import acting
    from enrs.services.record import commands

    patient_id = factories.patient("banc-vsm")
    doctor, times = signing.doctor(patient_id), []
    signing.summary(patient_id, doctor)
    with acting(doctor):
        for rank in range(20):
            for kind, values in _facts(rank):
                commands.record_entry(kind=kind, patient_id=patient_id, values=values)
        for _ in range(SUMMARIES):
            began = time.perf_counter()
            commands.produce_document(patient_id=patient_id, kind="vsm", said=SAID)
            times.append((time.perf_counter() - began) * 1000)
    return Row(
        "un VSM produit, vérifié et classé, commande sans page, p95", round(percentile(times, 0.95), 1), "ms",
        "<=300", actor="hors serveur, sans la sécurité des lignes",
    )  # fmt: skip


SAID = {"tobacco": "12.5", "warnings": "Chutes\n\nVit seule", "job_risks": ""}


def _facts(rank: int) -> list[tuple[str, dict[str, Any]]]:
    """What a full record has twenty of."""
    return [
        ("problem", {"display": f"Problème {rank}", "began_on": f"{1990 + rank}"}),
        ("treatment", {"display": f"Traitement {rank}", "dosage": "1 matin et soir"}),
        ("vaccination", {"display": f"Vaccin {rank}", "given_on": f"{1990 + rank}-10"}),
    ]  # fmt: skip


def _watched(doctor: Any, count: int, first: int = 0) -> list[tuple[UUID, UUID]]:
    """People of the doctor's circle whom they watch, as (follow-up, patient); the first has a year of readings."""
    from django.db import connection

    from enrs.core.access.models import FOREVER, Grant
    from enrs.core.ids import uuid7
    from enrs.core.subjects.models import Patient
    from enrs.referentials.identity.models import RegionalIdentity
    from enrs.services.home_monitoring.models import FollowUp, Protocol

    now = datetime.now(UTC)
    protocol = Protocol.objects.get(code="covid-domicile", status="published")
    people = [Patient(id=uuid7()) for _ in range(count)]
    Patient.objects.bulk_create(people, batch_size=2_000)
    names = [_letters(first + rank) for rank in range(count)]
    RegionalIdentity.objects.bulk_create(
        [
            RegionalIdentity(
                patient=one, birth_name=f"VEILLE{name}", first_given_name="CAMILLE", birth_date="1950-01-02",
                sex="F", name_key=f"VEILLE{name}", given_key="CAMILLE", changed_at=now,
            )
            for one, name in zip(people, names, strict=True)
        ],
        batch_size=2_000,
    )  # fmt: skip
    Grant.objects.bulk_create(
        [
            Grant(
                patient=one, grantee_id=doctor.grantee_id, source_id=uuid7(), source_kind="bench",
                purpose="care_team", level=2, valid_from=now - timedelta(days=1), valid_until=FOREVER,
            )
            for one in people
        ],
        batch_size=2_000,
    )  # fmt: skip
    made = [_follow_up(one, protocol, doctor, now, rank) for rank, one in enumerate(people)]
    FollowUp.objects.bulk_create(made, batch_size=2_000)
    if not first:
        _year(made[0], now)
    with connection.cursor() as cursor:
        cursor.execute("analyze monitoring_follow_up, access_grant, regional_identity, patient")
    return [(one.id, one.patient_id) for one in made]


def _follow_up(patient: Any, protocol: Any, doctor: Any, now: datetime, rank: int) -> Any:
    """One in a hundred alerts, ten are to watch, five are silent."""
    from enrs.core.ids import uuid7
    from enrs.services.home_monitoring.models import FollowUp
    from enrs.services.home_monitoring.rules.thresholds import RANKS

    share = rank % 100
    state = "red" if share == 0 else "amber" if share < 11 else "silent" if share < 16 else "green"
    found = [{"kind": "saturation", "rule": "low", "value": "91", "limit": "92", "level": "red"}]
    return FollowUp(
        id=uuid7(), patient=patient, protocol=protocol, code=protocol.code, title=protocol.title,
        started_at=now - timedelta(days=365), ends_at=now + timedelta(days=30),
        watcher_id=doctor.grantee_id, watcher_kind="person", watcher_name=doctor.name,
        starter_id=doctor.grantee_id, starter_name=doctor.name, state=state,
        level=state if state != "silent" else "green", rank=RANKS[state] + 1,
        turn_at=now - timedelta(minutes=rank), due_at=now + timedelta(hours=5),
        silent_at=now + timedelta(hours=8), last_at=now - timedelta(hours=3),
        last_findings=found if state == "red" else [],
    )  # fmt: skip


def _year(one: Any, now: datetime) -> None:
    """Readings twice a day for a year, with their measures."""
    from enrs.core.ids import uuid7
    from enrs.services.home_monitoring.models import Reading
    from enrs.services.record.models import Measure
    from enrs.services.record.rules.entries import LOINC, MEASURES

    moments = [now - timedelta(hours=12 * rank + 6) for rank in range(YEAR)]
    known = MEASURES["saturation"]
    Measure.objects.bulk_create(
        [
            Measure(
                id=uuid7(), patient_id=one.patient_id, kind="saturation", value=94 + rank % 5, unit=known.unit,
                code=known.code, code_system=LOINC, display="saturation", measured_at=at, noted_at=at,
                author_name="Banc",
            )
            for rank, at in enumerate(moments)
        ]
    )  # fmt: skip
    Reading.objects.bulk_create(
        [
            Reading(
                id=uuid7(), follow_up=one, patient_id=one.patient_id, at=at, level="green", means="nurse",
                author_name="Banc",
            )
            for at in moments
        ]
    )  # fmt: skip


def _letters(rank: int) -> str:
    return "".join("ABCDEFGHIJ"[int(digit)] for digit in f"{rank:05d}")
