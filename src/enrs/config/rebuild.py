"""`enrs fhir rebuild`: the published resources against the tables that they are made from."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Any, TypeVar
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection
from django.db.models import Model, Prefetch, Q, QuerySet

from enrs.core.agenda.fhir import publish_appointment
from enrs.core.agenda.models import Appointment
from enrs.core.documents.models import Document
from enrs.core.effects import act
from enrs.core.fhir.commands import Publication, collecting, insert_resources, publication
from enrs.core.plans.fhir import publications as plan_publications
from enrs.core.questionnaires.fhir import publish_answer, publish_form
from enrs.core.questionnaires.models import Answer, Form
from enrs.core.terminology.commands.publication import PUBLISHED as NOMENCLATURES
from enrs.core.threads.fhir import publish_message
from enrs.core.threads.models import Message
from enrs.core.workflow.fhir import publications as task_publications
from enrs.referentials.circles.fhir import care_team_publication
from enrs.referentials.circles.models import Member
from enrs.referentials.directory.commands.publication import PUBLISHED, TYPES
from enrs.referentials.identity import fhir as identity_fhir
from enrs.referentials.identity.models import RegionalIdentity, SourceIdentity
from enrs.referentials.offer import fhir as offer_fhir
from enrs.referentials.offer.fhir_parts import part_publications
from enrs.referentials.offer.models import HealthcareService, InternalOrganisation
from enrs.services.record import fhir as record_fhir
from enrs.services.record.fhir.entries import publish_entry
from enrs.services.record.fhir.prescriptions import publish_prescription
from enrs.services.record.models import (
    Allergy,
    Encounter,
    Measure,
    Observation,
    Prescription,
    Problem,
    Report,
    Treatment,
    Vaccination,
)
from enrs.services.record.queries.prescriptions import lines_of
from enrs.services.vaccination.fhir import publish_act
from enrs.services.vaccination.models import Act

BATCH = 1000
Item = TypeVar("Item")
Batches = Iterator[list[Publication]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the resources of some types come from: `publications` gives all of them, in batches."""

    kinds: tuple[str, ...]
    publications: Callable[[], Batches]


@dataclass
class Outcome:
    """What the comparison found; `sentence` is for the terminal."""

    compared: int = 0
    missing: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    is_repaired: bool = False

    @property
    def is_same(self) -> bool:
        """Whether every published resource says what its tables say."""
        return not (self.missing or self.different or self.extra)

    @property
    def sentence(self) -> str:
        """The outcome in French; names the first resource of each kind of difference."""
        if self.is_same:
            return f"{self.compared} ressources comparées, toutes identiques."
        parts = [
            f"{len(found)} {word} (la première : {found[0]})"
            for word, found in (
                ("manquent", self.missing), ("diffèrent", self.different), ("sont de trop", self.extra),
            )
            if found
        ]  # fmt: skip
        end = " Elles ont été publiées de nouveau." if self.is_repaired else ""
        return f"{self.compared} ressources comparées : {', '.join(parts)}.{end}"


def rebuild(*, check: bool) -> Outcome:
    """Compare every published resource with what its tables give now; publish what differs unless `check`.

    Versions and dates are not compared; keys, category, patient and marks are. Runs as the owner, for
    whom there is no row security.
    """
    outcome = Outcome(is_repaired=not check)
    for source in SOURCES:
        seen: set[tuple[str, UUID]] = set()
        for batch in source.publications():
            seen.update((one.type, one.id) for one in batch)
            _settle(_compare(batch, outcome), check=check)
        for orphans in _batches(_published(source.kinds, seen)):
            outcome.extra += [f"{kind}/{identifier}" for kind, identifier, _ in orphans]
            _settle([_deletion(*one) for one in orphans], check=check)
    return outcome


def _settle(wanted: Sequence[Publication], *, check: bool) -> None:
    if wanted and not check:
        with act():
            insert_resources(wanted)


def _compare(batch: Sequence[Publication], outcome: Outcome) -> list[Publication]:
    """The publications of a batch that are not published as they should be."""
    current = _current(batch)
    wanted = []
    for one in batch:
        outcome.compared += 1
        name = f"{one.type}/{one.id}"
        known = current.get((one.type, one.id))
        if known is None and not one.is_deleted:
            outcome.missing.append(name)
            wanted.append(one)
        elif known is not None and known != _shape(one):
            outcome.different.append(name)
            wanted.append(one)
    return wanted


