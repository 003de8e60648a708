"""Creating a record one by one: the identity, then the creator's place in the circle with its basis."""

from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import current_actor
from enrs.core.effects import act
from enrs.core.moments import legal_day
from enrs.referentials.circles import commands as circles
from enrs.referentials.circles.rules import CARE_TEAM, ORGANISATIONS
from enrs.referentials.identity.commands import create_patient_by_hand
from enrs.referentials.identity.models import SourceIdentity
from enrs.referentials.identity.rules import Traits


class NotInformedError(Exception):
    """Sharing needs that the person was told of it (Code de la santé publique, L1110-4)."""


def open_record(
    *, traits: Traits, ground: str, is_informed: bool, is_confirmed: bool = False
) -> SourceIdentity:
    """Create a patient and bring the creator, and their place of work, into the circle.

    Who may not write a circle (a secretary) brings nobody in: their place keeps its first right of a few
    days, the time for a professional to join. `ground` is one of `circles.rules.GROUNDS`.

    Raises:
        NotInformedError: the person was not told.
        AccessRefusedError, PossibleDuplicateError, IdentityRefusedError: see `create_patient_by_hand`.
        CircleError: a rule of the circle refuses.
    """
    by = current_actor()
    if not is_informed:
        raise NotInformedError
    with act():
        identity = create_patient_by_hand(traits=traits, by=by, is_confirmed=is_confirmed)
        if access_rules.permits(by.role, "circle", access_rules.WRITE):
            _join(identity, ground)
    return identity


def _join(identity: SourceIdentity, ground: str) -> None:
    by = current_actor()
    places = (
        (CARE_TEAM, by.grantee_id, by.name, by.label, ground),
        (ORGANISATIONS, by.organisation_id, by.organisation_name, "", "same_structure"),
    )
    for block, grantee_id, display, label, on_ground in places:
        if grantee_id and display:
            circles.add_member(
                patient_id=identity.patient_id,
                block=block,
                grantee_id=grantee_id,
                display=display,
                role_label=label,
                basis="care_team",
                ground=on_ground,
                role=by.role,
                informed_on=legal_day(timezone.now()),
            )
