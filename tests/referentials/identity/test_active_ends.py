"""How an active file ends: started by another, stopped, failed, left for a week; and what its page costs."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings as live
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.core.audit.models import AuditLine
from enrs.core.ids import uuid7
from enrs.referentials.identity.commands import active_files as commands
from enrs.referentials.identity.commands import active_steps, active_ties
from enrs.referentials.identity.models import (
    ActiveFile,
    ActiveLine,
    IdentitySource,
    SourceIdentity,
)
from tests.referentials.identity.factories import HOSPITAL, actor_in, user_of
from tests.referentials.identity.test_active_files import HEAD, hand_in, person, work

NAMES = ("QUERE", "BOZEC", "LAGADEC", "MORVAN")
FOUR = HEAD + "".join(
    person(f"N{n}", name, "SOLENN", f"1981-07-2{n}") for n, name in enumerate(NAMES, start=1)
)


@pytest.fixture
def officer(db):
    return actor_in("identity_officer", "Louise Vidal")


@pytest.fixture
def source(db):
    return IdentitySource.objects.create(id=uuid7(), system=HOSPITAL, name="CH de Brie")


def looked_at(officer, source, monkeypatch=None) -> ActiveFile:
    """A file of four people, in four batches when asked, that waits for its import."""
    if monkeypatch is not None:
        monkeypatch.setattr(active_ties, "BATCH", 1)
    file = hand_in(officer, source, FOUR)
    work()
    return now(file)


def started(officer, file) -> None:
    with acting(officer):
        assert commands.start_import(file=file)


def now(file) -> ActiveFile:
    return ActiveFile.objects.get(pk=file.pk)


def gone(actor) -> None:
    user = user_of(actor)
    user.is_active = False
    user.save()


# --- four eyes ------------------------------------------------------------------------------------


def test_who_handed_it_in_does_not_import_it_alone(client, officer, source, settings):
    settings.REGION = replace(live.REGION, identity_four_eyes=True)
    file = looked_at(officer, source)
    with acting(officer), pytest.raises(commands.SameOfficerError):
        commands.start_import(file=file)
    client.force_login(user_of(officer))
    address = reverse("identity:active_file", args=[file.id])
    page = client.get(address).content.decode()
    assert "un autre membre de la cellule lance l’import" in page
    assert "Importer</button>" not in page
    answer = client.post(reverse("identity:active_start", args=[file.id]), follow=True)
    assert "un autre membre" in answer.content.decode()
    assert now(file).state == "checked"
    second = actor_in("identity_officer", "Paul Second")
    client.force_login(user_of(second))
    assert "Importer</button>" in client.get(address).content.decode()
    client.post(reverse("identity:active_start", args=[file.id]))
    assert (now(file).state, now(file).started_by_id) == ("running", second.user_id)


def test_one_person_is_enough_where_the_region_says_so(officer, source):
    started(officer, looked_at(officer, source))


# --- who is gone ----------------------------------------------------------------------------------


def test_an_import_goes_on_in_the_name_of_who_started_it(officer, source, monkeypatch):
    file = looked_at(officer, source, monkeypatch)
    second = actor_in("identity_officer", "Paul Second")
    started(second, file)
    active_steps.run_active_files()
    gone(officer)
    gone(second)
    work()
    assert (now(file).state, now(file).report["new"]) == ("done", 4)
    line = AuditLine.objects.get(action="identity.active_file.imported")
    assert line.actor_name == "Paul Second"


def test_who_is_no_officer_any_more_has_nothing_looked_at(officer, source):
    file = hand_in(officer, source, FOUR)
    user_of(officer).positions.update(valid_until=timezone.now() - timedelta(hours=1))
    work()
    assert (now(file).state, bytes(now(file).content)) == ("cancelled", b"")
    assert not SourceIdentity.objects.exists()


# --- a step that fails ----------------------------------------------------------------------------


def failing(monkeypatch, name, only=None):
    real = getattr(active_steps, name)

    def cut(file, *given):
        if only is None or file.pk == only.pk:
            with connection.cursor() as cursor:
                cursor.execute("select 1 / 0")
        return real(file, *given)

    monkeypatch.setattr(active_steps, name, cut)


def again(file) -> None:
    """The time after which a failed step is tried again is over."""
    ActiveFile.objects.filter(pk=file.pk).update(stepped_at=timezone.now() - timedelta(hours=1))


def test_a_step_that_fails_starves_nobody_and_is_given_up(client, officer, source, monkeypatch):
    other = IdentitySource.objects.create(id=uuid7(), system="urn:x:autre", name="CH de Melun")
    bad, good = hand_in(officer, source, FOUR), hand_in(officer, other, FOUR)
    failing(monkeypatch, "_read", only=bad)
    work()
    assert (now(bad).state, now(bad).failures) == ("reading", 1)
    assert now(good).state == "checked"
    for _ in range(active_steps.MOST_FAILURES - 1):
        again(bad)
        work()
    assert (now(bad).state, bytes(now(bad).content)) == ("failed", b"")
    assert AuditLine.objects.filter(action="identity.active_file.failed").count() == 1
    client.force_login(user_of(officer))
    page = client.get(reverse("identity:active_file", args=[bad.id])).content.decode()
    assert "Aucune identité n’a été écrite" in page
    hand_in(officer, source, FOUR)
    client.post(reverse("identity:active_give_up", args=[bad.id]))
    assert now(bad).state == "cancelled"


def test_an_import_that_fails_says_what_it_wrote(client, officer, source, monkeypatch):
    file = looked_at(officer, source, monkeypatch)
    started(officer, file)
    active_steps.run_active_files()
    failing(monkeypatch, "_step")
    for _ in range(active_steps.MOST_FAILURES):
        again(file)
        work()
    assert (now(file).state, now(file).report["new"]) == ("failed", 1)
    with acting(officer):
        assert not commands.give_up_file(file=now(file))
    client.force_login(user_of(officer))
    page = client.get(reverse("identity:active_file", args=[file.id])).content.decode()
    assert "Import interrompu" in page
    assert "ucune identité n’a été écrite" not in page
    ActiveFile.objects.update(finished_at=timezone.now() - commands.KEPT - timedelta(hours=1))
    while commands.forget_lines():
        pass
    assert not ActiveLine.objects.exists()


def test_a_step_that_goes_well_forgets_the_failures(officer, source, monkeypatch):
    file = hand_in(officer, source, FOUR)
    with monkeypatch.context() as broken:
        failing(broken, "_read")
        work()
    again(file)
    work()
    assert (now(file).state, now(file).failures) == ("checked", 0)


@pytest.mark.parametrize("error", [DatabaseError, AssertionError, AttributeError])
def test_one_line_that_nothing_foresaw_stops_no_file(officer, source, monkeypatch, error):
    told = active_steps.receive_identity

    def odd(**given):
        if given["value"] == "N2":
            raise error
        return told(**given)

    monkeypatch.setattr(active_steps, "receive_identity", odd)
    file = looked_at(officer, source)
    assert (file.foreseen["new"], file.foreseen["refused"]) == (3, 1)


# --- stopped --------------------------------------------------------------------------------------


def test_an_import_is_stopped_between_batches_and_finished_by_the_same_file(
    client, officer, source, monkeypatch
):
    file = looked_at(officer, source, monkeypatch)
    client.force_login(user_of(officer))
    started(officer, file)
    active_steps.run_active_files()
    address = reverse("identity:active_file", args=[file.id])
    assert "Arrêter l’import" in client.get(address).content.decode()
    client.post(reverse("identity:active_stop", args=[file.id]))
    work()
    assert (now(file).state, now(file).report["new"]) == ("stopped", 1)
    assert SourceIdentity.objects.count() == 1
    page = client.get(address).content.decode()
    assert "Import arrêté" in page
    assert "aucune identité" not in page
    client.post(reverse("identity:active_stop", args=[file.id]))
    assert now(file).state == "stopped"
    rest = looked_at(officer, source)
    started(officer, rest)
    work()
    assert (now(rest).report["unchanged"], now(rest).report["new"]) == (1, 3)


# --- a week later ---------------------------------------------------------------------------------


def test_a_look_that_is_a_week_old_is_not_imported(client, officer, source):
    file = looked_at(officer, source)
    old = timezone.now() - commands.KEPT - timedelta(minutes=1)
    ActiveFile.objects.update(checked_at=old)
    client.force_login(user_of(officer))
    answer = client.post(reverse("identity:active_start", args=[file.id]), follow=True)
    assert "plus de 7 jours" in answer.content.decode()
    assert now(file).state == "checked"


def test_what_is_swept_is_given_up_before_its_first_line_goes(officer, source, monkeypatch):
    monkeypatch.setattr(commands, "FORGOTTEN", 1)
    file = looked_at(officer, source)
    ActiveFile.objects.update(checked_at=timezone.now() - commands.KEPT - timedelta(minutes=1))
    assert commands.forget_lines() == 1
    assert (now(file).state, ActiveLine.objects.count()) == ("cancelled", 3)
    with acting(officer):
        assert not commands.start_import(file=file)
    while commands.forget_lines():
        pass
    assert now(file).erased_at
    assert not ActiveLine.objects.exists()


# --- what it costs --------------------------------------------------------------------------------


def test_no_step_reads_or_writes_the_contents_but_the_reading(officer, source, monkeypatch):
    monkeypatch.setattr(active_steps, "READ", 2)
    file = hand_in(officer, source, FOUR)
    with CaptureQueriesContext(connection, ) as asked:  # fmt: skip
        active_steps.run_active_files()
    assert (now(file).state, now(file).step_count) == ("reading", 2)
    moved = [one["sql"] for one in asked if '"content" =' in (one["sql"] or "")]
    assert moved == []
    work()
    assert now(file).state == "checked"
    assert list(file.lines.order_by("number").values_list("value", flat=True)) == [
        "N1", "N2", "N3", "N4"
    ]  # fmt: skip
    started(officer, file)
    with CaptureQueriesContext(connection) as asked:
        active_steps.run_active_files()
    assert not [one for one in asked if 'identity_active_file"."content"' in (one["sql"] or "")]


def test_a_page_that_asks_for_itself_leaves_no_line(client, officer, source):
    file = hand_in(officer, source, FOUR)
    client.force_login(user_of(officer))
    address = reverse("identity:active_file", args=[file.id])
    read = AuditLine.objects.filter(action="identity.active_file.read")
    client.get(address)
    assert read.count() == 1
    for _ in range(3):
        page = client.get(address, headers={"HX-Request": "true"}).content.decode()
        assert "every 2s" in page
        assert "QUERE" not in page
    assert read.count() == 1
    work()
    client.get(address, headers={"HX-Request": "true"})
    assert read.count() == 2
