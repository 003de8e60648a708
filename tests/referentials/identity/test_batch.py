"""The batch pass: the same truth as a message's, many at a time; what a person decided stays."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from benchmarks.identity.load import fill_database
from benchmarks.identity.population import read_records, traits_of, write_population
from django.db import connection, transaction

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.subjects.models import Patient
from enrs.referentials.identity.commands import (
    decisions,
    open_work_item,
    receive_identity,
    store,
)
from enrs.referentials.identity.matching import engine as engines
from enrs.referentials.identity.matching import writing
from enrs.referentials.identity.matching.batch import run
from enrs.referentials.identity.matching.features import FEATURE_FIELDS, Features
from enrs.referentials.identity.matching.grouping import components
from enrs.referentials.identity.matching.model import current
from enrs.referentials.identity.matching.scorer import score
from enrs.referentials.identity.models import (
    IdentityFeature,
    IdentityLink,
    IdentityPair,
    RegionalIdentity,
    SourceIdentity,
    WorkItem,
)
from tests.referentials.identity.factories import CLINIC, HOSPITAL, actor_in, grant, receive

pytestmark = pytest.mark.django_db
UNKNOWN = {"ins": "", "ins_oid": "", "status": "provisional"}


@pytest.fixture(scope="module")
def population(tmp_path_factory):
    """Some 400 records of 160 people: most people are known by several systems."""
    folder = tmp_path_factory.mktemp("people")
    return write_population(folder, people=160, seed=5, mean=2.5, processes=1)


def passed():
    with acting(SYSTEM):
        return run()


def together():
    """Who is with whom, by system and number."""
    groups = {}
    for one in SourceIdentity.objects.all():
        groups.setdefault(one.patient_id, set()).add(
            (one.system.removeprefix("urn:system:"), one.value)
        )
    return {frozenset(group) for group in groups.values()}


def received(population):
    for row in read_records(population):
        receive_identity(
            system=row["system"], value=row["value"], traits=traits_of(row), sender=row["system"]
        )


def test_a_first_load_and_messages_one_by_one_end_in_the_same_groups(population):
    with transaction.atomic():
        received(population)
        by_messages = together()
        transaction.set_rollback(True)
    records = fill_database(population, processes=1)
    report = passed()
    assert report.identities == records
    assert report.linked > 100
    assert together() == by_messages


@pytest.mark.django_db(transaction=True)
def test_two_connections_side_by_side_write_what_one_does(population, tmp_path, settings):
    settings.DATA_DIR = tmp_path
    with transaction.atomic():
        fill_database(population, processes=1)
        alone, by_one = passed(), together()
        transaction.set_rollback(True)
    fill_database(population, processes=1)
    report = passed()
    assert together() == by_one
    assert report.linked == alone.linked > 100
    again = passed()
    assert (again.written, again.withdrawn, again.linked, again.opened, again.closed) == (0,) * 5


def test_a_second_pass_changes_nothing(population):
    fill_database(population, processes=1)
    passed()
    again = passed()
    assert (again.written, again.withdrawn, again.linked, again.opened, again.closed) == (0,) * 5


def test_after_messages_a_pass_has_nothing_to_write(population):
    received(population)
    before = together()
    report = passed()
    assert (report.written, report.withdrawn, report.linked) == (0, 0, 0)
    assert together() == before


def test_sql_weighs_as_python_does(population, tmp_path):
    fill_database(population, processes=1)
    passed()
    rows = IdentityFeature.objects.in_bulk(field_name="pk")
    pairs = list(IdentityPair.objects.all())
    assert len(pairs) > 100
    for pair in pairs:
        left, right = (
            Features(**{name: getattr(rows[key], name) for name in FEATURE_FIELDS})
            for key in (pair.first_id, pair.second_id)
        )
        found = score(left, right, current())
        assert (pair.levels, pair.barrier) == (found.levels, found.barrier)
        assert pair.weight == pytest.approx(found.weight, abs=0.002)


def test_regional_identities_are_those_that_a_message_would_compute(population):
    fill_database(population, processes=1)
    passed()
    seen = 0
    for regional in RegionalIdentity.objects.filter(replaced_by=None):
        members = [one.identity for one in store.linked_to(regional.patient_id)]
        if len(members) > 1:
            seen += 1
            values = store.regional_values(regional.patient_id, members, regional.changed_at)
            assert {name: getattr(regional, name) for name in values} == values
    assert seen > 50


def test_every_moved_identity_has_its_link_and_its_empty_patient_names_the_other(population):
    fill_database(population, processes=1)
    report = passed()
    links = IdentityLink.objects.filter(until=None).exclude(rule="new")
    assert links.count() == report.linked
    assert set(links.values_list("rule", flat=True)) == {"score", "ins"}
    for link in links.select_related("identity"):
        assert link.identity.patient_id == link.patient_id
        former = IdentityLink.objects.exclude(until=None).get(identity=link.identity)
        assert RegionalIdentity.objects.get(pk=former.patient_id).replaced_by_id == link.patient_id


def test_a_dry_run_writes_nothing(population):
    fill_database(population, processes=1)
    before = together()
    with acting(SYSTEM):
        report = run(writes=False)
    assert report.sure > 100
    assert together() == before
    assert not IdentityPair.objects.exists()
    assert not WorkItem.objects.exists()


def apart():
    """Two identities that resemble each other and that nothing linked yet."""
    first = receive("1", HOSPITAL, **UNKNOWN, postal_code="77000", phone="0600000001")
    second = receive("2", CLINIC, **UNKNOWN, postal_code="77000", phone="0600000001")
    assert first.patient_id == SourceIdentity.objects.get(pk=second.pk).patient_id
    return first, second


def part(identity):
    patient = Patient.objects.create()
    SourceIdentity.objects.filter(pk=identity.pk).update(patient=patient)
    IdentityLink.objects.filter(identity=identity, until=None).update(patient=patient)
    regional = RegionalIdentity.objects.get(pk=identity.patient_id)
    regional.pk, regional.source_id = patient.pk, identity.pk
    regional.save(force_insert=True)
    return patient


def test_what_a_person_decided_stays():
    first, second = apart()
    part(SourceIdentity.objects.get(pk=second.pk))
    IdentityPair.objects.update(decision="different")
    report = passed()
    assert report.linked == report.opened == 0
    one, other = SourceIdentity.objects.filter(pk__in=(first.pk, second.pk))
    assert one.patient_id != other.patient_id


def test_a_patient_with_rights_is_linked_as_a_message_would_and_the_rights_follow():
    first, second = apart()
    patient = part(SourceIdentity.objects.get(pk=second.pk))
    nurse = actor_in("nurse")
    grant(patient.pk, nurse)
    report = passed()
    assert (report.linked, report.one_by_one) == (0, 1)
    one, other = SourceIdentity.objects.filter(pk__in=(first.pk, second.pk))
    assert one.patient_id == other.patient_id


def test_a_pair_that_holds_no_longer_is_withdrawn_with_its_item():
    first = receive("1", HOSPITAL, **UNKNOWN, postal_code="77000")
    second = receive("2", CLINIC, **UNKNOWN, postal_code="77000", sex="M")
    assert WorkItem.objects.filter(kind="possible_duplicate", closed_at=None).count() == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "update identity_feature set birth_name = 'ZZZ', given = 'YYY', root = 'YYY', birth_date = '1990-01-02',"
            " keys = '{1}' where identity_id = %s",
            [second.pk],
        )
        cursor.execute("update source_identity set changed_at = now() - interval '1 day'")
    report = passed()
    assert (report.withdrawn, report.closed) == (1, 1)
    assert not IdentityPair.objects.filter(first=first.pk).exists()


def test_what_a_person_saw_waits_until_both_are_together():
    first, second = (
        receive("1", HOSPITAL),
        receive("2", CLINIC, first_given_name="ZOE", **UNKNOWN, birth_date="1931-02-03"),
    )
    open_work_item(
        kind="possible_duplicate", identity_ids=[first.pk, second.pk],
        patient_ids=[first.patient_id, second.patient_id], evidence={},
    )  # fmt: skip
    item = WorkItem.objects.get(weight=None)
    assert passed().closed == 0
    SourceIdentity.objects.filter(pk=second.pk).update(patient_id=first.patient_id)
    writing.write_work(automatic=current().automatic, since=datetime.now(UTC))
    item.refresh_from_db()
    assert item.outcome == "by_rule"


def test_what_a_message_opened_meanwhile_stays():
    began = datetime.now(UTC)
    receive("1", HOSPITAL, **UNKNOWN, postal_code="77000")
    receive("2", CLINIC, **UNKNOWN, postal_code="77000", sex="M")
    item = WorkItem.objects.get(kind="possible_duplicate", closed_at=None)
    with connection.cursor() as cursor:
        cursor.execute(
            "create temp table new_edge (id uuid, first_id uuid, second_id uuid, weight float8,"
            " levels text, barrier text)"
        )
    writing.write_work(automatic=current().automatic, since=began)
    item.refresh_from_db()
    assert item.closed_at is None


def test_a_group_that_cannot_be_settled_stops_nobody_else_s(monkeypatch):
    def fails(seeds, **_):
        raise ValueError(seeds)

    _, second = apart()
    patient = part(SourceIdentity.objects.get(pk=second.pk))
    grant(patient.pk, actor_in("nurse"))
    monkeypatch.setattr(decisions, "settle_decided", fails)
    report = passed()
    assert (report.left, report.one_by_one) == (1, 1)
    assert "1 laissés" in report.sentence
    monkeypatch.undo()
    assert passed().left == 0
    assert together() == {frozenset({(HOSPITAL, "1"), (CLINIC, "2")})}


def test_missing_features_are_made():
    receive("1", HOSPITAL)
    with connection.cursor() as cursor:
        cursor.execute("select birth_name, keys from identity_feature")
        before = cursor.fetchall()
        cursor.execute("delete from identity_feature")
    passed()
    with connection.cursor() as cursor:
        cursor.execute("select birth_name, keys from identity_feature")
        assert cursor.fetchall() == before


def test_nobody_but_the_platform_runs_a_pass():
    with acting(actor_in("identity_officer")), pytest.raises(AccessRefusedError):
        run()


def test_a_key_that_too_many_share_compares_nobody(tmp_path):
    engine = engines.open_engine(tmp_path)
    engine.execute(
        "create table feature as select n, [7, 100 + n // 2] as keys from range(1, 11) t(n)"
    )
    assert engines.find_pairs(engine, hot=9) == 4
    assert engine.execute("select k from hot_key").fetchall() == [(7,)]
    assert engine.execute("select a, b from pair order by a").fetchall() == [
        (2, 3),
        (4, 5),
        (6, 7),
        (8, 9),
    ]
    engine.close()


def test_parts_are_named_by_their_smallest():
    assert components([(5, 6), (1, 2), (2, 6), (8, 9)]) == {1: 1, 2: 1, 5: 1, 6: 1, 8: 8, 9: 8}


def test_a_region_may_want_no_link_by_likeness(population, settings):
    settings.REGION = replace(settings.REGION, links_by_score=False)
    fill_database(population, processes=1)
    report = passed()
    assert report.sure == 0
    assert not IdentityLink.objects.filter(rule="score").exists()
    assert report.opened > 20
