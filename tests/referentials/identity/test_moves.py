"""The table of moves: what it allows, what it refuses and why; no way to qualify but a document and the service."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrs.referentials.identity.rules import (
    ATTRIBUTES,
    BARRED,
    MOVES,
    NEXT,
    PROOFS,
    REFUSALS,
    Facts,
    MoveRefusedError,
    Standing,
    decide,
    first_of,
    may_be_minor,
    refusal,
    refused_proof,
)
from enrs.referentials.identity.rules.statuses import STATUSES

SEEN = Facts(proof="CN", reason="Pièce vue au guichet")
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is slow to draw its first value."""
facts = st.builds(
    Facts,
    is_complete=st.booleans(),
    is_ours=st.booleans(),
    is_by_hand=st.booleans(),
    proof=st.sampled_from(["", "CN", "PA", "PC", "AN", "LEP", "CC", "LECV"]),
    is_minor=st.booleans(),
    parent_seen=st.booleans(),
    reason=st.sampled_from(["", "non", "Pièce vue au guichet"]),
    answer=st.sampled_from(["", "one", "same", "other"]),
)
acts = st.lists(st.tuples(st.sampled_from([*MOVES, "score", "link"]), facts), max_size=12)


def walked(steps):
    """Every standing that an identity went through, with the acts that led there."""
    at, done = Standing(), []
    for act, given_facts in steps:
        try:
            after = decide(act, at, given_facts)
        except MoveRefusedError as error:
            told = error.refusal
            assert told in REFUSALS.values()
        else:
            done.append((act, given_facts, at, after))
            at = after
    return at, done


@CALM
@given(acts)
def test_an_identity_never_stands_where_the_rules_forbid(steps):
    _, done = walked(steps)
    for _, _, _, at in done:
        assert at.status in STATUSES
        assert at.attribute in ATTRIBUTES
        assert at.has_ins == (at.status in ("retrieved", "qualified"))
        assert not (at.attribute in BARRED and (at.status != "provisional" or at.has_ins))
        assert not (at.status in ("validated", "qualified") and at.proof not in PROOFS)


@CALM
@given(acts)
def test_nothing_but_a_document_and_the_service_qualifies(steps):
    at, done = walked(steps)
    if at.status != "qualified":
        return
    fresh = [rank for rank, (_, _, before, _) in enumerate(done) if before.status == "provisional"]
    since = {act for act, _, _, _ in done[max(fresh) :]}
    assert {"validate", "retrieve"} <= since


@CALM
@given(acts)
def test_a_doubt_is_lifted_by_a_reason_alone_and_begins_again(steps):
    _, done = walked(steps)
    for act, given_facts, before, after in done:
        if before.attribute in BARRED and after.attribute not in BARRED:
            assert act == "lift"
            assert given_facts.reason
            assert after.status == "provisional"


@pytest.mark.parametrize("word", ["score", "link", "match", ""])
def test_a_likeness_is_no_act(word):
    assert refusal(word, Standing(), SEEN) == "act.unknown"


@pytest.mark.parametrize(
    ("act", "at", "given_facts", "code"),
    [
        ("validate", Standing(), replace(SEEN, is_ours=False), "ours"),
        ("validate", Standing(attribute="doubtful"), SEEN, "clear"),
        ("validate", Standing(), replace(SEEN, is_complete=False), "complete"),
        ("validate", Standing(), replace(SEEN, proof=""), "proof.unknown"),
        ("validate", Standing(), replace(SEEN, proof="PC"), "proof.driving_licence"),
        ("validate", Standing(), replace(SEEN, proof="AN"), "proof.minors_only"),
        ("validate", Standing(), replace(SEEN, proof="AN", is_minor=True), "proof.parent"),
        ("validate", Standing("validated", proof="CN"), SEEN, "proof.already"),
        ("retrieve", Standing(attribute="fictive"), Facts(answer="one"), "clear"),
        ("retrieve", Standing("qualified", has_ins=True), Facts(answer="one"), "ins.already"),
        ("retrieve", Standing(), Facts(answer="other"), "answer.one"),
        ("confirm", Standing("validated"), Facts(answer="same"), "ins"),
        ("correct", Standing("qualified", has_ins=True), SEEN, "correct.qualified"),
        ("correct", Standing(), replace(SEEN, is_by_hand=False), "by_hand"),
        ("correct", Standing(), replace(SEEN, reason="ok"), "reason"),
        ("namesake", Standing(attribute="doubtful"), SEEN, "bare"),
        ("doubt", Standing(attribute="fictive"), SEEN, "not_barred"),
        ("lift", Standing(), SEEN, "barred"),
        ("part", Standing(attribute="doubtful"), SEEN, "namesake"),
        ("step_back", Standing(), SEEN, "status.lowest"),
    ],
)
def test_each_refusal_says_why(act, at, given_facts, code):
    assert refusal(act, at, given_facts) == code


