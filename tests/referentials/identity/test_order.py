"""The same messages in any order make the same identities, each sender's own order kept."""

from contextlib import suppress

import pytest
from django.db import transaction

from enrs.referentials.identity.models import RegionalIdentity, SourceIdentity
from tests.referentials.identity.stories import interleaved, story, tell

pytestmark = pytest.mark.django_db


class _UndoneError(Exception):
    """Ends a telling: the next one begins from nothing."""


def state():
    """Who is with whom, what each number says, what each patient shows: no id, no moment of arrival."""
    groups = {}
    for one in SourceIdentity.objects.select_related("absorbed_into"):
        into = one.absorbed_into.value if one.absorbed_into else ""
        groups.setdefault(one.patient_id, []).append(
            (one.system, one.value, one.traits, one.attribute, into)
        )
    shown = {row.patient_id: row for row in RegionalIdentity.objects.filter(replaced_by=None)}
    assert set(shown) == set(groups)
    return sorted(
        (sorted(members, key=lambda one: one[:2]), shown[key].traits, shown[key].attribute)
        for key, members in groups.items()
    )


def told(messages):
    found = None
    with suppress(_UndoneError), transaction.atomic():
        for message in messages:
            tell(message)
        found = state()
        raise _UndoneError
    return found


@pytest.mark.usefixtures("without_quarantine")
@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_arrival_changes_nothing(seed):
    messages = story(seed, length=40, persons=5)
    first, other = (told(interleaved(messages, order)) for order in (1, 2))
    assert [row[0] for row in other] == [row[0] for row in first]
    assert other == first
