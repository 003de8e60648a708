"""The national service: what its answers change, what is never sent, a service down, and the campaigns."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from enrs.core.access.actor import SYSTEM
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.models import AuditLine
from enrs.formats.ins import INS_TEST_OID, check_ins
from enrs.referentials.identity import commands, insi, jobs
from enrs.referentials.identity.commands import runs
from enrs.referentials.identity.insi.contract import (
    NONE,
    ONE,
    SEVERAL,
    Asked,
    Card,
    Claim,
    InsiDownError,
    NationalIdentity,
    attempts,
)
from enrs.referentials.identity.insi.stand_in import StandIn
from enrs.referentials.identity.models import (
    IdentityVersion,
    InsCheck,
    InsRun,
    RegionalIdentity,
    SourceIdentity,
    WorkItem,
)
from tests.referentials.identity.factories import AWA, CLINIC, actor_in, fictional_ins, receive
from tests.referentials.identity.test_acts import SALIF, at_work, fresh, sent, typed

pytestmark = pytest.mark.django_db

KNOWN = NationalIdentity(
    ins=fictional_ins(7, "16105"), oid=INS_TEST_OID, birth_name="OUÉDRAOGO", given_names="SALIF JEAN",
    birth_date="1961-05-02", sex="M", birth_place_code="99331",
)  # fmt: skip
OTHER = replace(
    KNOWN, ins=fictional_ins(8, "16105"), given_names="SALIF PAUL", birth_place_code="99327"
)
ASKED = Asked("Ouedraogo", "Salif", "1961-05-02", "M")


class Down(StandIn):
    """A service that does not answer."""

    def by_traits(self, asked):
        raise InsiDownError("timeout")

    def verify(self, claim):
        raise InsiDownError("timeout")

    def hand_in(self, claims):
        raise InsiDownError("timeout")


@pytest.fixture
def service(monkeypatch):
    """Put a service in place of the one of the settings."""

    def use(one):
        monkeypatch.setattr(insi, "service", lambda: one)
        return one

    return use


def asked(identity, by, as_actor, kind="traits", **more):
    with as_actor(by):
        commands.ask_ins(
            identity=identity, kind=kind, expected_version=identity.version, by=by, **more
        )
    return InsCheck.objects.get(identity=identity)


def answered(as_actor):
    """What the worker does, in its role."""
    with as_actor(SYSTEM, role="enrs_feed"):
        jobs.ask_waiting()


# --- the stand-in behaves as the contract says ------------------------------------------------------


def test_a_search_gives_one_none_or_several():
    register = StandIn([KNOWN, OTHER])
    assert register.by_traits(ASKED).code == SEVERAL
    assert register.by_traits(replace(ASKED, given_names="Salif Jean")).identity == KNOWN
    assert register.by_traits(replace(ASKED, birth_place_code="99327")).identity == OTHER
    assert register.by_traits(replace(ASKED, sex="F")).code == NONE
    assert register.by_card(Card(KNOWN.ins, "1961-05-02")).identity == KNOWN
    assert register.by_card(Card(KNOWN.ins, "1961-05-03")).code == NONE


def test_several_answers_are_told_apart_by_more_traits():
    everything = replace(ASKED, given_names="Salif Jean", birth_place_code="99331")
    assert attempts(everything) == [ASKED, replace(ASKED, given_names="Salif Jean"), everything]
    assert attempts(ASKED) == [ASKED]


def test_verification_names_what_it_denies():
    register = StandIn([KNOWN])
    claim = Claim(KNOWN.ins, KNOWN.oid, ASKED)
    assert register.verify(claim).is_same
    wrong = replace(claim, traits=replace(ASKED, birth_date="1961-05-20"))
    assert register.verify(wrong).fields == ("birth_date",)
    receipt = register.hand_in({"a": claim, "b": wrong})
    assert register.collect(receipt) is None
    assert {ref: one.is_same for ref, one in register.collect(receipt).items()} == {
        "a": True,
        "b": False,
    }


def test_the_invented_register_gives_test_numbers_and_always_the_same():
    register = StandIn(invents=True)
    found = register.by_traits(replace(ASKED, birth_place_code="75112"))
    assert found.code == ONE
    assert found.identity.oid == INS_TEST_OID
    assert check_ins(found.identity.ins, INS_TEST_OID) == []
    assert register.by_traits(replace(ASKED, birth_place_code="75112")) == found
    assert register.by_traits(replace(ASKED, birth_name="Inconnu")).code == NONE
    assert register.by_traits(replace(ASKED, birth_name="Martin")).code == SEVERAL


def test_production_has_no_stand_in(settings):
    settings.MODE = "production"
    assert insi.service() is None


# --- a question and its answer -----------------------------------------------------------------------


def test_the_answer_replaces_the_local_traits_in_a_new_version(as_actor, service):
    service(StandIn([KNOWN]))
    by = at_work()
    identity = typed(by, replace(SALIF, given_names="SALIF"))
    check = asked(identity, by, as_actor)
    answered(as_actor)
    now = fresh(identity)
    check.refresh_from_db()
    assert (now.status, now.ins, now.collected_by) == ("retrieved", KNOWN.ins, "INSI")
    assert (now.birth_name, now.given_names, now.version) == ("OUÉDRAOGO", "SALIF JEAN", 2)
    assert (check.outcome, check.code, check.fields) == ("retrieved", "00", ["birth_name"])
    assert IdentityVersion.objects.get(identity=now, version=1).birth_name == "OUEDRAOGO"
    assert RegionalIdentity.objects.get(pk=now.patient_id).ins == ""
    assert AuditLine.objects.filter(action="identity.ins.retrieved").exists()


def test_a_validated_identity_becomes_qualified(as_actor, service):
    service(StandIn([KNOWN]))
    by = at_work()
    identity = typed(by)
    with as_actor(by):
        commands.validate_identity(identity=identity, proof="CN", expected_version=1, by=by)
    asked(fresh(identity), by, as_actor)
    answered(as_actor)
    now = fresh(identity)
    assert (now.status, now.proof) == ("qualified", "CN")
    assert RegionalIdentity.objects.get(pk=now.patient_id).ins == KNOWN.ins


def test_a_document_seen_after_the_answer_qualifies_too(as_actor, service):
    service(StandIn([KNOWN]))
    by = at_work()
    identity = typed(by)
    asked(identity, by, as_actor)
    answered(as_actor)
    with as_actor(by):
        commands.validate_identity(identity=fresh(identity), proof="PA", expected_version=2, by=by)
    answered(as_actor)
    assert (fresh(identity).status, fresh(identity).proof) == ("qualified", "PA")


def sent_and_retrieved(as_actor, service):
    """An identity that a hospital sends without INS, to which the service then gave one here."""
    service(StandIn([KNOWN]))
    by = at_work()
    told = {
        "birth_name": "OUEDRAOGO", "first_given_name": "SALIF", "given_names": "", "birth_date": "1961-05-02",
        "sex": "M", "birth_place_code": "", "ins": "", "ins_oid": "", "status": "provisional",
    }  # fmt: skip
    identity = sent(by, **told)
    asked(identity, by, as_actor)
    answered(as_actor)
    assert fresh(identity).ins == KNOWN.ins
    return identity, told, by


def test_a_source_that_was_never_told_the_ins_does_not_take_it_away(as_actor, service):
    identity, told, _ = sent_and_retrieved(as_actor, service)
    for phone in ("0600000001", "0600000002"):
        receive("B1", "urn:finess:770000016", **told, phone=phone)
        now = fresh(identity)
        assert (now.ins, now.status, now.given_names) == (KNOWN.ins, "retrieved", "SALIF JEAN")
        assert now.phone == phone


def test_a_source_that_speaks_of_somebody_else_takes_it_away(as_actor, service, without_quarantine):
    identity, told, _ = sent_and_retrieved(as_actor, service)
    receive("B1", "urn:finess:770000016", **told | {"birth_date": "1962-05-02"})
    assert (fresh(identity).ins, fresh(identity).status) == ("", "provisional")
    receive("B1", "urn:finess:770000016", **told)
    assert fresh(identity).ins == ""


@pytest.mark.parametrize(
    ("then", "ins", "status"),
    [
        # The source validates, then validates no more.
        ([{"status": "validated", "proof": "CN"}], KNOWN.ins, "qualified"),
        ([{"status": "validated", "proof": "CN"}, {}], KNOWN.ins, "retrieved"),
        # It is told the INS, then takes it back: it is its own since it said it.
        ([{"ins": KNOWN.ins, "ins_oid": KNOWN.oid, "status": "retrieved"}, {}], "", "provisional"),
        # Another place of birth is another question.
        ([{"birth_place_code": "77288"}], "", "provisional"),
        ([{"birth_place_code": "99331"}], KNOWN.ins, "retrieved"),
    ],
)
def test_what_a_source_says_besides_an_ins_obtained_here(as_actor, service, then, ins, status):
    identity, told, _ = sent_and_retrieved(as_actor, service)
    for changes in then:
        receive("B1", "urn:finess:770000016", **told | changes)
    assert (fresh(identity).ins, fresh(identity).status) == (ins, status)


def test_the_answer_counts_from_what_the_source_had_said_by_its_own_clock(as_actor, service):
    service(StandIn([KNOWN]))
    by, now = at_work(), datetime.now(UTC)
    told = {
        "birth_name": "OUEDRAOGO", "first_given_name": "SALIF", "given_names": "", "birth_date": "1961-05-02",
        "sex": "M", "birth_place_code": "", "ins": "", "ins_oid": "", "status": "provisional",
    }  # fmt: skip
    ahead = sent(by, **told, told_at=now + timedelta(hours=2))
    asked(ahead, by, as_actor)
    answered(as_actor)
    assert fresh(ahead).ins == KNOWN.ins
    # A correction made before the answer came, and heard after it, is none the less newer.
    receive(
        "B1", "urn:finess:770000016", **told | {"birth_place_code": "77288"},
        told_at=now + timedelta(hours=2, minutes=1),
    )  # fmt: skip
    assert (fresh(ahead).ins, fresh(ahead).birth_place_code) == ("", "77288")


def test_an_ins_that_a_person_took_off_does_not_come_back(as_actor, service):
    identity, told, by = sent_and_retrieved(as_actor, service)
    with as_actor(by):
        now = fresh(identity)
        commands.step_back(
            identity=now, reason="Pièce contestée", expected_version=now.version, by=by
        )
    receive("B1", "urn:finess:770000016", **told, phone="0600000003")
    assert (fresh(identity).ins, fresh(identity).status) == ("", "provisional")


def test_qualified_it_joins_nobody_by_itself(as_actor, service):
    """Typing somebody's traits, then asking for their INS, opens no record: the unit looks at both first."""
    service(StandIn([replace(KNOWN, ins=AWA.ins, birth_name="NDIAYE", given_names="AWA MARIE",
                             birth_date="1948-03-12", sex="F", birth_place_code="99341")]))  # fmt: skip
    first = receive()
    by = at_work()
    identity = typed(by, replace(AWA, status="validated"), is_confirmed=True)
    asked(identity, by, as_actor)
    answered(as_actor)
    now = fresh(identity)
    assert now.patient_id != first.patient_id
    assert (now.status, now.attribute) == ("qualified", "doubtful")
    assert WorkItem.objects.filter(kind="ins_on_two_patients", closed_at=None).count() == 1


