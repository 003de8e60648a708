"""On what ground one joins, and why an access is given or refused: whole tables."""

from datetime import UTC, date, datetime, timedelta

import pytest

from enrs.core.access.rules import Decision, Right
from enrs.referentials.circles import rules
from enrs.referentials.circles.rules import Joining

TODAY = date(2026, 3, 12)
INSIDE = {"block": "care_team", "basis": "care_team", "role": "nurse", "ground": "recognised"}
OUTSIDE = {"block": "care_team", "basis": "consent", "role": "nurse"}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (INSIDE | {"is_informed": True}, ""),
        (INSIDE | {"is_informed": True, "ground": "same_structure"}, ""),
        (INSIDE | {"is_informed": True, "ground": "coordinated"}, ""),
        (INSIDE | {"is_informed": True, "ground": ""}, "ground"),
        (INSIDE | {"is_informed": True, "ground": "curiosity"}, "ground"),
        (INSIDE, "not_informed"),
        (INSIDE | {"is_informed": True, "is_opposed": True}, "opposed"),
        (INSIDE | {"is_informed": True, "role": "anonymous"}, "no_right"),
        (INSIDE | {"is_informed": True, "role": ""}, "no_right"),
        (OUTSIDE, "consent_missing"),
        (OUTSIDE | {"has_consent": True}, "consent_missing"),
        (OUTSIDE | {"has_consent": True, "consent_given_on": TODAY}, ""),
        (OUTSIDE | {"has_consent": True, "consent_given_on": TODAY, "is_opposed": True}, ""),
        (
            OUTSIDE | {"has_consent": True, "consent_given_on": TODAY + timedelta(days=1)},
            "consent_date",
        ),
        (
            OUTSIDE
            | {"has_consent": True, "consent_given_on": TODAY, "consent_is_withdrawn": True},
            "consent_withdrawn",
        ),
        (INSIDE | {"basis": "stay"}, "basis"),
        (INSIDE | {"basis": "self"}, "basis"),
        (INSIDE | {"basis": "friendship"}, "basis"),
        ({"block": "organisations", "basis": "stay"}, ""),
        ({"block": "organisations", "basis": "stay", "is_opposed": True}, "opposed"),
        (
            {"block": "organisations", "basis": "care_team", "ground": "coordinated"}
            | {"is_informed": True},
            "",
        ),
        ({"block": "relatives", "basis": "self"}, ""),
        ({"block": "relatives", "basis": "proxy"}, ""),
        ({"block": "relatives", "basis": "contact"}, ""),
        ({"block": "relatives", "basis": "care_team"}, "basis"),
        ({"block": "neighbours", "basis": "contact"}, "basis"),
    ],
)
def test_who_may_join(given, code):
    assert rules.refusal(Joining(**given), today=TODAY) == code


@pytest.mark.parametrize(
    ("basis", "block", "purpose", "level"),
    [
        ("care_team", "care_team", "care_team", 2),
        ("care_team", "organisations", "organisation", 2),
        ("consent", "care_team", "consent", 2),
        ("consent", "organisations", "consent", 2),
        ("stay", "organisations", "stay", 2),
        ("self", "relatives", "self", 3),
        ("proxy", "relatives", "proxy", 3),
    ],
)
def test_what_a_basis_opens(basis, block, purpose, level):
    assert rules.opening(basis=basis, block=block) == rules.Opening(purpose, level)


def test_a_contact_opens_nothing():
    assert rules.opening(basis="contact", block="relatives") is None


@pytest.mark.parametrize(
    ("role", "level", "is_self", "may"),
    [
        ("nurse", 2, False, False),
        ("nurse", 2, True, True),
        ("physician", 2, False, True),
        ("physician", 1, False, False),
        ("patient", 3, False, True),
        ("proxy", 3, False, True),
        ("social_worker", 2, False, False),
    ],
)
def test_who_may_remove(role, level, is_self, may):
    assert rules.may_remove(role=role, level=level, is_self=is_self) is may


@pytest.mark.parametrize("reason", rules.REASONS)
def test_every_reason_has_its_articles(reason):
    allowed = reason not in ("outside_circle", "profession", "level")
    right = Right("circle", reason, "record", 2) if allowed else None
    shown = rules.explain(Decision(allowed, reason, "nurse", right))
    assert shown.code == reason
    assert shown.allowed is allowed
    assert all(article[0] in "LRD" for article in shown.articles)
    assert shown.may_ask is (reason == "outside_circle")


def test_the_social_field_reads_its_own_articles():
    shown = rules.explain(Decision(False, "profession", "social_worker"))
    assert shown.articles == ("R1110-1", "R1110-2")


@pytest.mark.parametrize(
    ("born", "day"),
    [
        ("2010-05-04", date(2028, 5, 4)),
        ("2008-02-29", date(2026, 3, 1)),
        ("2010-05", None),
        ("2010", None),
        ("", None),
    ],
)
def test_majority(born, day):
    assert rules.majority_on(born) == day
    assert rules.proxy_ends_on(kind="parental_authority", birth_date=born) == day
    assert rules.proxy_ends_on(kind="guardian", birth_date=born) is None


def test_a_stay_opens_a_month_past_discharge():
    left = datetime(2026, 3, 12, tzinfo=UTC)
    assert rules.stay_right_until(left) == datetime(2026, 4, 11, tzinfo=UTC)
