"""Figures from software: dated or refused, late ones left aside, refused lines tried again."""

import os
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.services.beds import commands
from enrs.services.beds.commands import BedsRefusedError
from enrs.services.beds.commands.feeds import _folder
from enrs.services.beds.models import Capacity, FeedFile, Reading, RefusedLine, Unit
from enrs.services.beds.rules import Told
from tests.factories import actor, organisation
from tests.services.beds.factories import bed_unit, capacity, caregiver, operator

pytestmark = pytest.mark.django_db
FINESS = "770000021"


@pytest.fixture
def row():
    site = organisation("CH d’essai", finess_eg=FINESS)
    return capacity(bed_unit(site, code="REA1"), hours=2)


def csv(*lines: str, head: str = "finess;code;age;disponibles;occupes;releve_le") -> bytes:
    return "\n".join([head, *lines]).encode()


def at(hours: float = 0) -> str:
    return (timezone.now() - timedelta(hours=hours)).isoformat()


def receive(content: bytes, name: str = "lits.csv", **options: object) -> FeedFile:
    with acting(SYSTEM):
        return commands.receive_file(name=name, content=content, **options)


def test_a_file_changes_figures_and_says_where_they_come_from(row):
    done = receive(csv(f"{FINESS};REA1;adulte;2;10;{at()}"))
    row.refresh_from_db()
    assert (done.applied_count, row.available, row.occupied, row.source) == (1, 2, 10, "csv")
    assert row.sources == ["hand", "csv", "csv", "hand", "hand", "hand"]


def test_an_older_figure_goes_to_the_history_alone(row):
    done = receive(csv(f"{FINESS};REA1;adulte;2;10;{at(3)}"))
    row.refresh_from_db()
    assert (done.late_count, row.available, row.version) == (1, 3, 1)
    assert Reading.objects.get().told == {"available": 2, "occupied": 10}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"{FINESS};REA1;adulte;2;10;", "undated"),
        (f"{FINESS};REA1;adulte;2;10;hier", "date"),
        (f"{FINESS};REA1;adulte;2;10;2099-01-01T00:00:00Z", "future"),
        (f"{FINESS};REA1;adulte;12;10;01/01/2026 12:00", ""),
        (f"{FINESS};REA9;adulte;2;10;01/01/2026 12:00", "unit"),
        (f"{FINESS};REA1;adulte;-2;10;01/01/2026 12:00", "number"),
        (f"{FINESS};REA1;adulte;deux;10;01/01/2026 12:00", "number"),
        (f"{FINESS};REA1;vieux;2;10;01/01/2026 12:00", "kind"),
        (f"{FINESS};REA1;adulte;;;01/01/2026 12:00", "nothing"),
    ],
)
def test_what_is_refused_and_why(row, line, reason):
    done = receive(csv(line))
    assert [one.reason for one in RefusedLine.objects.all()] == ([reason] if reason else [])
    assert done.refused_count == (1 if reason else 0)


def test_more_than_there_are_and_the_computed_figure_are_refused(row):
    receive(csv(f"{FINESS};REA1;adulte;9;10;{at()}"))
    head = "finess;code;age;disponibles;operationnels;releve_le"
    receive(csv(f"{FINESS};REA1;adulte;2;12;{at()}", head=head))
    assert [one.reason for one in RefusedLine.objects.order_by("pk")] == ["sum", "operational"]
    row.refresh_from_db()
    assert row.available == 3


def test_a_refused_line_is_tried_again_once_its_unit_has_a_code(row):
    receive(csv(f"{FINESS};REA7;adulte;2;10;{at()}"))
    line = RefusedLine.objects.get()
    nurse = caregiver(row.unit.site_id)
    with acting(actor(nurse)), pytest.raises(AccessRefusedError):
        commands.replay_line(line=line)
    with acting(actor(operator())), pytest.raises(BedsRefusedError, match="unit"):
        commands.replay_line(line=line)
    Unit.objects.filter(pk=row.unit_id).update(code="REA7")
    with acting(actor(operator())):
        commands.replay_line(line=line)
        with pytest.raises(BedsRefusedError, match="ended"):
            commands.replay_line(line=line)
    row.refresh_from_db()
    assert row.available == 2


