"""Measures of protection of adults: what each gives, for how long, and who opens, renews and ends it."""

from datetime import date, timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access import queries as access
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.models import Grant
from enrs.core.access.rules import READ, WRITE
from enrs.core.audit.models import AuditLine
from enrs.core.events.models import Event
from enrs.core.events.outbox import OutboxEvent
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.notifications.commands import tell
from enrs.core.notifications.models import Notice
from enrs.referentials.circles import commands, measures
from enrs.referentials.circles.commands import CircleError, mandates
from enrs.referentials.circles.measures import MEASURES, Act, Decided, Decides, How
from enrs.referentials.circles.models import Mandate, Member
from enrs.services.record.rules.marks import may_mask
from enrs.services.rights import commands as rights
from enrs.services.rights.queries.requests import people_one_speaks_for
from tests.factories import UserFactory, actor, known_patient, member, person_of

migration = import_module("enrs.referentials.circles.migrations.0003_measures_of_protection")
TODAY = date(2026, 6, 1)
IN_PLACE = ("tutelle", "habilitation", "protection_future")
BESIDE = ("habilitation_assist", "sauvegarde_mandat")
ON_REQUEST = ("curatelle_simple", "curatelle_renforcee")

TABLE = {
    **dict.fromkeys(IN_PLACE, ("representative", "alone", "alone", "alone", "alone")),
    **dict.fromkeys(BESIDE, ("assisted", "opened", "with", "with", "never")),
    **dict.fromkeys(ON_REQUEST, ("person", "opened", "never", "never", "never")),
}
"""Measure to: who decides, see, ask rights, consent or oppose, message."""


def decided(**values):
    given = {
        "authority": "Tribunal judiciaire d’Arras",
        "decided_on": TODAY - timedelta(days=100),
        "ends_on": TODAY + timedelta(days=200),
    }
    return Decided(**given | values)


def now_decided(days=200, **values):
    today = legal_day(timezone.now())
    return decided(
        decided_on=today - timedelta(days=100), ends_on=today + timedelta(days=days), **values
    )


def test_the_table_holds_every_measure_and_every_act():
    assert set(TABLE) == set(MEASURES)
    for kind, (who, *hows) in TABLE.items():
        measure = MEASURES[kind]
        assert (measure.decides, [measure.acts[act] for act in Act]) == (who, hows), kind
        assert measure.keeps_account
        assert measure.opens_at_once == (measure.decides == Decides.REPRESENTATIVE)
    assert set(measures.HOW_WORDS) == set(How)
    assert set(measures.ACT_WORDS) == set(Act)


@pytest.mark.parametrize(
    ("kind", "term", "years"),
    [
        ("tutelle", "plain", 5),
        ("tutelle", "motivated", 10),
        ("tutelle", "renewed", 20),
        ("curatelle_simple", "plain", 5),
        ("curatelle_renforcee", "renewed", 20),
        ("habilitation", "plain", 10),
        ("habilitation_assist", "renewed", 20),
        ("protection_future", "plain", 5),
        ("sauvegarde_mandat", "plain", 1),
    ],
)
def test_a_measure_lasts_as_long_as_the_law_lets_it_and_not_a_day_more(kind, term, years):
    day = date(2024, 2, 29)
    last = date(2024 + years, 2, 29) if years % 4 == 0 else date(2024 + years, 3, 1)
    given = {"decided_on": day, "term": term}
    longest = decided(ends_on=last, **given)
    assert measures.refusal(kind, longest, today=day) == ""
    longer = decided(ends_on=last + timedelta(days=1), **given)
    assert measures.refusal(kind, longer, today=day) == "measure_long"