@pytest.mark.parametrize(
    ("people", "outcome", "code"),
    [([], "none", "01"), ([KNOWN, replace(KNOWN, ins=OTHER.ins)], "several", "02")],
)
def test_no_answer_of_one_changes_nothing(as_actor, service, people, outcome, code):
    service(StandIn(people))
    by = at_work()
    identity = typed(by)
    check = asked(identity, by, as_actor)
    answered(as_actor)
    check.refresh_from_db()
    assert (check.outcome, check.code, check.state) == (outcome, code, "done")
    assert fresh(identity).version == 1


def test_a_card_of_somebody_else_changes_nothing_and_is_forgotten(as_actor, service):
    service(StandIn([replace(KNOWN, birth_name="SANOU")]))
    by = at_work()
    identity = typed(by)
    check = asked(identity, by, as_actor, "card", card=Card(KNOWN.ins, "1961-05-02"))
    assert check.sealed
    assert KNOWN.ins not in check.sealed
    answered(as_actor)
    check.refresh_from_db()
    assert (check.outcome, check.sealed, fresh(identity).ins) == ("differs", "", "")
    assert check.fields == ["birth_name"]


def test_what_changed_meanwhile_is_not_overwritten(as_actor, service, monkeypatch):
    register = service(StandIn([KNOWN]))
    by = at_work()
    identity = typed(by)
    check = asked(identity, by, as_actor)
    answer = register.by_traits

    def changed(wanted):
        SourceIdentity.objects.filter(pk=identity.pk).update(birth_date="1961-05-03")
        return answer(wanted)

    monkeypatch.setattr(register, "by_traits", changed)
    answered(as_actor)
    check.refresh_from_db()
    assert check.outcome == "moved_on"
    assert fresh(identity).ins == ""


