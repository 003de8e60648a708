"""Who may read and write what: every role × relation × category × act of the matrix, beside what was written by hand.

The table below is read by a person (the region's data protection officer) and written from the texts, not
from the code: L1110-4 and L1110-12 (équipe de soins), R1110-1 and R1110-2 (social field: what is strictly
necessary), L1111-7 (the person's own access). The test walks the matrix of the code, so that a role or a
category that is added without a line here fails.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from enrs.core.access.actor import Actor
from enrs.core.access.commands import deny
from enrs.core.access.models import MatrixCell
from enrs.core.access.queries import may
from enrs.core.access.rules import CATEGORIES, ROLES
from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient
from tests.factories import GrantFactory, PatientFactory, UserFactory, actor

pytestmark = pytest.mark.django_db

WRITTEN_BY_HAND = """
role             identity summary encounters documents results notes social circle journal plan request agenda messages assessment
physician        rw       rw      rw         rw        rw      rw    rw     rw     r       rw   rw      rw     rw       rw
midwife          rw       rw      rw         rw        rw      rw    rw     rw     r       rw   rw      rw     rw       rw
dentist          rw       rw      rw         rw        rw      rw    rw     rw     r       rw   rw      rw     rw       rw
biologist        rw       rw      rw         rw        rw      rw    rw     rw     r       rw   rw      rw     rw       rw
nurse            r        rw      rw         rw        r       rw    rw     rw     r       rw   rw      rw     rw       rw
pharmacist       r        rw      rw         rw        r       rw    -      rw     -       rw   rw      rw     rw       rw
allied           r        rw      rw         r         r       rw    rw     rw     -       rw   rw      rw     rw       rw
coordinator      rw       rw      rw         r         -       rw    rw     rw     r       rw   rw      rw     rw       rw
social_worker    r        -       r          -         -       -     rw     rw     -       rw   rw      rw     rw       rw
secretary        rw       -       rw         -         -       -     -      r      -       -    rw      rw     rw       -
identity_officer rw       -       -          -         -       -     -      -      -       -    -       -      -        -
patient          r        r       r          r         r       r     r      rw     r       r    r       rw     rw       rw
proxy            r        r       r          r         r       r     r      rw     r       r    r       rw     rw       rw
operator         -        -       -          -         -       -     -      -      -       -    -       -      -        -
standby          -        -       -          -         -       -     -      -      -       -    -       -      -        -
auditor          -        -       -          -         -       -     -      -      -       -    -       -      -        -
anonymous        -        -       -          -         -       -     -      -      -       -    -       -      -        -
"""  # noqa: E501  a table is read in its columns


def by_hand() -> dict[str, dict[str, str]]:
    head, *lines = (line.split() for line in WRITTEN_BY_HAND.strip().splitlines())
    return {
        role: {name: cell.strip("-") for name, cell in zip(head[1:], cells, strict=True)}
        for role, *cells in lines
    }


Give = Callable[[Patient, Actor], object]


@dataclass(frozen=True, slots=True)
class Relation:
    """How somebody stands to a person, and what is left of their role's line then."""

    words: str
    give: Give
    acts: str = "rw"
    but: tuple[tuple[str, str], ...] = ()

    def leaves(self, cell: str, category: str) -> str:
        kept = "".join(act for act in cell if act in self.acts)
        return kept.replace("w", "") if (category, "w") in self.but else kept


def grant(**fields: Any) -> Give:
    def give(patient: Patient, by: Actor) -> object:
        return GrantFactory(patient=patient, grantee_id=by.grantee_id, **fields)

    return give


def at_work(**fields: Any) -> Give:
    def give(patient: Patient, by: Actor) -> object:
        return GrantFactory(patient=patient, grantee_id=by.organisation_id, **fields)

    return give


def opposed(*, then: Give | None = None) -> Give:
    def give(patient: Patient, by: Actor) -> None:
        GrantFactory(patient=patient, grantee_id=by.grantee_id, level=2)
        deny(patient_id=patient.pk, grantee_id=by.grantee_id, source_id=uuid7())
        if then:
            then(patient, by)

    return give


def nothing(patient: Patient, by: Actor) -> None:
    return None


