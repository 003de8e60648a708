"""Two patients who both have a return open turn out to be one: both stay, one is a twin that is closed by hand."""

from typing import Any

import pytest
from django.test import Client

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.accounts.queries import actor_of
from enrs.core.copies import copied_parts
from enrs.core.subjects.holdings import holdings
from enrs.core.workflow.models import Task
from enrs.referentials.identity.commands import merge_local, relink_identity
from enrs.services.home_support import commands
from enrs.services.home_support.models import Ask, HomeReturn, Slot
from tests.factories import GrantFactory
from tests.referentials.identity.factories import HOSPITAL, receive
from tests.services.home_support.factories import MEAL, accepted, asked, fresh, opened, worker

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("by_ins_only")]
PLAIN = {"ins": "", "ins_oid": "", "status": "provisional"}


def merged(hospital: Any, saad: Any, helper: Any) -> tuple[Any, Any, Any, Any]:
    """Each of two patients with a return that an agency answered, then merged."""
    kept, absorbed = receive("1", **PLAIN), receive("2", **PLAIN)
    former, social = absorbed.patient_id, worker(hospital, "social_worker")
    for one in (kept, absorbed):
        GrantFactory(patient=one.patient, grantee_id=social.grantee_id, level=2)
        made = opened(one.patient_id, social, MEAL)
        accepted(asked(made, social, saad)[0], helper)
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")
    absorbed.refresh_from_db()
    return social, kept, absorbed, former


def test_one_of_the_two_is_a_twin_that_is_closed_by_hand(
    client: Client, hospital: Any, saad: Any, helper: Any
) -> None:
    social, kept, _, former = merged(hospital, saad, helper)
    assert not HomeReturn.objects.filter(patient_id=former).exists()
    found = HomeReturn.objects.filter(patient_id=kept.patient_id)
    assert sorted(found.values_list("is_twin", flat=True)) == [False, True]
    twin, first = found.get(is_twin=True), found.get(is_twin=False)
    assert Task.objects.get(pk=twin.task_id).patient_id == kept.patient_id
    client.force_login(social)
    page = client.get(f"/retour-a-domicile/dossier/{kept.patient_id}/{twin.id}/").content.decode()
    assert "Deux retours ouverts" in page
    with acting(actor_of(social)):
        commands.close_return(home_return=first, code="mistake", expected_version=first.version)
    assert not fresh(twin).is_twin
    assert fresh(twin).ended_at is None


def test_undoing_the_merge_gives_each_their_own_back(hospital: Any, saad: Any, helper: Any) -> None:
    _, kept, absorbed, former = merged(hospital, saad, helper)
    with acting(SYSTEM):
        relink_identity(identity=absorbed, patient_id=former, by=SYSTEM, reason="fusion à tort")
    for patient_id in (former, kept.patient_id):
        one = HomeReturn.objects.get(patient_id=patient_id)
        assert not one.is_twin
        assert Slot.objects.filter(visit__home_return=one, ask__isnull=False).count() == 7


def test_a_copy_of_somebody_s_data_tells_the_return_and_who_comes(
    hospital: Any, saad: Any, helper: Any
) -> None:
    _, kept, *_ = merged(hospital, saad, helper)
    part = next(one for one in copied_parts() if one.title == "Retours à domicile")
    said = [text for text, _ in part.rows(kept.patient_id, "patient", 10)]
    assert any("rue des Manguiers" in one for one in said)
    assert any(saad.name in one for one in said)


def test_what_was_asked_of_agencies_goes_with_the_record(
    hospital: Any, saad: Any, helper: Any
) -> None:
    """Tasks without a patient are found by the return that they are about, with what hangs on them."""
    _, kept, *_ = merged(hospital, saad, helper)
    where = {one.table: one.where for one in holdings()}
    ids = list(Ask.objects.values_list("task_id", flat=True))
    for table, column in (("task", "id"), ("task_step", "task_id"), ("task_addressee", "task_id")):
        found = Task.objects.raw(
            f"select id from task where id in (select {column} from {table}"
            f" where {where[table].replace('$1', '%s')})",
            [[kept.patient_id]] * where[table].count("$1"),
        )
        assert set(ids) <= {one.pk for one in found}, table
