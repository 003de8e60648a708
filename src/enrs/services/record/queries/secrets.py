"""A minor's secret acts: what stands, what it hides, what may be chosen."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from enrs.core.documents.models import Document
from enrs.core.moments import legal_day, partial_bounds
from enrs.referentials.identity.queries import regional_identity
from enrs.services.record.models import Report, Secret, SecretItem
from enrs.services.record.queries.blinding import shown
from enrs.services.record.rules.secrets import ROLES, is_adult

OFFERED = 50
"""Documents, then reports, that the form offers: the newest."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that a secret may hide, or hides."""

    kind: str
    id: UUID
    title: str
    at: datetime


def is_adult_now(patient_id: UUID) -> bool:
    """Whether the person is of age today; not when their birth date is unknown."""
    birth = regional_identity(patient_id).birth_date
    return is_adult(partial_bounds(birth)[1] if birth else None, legal_day(timezone.now()))


def is_shown(patient_id: UUID, *, role: str) -> bool:
    """Whether the page of secrets is offered: to who may record one about a minor, or where one stands.

    Never to a proxy.
    """
    if role == "proxy":
        return False
    if role in ROLES and not is_adult_now(patient_id):
        return True
    return Secret.objects.filter(patient_id=patient_id, withdrawn_at=None).exists()


def may_be_kept(document: Document, *, role: str) -> bool:
    """Whether this role may open the form for this document: one that it is offered, of a minor."""
    is_offered = document.status == Document.Status.CURRENT and not document.hidden_from_proxies
    return role in ROLES and is_offered and not is_adult_now(document.patient_id)


def secrets(patient_id: UUID) -> list[Secret]:
    """What stands, the newest first."""
    rows = Secret.objects.filter(patient_id=patient_id, withdrawn_at=None)
    return list(rows.order_by("-kept_at", "-id").prefetch_related("items")[:OFFERED])


def secret(patient_id: UUID, secret_id: UUID) -> Secret | None:
    """One of them."""
    return Secret.objects.filter(patient_id=patient_id, pk=secret_id, withdrawn_at=None).first()


def offered(patient_id: UUID, *, role: str, among: Collection[UUID] | None = None) -> list[Item]:
    """What this role sees and no proxy is blind to yet: documents in force, standing reports, the newest first.

    With `among`, those of these alone, however old.
    """
    documents = Document.objects.filter(
        patient_id=patient_id, status=Document.Status.CURRENT, hidden_from_proxies=False
    ).filter(**shown(role))
    reports = Report.objects.filter(
        patient_id=patient_id, withdrawn_at=None, hidden_from_proxies=False
    ).filter(**shown(role))
    if among is not None:
        documents, reports = documents.filter(pk__in=among), reports.filter(pk__in=among)
    size = OFFERED if among is None else None
    found = [
        Item("document", one.id, one.title, one.happened_at)
        for one in documents.order_by("-happened_at", "-id")[:size]
    ]
    found += [
        Item("report", one.id, one.display, one.issued_at)
        for one in reports.order_by("-issued_at", "-id")[:size]
    ]
    return found


def items_of(secrets_: Collection[Secret], *, role: str) -> dict[UUID, list[Item]]:
    """What each secret hides, with its title, of what this role sees."""
    rows = [item for one in secrets_ for item in one.items.all()]
    keys = [item.object_id for item in rows]
    documents = {one.id: one for one in Document.objects.filter(pk__in=keys, **shown(role))}
    reports = {one.id: one for one in Report.objects.filter(pk__in=keys, **shown(role))}
    found: dict[UUID, list[Item]] = {one.id: [] for one in secrets_}
    for item in sorted(rows, key=lambda one: one.id):
        if document := documents.get(item.object_id):
            shown_item = Item("document", document.id, document.title, document.happened_at)
        elif report := reports.get(item.object_id):
            shown_item = Item("report", report.id, report.display, report.issued_at)
        else:
            continue
        found[item.secret_id].append(shown_item)
    return found


def secrets_over(object_ids: Collection[UUID]) -> list[Secret]:
    """The standing secrets that hide one of these documents or reports."""
    if not object_ids:
        return []
    items = SecretItem.objects.filter(object_id__in=object_ids, secret__withdrawn_at=None)
    return list(Secret.objects.filter(pk__in=items.values("secret_id")).order_by("id"))


def topics_about(row: Document | Report) -> list[str]:
    """The open pages to hint of a row: none while a secret hides it, since a proxy's hears the same topic."""
    if row.hidden_from_proxies and secrets_over([row.pk]):
        return []
    return [f"patient:{row.patient_id}"]


def documents_named(patient_id: UUID, unique_id: str) -> list[UUID]:
    """The document from which results were taken, that what stands over it stands over them."""
    if not unique_id:
        return []
    rows = Document.objects.filter(patient_id=patient_id, unique_id=unique_id)
    return list(rows.values_list("pk", flat=True))


def results_of(patient_id: UUID, unique_id: str) -> list[UUID]:
    """Results taken out of this document, which may come after them."""
    rows = Report.objects.filter(patient_id=patient_id, document_unique_id=unique_id)
    return list(rows.values_list("pk", flat=True))