@pytest.mark.parametrize(
    ("act", "at", "given_facts", "after"),
    [
        ("validate", Standing(), SEEN, Standing("validated", proof="CN")),
        ("validate", Standing("retrieved", has_ins=True), SEEN, Standing("qualified", "", True, "CN")),
        (
            "validate",
            Standing(),
            Facts(proof="LEP", is_minor=True, parent_seen=True),
            Standing("validated", proof="LEP"),
        ),
        ("retrieve", Standing(), Facts(answer="one"), Standing("retrieved", has_ins=True)),
        (
            "retrieve",
            Standing("validated", proof="PA"),
            Facts(answer="one"),
            Standing("qualified", "", True, "PA"),
        ),
        (
            "take_off",
            Standing("qualified", "", True, "CN"),
            Facts(answer="other"),
            Standing("provisional", "doubtful"),
        ),
        ("fiction", Standing("qualified", "", True, "CN"), SEEN, Standing("provisional", "fictive")),
        ("namesake", Standing("qualified", "", True, "CN"), SEEN, Standing("qualified", "homonym", True, "CN")),
        ("lift", Standing(attribute="doubtful"), SEEN, Standing()),
        ("part", Standing("validated", "homonym", proof="CN"), SEEN, Standing("validated", proof="CN")),
        ("step_back", Standing("qualified", "", True, "CN"), SEEN, Standing()),
        ("correct", Standing("validated", proof="CN"), SEEN, Standing()),
    ],
)  # fmt: skip
def test_each_move_leads_where_the_table_says(act, at, given_facts, after):
    assert decide(act, at, given_facts) == after


def test_every_refusal_has_its_words_and_its_source():
    codes = {code for move in MOVES.values() for code in (*move.needs, move.else_refusal)}
    assert codes - {"proof"} <= set(REFUSALS)
    assert all(one.text and one.source for one in REFUSALS.values())


def test_who_only_wonders_is_not_asked_for_the_document():
    assert refusal("validate", Standing(), Facts(), asks=True) == ""
    assert refusal("validate", Standing(), Facts(is_complete=False), asks=True) == "complete"
    assert set(NEXT) == set(STATUSES)


@pytest.mark.parametrize("code", sorted(PROOFS))
def test_every_proof_is_accepted_under_its_conditions(code):
    proof = PROOFS[code]
    assert refused_proof(code, is_minor=proof.is_for_minors, parent_seen=proof.wants_parent) == ""
    assert proof.label
    assert proof.source.startswith("RNIV")


@pytest.mark.parametrize(
    ("birth", "expected"),
    [
        ("2008-11-30", True),
        ("2008-11-29", False),
        ("2008", True),
        ("2008-11", True),
        ("2008-10", False),
        ("2007", False),
        ("1948-03-12", False),
        ("", False),
    ],
)
def test_who_may_be_a_minor(birth, expected):
    assert may_be_minor(birth, date(2026, 11, 29)) is expected


@pytest.mark.parametrize(
    ("local", "given_names", "first"),
    [
        ("JEAN-PIERRE", "JEAN PIERRE MARIE", "JEAN-PIERRE"),
        ("JEAN", "JEAN PIERRE", "JEAN"),
        ("AWA", "MARIE AWA", "MARIE"),
        ("", "ZOÉ LINA", "ZOÉ"),
    ],
)
def test_the_first_given_name_of_a_national_list(local, given_names, first):
    assert first_of(local, given_names) == first