@pytest.mark.parametrize(
    ("kind", "values", "reason"),
    [
        ("parental_authority", {}, "measure"),
        ("tutelle", {"authority": "  "}, "measure_decision"),
        ("tutelle", {"ends_on": None}, "measure_end"),
        ("tutelle", {"decided_on": TODAY + timedelta(days=1)}, "measure_future"),
        ("tutelle", {"ends_on": TODAY - timedelta(days=1)}, "measure_over"),
        ("curatelle_simple", {"term": "motivated"}, "measure_term"),
    ],
)
def test_what_is_refused(kind, values, reason):
    assert measures.refusal(kind, decided(**values), today=TODAY) == reason


def test_the_last_day_counts_and_no_decision_is_refused():
    assert measures.refusal("tutelle", decided(ends_on=TODAY), today=TODAY) == ""
    assert measures.refusal("tutelle", None, today=TODAY) == "measure_decision"


# --- with the database ---------------------------------------------------------------------------


@pytest.fixture
def patient(db):
    return known_patient()


def represent(patient, kind, *, given=None, holder=None):
    """Somebody in charge of a measure, with their account, entered by a physician of the circle."""
    user = holder or UserFactory(relative=True)
    with acting(actor(member(patient, "physician"))):
        made = commands.add_member(
            patient_id=patient.pk, block="relatives", grantee_id=user.grantee_id, display="Jean ROLIN",
            role_label="Fils", basis="proxy", proxy_kind=kind, decided=given or now_decided(),
        )  # fmt: skip
    return made, user


def may(user, action, category, patient):
    return access.may(action, category, patient_id=patient.pk, actor=actor(user)).allowed


def does(user, patient):
    """What an account does now: see, ask, consent or oppose, message."""
    by = actor(user)
    decision = access.may(READ, "documents", patient_id=patient.pk, actor=by)
    level = decision.right.level if decision.right else 0
    with acting(by):
        asks = patient.pk in [one for one, _ in people_one_speaks_for()]
        try:
            rights.ask_right(patient_id=patient.pk, kind="access", text="Une copie du dossier.")
            asked = True
        except AccessRefusedError:
            asked = False
        try:
            commands.oppose(
                patient_id=patient.pk, grantee_id=uuid7(), grantee_display="Dr LE GOFF",
                informed_on=timezone.localdate(), means="electronic",
            )  # fmt: skip
            opposed = True
        except AccessRefusedError:
            opposed = False
    assert asks == asked
    assert (decision.allowed and may_mask(decision.role, level)) == opposed
    return decision.allowed, asked, opposed, may(user, WRITE, "messages", patient)


@pytest.mark.parametrize("kind", MEASURES)
def test_each_account_does_what_its_measure_says_and_no_more(patient, kind):
    made, user = represent(patient, kind)
    hows = TABLE[kind][1:]
    assert does(user, patient) == tuple(how == "alone" for how in hows)
    assert made.until == measures.last_moment(made.mandates.get().ends_on)
    if MEASURES[kind].opens_at_once:
        return
    with acting(actor(person_of(patient))):
        commands.open_to_representative(member=made)
    assert does(user, patient) == tuple(how in {"alone", "opened"} for how in hows)
    grant = Grant.objects.get(source_id=made.id)
    assert (grant.purpose, grant.level, grant.valid_until) == ("proxy", 1, made.until)
    with acting(actor(person_of(patient))):
        commands.close_to_representative(member=made)
    assert does(user, patient) == (False,) * 4
    kinds = set(AuditLine.objects.values_list("action", flat=True))
    assert {"circle.mandate.opened", "circle.mandate.closed"} <= kinds


def test_a_measure_without_its_decision_is_not_entered(patient):
    with pytest.raises(CircleError, match="measure_end"):
        represent(patient, "tutelle", given=decided(ends_on=None))
    assert not Member.objects.filter(basis="proxy").exists()
    assert not Mandate.objects.exists()