def test_a_doubt_that_came_meanwhile_stops_the_question(as_actor, service):
    service(StandIn([KNOWN]))
    by = at_work()
    identity = typed(by)
    check = asked(identity, by, as_actor)
    with as_actor(by):
        commands.mark_identity(
            identity=identity,
            attribute="doubtful",
            reason="Papiers abîmés",
            expected_version=1,
            by=by,
        )
    answered(as_actor)
    check.refresh_from_db()
    assert (check.outcome, fresh(identity).ins) == ("moved_on", "")


# --- verification --------------------------------------------------------------------------------------


def test_a_confirmed_ins_stays(as_actor, service):
    service(StandIn(invents=True))
    by = at_work()
    identity = sent(by)
    check = asked(identity, by, as_actor, "verify")
    answered(as_actor)
    check.refresh_from_db()
    assert (check.outcome, fresh(identity).status, fresh(identity).version) == (
        "kept",
        "qualified",
        1,
    )


def test_a_denied_ins_goes_and_the_unit_is_told(as_actor, service):
    service(StandIn())
    by = at_work()
    identity = sent(by)
    asked(identity, by, as_actor, "verify")
    answered(as_actor)
    now = fresh(identity)
    assert (now.ins, now.status, now.attribute) == ("", "provisional", "doubtful")
    item = WorkItem.objects.get()
    assert (item.kind, item.evidence) == (
        "ins_refused",
        {"codes": ["insi.denied"], "fields": ["ins"]},
    )
    assert RegionalIdentity.objects.get(pk=now.patient_id).ins == ""


