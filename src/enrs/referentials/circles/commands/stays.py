"""A structure's right by a stay: one row, whatever the number of messages and of its staff."""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone

from enrs.core import prepared
from enrs.core.access.commands import give_grant
from enrs.core.effects import act
from enrs.referentials.circles import rules
from enrs.referentials.circles.commands.traces import leave_traces, republish

# One statement on the way of every movement message: nothing comes back when nothing changes, or
# when the person opposed. The conflict is the stay's own identifier.
KEEP = """
insert into circle_member as m (
    id, identity_id, patient_id, recorded_at, withdrawn_reason, block, basis, ground, organisation_id,
    encounter_id, display, role_label, phone, in_care_team, since, until, ended_reason, added_by)
select %(id)s, %(identity_id)s, %(patient_id)s, %(now)s, '', 'organisations', 'stay', 'same_structure',
    %(organisation_id)s, %(encounter_id)s, %(display)s, 'Séjour', '', true, %(now)s, %(until)s, '', %(by)s
where not exists (
    select from circle_opposition o
    where o.patient_id = %(patient_id)s and o.grantee_id = %(organisation_id)s and o.lifted_at is null)
on conflict (id) do update set until = excluded.until, display = excluded.display, patient_id = excluded.patient_id
    where m.ended_at is null and (m.until, m.display, m.patient_id)
        is distinct from (excluded.until, excluded.display, excluded.patient_id)
returning id, xmax = 0
"""


BOUND_COPIES = """
update access_grant g set valid_until = %b::timestamptz
where g.patient_id = %b::uuid and g.grantee_id = %b::uuid and g.source_kind = 'identity_link' and g.purpose = 'stay'
  and g.valid_until > %b::timestamptz and not exists (
    select from circle_member m
    where m.patient_id = g.patient_id and m.organisation_id = g.grantee_id and m.basis = 'stay'
      and m.until > %b::timestamptz and m.ended_at is null)
"""


def open_for_stay(
    *,
    patient_id: UUID,
    organisation_id: UUID,
    display: str,
    encounter_id: UUID,
    until: datetime | None = None,
    identity_id: UUID | None = None,
) -> UUID | None:
    """Open a record to the structure of a stay (L1110-12 1°), as the feed; idempotent.

    `until` is when the right ends: `rules.stay_right_until(discharged_at)` once the person left, None
    while they are there: it then ends some time after the last movement, and each prolongs it
    (`rules.stay_right_without_news`). Returns the place's identifier when something changed, else
    None: the same again costs one statement, and an opposition that stands keeps the structure out.
    """
    now = timezone.now()
    ends = until or rules.stay_right_without_news(now)
    member_id = rules.stay_member_id(encounter_id, organisation_id)
    values = {
        "id": member_id,
        "identity_id": identity_id,
        "patient_id": patient_id,
        "organisation_id": organisation_id,
        "encounter_id": encounter_id,
        "display": display[:200],
        "until": ends,
        "now": now,
        "by": "Flux de l'établissement",
    }
    with act():
        with connection.cursor() as cursor:
            cursor.execute(KEEP, values)
            kept = cursor.fetchone()
        if kept is None:
            return None
        give_grant(
            patient_id=patient_id,
            grantee_id=organisation_id,
            source_kind="stay",
            source_id=member_id,
            purpose="stay",
            level=rules.CONTRIBUTE,
            valid_until=ends,
        )
        if until is not None:
            _bound_copies(patient_id, organisation_id, until)
        leave_traces(
            "circle.stay.opened" if kept[1] and until is None else "circle.stay.bounded",
            patient_id=patient_id,
            object_kind="circle_member",
            object_id=member_id,
            details={"display": display},
        )
        republish(patient_id)
    return member_id


def _bound_copies(patient_id: UUID, organisation_id: UUID, until: datetime) -> None:
    """A merge copied the stay's right without its end: it ends with the last stay that goes on."""
    prepared.execute(BOUND_COPIES, [until, patient_id, organisation_id, until, until])
