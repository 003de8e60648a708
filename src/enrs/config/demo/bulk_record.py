"""Stories as rows of the record, the same that its commands would write, ready for COPY."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Final
from uuid import UUID

from django.db import transaction

from enrs.config.demo import bulk_contents as contents
from enrs.config.demo import ids, texts
from enrs.config.demo.bulk import copy_publications, copy_rows
from enrs.config.demo.bulk_people import Accounts, identity_id, practitioner_id
from enrs.config.demo.bulk_stories import Cast
from enrs.config.demo.shapes import (
    DemoDocument,
    DemoEncounter,
    DemoNote,
    DemoPerson,
    DemoResult,
    DemoStory,
)
from enrs.core.documents import store
from enrs.core.documents.models import Document
from enrs.core.fhir.commands import Publication, publication
from enrs.services.record import fhir
from enrs.services.record.commands.results import build, content_hash
from enrs.services.record.models import Encounter, Note, Observation, Report
from enrs.services.record.rules import DocumentMeta, NewObservation, NewReport

CLASSES: Final = {"IMP": "I", "EMER": "E", "AMB": "O"}
REPORT_CODE: Final = "11502-2"
_SHARED: Final = ("famille", "domicile", "Rendez-vous", "espace")
_STRUCTURED_SHARE: Final = 4
"""One laboratory report in so many comes with its structured document."""


@dataclass
class Rows:
    """What one block of stories becomes."""

    encounters: list[Encounter] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    publications: list[Publication] = field(default_factory=list)

    def write(self) -> None:
        """Write the block, blobs first; one transaction."""
        with transaction.atomic():
            blobs = store.put_many(self.contents)
            for document, blob in zip(self.documents, blobs, strict=True):
                document.blob = blob
            for rows in (
                self.encounters, self.documents, self.reports, self.observations, self.notes,
            ):  # fmt: skip
                copy_rows(rows)
            copy_publications(self.publications)


@dataclass
class Clerk:
    """Turns stories into rows; remembers the visit numbers given, which must be unique."""

    cast: Cast
    accounts: Accounts
    today: datetime
    _visits: set[tuple[str, str]] = field(default_factory=set)

    def file(self, story: DemoStory, rows: Rows) -> list[Encounter]:
        """Add a story to the rows; returns its stays."""
        stays = [self._stay(story.person, one) for one in story.encounters]
        for stay in stays:
            rows.encounters.append(stay)
            rows.publications.append(stay_publication(stay))
        is_rich = story.person.id in self.accounts.by_person
        for document in story.documents:
            self._file_document(story.person, document, rows, is_rich=is_rich)
        for number, group in groupby(_by_report(story), key=lambda one: one.report_number):
            self._file_report(story.person, number, list(group), rows, is_rich=is_rich)
        rows.notes += [self._note(story.person, one) for one in story.notes]
        return stays

    def pass_over(self, stories: Sequence[DemoStory]) -> None:
        """Take note of the visit numbers of stories that somebody else files."""
        for story in stories:
            for given in story.encounters:
                self._number(given)

    def _number(self, given: DemoEncounter) -> tuple[str, str]:
        """System and number of a visit; one that was given before takes a letter more."""
        system, number = f"urn:finess:{given.structure_finess}", given.visit_number
        while (system, number) in self._visits:
            number += "B"
        self._visits.add((system, number))
        return system, number

    def _stay(self, person: DemoPerson, given: DemoEncounter) -> Encounter:
        site = self.cast.places[given.structure_finess]
        doctor = self.cast.people[given.practitioner_rpps]
        system, number = self._number(given)
        ended = given.ended_at
        if given.kind == "IMP" and ended and ended >= self.today:
            ended = None
        return Encounter(
            id=given.id,
            identity_id=identity_id(person),
            patient_id=person.id,
            system=system,
            number=number,
            status="finished" if ended else "in-progress",
            patient_class=CLASSES[given.kind],
            organisation_finess=site.finess,
            organisation_name=site.long_name,
            unit=given.unit,
            attending_name=f"{doctor.given} {doctor.family.upper()}",
            attending_idnat=f"8{doctor.rpps}",
            admitted_at=given.started_at,
            discharged_at=ended,
            last_event_at=ended or given.started_at,
            recorded_at=ended or given.started_at,
        )

    def _file_document(
        self, person: DemoPerson, given: DemoDocument, rows: Rows, *, is_rich: bool
    ) -> None:
        site = self.cast.places[given.structure_finess]
        author = self.cast.people[given.author_rpps]
        content = contents.content_of(given, person, author, site, is_rich=is_rich)
        self._add(person, given, content, rows)

    def meta(self, given: DemoDocument, content: contents.Content) -> DocumentMeta:
        """The metadata under which a document of a story is filed."""
        site = self.cast.places[given.structure_finess]
        author = self.cast.people[given.author_rpps]
        return DocumentMeta(
            unique_id=contents.unique_id(given.id),
            type_code=given.type_code,
            type_display=given.type_name,
            title=given.title,
            mime_type=content.mime_type,
            happened_at=given.created_at,
            format_code=content.format_code,
            hidden_from_patient="annonce" in given.title,
            author_name=author.display_name,
            author_idnat=f"8{author.rpps}",
            author_profession=author.skill or author.profession,
            author_organisation=site.long_name,
            author_organisation_id=f"1{site.finess}",
            custodian=site.long_name,
        )

    def _add(
        self, person: DemoPerson, given: DemoDocument, content: contents.Content, rows: Rows
    ) -> None:
        row = document_row(self.meta(given, content), content.data, person, given)
        rows.documents.append(row)
        rows.contents.append(content.data)
        rows.publications.append(document_publication(row))

    def _file_report(
        self,
        person: DemoPerson,
        number: str,
        results: list[DemoResult],
        rows: Rows,
        *,
        is_rich: bool,
    ) -> None:
        report = self.report(number, results)
        if is_rich or int(number[1:]) % _STRUCTURED_SHARE == 0:
            document = self._report_document(person, report, results)
            site = self.cast.places[document.structure_finess]
            author = self.cast.people[document.author_rpps]
            content = contents.laboratory_content(report, document, person, author, site)
            self._add(person, document, content, rows)
            report = self.report(number, results, contents.unique_id(document.id))
        source = results[0].structure_finess
        row, observations = build(
            identity_id(person), person.id, report, source, content_hash(report)
        )
        row.recorded_at = row.issued_at
        rows.reports.append(row)
        rows.observations += observations
        rows.publications += report_publications(row, observations)

    def report(
        self, number: str, results: list[DemoResult], document_unique_id: str = ""
    ) -> NewReport:
        """The values of one report as the record takes them."""
        site = self.cast.places[results[0].structure_finess]
        author = self.cast.biologist(site)
        return NewReport(
            number=number,
            code=REPORT_CODE,
            display=contents.REPORT_TITLE,
            issued_at=results[0].taken_at,
            observations=tuple(new_value(one) for one in results),
            author_name=author.display_name,
            organisation=site.long_name,
            document_unique_id=document_unique_id,
        )

    def _report_document(
        self, person: DemoPerson, report: NewReport, results: list[DemoResult]
    ) -> DemoDocument:
        site = self.cast.places[results[0].structure_finess]
        at = report.issued_at + timedelta(hours=4)
        return DemoDocument(
            id=ids.uuid7(ids.rng_for(0, report.number, person.index), ids.milliseconds(at)),
            person_id=person.id,
            structure_finess=site.finess,
            author_rpps=self.cast.biologist(site).rpps,
            type_code=REPORT_CODE,
            type_name="CR d'examens biologiques",
            title=contents.REPORT_TITLE,
            text="",
            created_at=at,
        )

    def _note(self, person: DemoPerson, given: DemoNote) -> Note:
        author = self.cast.people[given.author_rpps]
        user = self.accounts.by_rpps.get(given.author_rpps)
        return Note(
            id=given.id,
            identity_id=identity_id(person),
            patient_id=person.id,
            text=given.text,
            tags=texts.tags_of(given.text),
            audience="shared" if any(word in given.text for word in _SHARED) else "care",
            author_id=user.id if user else practitioner_id(author.rpps),
            author_name=author.display_name,
            author_label=author.skill or author.profession,
            organisation_name=author.activities[0].structure.long_name[:200],
            written_at=given.written_at,
            recorded_at=given.written_at,
        )


def _by_report(story: DemoStory) -> list[DemoResult]:
    """Values by moment, those of one report together, in the report's own order."""
    return sorted(story.results, key=lambda one: (one.taken_at, one.report_number))