def test_a_site_sends_its_own_units_alone(row):
    with acting(actor(caregiver(organisation("Ailleurs").pk))):
        done = commands.receive_file(name="x.csv", content=csv(f"{FINESS};REA1;adulte;2;10;{at()}"))
        assert RefusedLine.objects.get().reason == "site"
        assert done.applied_count == 0
        with pytest.raises(AccessRefusedError):
            commands.receive_file(name="v.csv", content=b"x", is_neighbour=True)


def test_the_same_file_is_read_once_and_what_is_none_is_refused(row):
    content = csv(f"{FINESS};REA1;adulte;2;10;{at()}")
    receive(content)
    for given, reason in ((content, "twice"), (b"", "empty"), (b"a;b\n1;2", "headings")):
        with pytest.raises(BedsRefusedError, match=reason):
            receive(given)


def test_without_an_age_a_line_is_of_the_one_that_the_unit_counts(row):
    head = "finess;code;disponibles;releve_le"
    assert receive(csv(f"{FINESS};REA1;1;{at()}", head=head)).applied_count == 1
    assert Capacity.objects.get().available == 1


def test_latin_1_and_trailing_separators_are_read(row):
    content = f"FINESS;Code;age;disponibles;releve_le;\r\n{FINESS};REA1;Adulte;2;{at()};\r\n\r\n"
    assert receive(content.encode("latin-1")).applied_count == 1


def test_a_neighbour_region_is_shown_apart(row):
    head = (
        "region;departement;commune;etablissement;unite;type_unite;latitude;longitude;finess;code;"
        "installes;disponibles;releve_le"
    )
    line = f"Grand Est;51;Reims;CHU d’essai;Réa A;rea;49,2;4,0;510000001;N1;10;2;{at()}"
    assert receive(csv(line, head=head), is_neighbour=True).applied_count == 1
    unit = Unit.objects.get(code="N1")
    assert (unit.region, unit.service_id, unit.free_count, unit.latitude) == ("Grand Est", None, 2, 49.2)  # fmt: skip
    assert receive(csv(line.replace(";2;", ";1;"), head=head), is_neighbour=True).applied_count == 1
    assert Unit.objects.filter(code="N1").count() == 1


def test_the_watched_folder_is_emptied(row, settings, tmp_path, django_capture_on_commit_callbacks):
    settings.DATA_DIR = tmp_path
    assert commands.read_folder() is False
    _folder().mkdir()
    good, bad, young = (_folder() / name for name in ("a.csv", "b.csv", "c.csv"))
    good.write_bytes(csv(f"{FINESS};REA1;adulte;2;10;{at()}"))
    bad.write_bytes(b"rien")
    young.write_bytes(b"encore")
    for path in (good, bad):
        os.utime(path, (time.time() - 60,) * 2)
    with acting(SYSTEM), django_capture_on_commit_callbacks(execute=True):
        commands.read_folder()
    kept = sorted(str(one.relative_to(_folder()).parent) for one in _folder().rglob("*.csv"))
    assert kept == [".", "lus", "refuses"]
    assert Capacity.objects.get(pk=row.pk).available == 2


def test_figures_of_a_unit_are_taken_all_or_none(row):
    now = timezone.now()
    good, bad = Told({"available": 2}, now, age="adult"), Told({"available": 99}, now, age="child")
    with acting(actor(caregiver(row.unit.site_id))):
        with pytest.raises(BedsRefusedError, match="sum"):
            commands.receive_figures(unit=row.unit, told=[good, bad], source="ror")
        assert Capacity.objects.get(pk=row.pk).available == 3
        commands.receive_figures(unit=row.unit, told=[good], source="ror")
    row.refresh_from_db()
    assert (row.available, row.source) == (2, "ror")
