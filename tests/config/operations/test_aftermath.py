"""What a restore settles in the records whose erasure a person had approved."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from enrs.config.operations.aftermath import settle_restored
from enrs.core.access.actor import SYSTEM
from enrs.core.audit.models import AuditLine
from enrs.core.subjects.models import Patient
from enrs.services.rights import commands
from enrs.services.rights.models import Approval
from tests.factories import actor, user_of_role
from tests.services.rights.factories import at_its_term

pytestmark = pytest.mark.django_db
DECISION = "Décision du directeur du 3 mars, avis favorable du médecin DIM."


@pytest.fixture
def approved(as_actor, settings, tmp_path):
    """An approval of three days ago, as the backup has it: it may have been taken back since."""
    settings.DATA_DIR = tmp_path
    record = at_its_term()
    with as_actor(actor(user_of_role("auditor"))):
        made = commands.approve(records=[record.pk], decision=DECISION)
    Approval.objects.filter(pk=made.pk).update(at=timezone.now() - timedelta(days=3))
    return record


def erased(as_actor) -> int:
    with as_actor(SYSTEM, role="enrs_feed"):
        return int(commands.erase_next())


def settled(**values: bool) -> dict:
    settle_restored(made_at="2026-01-01", **values)
    line = AuditLine.objects.filter(action="operations.restored").latest("id")
    return json.loads(line.details)


def test_a_restore_asks_again_for_an_approval_of_erasure(approved, as_actor):
    assert settled(resume=False)["returned"] == 1
    approved.refresh_from_db()
    assert (approved.state, approved.approval) == ("due", None)
    assert erased(as_actor) == 0
    assert Patient.objects.filter(pk=approved.patient_id).exists()


def test_an_approval_stands_where_nothing_ran_since_the_backup(approved, as_actor):
    assert settled(resume=True)["returned"] == 0
    assert erased(as_actor) == 1
    assert not Patient.objects.filter(pk=approved.patient_id).exists()
