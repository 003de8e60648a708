"""The places in the circle that a follow-up brings: they end with what they were opened for (L1110-12 3°)."""

from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.effects import act
from enrs.referentials.circles.commands import add_member, remove_member
from enrs.referentials.circles.models import Member
from enrs.referentials.circles.needs import is_needed
from enrs.services.home_monitoring import queries
from enrs.services.home_monitoring.models import Entry, FollowUp

STAYS = timedelta(days=7)
"""How long after the end, or a hand-over, a place that was brought stays: time to read what came last, and to write."""
GROUND = "coordinated"
"""The ground of a place that is brought: a formal coordination, of which the person was informed."""
REASON = "fin de la surveillance à domicile"
BATCH = 100


def bring(follow_up: FollowUp, one: queries.Watcher, informed_on: date) -> None:
    """The circle holds the organisation that watches; a person who watches is in it already.

    The follow-up keeps the place that it opened in `brought`, for the caller to save; not one that was there.

    Raises:
        AccessRefusedError, CircleError.
    """
    if one.kind != "organisation":
        return
    before = set(
        Member.objects.filter(patient_id=follow_up.patient_id).values_list("id", flat=True)
    )
    member = add_member(
        patient_id=follow_up.patient_id, block="organisations", grantee_id=one.id, display=one.name,
        role_label="Surveillance à domicile", basis="care_team", ground=GROUND,
        informed_on=informed_on,
    )  # fmt: skip
    if member.id not in before:
        follow_up.brought = [*follow_up.brought, str(member.id)]


def end_places(limit: int = BATCH) -> bool:
    """End the places that follow-ups brought and that nothing needs any more; true when more may be waiting."""
    now = timezone.now()
    with acting(SYSTEM), act():
        rows = FollowUp.objects.filter(places_at__lte=now).select_for_update(skip_locked=True)
        found = list(rows.order_by("places_at", "id")[:limit])
        for held in found:
            held.brought = [key for key in held.brought if not _end(UUID(key), held)]
            # What another work needs is looked at again: it may be the last to hold the place.
            held.places_at = now + STAYS if held.brought else None
            held.save(update_fields=["brought", "places_at"])
    return len(found) == limit


def _end(member_id: UUID, held: FollowUp) -> bool:
    """Whether a place is over: ended here unless somebody needs it, or ended by somebody before."""
    place = Member.objects.filter(pk=member_id, withdrawn_at=None).first()
    if place is not None and place.ended_at is not None:
        place = _again(place, held)
    if place is None:
        return True
    if place.organisation_id and is_needed(place.patient_id, place.organisation_id):
        return False
    remove_member(member=place, reason=REASON)
    return True


def _again(place: Member, held: FollowUp) -> Member | None:
    """The place that stands in for one that was ended meanwhile, for the same work: it ends as the first would.

    The same organisation, added again on the ground of the coordination before the end, or before the last hand-over
    of one that goes on. One that was added on another ground, or since, is somebody else's decision, and stays.
    """
    rows = Member.objects.filter(
        patient_id=place.patient_id, organisation_id=place.organisation_id, basis="care_team",
        ground=GROUND, ended_at=None, withdrawn_at=None, since__gte=place.ended_at,
    )  # fmt: skip
    handed = Entry.objects.filter(follow_up=held, kind=Entry.Kind.HANDED).order_by("-at").first()
    over = held.ended_at or (handed and handed.at)
    return rows.filter(since__lte=over).first() if over else None
