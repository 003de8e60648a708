"""The copies of data that one asked, and the pieces of one."""

from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.jobs.upkeep import Past
from enrs.services.rights.models import CopyPiece, DataCopy

LIVING = (DataCopy.State.PREPARING, DataCopy.State.READY)
LISTED = 20


def own_copies() -> list[DataCopy]:
    """What the current user asked, the newest first."""
    rows = DataCopy.objects.filter(asked_by_id=_own_id())
    return list(rows.order_by("-id")[:LISTED])


def own_copy(copy_id: UUID) -> DataCopy | None:
    """One of them."""
    return DataCopy.objects.filter(asked_by_id=_own_id(), pk=copy_id).first()


def living_copy(patient_id: UUID, asked_by_id: UUID) -> DataCopy | None:
    """The one copy about a person that somebody waits for, or may download."""
    rows = DataCopy.objects.filter(patient_id=patient_id, asked_by_id=asked_by_id, state__in=LIVING)
    return rows.first()


def is_open(made: DataCopy) -> bool:
    """Whether it may be downloaded now: what is over is, even before its pieces are erased."""
    is_kept = made.expires_at is not None and made.expires_at > timezone.now()
    return made.state == DataCopy.State.READY and is_kept


def addresses_of(made: DataCopy) -> list[bytes]:
    """Where its pieces lie, in order."""
    rows = CopyPiece.objects.filter(made=made).order_by("number")
    return [bytes(one) for one in rows.values_list("blob_id", flat=True)]


def copies_over() -> QuerySet[DataCopy]:
    """Those whose week is over and that still lie here."""
    return DataCopy.objects.filter(state=DataCopy.State.READY, expires_at__lte=timezone.now())


def weigh_copies_over() -> Past:
    """How many pieces these copies have, and their bytes."""
    pieces = CopyPiece.objects.filter(made__in=copies_over())
    told = pieces.aggregate(items=Count("pk"), bytes=Coalesce(Sum("blob__size"), 0))
    return Past(**told)


def _own_id() -> UUID:
    """The account of the reader; nobody's when there is none."""
    return current_actor().user_id or UUID(int=0)
