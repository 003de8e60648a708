"""Two patients whom the same team followed turn out to be one: nothing stops the merge, nothing is lost."""

import pytest

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.queries import rights_on
from enrs.core.accounts.models import User
from enrs.core.plans.models import Plan
from enrs.referentials.identity.commands import merge_local, relink_identity
from enrs.services.coordination import commands
from enrs.services.coordination.models import Case
from tests.core.plans.factories import plan
from tests.referentials.identity.factories import HOSPITAL, receive
from tests.services.coordination.factories import desk, included, teammate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("by_ins_only")]
PLAIN = {"ins": "", "ins_oid": "", "status": "provisional"}


def merged():
    """Each of two patients with an open case of one team and an open plan, then merged."""
    place = desk()
    by = teammate(place)
    kept, absorbed = receive("1", **PLAIN), receive("2", **PLAIN)
    former = absorbed.patient_id
    for one in (kept, absorbed):
        included(one.patient_id, place, by)
        plan(one.patient_id, by)
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")
    absorbed.refresh_from_db()
    assert absorbed.patient_id == kept.patient_id
    return by, kept, absorbed, former


def test_both_plans_and_both_cases_are_there_after_a_merge():
    by, kept, _, former = merged()
    for model in (Plan, Case):
        assert not model.objects.filter(patient_id=former).exists()
        found = model.objects.filter(patient_id=kept.patient_id)
        assert sorted(found.values_list("is_twin", flat=True)) == [False, True]
    assert rights_on(kept.patient_id, by)


def test_the_team_closes_one_of_the_two_and_is_told_why_there_are_two(client):
    by, kept, *_ = merged()
    client.force_login(by_user(by))
    shown = client.get(f"/coordination/dossier/{kept.patient_id}/").text
    assert "Deux situations ouvertes" in shown
    twin = Case.objects.get(is_twin=True)
    with acting(by):
        commands.close_case(case=twin, code="goals", expected_version=twin.version)
    assert "Deux situations" not in client.get(f"/coordination/dossier/{kept.patient_id}/").text
    two = Plan.objects.get(is_twin=True)
    assert "Deux plans en cours" in client.get(f"/plans/{kept.patient_id}/{two.pk}/").text


def test_undoing_the_merge_gives_each_their_own_back():
    _, kept, absorbed, former = merged()
    with acting(SYSTEM):
        relink_identity(identity=absorbed, patient_id=former, by=SYSTEM, reason="fusion à tort")
    for model in (Plan, Case):
        assert model.objects.filter(patient_id=former).count() == 1
        assert model.objects.filter(patient_id=kept.patient_id).count() == 1


def by_user(by):
    return User.objects.get(pk=by.user_id)