# --- a service down -------------------------------------------------------------------------------------


def test_a_service_down_keeps_the_question_for_later(as_actor, service):
    service(Down())
    by = at_work()
    identity = typed(by)
    check = asked(identity, by, as_actor)
    answered(as_actor)
    check.refresh_from_db()
    assert (check.state, check.attempts, check.error) == ("waiting", 1, "timeout")
    assert check.due_at > datetime.now(UTC)
    InsCheck.objects.update(due_at=datetime.now(UTC))
    service(StandIn([KNOWN]))
    answered(as_actor)
    assert fresh(identity).status == "retrieved"


def test_without_a_service_the_question_waits_then_is_given_up(as_actor, service):
    service(None)
    by = at_work()
    check = asked(typed(by), by, as_actor)
    answered(as_actor)
    check.refresh_from_db()
    assert check.error == "not_connected"
    old = datetime.now(UTC) - timedelta(days=4)
    InsCheck.objects.update(due_at=old, asked_at=old)
    answered(as_actor)
    check.refresh_from_db()
    assert check.state == "given_up"


# --- campaigns --------------------------------------------------------------------------------------------


def aged(*identities, years=4):
    SourceIdentity.objects.filter(pk__in=[one.pk for one in identities]).update(
        created_at=datetime.now(UTC) - timedelta(days=366 * years)
    )