NO_CIRCLE = (("circle", "w"),)
RELATIONS = (
    Relation("never met", nothing, acts=""),
    Relation("of the circle, contributor", grant(level=2)),
    Relation("of the circle, reader", grant(level=1), acts="r"),
    Relation("whose place of work is of the circle", at_work(level=2)),
    Relation("whose place of work reads", at_work(level=1), acts="r"),
    Relation("by consent", grant(level=2, purpose="consent")),
    Relation("whose place was sent a request", at_work(level=2, purpose="sending")),
    Relation("who left the circle", grant(level=2, ended=True), acts=""),
    Relation("whose right begins tomorrow", grant(level=2, future=True), acts=""),
    Relation("opposed", opposed(), acts=""),
    Relation("who broke the glass", grant(level=2, purpose="break_glass"), but=NO_CIRCLE),
    Relation("centre 15", grant(level=2, purpose="centre_15"), but=NO_CIRCLE),
    Relation(
        "opposed, who broke the glass",
        opposed(then=grant(level=2, purpose="break_glass")),
        but=NO_CIRCLE,
    ),
    Relation(
        "opposed, at the centre 15",
        opposed(then=grant(level=2, purpose="centre_15")),
        but=NO_CIRCLE,
    ),
)
PERSONS = {
    "patient": Relation("themselves", grant(level=3, purpose="self")),
    "proxy": Relation("who represents them", grant(level=3, purpose="proxy")),
}
PROFESSIONAL = tuple(role for role in ROLES if role not in ("patient", "proxy", "anonymous"))


def somebody(role: str) -> Actor:
    if role == "patient":
        return actor(UserFactory(patient=True))
    if role == "proxy":
        return actor(UserFactory(relative=True))
    return actor(UserFactory(role=role))


def found(patient: Patient) -> dict[str, str]:
    """What the decision lets the current actor do, category by category."""
    return {
        category: "".join(
            act[0] for act in ("read", "write") if may(act, category, patient_id=patient.pk).allowed
        )
        for category in CATEGORIES
    }


def test_the_table_has_a_line_for_each_role_and_a_column_for_each_category():
    assert set(by_hand()) == set(ROLES)
    assert all(tuple(cells) == CATEGORIES for cells in by_hand().values())


@pytest.mark.parametrize("relation", RELATIONS, ids=lambda one: one.words.replace(" ", "-"))
@pytest.mark.parametrize("role", PROFESSIONAL)
def test_a_professional_may(role, relation, as_actor):
    by, patient = somebody(role), PatientFactory()
    relation.give(patient, by)
    expected = {
        category: relation.leaves(cell, category) for category, cell in by_hand()[role].items()
    }
    with as_actor(by):
        assert found(patient) == expected
        # Row security knows the relation alone: who has none does not even see that the record exists.
        assert Patient.objects.filter(pk=patient.pk).exists() is bool(relation.acts)


@pytest.mark.parametrize("role", sorted(PERSONS))
def test_a_person_may(role, as_actor):
    by, patient, other = somebody(role), PatientFactory(), PatientFactory()
    PERSONS[role].give(patient, by)
    with as_actor(by):
        assert found(patient) == by_hand()[role]
        assert set(found(other).values()) == {""}


@pytest.mark.parametrize("words", [one.words for one in RELATIONS if one.words != "never met"])
def test_a_person_has_no_right_by_a_professional_s_relation(words, as_actor):
    relation = next(one for one in RELATIONS if one.words == words)
    by, patient = somebody("patient"), PatientFactory()
    if "place" not in words:
        relation.give(patient, by)
    with as_actor(by):
        assert set(found(patient).values()) == {""}


def test_nobody_may_anything_without_signing_in(as_actor):
    patient = PatientFactory()
    GrantFactory(patient=patient, valid_from=timezone.now())
    with as_actor(Actor(kind="anonymous", name="", role="anonymous")):
        assert set(found(patient).values()) == {""}


def test_the_database_holds_the_same_table():
    held = {
        (row.role, row.category): "r" * row.may_read + "w" * row.may_write
        for row in MatrixCell.objects.all()
    }
    assert held == {
        (role, category): cell
        for role, cells in by_hand().items()
        for category, cell in cells.items()
    }