def test_the_person_opens_and_a_physician_renews_under_row_security(patient, as_actor):
    made, user = represent(patient, "curatelle_simple")
    person, doctor = person_of(patient), member(patient, "physician")
    with as_actor(actor(person)):
        commands.open_to_representative(member=made)
    assert may(user, READ, "documents", patient)
    with as_actor(actor(doctor)):
        commands.renew_mandate(member=made, decided=now_decided(days=900))
    with as_actor(actor(person)):
        commands.close_to_representative(member=made)
    assert not may(user, READ, "documents", patient)


def test_nobody_but_the_person_or_who_writes_for_them_opens_their_record(patient):
    made, user = represent(patient, "curatelle_simple")
    tutor = represent(patient, "tutelle")[1]
    for wrong in (user, tutor, member(patient, "nurse"), UserFactory(role="physician")):
        with acting(actor(wrong)), pytest.raises(AccessRefusedError):
            commands.open_to_representative(member=made)
    assert not may(user, READ, "documents", patient)
    with acting(actor(member(patient, "physician"))):
        commands.open_to_representative(member=made)
    assert may(user, READ, "documents", patient)


def test_a_tutelle_has_nothing_to_open(patient):
    made, _ = represent(patient, "tutelle")
    with acting(actor(person_of(patient))), pytest.raises(CircleError, match="measure"):
        commands.open_to_representative(member=made)


@pytest.mark.parametrize("who", ["person", "tutor"])
def test_the_person_and_the_representative_neither_renew_nor_end_a_measure(patient, who):
    made, user = represent(patient, "tutelle")
    by = actor(person_of(patient) if who == "person" else user)
    with acting(by), pytest.raises(AccessRefusedError, match="profession"):
        commands.renew_mandate(member=made, decided=now_decided(days=900))
    with acting(by), pytest.raises(AccessRefusedError, match="profession"):
        commands.end_mandate(member=made, reason="mainlevée")


def test_the_person_does_not_put_out_whom_a_judge_named(patient):
    made, user = represent(patient, "tutelle")
    with acting(actor(person_of(patient))):
        with pytest.raises(CircleError, match="measure_ends"):
            commands.remove_member(member=made)
        with pytest.raises(CircleError, match="measure_ends"):
            commands.oppose(
                patient_id=patient.pk, grantee_id=user.grantee_id, grantee_display="Jean ROLIN",
                informed_on=timezone.localdate(), means="electronic",
            )  # fmt: skip
    assert may(user, READ, "documents", patient)


def test_a_renewal_prolongs_what_was_open(patient):
    made, user = represent(patient, "curatelle_renforcee")
    with acting(actor(person_of(patient))):
        commands.open_to_representative(member=made)
    with acting(actor(member(patient, "physician"))):
        renewed = commands.renew_mandate(member=made, decided=now_decided(days=900))
        with pytest.raises(CircleError, match="measure_long"):
            commands.renew_mandate(member=made, decided=now_decided(days=3000))
    made.refresh_from_db()
    grant = Grant.objects.get(source_id=made.id)
    assert made.until == grant.valid_until == measures.last_moment(renewed.ends_on)
    assert grant.level == 1
    assert Mandate.objects.filter(replaced_at=None).get() == renewed
    assert may(user, READ, "documents", patient)


def test_a_measure_ends_when_the_decision_that_stops_it_was_seen(patient):
    made, user = represent(patient, "tutelle")
    with acting(actor(member(patient, "physician"))):
        with pytest.raises(CircleError, match="reason"):
            commands.end_mandate(member=made, reason=" ")
        commands.end_mandate(member=made, reason="Mainlevée du 3 mars")
    assert not may(user, READ, "documents", patient)
    assert AuditLine.objects.filter(action="circle.mandate.ended").exists()