def rounds(as_actor):
    with as_actor(SYSTEM, role="enrs_feed"):
        jobs.verify_all()


def test_a_campaign_verifies_what_is_old_and_counts(as_actor, service):
    service(StandIn(invents=True))
    kept, young = receive(), receive("101", ins=fictional_ins(2))
    denied = receive("102", birth_name="DIOP", ins=fictional_ins(3, "25003"))
    validated = receive("103", CLINIC, ins="", ins_oid="", status="validated")
    aged(kept, denied, validated)
    rounds(as_actor)
    run = InsRun.objects.get()
    assert (run.state, run.total, run.sent_count) == ("done", 2, 2)
    assert (run.kept_count, run.refused_count, run.left_count) == (1, 1, 0)
    assert run.started_by == "Plateforme régionale"
    assert fresh(kept).status == "qualified"
    assert (fresh(denied).attribute, fresh(young).attribute) == ("doubtful", "")
    rounds(as_actor)
    assert InsRun.objects.count() == 1


def test_a_campaign_pauses_and_goes_on_where_it_stopped(as_actor, service, monkeypatch):
    service(StandIn(invents=True))
    monkeypatch.setattr(runs, "BATCH", 1)
    people = [receive(str(number), ins=fictional_ins(number)) for number in range(1, 5)]
    aged(*people)
    officer = actor_in("identity_officer")
    with as_actor(officer):
        run = commands.start_run(by=officer)
        with pytest.raises(runs.RunStateError):
            commands.start_run(by=officer)
    monkeypatch.setattr(jobs, "ROUND_SECONDS", 0)
    rounds(as_actor)
    with as_actor(officer):
        commands.pause_run(run=run, by=officer)
    monkeypatch.setattr(jobs, "ROUND_SECONDS", 60)
    rounds(as_actor)
    run.refresh_from_db()
    assert (run.state, run.kept_count) == ("paused", 0)
    with as_actor(officer):
        commands.resume_run(run=run, by=officer)
        with pytest.raises(runs.RunStateError):
            commands.resume_run(run=run, by=officer)
    rounds(as_actor)
    run.refresh_from_db()
    assert (run.state, run.kept_count, run.sent_count, run.total) == ("done", 4, 4, 4)
    assert InsCheck.objects.filter(run=run, outcome="kept").count() == 4


def test_a_campaign_whose_service_is_down_loses_nobody(as_actor, service, monkeypatch):
    service(Down(invents=True))
    person = receive()
    aged(person)
    rounds(as_actor)
    run = InsRun.objects.get()
    assert (run.state, run.error, run.sent_count, run.cursor) == ("running", "timeout", 0, None)
    assert run.leased_until > datetime.now(UTC)
    InsRun.objects.update(leased_until=None)
    service(StandIn(invents=True))
    rounds(as_actor)
    run.refresh_from_db()
    assert (run.state, run.kept_count, run.error) == ("done", 1, "")


@pytest.mark.parametrize("act", ["start_run", "pause_run", "resume_run"])
def test_only_the_unit_leads_a_campaign(as_actor, act):
    by = at_work("physician")
    given = {} if act == "start_run" else {"run": InsRun(state="running")}
    with as_actor(by), pytest.raises(AccessRefusedError):
        getattr(commands, act)(by=by, **given)
