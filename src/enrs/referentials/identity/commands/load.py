"""Loading a whole region's patients by COPY, as the owner of the tables."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.fhir.commands import publish
from enrs.core.ids import uuid7
from enrs.referentials.identity import fhir, rules
from enrs.referentials.identity.commands import store
from enrs.referentials.identity.matching import online
from enrs.referentials.identity.matching.features import FEATURE_FIELDS
from enrs.referentials.identity.models import SourceIdentity


@dataclass(frozen=True, slots=True)
class NewPerson:
    """One person to load: ids made by the caller, one source identity each."""

    patient_id: UUID
    identity_id: UUID
    system: str
    value: str
    sender: str
    traits: rules.Traits


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did."""

    persons: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Persons a second."""
        return self.persons / self.seconds if self.seconds else 0.0


_VERSION = (
    "id",
    "identity_id",
    "patient_id",
    "version",
    "at",
    "told_at",
    "by",
    *rules.TRAIT_FIELDS,
    "attribute",
)
_IDENTITY = (
    "id", "system", "value", "sender", "patient_id", "absorbed_into_id", "version", "created_at",
    "changed_at", "told_at", "told_by", "digest", "stamps", "own_attribute", "marked", "absorbed_told_by",
    *rules.TRAIT_FIELDS, "attribute",
)  # fmt: skip
_REGIONAL = (
    "patient_id", *rules.TRAIT_FIELDS, "attribute", "source_id", "name_key", "used_key", "given_key",
    "version", "changed_at",
)  # fmt: skip
_FEATURE = ("identity_id", *FEATURE_FIELDS, "keys")
_LINK = ("id", "identity_id", "patient_id", "rule", "evidence", "by", "reason", "at")


def load_patients(
    people: Iterable[NewPerson],
    *,
    publishes: bool = False,
    chunk: int = 20_000,
    on_progress: Callable[[int], None] | None = None,
) -> LoadReport:
    """Load settled people into every table of identity, one transaction a chunk.

    The people are new and each INS is there once (a second one stops the load with an integrity
    error). `publishes` also writes their FHIR resources; without it `enrs fhir rebuild` does.
    """
    started, done = time.monotonic(), 0
    stream = iter(people)
    while batch := list(islice(stream, chunk)):
        with act():
            _copy_batch(batch)
            if publishes:
                _publish_batch(batch)
            note("identity.loaded", details={"persons": len(batch)})
            emit("identity.loaded", payload={"kind": "identity", "ids": []})
        done += len(batch)
        if on_progress:
            on_progress(done)
    return LoadReport(done, time.monotonic() - started)


def _copy_batch(batch: list[NewPerson]) -> None:
    now = datetime.now(UTC)
    settled = [rules.settle(one.traits, mode=settings.MODE) for one in batch]
    values = [[getattr(one.traits, name) for name in rules.TRAIT_FIELDS] for one in settled]
    rows = list(zip(batch, settled, values, strict=True))
    _copy("patient", ("id", "created_at"), ((one.patient_id, now) for one in batch))
    _copy("source_identity", _IDENTITY, (
        (p.identity_id, p.system, p.value, p.sender, p.patient_id, None, 1, now, now, now,
         p.sender, rules.digest(s.traits, s.attribute), "{}", s.attribute, "", "", *v, s.attribute)
        for p, s, v in rows
    ))  # fmt: skip
    _copy("identity_version", _VERSION, (
        (uuid7(), p.identity_id, p.patient_id, 1, now, now, p.sender, *v, s.attribute) for p, s, v in rows
    ))  # fmt: skip
    _copy("identity_link", _LINK, (
        (uuid7(), p.identity_id, p.patient_id, "new", "{}", p.sender, "", now) for p, _, _ in rows
    ))  # fmt: skip
    _copy("regional_identity", _REGIONAL, _regional_rows(rows, now))
    # Made before the copy begins: a place of birth may be asked of the database on the way.
    _copy("identity_feature", _FEATURE, list(_feature_rows(rows)))


def _regional_rows(
    rows: list[tuple[NewPerson, rules.Settled, list[Any]]], now: datetime
) -> Iterator[tuple[Any, ...]]:
    ins_at, oid_at = rules.TRAIT_FIELDS.index("ins"), rules.TRAIT_FIELDS.index("ins_oid")
    for person, settled, values in rows:
        shown = list(values)
        if settled.traits.status != "qualified":
            shown[ins_at] = shown[oid_at] = ""
        keys = store.key_values(settled.traits)
        yield (
            person.patient_id, *shown, settled.attribute, person.identity_id, keys["name_key"],
            keys["used_key"], keys["given_key"], 1, now,
        )  # fmt: skip


def _feature_rows(
    rows: list[tuple[NewPerson, rules.Settled, list[Any]]],
) -> Iterator[tuple[Any, ...]]:
    for person, settled, _ in rows:
        features, keys = online.prepared(
            settled.traits, attribute=settled.attribute, system=person.system
        )
        yield (person.identity_id, *(getattr(features, name) for name in FEATURE_FIELDS), keys)


def _copy(table: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _publish_batch(batch: list[NewPerson]) -> None:
    now = datetime.now(UTC)
    for person in batch:
        identity = SourceIdentity(
            id=person.identity_id, system=person.system, value=person.value, sender=person.sender,
            patient_id=person.patient_id, version=1, created_at=now, changed_at=now,
        )  # fmt: skip
        settled = rules.settle(person.traits, mode=settings.MODE)
        store.apply_traits(identity, settled.traits, settled.attribute)
        regional = store.regional_values(person.patient_id, [identity], now)
        resource, keys = fhir.patient(regional, [identity], domain=settings.REGION.identity_domain)
        publish(resource, patient_id=person.patient_id, category="identity", keys=keys)
