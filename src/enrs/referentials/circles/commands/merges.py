"""What a merge of identities asks of the circles: oppositions hold, and both circles are published."""

from uuid import UUID

from enrs.core.access.queries import valid_denials
from enrs.core.effects import act
from enrs.referentials.circles.commands.members import end_member
from enrs.referentials.circles.commands.traces import republish
from enrs.referentials.circles.models import Member


def settle_merge(*, source: UUID, target: UUID) -> None:
    """End the places that came to `target` of whom the person opposed, and publish both circles."""
    denials = valid_denials().filter(patient_id=target)
    refused = set(denials.values_list("grantee_id", flat=True))
    with act():
        if refused:
            for member in Member.objects.filter(patient_id=target, ended_at=None).order_by("id"):
                if member.grantee_id in refused:
                    end_member(member=member, reason="opposition", kind="circle.member.removed")
        republish(source)
        republish(target)