def _shape(one: Publication) -> tuple[Any, ...]:
    """What is compared of a publication."""
    if one.is_deleted:
        return (True, one.patient_id)
    tree = orjson.loads("{" + one.rest)
    profile = orjson.loads(one.profile) if one.profile else []
    return (False, one.patient_id, one.category, one.marks, profile, tree, frozenset(one.keys))


CURRENT = """
select r.type, r.id, r.is_deleted, r.patient_id, r.category, r.marks, r.body,
    coalesce((select array_agg(array[k.param, k.value]::text[]) from fhir_key k where k.type = r.type and k.id = r.id),
        array[]::text[])
from unnest(%s::text[], %s::uuid[]) g (type, id)
join fhir_resource r on r.type = g.type and r.id = g.id and r.is_current
"""


def _current(batch: Sequence[Publication]) -> dict[tuple[str, UUID], tuple[Any, ...]]:
    found: dict[tuple[str, UUID], tuple[Any, ...]] = {}
    with connection.cursor() as cursor:
        cursor.execute(CURRENT, [[one.type for one in batch], [one.id for one in batch]])
        for kind, identifier, is_deleted, patient_id, category, marks, body, keys in cursor:
            if is_deleted:
                found[kind, identifier] = (True, patient_id)
                continue
            tree = orjson.loads(body)
            profile = tree.pop("meta").get("profile", [])
            del tree["resourceType"], tree["id"]
            pairs = frozenset((name, value) for name, value in keys)
            found[kind, identifier] = (False, patient_id, category, marks, profile, tree, pairs)
    return found


