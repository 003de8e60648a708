"""Filing laboratory results, correcting them, withdrawing them."""

import hashlib
from uuid import UUID

from django.utils import timezone

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.rows import insert_row
from enrs.services.record import rules
from enrs.services.record.commands.marks import put_under_marks, source_marks
from enrs.services.record.commands.secrets import put_under, source_says
from enrs.services.record.fhir import publish_report
from enrs.services.record.models import Observation, Report
from enrs.services.record.queries import marks as mark_queries
from enrs.services.record.queries import secrets as queries

TEXT_COLUMNS = ("code", "code_system", "display", "text", "unit", "comparator", "reference_text",
                "chapter", "comment", "sub_id", "status")  # fmt: skip
LIMITS = {
    "display": 200,
    "unit": 40,
    "reference_text": 200,
    "chapter": 200,
    "code": 40,
    "sub_id": 40,
}


def file_results(
    *,
    identity_id: UUID | None,
    patient_id: UUID,
    report: rules.NewReport,
    source: str,
    may_loosen: bool = False,
) -> Report | None:
    """File a report and its observations.

    The same content again changes nothing; another content under the same number is a correction:
    the former report is withdrawn with its values and this one stands. `is_withdrawn` withdraws the
    report of that number. A mark that the content sent again, or its correction, adds hides every
    report of that number; an old copy sent again hides no less, unless `may_loosen` (the source says
    that it changes the marks). What corrects results that a minor keeps secret, or was taken out of such a
    document, is secret; likewise of what an act on marks hides. Returns the standing report, or None when
    there is nothing left standing.
    """
    with act():
        former = list(
            Report.objects.select_for_update()
            .filter(source=source, number=report.number, patient_id=patient_id)
            .order_by("-id")
        )
        standing = next((one for one in former if one.withdrawn_at is None), None)
        digest = content_hash(report)
        known = next((one for one in former if one.content_hash == digest), None)
        if former:
            before = known or standing or former[0]
            is_loose = may_loosen and before is known
            if report.hidden_from_proxies:
                source_says([one.id for one in former], is_hidden=True)
            elif is_loose:
                source_says([before.id], is_hidden=False)
            if is_loose and queries.secrets_over([one.id for one in former]):
                is_loose = False
            if source_marks(former, report) and is_loose:
                source_marks([before], report, may_loosen=True)
                is_loose = False
            _mark_again(former, before, report, may_loosen=is_loose)
        if report.is_withdrawn:
            if standing:
                _withdraw(standing, "Annulé par le laboratoire")
            return None
        if known:
            return known if known.withdrawn_at is None else standing
        if standing:
            _withdraw(standing, "Remplacé par un compte rendu corrigé")
        same_told = [one.id for one in former]
        same_told += queries.documents_named(patient_id, report.document_unique_id)
        row, observations = build(identity_id, patient_id, report, source, digest)
        insert_row(row)
        Observation.objects.bulk_create(observations)
        # Under its secrets before anything is told of it.
        for kept in queries.secrets_over(same_told):
            put_under(kept, "report", row)
        put_under_marks(row, mark_queries.over(same_told))
        _tell(row, observations, "filed")
        return row


def content_hash(report: rules.NewReport) -> str:
    """SHA-256 of everything a report says but its marks, to know it again."""
    return hashlib.sha256(repr(report).encode()).hexdigest()


def build(
    identity_id: UUID | None, patient_id: UUID, report: rules.NewReport, source: str, digest: str
) -> tuple[Report, list[Observation]]:
    """The rows of a report, not yet inserted (bulk loads share this with the command)."""
    marks = [rules.interpretation_of(one) for one in report.observations]
    row = Report(
        id=uuid7(),
        identity_id=identity_id,
        patient_id=patient_id,
        source=source,
        number=report.number,
        code=report.code,
        code_system=report.code_system,
        display=report.display[:200],
        status=report.status,
        issued_at=report.issued_at,
        author_name=report.author_name[:200],
        organisation=report.organisation[:200],
        document_unique_id=report.document_unique_id,
        content_hash=digest,
        is_abnormal=any(mark in rules.ABNORMAL for mark in marks),
        **{name: getattr(report, name) for name in rules.MARKS},
    )
    observations = [
        Observation(
            id=uuid7(),
            identity_id=identity_id,
            patient_id=patient_id,
            report=row,
            rank=rank,
            observed_at=one.observed_at,
            value=one.value,
            low=one.low,
            high=one.high,
            interpretation=mark[:10],
            **{name: getattr(one, name)[: LIMITS.get(name)] for name in TEXT_COLUMNS},
        )
        for rank, (one, mark) in enumerate(zip(report.observations, marks, strict=True))
    ]
    return row, observations


def _mark_again(
    former: list[Report], before: Report, report: rules.NewReport, *, may_loosen: bool
) -> None:
    """Hide every report of a number by the marks that were not there before; lift some of `before` only.

    Those of the past too: a withdrawn report is still read by its address, with its values.
    """
    said = {name: getattr(report, name) for name in rules.MARKS}
    changed = {name: value for name, value in said.items() if value != getattr(before, name)}
    for one in former:
        is_lifted = may_loosen and one is before
        wanted = {
            name: value
            for name, value in changed.items()
            if (value or is_lifted) and value != getattr(one, name)
        }
        if wanted:
            for name, value in wanted.items():
                setattr(one, name, value)
            one.save(update_fields=list(wanted))
            values = list(one.observations.order_by("rank"))
            _tell(one, values, "hidden" if all(wanted.values()) else "shown")


def _withdraw(report: Report, reason: str) -> None:
    now = timezone.now()
    Report.objects.filter(pk=report.pk).update(withdrawn_at=now, withdrawn_reason=reason)
    observations = list(Observation.objects.filter(report=report).order_by("rank"))
    Observation.objects.filter(report=report).update(withdrawn_at=now, withdrawn_reason=reason)
    report.withdrawn_at = now
    for one in observations:
        one.withdrawn_at = now
    _tell(report, observations, "withdrawn", reason)


def _tell(report: Report, observations: list[Observation], what: str, reason: str = "") -> None:
    publish_report(report, observations)
    note(
        f"record.results.{what}",
        patient_id=report.patient_id,
        object_kind="report",
        object_id=report.id,
        reason=reason,
    )
    emit(
        f"record.results.{what}",
        patient_id=report.patient_id,
        topics=mark_queries.topics_about(report),
        payload={"kind": "results", "ids": [str(report.id)]},
    )
