"""Who answers to a plan of care for a person: themselves, and whoever a decision of justice lets decide for them.

The person always comes first: their consent is sought whenever they can express it (Code de la santé publique
L1111-4; Code civil 459). A relative whom they chose, their curator, whoever assists them decide nothing in their
place: `measures` says which measure does.
"""

from uuid import UUID

from enrs.core.plans.kinds import Decider
from enrs.referentials.circles.measures import Decides
from enrs.referentials.circles.models import Member
from enrs.referentials.circles.queries import Representative, current, representatives

HEARD = "Décide après avoir entendu la personne, si celle-ci ne peut décider elle-même. Notez ce qu’elle en dit."


def deciders_of(patient_id: UUID) -> list[Decider]:
    """The person, then each representative who decides for them; two statements more when there are some."""
    stand_by = representatives(patient_id)
    own = current(patient_id).filter(basis=Member.Basis.SELF).first()
    person = Decider(
        "person", "person", own.display if own else "La personne", note=_beside(stand_by),
        grantee_id=own.grantee_id if own else None,
    )  # fmt: skip
    return [person, *(_decider(one) for one in stand_by if _decides(one))]


def _decides(one: Representative) -> bool:
    return one.measure is not None and one.measure.decides == Decides.REPRESENTATIVE


def _decider(one: Representative) -> Decider:
    return Decider(
        str(one.member.id), "proxy", one.member.display,
        capacity=one.measure.label if one.measure else "", note=HEARD, grantee_id=one.member.grantee_id,
    )  # fmt: skip


def _beside(found: list[Representative]) -> str:
    """Who is beside the person when they answer: who assists them by a measure."""
    names = [
        f"{one.member.display} ({one.measure.label.lower()})"
        for one in found
        if one.measure is not None and one.measure.decides == Decides.ASSISTED
    ]
    return f"Décide assistée de : {', '.join(names)}." if names else ""