def _published(
    kinds: Sequence[str], seen: set[tuple[str, UUID]]
) -> Iterator[tuple[str, UUID, UUID | None]]:
    """Current resources of these types that no row gives any more: (type, id, patient)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select type, id, patient_id from fhir_resource where type = any (%s) and is_current and not is_deleted",
            [list(kinds)],
        )
        rows = cursor.fetchall()
    return ((kind, own, patient) for kind, own, patient in rows if (kind, own) not in seen)


def _deletion(kind: str, identifier: UUID, patient_id: UUID | None) -> Publication:
    tree = {"resourceType": kind, "id": str(identifier)}
    return publication(tree, patient_id=patient_id, category="", is_deleted=True)


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _rows(queryset: QuerySet[Any]) -> Iterator[list[Any]]:
    """All rows by key, a batch at a time."""
    last = None
    ordered = queryset.order_by("pk")
    while True:
        batch = list((ordered.filter(pk__gt=last) if last else ordered)[:BATCH])
        if not batch:
            return
        yield batch
        last = batch[-1].pk


def _from_directory(kind: str) -> Callable[[], Batches]:
    """Everything of a FHIR type: establishments and legal entities are both Organizations."""
    builders = [made for name, made in PUBLISHED.items() if TYPES.get(name, name) == kind]

    def batches() -> Batches:
        for model, build in builders:
            for rows in _rows(model._default_manager.all()):
                yield build(rows)

    return batches


def _nomenclatures(kind: str) -> Callable[[], Batches]:
    model, build = NOMENCLATURES[kind]

    def batches() -> Batches:
        # A few at a time: one of them may hold ten thousand codes.
        for rows in _rows(model._default_manager.all()):
            for start in range(0, len(rows), 20):
                yield [build(row) for row in rows[start : start + 20]]

    return batches


def _patients() -> Batches:
    for rows in _rows(RegionalIdentity.objects.all()):
        ids = [row.patient_id for row in rows]
        identities: dict[UUID, list[SourceIdentity]] = {}
        for identity in SourceIdentity.objects.filter(patient_id__in=ids).order_by("id"):
            identities.setdefault(identity.patient_id, []).append(identity)
        replaces: dict[UUID | None, list[UUID]] = {}
        former = RegionalIdentity.objects.filter(replaced_by__in=ids).order_by("patient_id")
        for old, new in former.values_list("patient_id", "replaced_by"):
            replaces.setdefault(new, []).append(old)
        yield [
            _patient(row, identities.get(row.patient_id, []), replaces.get(row.patient_id, []))
            for row in rows
        ]


def _patient(
    row: RegionalIdentity, identities: list[SourceIdentity], replaces: list[UUID]
) -> Publication:
    domain = settings.REGION.identity_domain
    if row.replaced_by_id:
        tree = identity_fhir.replaced(row.patient_id, row.replaced_by_id)
        keys = identity_fhir.replaced_keys(row.patient_id, domain)
        return publication(tree, patient_id=row.patient_id, category="identity", keys=keys)
    columns = {column.attname: getattr(row, column.attname) for column in row._meta.concrete_fields}
    tree, keys = identity_fhir.patient(columns, identities, domain=domain, replaces=replaces)
    return publication(tree, patient_id=row.patient_id, category="identity", keys=keys)


def _circles() -> Batches:
    patients = Member.objects.order_by("patient_id").values_list("patient_id", flat=True).distinct()
    for ids in _batches(patients.iterator(chunk_size=BATCH)):
        now = datetime.now(UTC)
        rows = Member.objects.filter(
            Q(until=None) | Q(until__gt=now), patient_id__in=ids, ended_at=None, withdrawn_at=None
        ).order_by("patient_id", "since", "id")
        held = {own: list(members) for own, members in groupby(rows, lambda row: row.patient_id)}
        yield [care_team_publication(own, held.get(own, [])) for own in ids]


def _organisations() -> Batches:
    """Those of the directory, then the parts of the sites."""
    yield from _from_directory("Organization")()
    for rows in _rows(InternalOrganisation.objects.all()):
        yield part_publications(rows)


def _offers() -> Batches:
    rows = HealthcareService.objects.exclude(kind="city").select_related("site")
    for batch in _rows(rows.defer("site__search")):
        yield offer_fhir.publications(batch)


def _collected(model: type[Model], publish: Callable[[Any], None]) -> Callable[[], Batches]:
    """From a function that publishes one row: what it would publish."""

    def batches() -> Batches:
        for rows in _rows(model._default_manager.all()):
            with collecting() as collected:
                for row in rows:
                    publish(row)
            yield collected

    return batches


def _results() -> Batches:
    values = Prefetch("observations", Observation.objects.order_by("rank"))
    for rows in _rows(Report.objects.prefetch_related(values)):
        with collecting() as collected:
            for row in rows:
                record_fhir.publish_report(row, list(row.observations.all()))
        yield collected


def _observations() -> Batches:
    """Everything that gives an Observation: reports, measures of the summary, filled forms."""
    yield from _results()
    yield from _collected(Measure, publish_entry)()
    yield from _collected(Answer, _publish_answer)()


def _immunizations() -> Batches:
    """Vaccinations noted in the summary, and doses declared."""
    yield from _collected(Vaccination, publish_entry)()
    for rows in _rows(Act.objects.select_related("vaccine", "campaign").prefetch_related("events")):
        with collecting() as collected:
            for row in rows:
                publish_act(row)
        yield collected


def _publish_prescription(row: Prescription) -> None:
    publish_prescription(row, lines_of(row))


def _publish_answer(row: Answer) -> None:
    publish_answer(row, is_deleted=row.withdrawn_at is not None)


def _publish_form(row: Form) -> None:
    """A form is published from its first publication on: a draft and one under trial stay inside."""
    if row.status in (Form.Status.PUBLISHED, Form.Status.RETIRED):
        publish_form(row)


def _publish_appointment(row: Appointment) -> None:
    publish_appointment(row, list(row.participants.order_by("id")))


def _publish_message(row: Message) -> None:
    publish_message(row, row.thread)


SOURCES: tuple[Source, ...] = (
    Source(("Organization",), _organisations),
    *(
        Source((kind,), _from_directory(kind))
        for kind in dict.fromkeys(TYPES.get(name, name) for name in PUBLISHED)
        if kind != "Organization"
    ),
    *(Source((kind,), _nomenclatures(kind)) for kind in NOMENCLATURES),
    Source(offer_fhir.KINDS, _offers),
    Source(("Patient",), _patients),
    Source(("CareTeam",), _circles),
    Source(("Encounter",), _collected(Encounter, record_fhir.publish_encounter)),
    Source(("DocumentReference",), _collected(Document, record_fhir.publish_document)),
    Source(("DiagnosticReport", "Observation", "QuestionnaireResponse"), _observations),
    Source(("Condition",), _collected(Problem, publish_entry)),
    Source(("AllergyIntolerance",), _collected(Allergy, publish_entry)),
    Source(("MedicationStatement",), _collected(Treatment, publish_entry)),
    Source(("MedicationRequest",), _collected(Prescription, _publish_prescription)),
    Source(("Immunization",), _immunizations),
    Source(("Questionnaire",), _collected(Form, _publish_form)),
    Source(("Task", "ServiceRequest"), task_publications),
    Source(("Appointment",), _collected(Appointment, _publish_appointment)),
    Source(("Communication",), _collected(Message, _publish_message)),
    Source(("CarePlan", "Goal"), plan_publications),
)
"""Everything that is published. An app that publishes a new type adds its source here."""
