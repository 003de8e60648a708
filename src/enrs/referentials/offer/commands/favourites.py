"""The units that somebody keeps at hand."""

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.referentials.offer.models import Favourite, HealthcareService

MOST = 50


def keep_favourite(*, service: HealthcareService) -> bool:
    """Keep a unit at hand, or put it back when it is kept; returns whether it now is."""
    by = current_actor()
    if by.user_id is None or by.kind not in ("professional", "person"):
        raise AccessRefusedError("profession")
    with act():
        gone, _ = Favourite.objects.filter(user_id=by.user_id, service=service).delete()
        if gone:
            return False
        mine = Favourite.objects.filter(user_id=by.user_id)
        if mine.count() >= MOST:
            oldest = mine.order_by("added_at", "id").values_list("pk", flat=True)[:1]
            Favourite.objects.filter(pk__in=list(oldest)).delete()
        Favourite(id=uuid7(), user_id=by.user_id, service=service).save(force_insert=True)
    return True
