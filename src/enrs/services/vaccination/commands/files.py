"""Opening a record at the counter: the identity, then the place of whoever vaccinates in the circle."""

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.effects import act
from enrs.core.moments import legal_day
from enrs.referentials.circles.commands import add_member
from enrs.referentials.circles.rules import CARE_TEAM, ORGANISATIONS
from enrs.referentials.identity.commands import create_patient_by_hand
from enrs.referentials.identity.models import SourceIdentity
from enrs.referentials.identity.rules import Traits
from enrs.services.vaccination.commands.errors import VaccinationRefusedError
from enrs.services.vaccination.rules.eligibility import ROLES


def open_vaccination_file(
    *, traits: Traits, is_informed: bool, is_confirmed: bool = False
) -> SourceIdentity:
    """Create a patient who stands at the counter; the actor and their place join the circle.

    Their ground is that the person addresses them (L1110-12 2°). `is_confirmed` creates past a likeness,
    which the identity unit is told of.

    Raises:
        AccessRefusedError: not a profession that vaccinates, or without a place of work.
        VaccinationRefusedError: `informed`.
        PossibleDuplicateError, IdentityRefusedError: see `create_patient_by_hand`.
        CircleError: a rule of the circle refuses.
    """
    by = current_actor()
    if by.role not in ROLES:
        raise AccessRefusedError("profession")
    if not is_informed:
        raise VaccinationRefusedError("informed")
    today = legal_day(timezone.now())
    places = (
        (CARE_TEAM, by.grantee_id, by.name, by.label, "recognised"),
        (ORGANISATIONS, by.organisation_id, by.organisation_name, "", "same_structure"),
    )
    with act():
        identity = create_patient_by_hand(
            traits=traits, by=by, is_confirmed=is_confirmed, is_at_counter=True
        )
        for block, grantee_id, display, label, ground in places:
            if grantee_id and display:
                add_member(
                    patient_id=identity.patient_id, block=block, grantee_id=grantee_id, display=display,
                    role_label=label, basis="care_team", ground=ground, role=by.role, informed_on=today,
                )  # fmt: skip
    return identity