def new_value(given: DemoResult) -> NewObservation:
    """One value of a story as the record takes it."""
    return NewObservation(
        code=given.loinc,
        code_system="2.16.840.1.113883.6.1",
        display=given.name,
        observed_at=given.taken_at,
        value=Decimal(f"{given.value:g}"),
        text=f"{given.value:g}",
        unit=given.unit,
        low=None if given.low is None else Decimal(f"{given.low:g}"),
        high=None if given.high is None else Decimal(f"{given.high:g}"),
        interpretation=given.interpretation,
        chapter=contents.chapter_of(given.loinc),
    )


_META: Final = tuple(one.name for one in fields(DocumentMeta) if one.name != "replaces")


def document_row(
    meta: DocumentMeta, data: bytes, person: DemoPerson, given: DemoDocument
) -> Document:
    """A document's row, its blob still to come."""
    return Document(
        id=given.id,
        identity_id=identity_id(person),
        patient_id=person.id,
        source=given.structure_finess,
        recorded_at=given.created_at,
        size=len(data),
        hash_sha1=hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        **{name: getattr(meta, name) for name in _META},
    )


def stay_publication(row: Encounter) -> Publication:
    """A stay as `publish_encounter` hands it on."""
    keys = fhir.encounter_keys(row)
    resource = fhir.encounter_resource(row)
    return publication(resource, patient_id=row.patient_id, category="encounters", keys=keys)


def document_publication(row: Document) -> Publication:
    """A document as `publish_document` hands it on."""
    return publication(
        fhir.document_resource(row),
        patient_id=row.patient_id,
        category="documents",
        marks=fhir.marks_of(row),
        keys=fhir.document_keys(row),
    )


def report_publications(row: Report, observations: list[Observation]) -> Iterator[Publication]:
    """A report and its values as `publish_report` hands them on."""
    patient: UUID = row.patient_id
    yield publication(
        fhir.report_resource(row, observations),
        patient_id=patient,
        category="results",
        marks=fhir.marks_of(row),
        keys=fhir.report_keys(row),
    )
    for one in observations:
        yield publication(
            fhir.observation_resource(one),
            patient_id=patient,
            category="results",
            marks=fhir.marks_of(row),
            keys=fhir.observation_keys(one),
        )


def midnight(today: date) -> datetime:
    """The first moment of the region's present day, in UTC, as the stories count."""
    return datetime(today.year, today.month, today.day, tzinfo=UTC)
