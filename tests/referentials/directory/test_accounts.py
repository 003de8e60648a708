"""Rights come from the directory, and go with it."""

import pytest

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.accounts.queries import actor_of, positions_of
from enrs.referentials.directory.commands.accounts import enrol, sync_positions
from enrs.referentials.directory.commands.load import load_rpps
from enrs.referentials.directory.models import Practitioner
from tests.referentials.directory.factories import activity, finess_number, rpps_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def as_system():
    with acting(SYSTEM):
        yield


def load(*rows):
    return load_rpps(rpps_file(*rows), file_name="ps.txt", publish=False)


def enrolled():
    return enrol(login="h.dubreuil", password=None, practitioner=Practitioner.objects.get())


def test_an_account_has_the_positions_of_the_directory():
    load(activity(1), activity(1, site_finess=finess_number(2), site_name="CLINIQUE"))
    user = enrolled()
    assert {one.organisation_name for one in positions_of(user)} == {
        "HOPITAL DES TROIS VALLEES",
        "CLINIQUE",
    }
    assert actor_of(user).role == "physician"
    assert user.grantee_id == Practitioner.objects.get().id


def test_synchronising_twice_changes_nothing():
    load(activity(1))
    enrolled()
    assert sync_positions(Practitioner.objects.get()) == 0


def test_a_closed_activity_ends_its_position_at_the_next_load():
    kept = activity(1)
    load(kept, activity(1, site_finess=finess_number(2), site_name="CLINIQUE"))
    user = enrolled()
    load(kept)
    assert [one.organisation_name for one in positions_of(user)] == ["HOPITAL DES TROIS VALLEES"]


def test_a_professional_who_left_the_directory_has_no_right():
    load(activity(1))
    user = enrolled()
    load(activity(2))
    assert positions_of(user) == []
    assert actor_of(user).role == "anonymous"


def test_a_profession_without_rights_gives_no_position():
    load(activity(1, profession_code="999", profession="Autre", skill_code="", skill=""))
    assert positions_of(enrolled()) == []


def test_a_function_gives_its_role_before_the_profession():
    load(activity(1, function_code="identity_officer", function="Identitovigilance"))
    assert actor_of(enrolled()).role == "identity_officer"
