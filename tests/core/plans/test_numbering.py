"""Plans and answers from before editions: their order is kept."""

import importlib
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from enrs.core.plans import queries
from enrs.core.plans.models import Agreement, Plan
from tests.core.plans.factories import filled
from tests.services.record.factories import member, patient

pytestmark = pytest.mark.django_db


def test_an_answer_to_an_older_revision_stays_past() -> None:
    awa = patient()
    made = filled(awa, member(awa, "physician"))
    Agreement.objects.update(edition=1, part_print="", revision=2)
    before = timezone.now() - timedelta(days=3)
    Plan.objects.update(edition=1, edition_at=None, revision=5, changed_at=before)
    step = importlib.import_module("enrs.core.plans.migrations.0005_editions_kept")
    with connection.cursor() as cursor:
        for statement in step.NUMBER * 2:
            cursor.execute(statement)
    found = Plan.objects.get(pk=made.pk)
    assert (found.edition, found.edition_at) == (5, before)
    assert [one.is_past for one in queries.whole(found).parties] == [True]
