"""Who answers to a plan of care for a person: themselves, and whoever the law or a judge lets decide for them.

The person always comes first: their consent is sought whenever they can express it (Code de la santé publique
L1111-4; Code civil 459). A relative whom they chose, their curator, whoever assists them decide nothing in their
place: `measures` says which measure does. For a child, the holders of parental authority consent, and the child's
opinion is sought (Code civil 371-1 and 372; Code de la santé publique L1111-2 and L1111-4).
"""

from uuid import UUID

from django.utils import timezone

from enrs.core.moments import legal_day
from enrs.core.plans.kinds import Decider
from enrs.referentials.circles import rules
from enrs.referentials.circles.measures import Decides
from enrs.referentials.circles.models import Member
from enrs.referentials.circles.queries import Representative, current, representatives
from enrs.referentials.identity.models import RegionalIdentity

PARENTS = "parental_authority"
CHILD = "Mineure : qui détient l’autorité parentale signe ; notez ce que l’enfant en dit."
HEARD = "Décide après avoir entendu la personne, si celle-ci ne peut décider elle-même. Notez ce qu’elle en dit."


def deciders_of(patient_id: UUID) -> list[Decider]:
    """The person, then each representative who decides for them; two statements more when there are some."""
    stand_by = representatives(patient_id)
    own = current(patient_id).filter(basis=Member.Basis.SELF).first()
    parents = [one for one in stand_by if one.member.ground == PARENTS and _is_child(patient_id)]
    person = Decider(
        "person", "person", own.display if own else "La personne",
        note=CHILD if parents else _beside(stand_by), grantee_id=own.grantee_id if own else None,
    )  # fmt: skip
    deciding = [one for one in stand_by if one in parents or _decides(one)]
    return [person, *(_decider(one) for one in deciding)]


def _is_child(patient_id: UUID) -> bool:
    """Whether the person is not of age; a birth that is not whole leaves parental authority as it is entered."""
    identity = RegionalIdentity.objects.filter(patient_id=patient_id).only("birth_date").first()
    of_age = rules.majority_on(str(identity.birth_date)) if identity else None
    return of_age is None or legal_day(timezone.now()) < of_age


def _decides(one: Representative) -> bool:
    return one.measure is not None and one.measure.decides == Decides.REPRESENTATIVE


def _decider(one: Representative) -> Decider:
    capacity = one.measure.label if one.measure else "Titulaire de l’autorité parentale"
    return Decider(
        str(one.member.id), "proxy", one.member.display,
        capacity=capacity, note=HEARD, grantee_id=one.member.grantee_id,
    )  # fmt: skip


def _beside(found: list[Representative]) -> str:
    """Who is beside the person when they answer: who assists them by a measure."""
    names = [
        f"{one.member.display} ({one.measure.label.lower()})"
        for one in found
        if one.measure is not None and one.measure.decides == Decides.ASSISTED
    ]
    return f"Décide assistée de : {', '.join(names)}." if names else ""
