"""The access decision, as one table: role × category × action × level."""

import itertools

import pytest

from enrs.core.access import rules
from enrs.core.access.rules import Confidentiality, Right

CARE = {"plan", "request", "agenda", "messages", "assessment"}
"""The categories of coordination: whoever takes part in the care or its support writes in all of them."""

WRITERS = {
    "physician": set(rules.CATEGORIES) - {"journal"},
    "midwife": set(rules.CATEGORIES) - {"journal"},
    "dentist": set(rules.CATEGORIES) - {"journal"},
    "biologist": set(rules.CATEGORIES) - {"journal"},
    "nurse": {"summary", "encounters", "documents", "notes", "social", "circle"} | CARE,
    "pharmacist": {"summary", "encounters", "documents", "notes", "circle"} | CARE,
    "allied": {"summary", "encounters", "notes", "social", "circle"} | CARE,
    "coordinator": {"identity", "summary", "encounters", "notes", "social", "circle"} | CARE,
    "social_worker": {"social", "circle"} | CARE,
    "secretary": {"identity", "encounters", "request", "agenda", "messages"},
    "identity_officer": {"identity"},
    "patient": {"circle", "agenda", "messages", "assessment"},
    "proxy": {"circle", "agenda", "messages", "assessment"},
}
READERS = {
    **{role: set(rules.CATEGORIES) for role in ("physician", "midwife", "dentist", "biologist")},
    "nurse": set(rules.CATEGORIES),
    "pharmacist": set(rules.CATEGORIES) - {"social", "journal"},
    "allied": set(rules.CATEGORIES) - {"journal"},
    "coordinator": set(rules.CATEGORIES) - {"results"},
    "social_worker": {"identity", "encounters", "social", "circle"} | CARE,
    "secretary": {"identity", "encounters", "circle", "request", "agenda", "messages"},
    "identity_officer": {"identity"},
    "patient": set(rules.CATEGORIES),
    "proxy": set(rules.CATEGORIES),
}
PROFESSIONAL_ROLES = tuple(role for role in rules.ROLES if role not in ("patient", "proxy"))


def right(level: int, purpose: str = "care_team") -> Right:
    return Right("member", purpose, "record", level)


@pytest.mark.parametrize("role", PROFESSIONAL_ROLES)
@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_every_role_of_a_professional(role, level):
    for category, action in itertools.product(rules.CATEGORIES, ("read", "write")):
        rights = [right(level)] if level else []
        decision = rules.decide(role=role, category=category, action=action, rights=rights)
        table = READERS if action == "read" else WRITERS
        allowed_to_role = category in table.get(role, set())
        if not level:
            wanted = (False, "outside_circle")
        elif not allowed_to_role:
            wanted = (False, "profession")
        elif action == "write" and level < 2:
            wanted = (False, "level")
        else:
            wanted = (True, "care_team")
        assert (decision.allowed, decision.reason) == wanted, (role, category, action, level)
        assert decision.role == role


@pytest.mark.parametrize(("purpose", "part"), [("self", "patient"), ("proxy", "proxy")])
@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_person_plays_the_part_that_their_grant_gives(purpose, part, level):
    for category, action in itertools.product(rules.CATEGORIES, ("read", "write")):
        rights = [right(level, purpose)] if level else []
        decision = rules.decide(role="person", category=category, action=action, rights=rights)
        table = READERS if action == "read" else WRITERS
        enough = level >= (1 if action == "read" else 2)
        assert decision.allowed == (enough and category in table[part])
        assert decision.role == (part if level else "person")


@pytest.mark.parametrize("purpose", ["care_team", "consent", "break_glass", ""])
def test_person_has_no_part_by_a_professional_s_purpose(purpose):
    decision = rules.decide(
        role="person", category="identity", action="read", rights=[right(3, purpose)]
    )
    assert not decision.allowed


def test_person_s_part_is_not_hidden_by_another_right():
    rights = [right(3, "consent"), right(2, "proxy")]
    decision = rules.decide(role="person", category="results", action="read", rights=rights)
    assert (decision.allowed, decision.role) == (True, "proxy")


