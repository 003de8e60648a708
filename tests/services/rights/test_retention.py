"""Records whose time of keeping is over: found, decided by a person, erased whole or not at all."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from enrs.core.access.actor import SYSTEM
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.models import AuditLine
from enrs.core.documents.models import Blob, Document
from enrs.core.moments import legal_day
from enrs.core.subjects.holdings import holdings
from enrs.core.subjects.models import Patient
from enrs.referentials.identity.models import RegionalIdentity, SourceIdentity
from enrs.services.record.models import Encounter, Note
from enrs.services.rights import commands
from enrs.services.rights.commands import RightsError
from enrs.services.rights.models import Approval, Elimination, Retention, RightsRequest, Sweep
from enrs.services.rights.rules import retention as rules
from tests.factories import actor, person_of, user_of_role
from tests.services.record import factories as record
from tests.services.rights.factories import long_ago

pytestmark = pytest.mark.django_db
TODAY = legal_day(timezone.now())
DECISION = "Décision du directeur du 3 mars, avis favorable du médecin DIM."
REASON = "Recours devant la commission de conciliation."


def stayed(patient, years):
    then = timezone.now() - timedelta(days=365.25 * years)
    Encounter.objects.create(
        patient=patient, system="urn:oid:1.2.3.4.5", number=str(patient.pk)[-12:], status="finished",
        admitted_at=then - timedelta(days=3), discharged_at=then, last_event_at=then,
    )  # fmt: skip


def pseudonym(patient_id):
    return rules.pseudonym(settings.SECRETS.blob_address_key, patient_id)


@pytest.fixture
def officer():
    return user_of_role("auditor")


@pytest.fixture
def sweep(as_actor):
    def look():
        with as_actor(SYSTEM, role="enrs_feed"):
            while commands.sweep_retention():
                pass

    return look


@pytest.fixture
def erase(as_actor):
    def run():
        count = 0
        with as_actor(SYSTEM, role="enrs_feed"):
            while commands.erase_next():
                count += 1
        return count

    return run


def listed(patient):
    return Retention.objects.filter(patient=patient).first()


def approved(as_actor, officer, *rows, hours=49):
    with as_actor(actor(officer)):
        made = commands.approve(records=[one.pk for one in rows], decision=DECISION, visa="AD77/12")
    Approval.objects.filter(pk=made.pk).update(at=timezone.now() - timedelta(hours=hours))
    return made


# What is found


def test_a_record_without_any_visit_counts_from_its_opening(sweep):
    old, young = long_ago(21), long_ago(19)
    sweep()
    row = listed(old)
    assert (row.rule, row.state, row.last_kind) == (
        "twenty_years", "due", "aucun passage connu : ouverture du dossier",
    )  # fmt: skip
    assert row.person_name
    assert listed(young) is None
    assert Sweep.objects.get().ended_at is not None


def test_the_last_care_counts_whatever_its_kind(sweep):
    stay, paper = long_ago(40), long_ago(40)
    stayed(stay, 21)
    stayed(paper, 30)
    record.document(paper.pk, b"LETTRE", happened_at=timezone.now() - timedelta(days=3000))
    sweep()
    assert listed(stay).last_kind == "séjour ou passage"
    assert listed(paper) is None


def test_who_died_is_kept_ten_years_from_then(sweep):
    then = timezone.now() - timedelta(days=365.25 * 10.5)
    dead = long_ago(15, deceased_at=then)
    alive = long_ago(15)
    sweep()
    assert (listed(dead).rule, listed(dead).died_on) == ("death", legal_day(then))
    assert listed(alive) is None


def test_a_child_is_kept_until_the_twenty_eighth_birthday(sweep):
    child = long_ago(21, birth_date=f"{TODAY.year - 25}-03-12")
    unknown = long_ago(21, birth_date="")
    of_year = long_ago(21, birth_date=f"{TODAY.year - 28}")
    sweep()
    assert [listed(child), listed(unknown), listed(of_year)] == [None] * 3


def test_an_open_request_about_rights_suspends(sweep, as_actor):
    found = long_ago()
    with as_actor(actor(person_of(found))):
        asked = commands.ask_right(patient_id=found.pk, kind="copy", text="Une copie de tout.")
    sweep()
    assert listed(found) is None
    RightsRequest.objects.filter(pk=asked.pk).update(state="answered")
    sweep()
    assert listed(found) is not None


def test_who_comes_back_leaves_the_list(sweep):
    found = long_ago()
    sweep()
    stayed(found, 0)
    sweep()
    assert listed(found) is None


def test_the_search_goes_piece_by_piece(sweep, monkeypatch):
    monkeypatch.setattr("enrs.services.rights.commands.retention.SWEPT_AT_ONCE", 2)
    found = [long_ago() for _ in range(5)]
    sweep()
    assert Retention.objects.filter(patient__in=found).count() == 5


# What the officer decides


def test_a_record_is_kept_back_and_let_go(sweep, as_actor, officer):
    found = long_ago()
    sweep()
    until = TODAY + timedelta(days=90)
    with as_actor(actor(officer)):
        commands.keep_back(
            record=listed(found), hold_code="medical", hold_text="Étude en cours.", hold_until=until
        )
    sweep()
    assert (listed(found).state, listed(found).hold_until) == ("kept", until)
    Retention.objects.update(hold_until=TODAY - timedelta(days=1))
    sweep()
    assert listed(found).state == "due"


def test_the_days_of_an_appeal_are_added_and_never_forgotten(sweep, as_actor, officer):
    found = long_ago(21)
    sweep()
    begun = TODAY - timedelta(days=800)
    with as_actor(actor(officer)):
        with pytest.raises(RightsError, match="recours a été introduit"):
            commands.keep_back(record=listed(found), hold_code="dispute", hold_text=REASON)
        commands.keep_back(
            record=listed(found), hold_code="dispute", hold_text=REASON, hold_from=begun
        )
        with pytest.raises(RightsError, match="pris fin"):
            commands.release(record=listed(found))
        commands.release(record=listed(found), ended_on=TODAY)
    for _ in range(2):
        row = listed(found)
        assert (row.state, row.suspensions) == (
            "waiting", [[begun.isoformat(), TODAY.isoformat()]],
        )  # fmt: skip
        assert row.kept_until > TODAY
        sweep()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"hold_code": "", "hold_text": REASON}, "motif"),
        ({"hold_code": "medical", "hold_text": "court"}, "dix caractères"),
        ({"hold_code": "medical", "hold_text": REASON, "hold_until": TODAY}, "futur"),
    ],
)
def test_a_reason_is_whole(sweep, as_actor, officer, given, said):
    found = long_ago()
    sweep()
    with as_actor(actor(officer)), pytest.raises(RightsError, match=said):
        commands.keep_back(record=listed(found), **given)


def test_an_approval_is_whole_and_taken_back(sweep, as_actor, officer, erase):
    found = long_ago()
    sweep()
    row = listed(found)
    with as_actor(actor(officer)):
        for keys, text, said in (
            ([], DECISION, "Cochez"),
            ([row.pk], "oui", "dix caractères"),
            ([row.pk, found.pk], DECISION, "n’est plus à décider"),
        ):
            with pytest.raises(RightsError, match=said):
                commands.approve(records=keys, decision=text)
    made = approved(as_actor, officer, row)
    assert made.number.startswith(f"EL-{TODAY.year}-")
    with as_actor(actor(officer)):
        commands.take_back(record=row)
    assert erase() == 0
    assert (listed(found).state, listed(found).approval) == ("due", None)


@pytest.mark.parametrize("role", ["physician", "operator", "identity_officer"])
def test_nobody_else_decides_nor_sees(sweep, as_actor, role):
    found = long_ago()
    sweep()
    row = listed(found)
    other = user_of_role(role)
    with as_actor(actor(other)):
        assert not Retention.objects.exists()
        for command, values in (
            (commands.keep_back, {"record": row, "hold_code": "medical", "hold_text": REASON}),
            (commands.release, {"record": row}),
            (commands.approve, {"records": [row.pk], "decision": DECISION}),
            (commands.take_back, {"record": row}),
        ):
            with pytest.raises(AccessRefusedError):
                command(**values)


# What is erased


def refused_by_the_database(as_actor, row):
    with (
        as_actor(SYSTEM, role="enrs_feed"),
        pytest.raises(DatabaseError, match="nobody approved"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("select * from rights_erase(%s)", [row.pk])


def test_nothing_is_erased_before_a_person_approved_it_two_days_ago(
    sweep, as_actor, officer, erase
):
    found = long_ago()
    sweep()
    assert erase() == 0
    refused_by_the_database(as_actor, listed(found))
    approved(as_actor, officer, listed(found), hours=47)
    assert erase() == 0
    refused_by_the_database(as_actor, listed(found))


def test_who_comes_back_after_the_approval_keeps_their_record(sweep, as_actor, officer, erase):
    found = long_ago()
    sweep()
    approved(as_actor, officer, listed(found))
    stayed(found, 0)
    assert erase() == 1
    assert Patient.objects.filter(pk=found.pk).exists()
    assert listed(found) is None
    assert not Elimination.objects.exists()


def rows_of(patient_id):
    """How many rows of each held table name this person."""
    found = {}
    with connection.cursor() as cursor:
        for one in holdings():
            where = one.where.replace("$1", "%(who)s::uuid[]")
            cursor.execute(f"select count(*) from {one.table} where {where}", {"who": [patient_id]})
            found[one.table] = cursor.fetchone()[0]
    return found


def test_a_record_is_erased_whole_with_its_log(sweep, as_actor, officer, erase):
    found, other = long_ago(40), long_ago(5)
    nurse = record.member(found.pk)
    record.note(found.pk, nurse, "UNE NOTE")
    Note.objects.update(written_at=timezone.now() - timedelta(days=9000))
    then = timezone.now() - timedelta(days=9000)
    alone = record.document(found.pk, b"A LUI SEUL", happened_at=then)
    shared = record.document(found.pk, b"LE MEME", happened_at=then)
    kept = record.document(other.pk, b"LE MEME", happened_at=then)
    stayed(found, 22)
    sweep()
    made = approved(as_actor, officer, listed(found))
    before, theirs = rows_of(found.pk), rows_of(other.pk)
    lines = AuditLine.objects.filter(patient_id=found.pk).count()
    assert erase() == 1
    assert set(rows_of(found.pk).values()) == {0}
    # What said that the two resembled each other goes with the one that is erased.
    about_both = {"identity_pair": 0, "identity_work_item": 0}
    assert rows_of(other.pk) == theirs | about_both
    assert not Blob.objects.filter(pk=alone.blob_id).exists()
    assert Document.objects.get(pk=kept.pk).blob_id == shared.blob_id
    assert AuditLine.objects.filter(patient_id=found.pk).count() == lines + 1
    log = Elimination.objects.get()
    assert (log.approval_id, log.pseudonym) == (made.pk, pseudonym(found.pk))
    counted = {one["table"]: one["count"] for one in log.contents}
    assert (counted["blob"], counted["note"], counted["document"]) == (1, 1, 2)
    assert {k: v for k, v in counted.items() if k != "blob"} == {
        k: v for k, v in before.items() if v
    }
    assert all(len(one["digest"]) == 64 for one in log.contents)
    assert "DUBREUIL" not in str(log.contents)


def test_what_was_merged_into_a_record_goes_with_it(sweep, as_actor, officer, erase):
    found, former = long_ago(), long_ago()
    RegionalIdentity.objects.filter(patient=former).update(replaced_by=found)
    SourceIdentity.objects.filter(patient=former).update(patient=found)
    sweep()
    assert listed(former) is None
    approved(as_actor, officer, listed(found))
    assert erase() == 1
    assert not Patient.objects.filter(pk__in=[found.pk, former.pk]).exists()


def test_a_record_that_something_holds_back_is_not_erased_in_half(sweep, as_actor, officer, erase):
    found = long_ago()
    stayed(found, 22)
    with connection.cursor() as cursor:
        cursor.execute("create table foreign_room (patient_id uuid references patient(id))")
        cursor.execute("insert into foreign_room values (%s)", [found.pk])
    sweep()
    second = long_ago()
    sweep()
    approved(as_actor, officer, listed(found), listed(second))
    assert erase() == 2
    row = listed(found)
    assert (row.state, row.approval) == ("failed", None)
    assert "foreign_room" in row.failure
    assert Encounter.objects.filter(patient=found).count() == 1
    assert [one.pseudonym for one in Elimination.objects.all()] == [pseudonym(second.pk)]


def test_the_log_and_the_approvals_are_written_once(as_actor, officer):
    with as_actor(SYSTEM, role="enrs_feed"):
        for table in ("rights_elimination", "rights_approval"):
            for act in (f"delete from {table}", f"update {table} set at = now()"):
                with (
                    pytest.raises(DatabaseError),
                    transaction.atomic(),
                    connection.cursor() as cursor,
                ):
                    cursor.execute(act)