def test_the_sweep_reminds_once_then_ends_at_the_date(patient):
    made, user = represent(patient, "tutelle", given=now_decided(days=30))
    person = person_of(patient)
    far, _ = represent(patient, "curatelle_simple", given=now_decided(days=400))
    with acting(SYSTEM):
        assert commands.sweep_mandates() is False
        commands.sweep_mandates()
    told = Notice.objects.filter(kind="circle.mandate.ending")
    assert {user.id, person.id} <= set(told.values_list("user_id", flat=True))
    assert told.values("event_id").distinct().count() == 1
    assert far.mandates.get().reminded_at is None
    made.mandates.update(ends_on=legal_day(timezone.now()) - timedelta(days=1))
    with acting(SYSTEM):
        commands.sweep_mandates()
    made.refresh_from_db()
    assert made.ended_reason == "échéance de la mesure"
    assert not may(user, READ, "documents", patient)


def test_who_was_tuteur_before_is_by_a_tutelle_and_loses_nothing(patient):
    made, user = represent(patient, "tutelle")
    made.mandates.all().delete()
    Member.objects.filter(pk=made.pk).update(ground="guardian")
    with connection.cursor() as cursor:
        cursor.execute(migration.NAME)
    made.refresh_from_db()
    assert made.ground == "tutelle"
    assert does(user, patient) == (True,) * 4
    with acting(actor(member(patient, "physician"))):
        commands.renew_mandate(member=made, decided=now_decided())
    assert made.mandates.count() == 1


def test_a_measure_for_somebody_already_there_is_refused_and_nothing_is_said_done(patient):
    made, user = represent(patient, "curatelle_simple")
    with pytest.raises(CircleError, match="present_measure"):
        represent(patient, "curatelle_simple", given=now_decided(days=900), holder=user)
    with pytest.raises(CircleError, match=r"present$"):
        represent(patient, "tutelle", holder=user)
    assert Mandate.objects.get().member == made
    assert not may(user, READ, "documents", patient)


def test_a_place_that_ended_meanwhile_is_neither_opened_nor_renewed(patient):
    made, user = represent(patient, "curatelle_simple")
    former, _ = represent(patient, "tutelle")
    for one in (made, former):
        with acting(SYSTEM):
            commands.end_member(member=one, reason="départ", kind="circle.member.removed")
    assert made.ended_at is None
    with acting(actor(person_of(patient))), pytest.raises(CircleError, match="measure"):
        commands.open_to_representative(member=made)
    with acting(actor(member(patient, "physician"))), pytest.raises(CircleError, match="measure"):
        commands.renew_mandate(member=former, decided=now_decided(days=900))
    now = timezone.now()
    assert not Grant.objects.filter(source_id__in=[made.id, former.id], valid_until__gt=now)
    assert not may(user, READ, "documents", patient)