def test_professional_s_purpose_as_a_person_gives_nothing_to_the_professional_role():
    assert not rules.decide(
        role="operator", category="identity", action="read", rights=[right(3, "self")]
    ).allowed


def test_the_strongest_right_decides():
    rights = [right(1, "consent"), right(2, "care_team"), right(1, "break_glass")]
    decision = rules.decide(role="nurse", category="notes", action="write", rights=rights)
    assert decision.allowed
    assert decision.right == rights[1]


def test_unknown_category_and_unknown_role():
    with pytest.raises(ValueError, match="blood"):
        rules.decide(role="nurse", category="blood", action="read", rights=[right(3)])
    assert not rules.decide(
        role="astrologer", category="notes", action="read", rights=[right(3)]
    ).allowed


@pytest.mark.parametrize(
    ("codes", "role"),
    [
        (("10",), "physician"),
        (("60",), "nurse"),
        (("21",), "pharmacist"),
        (("21", "", "SP03"), "biologist"),
        (("10", "", "SM03"), "biologist"),
        (("60", "coordinator"), "coordinator"),
        (("", "social_worker"), "social_worker"),
        (("99",), "anonymous"),
        (("", "unheard_of"), "anonymous"),
    ],
)
def test_role_of_a_position_of_the_directory(codes, role):
    assert rules.role_for(*codes) == role


def test_every_role_given_by_the_directory_is_in_the_matrix():
    given = {*rules.PROFESSION_ROLES.values(), *rules.FUNCTION_ROLES.values()}
    assert given <= set(rules.ROLES)
    assert set(rules.PERSON_ROLES.values()) <= set(rules.ROLES)


@pytest.mark.parametrize(
    ("marks", "hidden_from"),
    [
        ({}, set()),
        ({"masked_from_professionals": True}, {"physician", "nurse"}),
        ({"hidden_from_patient": True}, {"patient", "proxy"}),
        ({"hidden_from_proxies": True}, {"proxy"}),
    ],
)
def test_marks_of_a_document(marks, hidden_from):
    for role in ("physician", "nurse", "patient", "proxy"):
        seen = rules.sees_document(role=role, is_author=False, marks=Confidentiality(**marks))
        assert seen == (role not in hidden_from)
        assert rules.sees_document(role=role, is_author=True, marks=Confidentiality(**marks))


def test_only_professions_of_care_may_break_the_glass():
    may = {role for role in rules.ROLES if rules.may_break_glass(role)}
    assert may == {"physician", "midwife", "dentist", "nurse", "pharmacist", "biologist"}
    assert not rules.may_break_glass("person")


@pytest.mark.parametrize("purpose", ["break_glass", "centre_15"])
def test_an_emergency_changes_no_circle(purpose):
    alone = [right(2, purpose)]
    refused = rules.decide(role="physician", category="circle", action="write", rights=alone)
    assert (refused.allowed, refused.reason) == (False, "level")
    assert rules.decide(role="physician", category="notes", action="write", rights=alone).allowed
    assert rules.decide(role="physician", category="circle", action="read", rights=alone).allowed
    both = [*alone, right(2, "care_team")]
    kept = rules.decide(role="physician", category="circle", action="write", rights=both)
    assert (kept.allowed, kept.reason) == (True, "care_team")


def test_the_reason_of_the_regulation_is_the_regulators_alone():
    assert rules.reasons_for(is_regulator=True) == ("emergency", "samu", "continuity")
    assert rules.reasons_for(is_regulator=False) == ("emergency", "continuity")
    purposes = {one: rules.purpose_of_glass(one) for one in rules.BREAK_GLASS_REASONS}
    assert purposes == {
        "emergency": "break_glass",
        "samu": "centre_15",
        "continuity": "break_glass",
    }
    assert {role for role in rules.ROLES if rules.may_regulate(role)} == {"physician"}
