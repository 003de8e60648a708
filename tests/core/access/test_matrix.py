"""The matrix changed by a region: what may be, when it counts, what is kept of it."""

import pytest
from django.db import connection

from enrs.core.access import matrix, rules
from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError, MatrixRefusedError, change_matrix
from enrs.core.access.in_force import last_change
from enrs.core.access.models import MatrixCell, MatrixChange
from enrs.core.access.policies import apply_policies
from enrs.core.access.queries import may
from enrs.core.subjects.commands import StaleSaveError
from tests.factories import GrantFactory, PatientFactory, PositionFactory, UserFactory, actor

REASON = "Convention régionale du 12 mars"
NOTES = ("pharmacist", "social")


def keeper() -> Actor:
    user = UserFactory(kind="operator")
    PositionFactory(user=user, role="operator", label="Exploitant")
    return actor(user)


def changed(cell: tuple[str, str] = NOTES, acts: str = "r", version: int | None = None) -> int:
    with acting(keeper()):
        made = change_matrix(
            wanted={cell: acts}, reason=REASON,
            expected_version=last_change() if version is None else version,
        )  # fmt: skip
    return made[-1].pk


def test_what_a_region_may_choose_lies_within_the_law_and_the_release():
    for role in rules.ROLES:
        for category in rules.CATEGORIES:
            offered, given = rules.choices(role, category), rules.shipped(role, category)
            assert given in offered
            if role in rules.FIXED:
                assert offered == (given,)
    assert rules.choices("social_worker", "results") == ("",)
    assert rules.choices("social_worker", "notes") == ("",)
    assert rules.choices("secretary", "notes") == ("",)
    assert rules.choices("nurse", "identity") == ("r",)
    assert rules.choices("pharmacist", "social") == ("", "r")
    assert rules.choices("physician", "journal") == ("", "r")
    assert rules.choices("nobody", "notes") == ("",)


@pytest.mark.parametrize(
    ("cell", "acts", "left"),
    [
        (("pharmacist", "social"), "r", "r"),
        (("pharmacist", "social"), "rw", "r"),
        (("social_worker", "results"), "rw", ""),
        (("patient", "notes"), "", "r"),
        (("nurse", "identity"), "", "r"),
        (("gone", "notes"), "r", ""),
    ],
)
def test_a_change_that_a_release_no_longer_allows_falls_back(cell, acts, left):
    cells = rules.overlaid({cell: acts})
    assert cells.get(cell[0], {}).get(cell[1], "") == left


@pytest.mark.django_db
def test_a_change_counts_from_the_next_request_in_python_and_in_the_database():
    patient, pharmacist = PatientFactory(), actor(UserFactory(role="pharmacist"))
    GrantFactory(patient=patient, grantee_id=pharmacist.grantee_id)

    def reads() -> bool:
        with acting(pharmacist):
            return may("read", "social", patient_id=patient.pk).allowed

    assert not reads()
    number = changed()
    assert reads()
    assert rules.version_in_force() == number
    cell = MatrixCell.objects.get(role="pharmacist", category="social")
    assert (cell.may_read, cell.may_write) == (True, False)
    changed(acts="")
    assert not reads()
    assert [(one.before, one.after) for one in MatrixChange.objects.order_by("id")] == [
        ("", "r"), ("r", ""),
    ]  # fmt: skip


@pytest.mark.django_db
def test_what_was_changed_outlives_a_migration():
    changed(("nurse", "results"), "")
    with connection.cursor() as cursor:
        cursor.execute("reset role")
    apply_policies()
    cell = MatrixCell.objects.get(role="nurse", category="results")
    assert not cell.may_read


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wanted", "reason", "code"),
    [
        ({NOTES: "r"}, "court", "reason"),
        ({NOTES: "rw"}, REASON, "cell"),
        ({("social_worker", "results"): "r"}, REASON, "cell"),
        ({("patient", "notes"): ""}, REASON, "cell"),
        ({("nurse", "teeth"): "r"}, REASON, "cell"),
        ({NOTES: ""}, REASON, "same"),
    ],
)
def test_what_cannot_be_is_refused_in_a_word(wanted, reason, code):
    with acting(keeper()), pytest.raises(MatrixRefusedError) as refused:
        change_matrix(wanted=wanted, reason=reason, expected_version=0)
    assert refused.value.code == code
    assert not MatrixChange.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("role", [one for one in rules.ROLES if one != "operator"])
def test_nobody_else_changes_it(role):
    user = UserFactory(kind="professional")
    PositionFactory(user=user, role=role, label=role)
    with acting(actor(user)), pytest.raises(AccessRefusedError):
        change_matrix(wanted={NOTES: "r"}, reason=REASON, expected_version=0)


@pytest.mark.django_db
def test_a_change_drawn_from_an_older_page_is_refused():
    number = changed()
    with pytest.raises(StaleSaveError):
        changed(("nurse", "results"), "", version=0)
    assert changed(("nurse", "results"), "", version=number) > number


@pytest.mark.django_db
def test_a_simulation_says_what_each_relation_would_see_and_changes_nothing():
    effects = matrix.simulate({NOTES: "r", ("nurse", "notes"): ""})
    narrowed, opened = effects
    assert (narrowed.role, narrowed.is_wider, opened.is_wider) == ("nurse", False, True)
    assert {label: (before, after) for label, before, after in opened.relations} == {
        "Dans l’équipe de soins": ("ne voit rien", "lit"),
        "Avec le consentement de la personne": ("ne voit rien", "lit"),
        "Par la structure du séjour": ("ne voit rien", "lit"),
        "Lecture seule": ("ne voit rien", "lit"),
        "Bris de glace, pour une garde": ("ne voit rien", "lit"),
        "Régulation du centre 15": ("ne voit rien", "lit"),
        "Hors du cercle, ou opposition": ("ne voit rien", "ne voit rien"),
    }
    assert narrowed.relations[0] == ("Dans l’équipe de soins", "lit et écrit", "ne voit rien")
    assert narrowed.relations[3] == ("Lecture seule", "lit", "ne voit rien")
    assert rules.permits("nurse", "notes", "write")