def test_closing_ends_what_a_merge_of_identities_brought_and_never_what_a_judge_opened(patient):
    made, user = represent(patient, "curatelle_simple")
    tutor, held = represent(patient, "tutelle")
    Grant.objects.create(
        patient=patient, grantee_id=user.grantee_id, source_id=uuid7(), source_kind="identity_link",
        purpose="proxy", level=1, valid_from=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    assert may(user, READ, "documents", patient)
    with acting(actor(person_of(patient))):
        commands.close_to_representative(member=made)
        with pytest.raises(CircleError, match="measure"):
            commands.close_to_representative(member=tutor)
    assert not may(user, READ, "documents", patient)
    assert may(held, READ, "documents", patient)


@pytest.mark.parametrize(
    ("role", "is_let"),
    [("physician", True), ("midwife", True), ("dentist", True), ("coordinator", True), ("nurse", False)],
)  # fmt: skip
def test_who_answers_for_the_circle_keeps_its_measures(patient, role, is_let):
    made, user = represent(patient, "tutelle")
    with acting(actor(member(patient, role))):
        if not is_let:
            with pytest.raises(AccessRefusedError, match="profession"):
                commands.renew_mandate(member=made, decided=now_decided(days=900))
            with pytest.raises(AccessRefusedError, match="profession"):
                commands.end_mandate(member=made, reason="Mainlevée du 3 mars")
        else:
            commands.renew_mandate(member=made, decided=now_decided(days=900))
            commands.end_mandate(member=made, reason="Mainlevée du 3 mars")
    assert may(user, READ, "documents", patient) is not is_let


def test_the_person_and_who_is_in_charge_are_told_of_a_renewal_and_of_the_end(patient):
    made, user = represent(patient, "tutelle")
    person = person_of(patient)
    with acting(actor(member(patient, "physician"))):
        commands.renew_mandate(member=made, decided=now_decided(days=900))
        commands.end_mandate(member=made, reason="Mainlevée du 3 mars")
    for kind in ("circle.mandate.renewed", "circle.mandate.ended"):
        one = Event.objects.get(kind=kind)
        with acting(SYSTEM):
            tell(OutboxEvent(one.id, 0, 0, one.at, kind, one.patient_id, one.topics, one.payload))
        told = Notice.objects.filter(kind=kind)
        assert {user.id, person.id} <= set(told.values_list("user_id", flat=True)), kind


def test_one_measure_that_fails_holds_back_no_other(patient, monkeypatch):
    first, _ = represent(patient, "tutelle")
    second, _ = represent(patient, "habilitation")
    Mandate.objects.update(ends_on=legal_day(timezone.now()) - timedelta(days=1))
    ends = mandates.end_member

    def failing(*, member, **given):
        if member.pk == first.pk:
            raise RuntimeError("essai")
        ends(member=member, **given)

    monkeypatch.setattr(mandates, "end_member", failing)
    with acting(SYSTEM):
        assert commands.sweep_mandates() is False
    assert Member.objects.get(pk=first.pk).ended_at is None
    assert Member.objects.get(pk=second.pk).ended_at is not None


def test_a_measure_without_its_decision_is_asked_for_once_a_month(patient):
    made, user = represent(patient, "tutelle")
    made.mandates.all().delete()
    with acting(SYSTEM):
        commands.sweep_mandates()
        commands.sweep_mandates()
    told = Notice.objects.filter(kind="circle.mandate.lacking")
    assert list(told.filter(user_id=user.id).values_list("details__who", flat=True)) == [
        "Jean ROLIN"
    ]
    Member.objects.filter(pk=made.pk).update(since=made.since - timedelta(days=30))
    with acting(SYSTEM):
        commands.sweep_mandates()
    assert told.filter(user_id=user.id).count() == 2


def test_the_decision_that_was_lacking_says_which_measure_it_is(patient, signed_in):
    made, user = represent(patient, "tutelle")
    made.mandates.all().delete()
    browser = signed_in(member(patient, "physician"))
    listing = browser.get(reverse("circles:mandates", args=[patient.pk])).content.decode()
    assert "Décision à préciser" in listing
    url = reverse("circles:renew_mandate", args=[patient.pk, made.pk])
    assert "Curatelle simple" in browser.get(url).content.decode()
    today = legal_day(timezone.now())
    given = {
        "kind": "curatelle_simple", "authority": "TJ Lens", "decided_on": today, "term": "motivated",
        "ends_on": today + timedelta(days=900),
    }  # fmt: skip
    assert browser.post(url, given).status_code == 422
    assert may(user, READ, "documents", patient)
    assert browser.post(url, given | {"term": "plain"}).status_code == 302
    made.refresh_from_db()
    assert made.ground == "curatelle_simple"
    assert made.mandates.get().kind == "curatelle_simple"
    assert not may(user, READ, "documents", patient)
    with acting(actor(member(patient, "physician"))):
        commands.renew_mandate(member=made, decided=now_decided(), kind="tutelle")
    made.refresh_from_db()
    assert made.ground == "curatelle_simple"


def test_a_helper_whom_the_judge_named_becomes_the_tutor_in_their_place(patient, signed_in):
    user = UserFactory(relative=True)
    with acting(actor(member(patient, "physician"))):
        made = commands.add_member(
            patient_id=patient.pk, block="relatives", grantee_id=user.grantee_id, display="Jean ROLIN",
            role_label="Fils", basis="proxy", proxy_kind="mandate",
        )  # fmt: skip
    with pytest.raises(CircleError, match="present_measure"):
        represent(patient, "tutelle", holder=user)
    with acting(actor(member(patient, "physician"))):
        for kind in ("", "curatelle_simple", "autre"):
            with pytest.raises(CircleError, match="measure"):
                commands.renew_mandate(member=made, decided=now_decided(), kind=kind)
    browser = signed_in(member(patient, "coordinator"))
    listing = browser.get(reverse("circles:mandates", args=[patient.pk])).content.decode()
    url = reverse("circles:renew_mandate", args=[patient.pk, made.pk])
    assert url in listing
    page = browser.get(url).content.decode()
    assert "Tutelle à la personne" in page
    assert "Curatelle simple" not in page
    today = legal_day(timezone.now())
    given = {
        "kind": "tutelle", "authority": "TJ Lens", "decided_on": today, "term": "plain",
        "ends_on": today + timedelta(days=900),
    }  # fmt: skip
    assert browser.post(url, given).status_code == 302
    made.refresh_from_db()
    assert (made.ground, made.until) == ("tutelle", measures.last_moment(given["ends_on"]))
    assert Grant.objects.get(source_id=made.id).valid_until == made.until
    assert does(user, patient) == (True,) * 4


# --- pages ---------------------------------------------------------------------------------------


def test_the_person_reads_who_represents_them_and_opens_their_record(patient, signed_in):
    made, user = represent(patient, "curatelle_simple")
    browser = signed_in(person_of(patient))
    page = browser.get(reverse("circles:mandates", args=[patient.pk]))
    text = page.content.decode()
    assert "Qui me représente" in text
    assert "Curatelle simple" in text
    assert "Ne lit pas le dossier" in text
    answer = browser.post(reverse("circles:open_mandate", args=[patient.pk, made.pk]))
    assert answer.status_code == 302
    assert may(user, READ, "documents", patient)
    browser.post(reverse("circles:close_mandate", args=[patient.pk, made.pk]))
    assert not may(user, READ, "documents", patient)


def test_a_professional_renews_and_ends_on_the_page(patient, signed_in):
    made, user = represent(patient, "tutelle")
    browser = signed_in(member(patient, "physician"))
    url = reverse("circles:renew_mandate", args=[patient.pk, made.pk])
    assert browser.get(url).status_code == 200
    today = legal_day(timezone.now())
    given = {"authority": "TJ Lens", "decided_on": today, "term": "plain"}
    assert (
        browser.post(url, given | {"ends_on": today.replace(year=today.year + 9)}).status_code
        == 422
    )
    assert (
        browser.post(url, given | {"ends_on": today.replace(year=today.year + 4)}).status_code
        == 302
    )
    browser.post(
        reverse("circles:end_mandate", args=[patient.pk, made.pk]), {"reason": "Mainlevée"}
    )
    assert not may(user, READ, "documents", patient)


def test_the_representative_reads_the_page_and_renews_nothing(patient, signed_in):
    made, user = represent(patient, "tutelle")
    browser = signed_in(user)
    page = browser.get(reverse("circles:mandates", args=[patient.pk]))
    assert page.status_code == 200
    assert "Renouveler" not in page.content.decode()
    url = reverse("circles:renew_mandate", args=[patient.pk, made.pk])
    assert browser.get(url).status_code == 404


def test_the_list_costs_the_same_for_one_and_for_many(patient, signed_in):
    browser = signed_in(member(patient, "physician"))
    url = reverse("circles:mandates", args=[patient.pk])
    represent(patient, "tutelle")
    browser.get(url)
    with CaptureQueriesContext(connection) as few:
        browser.get(url)
    for _ in range(10):
        represent(patient, "curatelle_simple")
    browser.get(url)
    with CaptureQueriesContext(connection) as many:
        browser.get(url)
    assert len(many) == len(few)
