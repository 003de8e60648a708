"""Likenesses that link, contests, decisions and their withdrawal, as they come out of the database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity import matching
from enrs.referentials.identity.commands import (
    change_number,
    close_work_item,
    link_declared,
    merge_local,
    neighbourhood,
    reopen_work_item,
    unmerge_local,
)
from enrs.referentials.identity.models import (
    IdentityFeature,
    IdentityLink,
    IdentityPair,
    RegionalIdentity,
    SourceIdentity,
    WorkItem,
)
from enrs.referentials.identity.rules import KeptAsideError
from tests.referentials.identity.factories import (
    AWA,
    CLINIC,
    HOSPITAL,
    actor_in,
    fictional_ins,
    receive,
)
from tests.referentials.identity.stories import interleaved, story, tell
from tests.referentials.identity.test_order import state

pytestmark = pytest.mark.django_db
PLAIN = {
    "ins": "",
    "ins_oid": "",
    "status": "provisional",
    "phone": "0600000001",
    "postal_code": "77000",
}
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def rules_of(patient_id):
    return sorted(
        IdentityLink.objects.filter(patient=patient_id, until=None).values_list("rule", flat=True)
    )


def test_an_open_link_says_whether_a_likeness_still_ties_its_group():
    first = receive("1", **PLAIN)
    second = receive("A9", CLINIC, **PLAIN)
    assert rules_of(first.patient_id) == ["new", "score"]
    same = PLAIN | {"ins": AWA.ins, "ins_oid": AWA.ins_oid, "status": "qualified"}
    receive("1", **same)
    assert rules_of(first.patient_id) == ["new", "score"]
    receive("A9", CLINIC, **same)
    assert rules_of(first.patient_id) == ["ins", "new"]
    link = IdentityLink.objects.get(identity=second, until=None)
    assert link.evidence["was"]["rule"] == "score"
    receive("A9", CLINIC, **PLAIN)
    assert rules_of(first.patient_id) == ["new", "score"]


def test_a_likeness_weighed_by_a_former_model_ties_nobody_new(settings):
    settings.REGION = replace(settings.REGION, links_by_score=False)
    first = receive("1", **PLAIN)
    other = receive("A9", CLINIC, **PLAIN)
    assert other.patient_id != first.patient_id
    IdentityPair.objects.update(model="former")
    settings.REGION = replace(settings.REGION, links_by_score=True)
    receive("2", **PLAIN | {"birth_date": "1951-01-07", "phone": ""})
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")
    assert SourceIdentity.objects.get(pk=other.pk).patient_id != first.patient_id
    receive("A9", CLINIC, **PLAIN | {"given_names": "AWA FATOU"})
    assert SourceIdentity.objects.get(pk=other.pk).patient_id == first.patient_id


def test_a_neighbourhood_is_whole_whoever_is_named_twice():
    first = receive("1", **PLAIN)
    second = receive("2", **PLAIN | {"birth_date": "1951-01-07", "phone": ""})
    third = receive("3", **PLAIN | {"birth_date": "1962-02-08", "phone": ""})
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")
    around = neighbourhood.read([first.id, third.id, first.id])
    assert {one.id for one in around.identities.values()} == {first.id, second.id, third.id}


def test_a_new_address_settles_nobody_until_it_moves_a_link(monkeypatch):
    plain = PLAIN | {"phone": "", "postal_code": ""}
    first = receive("1", **plain | {"birth_place_code": ""})
    other = receive("A9", CLINIC, **plain | {"birth_place_code": "", "birth_date": "1948-12-03"})
    assert other.patient_id != first.patient_id
    settled, settle = [], neighbourhood.carry_out
    monkeypatch.setattr(
        neighbourhood, "carry_out", lambda *a, **k: (settled.append(1), settle(*a, **k))
    )
    with acting(SYSTEM):
        changes = {"birth_place_code": "", "birth_date": "1948-12-03"}
        receive("A9", CLINIC, **plain | changes | {"city": "Melun"})
        receive("A9", CLINIC, **plain | changes | {"postal_code": "77000"})
        assert settled == []
        assert RegionalIdentity.objects.get(pk=other.patient_id).postal_code == "77000"
        same = {"phone": "0600000009", "postal_code": "77000"}
        receive("1", **plain | {"birth_place_code": ""} | same)
        receive("A9", CLINIC, **plain | changes | same)
    assert SourceIdentity.objects.get(pk=other.pk).patient_id == first.patient_id
    assert settled


def test_two_pairs_that_resemble_each_other_are_tied_by_a_likeness():
    for hospital, address in ((HOSPITAL, "a"), (CLINIC, "b")):
        for value in ("1", "2"):
            receive(f"{address}{value}", hospital, **PLAIN | {"birth_name": address.upper() * 5})
        merge_local(system=hospital, kept=f"{address}1", absorbed=f"{address}2", sender="CH")
    receive("b1", CLINIC, **PLAIN | {"birth_name": "AAAAA"})
    [patient] = {one.patient_id for one in SourceIdentity.objects.all()}
    assert "score" in rules_of(patient)


def items(kind):
    return WorkItem.objects.filter(kind=kind, closed_at=None)


def test_a_merge_of_discordant_numbers_is_told_until_they_agree():
    receive("1", **PLAIN)
    receive("2", **PLAIN | {"birth_name": "DIALLO"})
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")
    for phone in ("0600000002", "0600000003"):
        receive("1", **PLAIN | {"phone": phone})
        receive("2", **PLAIN | {"birth_name": "DIALLO", "phone": phone})
    assert items("discordant_traits").count() == 1
    receive("2", **PLAIN)
    assert not items("discordant_traits").exists()


def test_a_contest_is_on_the_list_once_whoever_holds_the_ins():
    receive("1", told_at=NOON)
    other = receive("A9", CLINIC, birth_name="DIALLO", told_at=NOON)
    assert items("discordant_traits").count() == 1
    first = receive("B7", "urn:oid:1.2.250.1.999.7.3", told_at=NOON - timedelta(days=1))
    [item] = items("discordant_traits")
    assert set(item.identity_ids) == {first.id, other.id}


def test_a_likeness_above_the_threshold_links_and_never_qualifies():
    first = receive("1", **PLAIN)
    second = receive("A9", CLINIC, **PLAIN | {"birth_name": "NDIAY"})
    assert second.patient_id == first.patient_id
    link = IdentityLink.objects.get(identity=second)
    assert (link.rule, sorted(link.evidence)) == ("score", ["levels", "model", "weight"])
    assert RegionalIdentity.objects.get(pk=first.patient_id).status == "provisional"
    assert not WorkItem.objects.exists()


def test_a_likeness_below_it_waits_for_a_person_with_its_weight():
    first = receive("1", **PLAIN)
    second = receive("A9", CLINIC, **PLAIN | {"sex": "M"})
    assert second.patient_id != first.patient_id
    item = items("possible_duplicate").get()
    assert item.identity_ids == sorted([first.id, second.id])
    assert item.evidence["barrier"] == "sex"
    assert item.weight == IdentityPair.objects.get().weight


@pytest.mark.usefixtures("without_quarantine")
def test_a_likeness_that_a_correction_ends_parts_them_and_leaves_the_list():
    first = receive("1", **PLAIN)
    second = receive("A9", CLINIC, **PLAIN)
    assert second.patient_id == first.patient_id
    parted = receive("A9", CLINIC, **PLAIN | {"birth_name": "ROUX", "first_given_name": "LUC",
                                              "given_names": "", "sex": "M"})  # fmt: skip
    assert parted.patient_id != first.patient_id
    assert IdentityLink.objects.get(identity=parted, until=None).rule == "parted"
    back = receive("A9", CLINIC, **PLAIN)
    assert back.patient_id == first.patient_id
    assert not WorkItem.objects.filter(closed_at=None).exists()


def test_one_identity_between_two_brings_both_together():
    first = receive("1", **PLAIN | {"birth_place_code": "", "phone": ""})
    third = receive(
        "X", "urn:oid:1.2.250.1.999.7.3", **PLAIN | {"birth_name": "KONE", "postal_code": ""}
    )
    assert third.patient_id != first.patient_id
    receive("A9", CLINIC, **PLAIN | {"used_name": "KONE"})
    patients = set(SourceIdentity.objects.values_list("patient_id", flat=True))
    assert len(patients) == 1
    assert RegionalIdentity.objects.exclude(replaced_by=None).count() == 1


def test_two_patients_with_different_ins_are_never_joined_by_a_likeness():
    receive("1"), receive("2", CLINIC, ins=fictional_ins(2))
    between = receive("X", "urn:oid:1.2.250.1.999.7.3", **PLAIN)
    patients = list(SourceIdentity.objects.values_list("patient_id", flat=True))
    assert len(set(patients)) == 2
    assert patients.count(between.patient_id) == 2
    assert items("possible_duplicate").exists()


@pytest.mark.parametrize("attribute", ["first", "later"])
def test_who_claimed_an_ins_first_by_their_own_clock_holds_it(attribute):
    early, late = {"told_at": NOON}, {"told_at": NOON + timedelta(hours=1)}
    order = [("1", HOSPITAL, early, {}), ("A9", CLINIC, late, {"birth_date": "1975-01-01"})]
    for value, system, told, change in order if attribute == "first" else reversed(order):
        receive(value, system, **told, **change)
    holder = SourceIdentity.objects.get(system=HOSPITAL)
    other = SourceIdentity.objects.get(system=CLINIC)
    assert (holder.attribute, other.attribute) == ("", "doubtful")
    assert RegionalIdentity.objects.get(ins=AWA.ins).patient_id == holder.patient_id
    assert items("discordant_traits").count() == 1


def test_an_older_message_changes_no_trait_and_fills_what_nobody_told():
    receive(told_at=NOON, phone="")
    late = receive(
        told_at=NOON - timedelta(days=1), city="Provins", phone="0600000009", birth_name="DIOP"
    )
    assert (late.birth_name, late.city, late.phone) == ("NDIAYE", "Melun", "0600000009")
    assert [row.birth_name for row in late.versions.order_by("version")] == ["NDIAYE", "DIOP"]
    again = receive(told_at=NOON - timedelta(hours=1), phone="0600000008")
    assert again.phone == "0600000008"


def test_a_clock_far_ahead_is_not_believed():
    receive(told_at=datetime.now(UTC) + timedelta(days=400), city="Provins")
    assert receive(city="Melun").city == "Melun"


def test_a_merge_taken_back_gives_each_their_own():
    kept, absorbed = (
        receive("1", **PLAIN),
        receive("2", **PLAIN | {"birth_name": "ROUX", "sex": "M"}),
    )
    before = absorbed.patient_id
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH", told_at=NOON)
    assert SourceIdentity.objects.get(value="2").patient_id == kept.patient_id
    assert not IdentityFeature.objects.filter(identity=absorbed).exists()
    unmerge_local(system=HOSPITAL, absorbed="2", sender="CH", told_at=NOON - timedelta(hours=1))
    assert SourceIdentity.objects.get(value="2").absorbed_into_id == kept.id
    unmerge_local(system=HOSPITAL, absorbed="2", sender="CH", told_at=NOON + timedelta(hours=1))
    again = SourceIdentity.objects.get(value="2")
    assert (again.patient_id, again.absorbed_into_id) == (before, None)
    assert RegionalIdentity.objects.get(pk=before).replaced_by_id is None
    assert IdentityFeature.objects.filter(identity=absorbed).exists()


def test_merges_in_a_circle_keep_the_number_that_the_newest_keeps():
    receive("1", **PLAIN), receive("2", **PLAIN)
    later = NOON + timedelta(minutes=1)
    merge_local(system=HOSPITAL, kept="2", absorbed="1", sender="CH", told_at=later)
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH", told_at=NOON)
    assert SourceIdentity.objects.get(value="2").absorbed_into_id is None
    assert SourceIdentity.objects.get(value="1").absorbed_into is not None


def test_a_number_that_changes_resolves_for_ever():
    old = receive("1", **PLAIN)
    change_number(system=HOSPITAL, old="1", new="1000", sender="CH", told_at=NOON)
    new = SourceIdentity.objects.get(value="1000")
    assert new.patient_id == old.patient_id
    assert receive("1000", **PLAIN | {"city": "Provins"}).patient_id == old.patient_id
    assert RegionalIdentity.objects.get(pk=old.patient_id).city == "Provins"
    assert SourceIdentity.objects.get(value="1").patient_id == old.patient_id


def test_what_a_source_declares_of_others_numbers_is_told_and_decides_nothing():
    one, other = receive("1", **PLAIN), receive("A9", CLINIC, **PLAIN | {"sex": "M"})
    said = {"one": (HOSPITAL, "1"), "other": (CLINIC, "A9"), "sender": "CH"}
    link_declared(**said, is_linked=False)
    assert not items("declared_parting").exists()
    link_declared(**said, is_linked=True)
    assert items("declared_link").get().identity_ids == [one.id, other.id]
    assert SourceIdentity.objects.get(pk=other.pk).patient_id == other.patient_id
    link_declared(one=(HOSPITAL, "1"), other=(CLINIC, "nobody"), sender="CH", is_linked=True)
    assert items("declared_link").count() == 1


def test_the_engine_finds_without_making():
    first = receive("1", **PLAIN)
    found = matching.match(
        replace(AWA, ins="", ins_oid="", status="provisional", birth_name="NDIAY")
    )
    assert [(one.patient_id, one.grade) for one in found] == [(first.patient_id, "certain")]
    assert SourceIdentity.objects.count() == 1
    assert matching.match(replace(AWA, birth_name="ROUX", birth_date="1999-09-09")) == []


def test_sisters_are_not_joined_because_a_source_wrote_half_a_name():
    one = receive("1", **PLAIN | {"first_given_name": "MARIE ANNE", "given_names": "MARIE ANNE"})
    two = receive(
        "2", **PLAIN | {"first_given_name": "MARIE CLAIRE", "given_names": "MARIE CLAIRE"}
    )
    assert one.patient_id != two.patient_id
    receive("A9", CLINIC, **PLAIN | {"first_given_name": "MARIE", "given_names": "MARIE"})
    patients = dict(SourceIdentity.objects.values_list("value", "patient_id"))
    assert patients["1"] != patients["2"]


def test_typing_somebody_s_traits_and_asking_for_their_ins_opens_no_record():
    known = receive()
    typed = receive("G1", "urn:local:place")
    assert typed.patient_id != known.patient_id
    assert (typed.attribute, known.attribute) == ("doubtful", "")
    assert items("ins_on_two_patients").get().identity_ids == [known.id, typed.id]
    again = receive("A9", CLINIC)
    assert again.patient_id == known.patient_id


def test_a_source_takes_the_ins_that_somebody_had_typed():
    typed = receive("G1", "urn:local:place")
    known = receive()
    assert typed.patient_id != known.patient_id
    assert SourceIdentity.objects.get(pk=typed.pk).attribute == "doubtful"
    assert RegionalIdentity.objects.get(ins=AWA.ins).patient_id == known.patient_id


def test_a_number_heard_of_by_a_merge_alone_claims_no_ins():
    holder = receive(told_at=NOON)
    receive("M", CLINIC, birth_date="1975-01-01", told_at=NOON + timedelta(days=1))
    merge_local(system=CLINIC, kept="K", absorbed="M", sender="CH")
    assert SourceIdentity.objects.get(pk=holder.pk).attribute == ""
    assert RegionalIdentity.objects.get(ins=AWA.ins).patient_id == holder.patient_id


def test_traits_of_somebody_else_under_a_known_number_are_refused_and_kept():
    known = receive()
    with pytest.raises(KeptAsideError) as refused:
        receive(
            birth_name="ROUX",
            first_given_name="LUC",
            given_names="",
            birth_date="1990-01-01",
            sex="M",
        )
    assert SourceIdentity.objects.get(pk=known.pk).traits == AWA
    refused.value.keep()
    assert items("overlay").get().identity_ids == [known.id]


# --- decisions -----------------------------------------------------------------------------------


def decided(item, outcome, officer):
    close_work_item(
        item_id=item.id, outcome=outcome, reason="Pièce vue au guichet", by=officer,
        identities=[SourceIdentity.objects.get(pk=key) for key in item.identity_ids],
    )  # fmt: skip


@pytest.mark.parametrize("outcome", ["linked", "kept_apart", "namesake"])
def test_a_decision_withdrawn_leaves_nothing(outcome):
    receive("1", **PLAIN), receive("A9", CLINIC, **PLAIN | {"sex": "M"})
    officer, before = actor_in("identity_officer"), state()
    item = items("possible_duplicate").get()
    decided(item, outcome, officer)
    assert (state() != before) is (outcome != "kept_apart")
    reopen_work_item(item_id=item.id, reason="Décidé trop vite", by=officer)
    assert state() == before
    assert list(WorkItem.objects.filter(closed_at=None)) == [item]


def test_a_decision_stands_against_later_messages():
    receive("1", **PLAIN), receive("A9", CLINIC, **PLAIN | {"sex": "M"})
    decided(items("possible_duplicate").get(), "kept_apart", actor_in("identity_officer"))
    second = receive("A9", CLINIC, **PLAIN)
    assert len({second.patient_id, SourceIdentity.objects.get(value="1").patient_id}) == 2
    assert not WorkItem.objects.filter(closed_at=None).exists()


def test_only_the_unit_withdraws_says_why_and_once():
    receive("1", **PLAIN), receive("A9", CLINIC, **PLAIN | {"sex": "M"})
    officer, item = actor_in("identity_officer"), items("possible_duplicate").get()
    with pytest.raises(StaleSaveError):
        reopen_work_item(item_id=item.id, reason="Décidé trop vite", by=officer)
    decided(item, "kept_apart", officer)
    with pytest.raises(AccessRefusedError, match="profession"):
        reopen_work_item(item_id=item.id, reason="Décidé trop vite", by=actor_in("nurse"))
    with pytest.raises(AccessRefusedError, match="reason"):
        reopen_work_item(item_id=item.id, reason="", by=officer)


@pytest.mark.usefixtures("without_quarantine")
@pytest.mark.parametrize("seed", range(3))
def test_undoing_every_decision_in_any_order_returns_to_the_first_state(seed):
    rng, officer = Random(seed), actor_in("identity_officer")  # noqa: S311  a choice of decisions
    for message in interleaved(story(seed + 50, length=40, persons=5), seed):
        tell(message)
    before, done = state(), []
    for _ in range(8):
        waiting = WorkItem.objects.filter(closed_at=None).order_by("id")
        waiting = [one for one in waiting if len(one.identity_ids) > 1]
        if not waiting:
            break
        item = rng.choice(waiting)
        decided(item, rng.choice(["linked", "kept_apart", "namesake"]), officer)
        done.append(item)
    rng.shuffle(done)
    for item in done:
        reopen_work_item(item_id=item.id, reason="Décidé trop vite", by=officer)
    assert state() == before
