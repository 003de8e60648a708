"""Somebody whom a desk let in, and who has not come yet: the sheet is known, so that a demo may use it."""

from typing import Final

from enrs.config.demo.days.stage import Stage
from enrs.core.access.actor import acting
from enrs.services.portal.commands import invite_person
from enrs.services.portal.keyed import keyed
from enrs.services.portal.models import Invitation, OneTimeCode

NUMBER: Final = "PDEMXFCA"
CODE: Final = "ENRSDEMXABCD"
GUEST: Final = {
    "family_name": "RIVOAL", "given_name": "Nolwenn Marie", "gender": "female", "birthdate": "1964-05-30",
    "birthplace": "29019",
}  # fmt: skip


def play(stage: Stage) -> None:
    """A sister, chosen as mandatee, invited by the general practitioner."""
    with acting(stage.actor("moreau")):
        made = invite_person(
            patient_id=stage.lives["marchand"].id, kind="relative", given="Nolwenn", family="Rivoal",
            proof="Carte nationale d’identité", proxy_kind="mandate", role_label="Sœur",
        )  # fmt: skip
    if made is None:
        return
    invited, _code = made
    Invitation.objects.filter(pk=invited.pk).update(number=NUMBER)
    held = OneTimeCode.objects.filter(
        subject_id=invited.grantee_id, use=OneTimeCode.Use.INVITATION, used_at=None
    )
    held.update(code_hash=keyed(OneTimeCode.Use.INVITATION, invited.grantee_id, CODE))
