"""The feed of a full agenda: what is to come first, then the newest of the past."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enrs.core.agenda import queries
from enrs.core.agenda.models import Appointment, Feed, Participant
from enrs.core.ids import uuid7
from tests.core.agenda.factories import agenda_of, appointment
from tests.factories import UserFactory, actor

pytestmark = pytest.mark.django_db


def test_a_full_past_hides_nothing_to_come(as_actor):
    nurse = UserFactory(role="nurse")
    agenda, now = agenda_of(nurse), timezone.now()
    starts = [now - timedelta(minutes=30 * rank) for rank in range(1, 601)]
    Appointment.objects.bulk_create(
        Appointment(
            id=uuid7(),
            agenda=agenda,
            period=(start, start + timedelta(minutes=20)),
            starts_at=start,
        )
        for start in starts
    )
    coming = appointment(agenda, start=now + timedelta(days=3))
    running = appointment(agenda, start=now - timedelta(minutes=5))
    elsewhere = appointment(
        agenda_of(UserFactory(role="nurse")), start=now + timedelta(days=2), title="Synthèse"
    )
    Participant.objects.create(
        id=uuid7(), appointment=elsewhere, grantee_id=nurse.grantee_id, display="x"
    )
    with as_actor(actor(nurse)) as by:
        entries, people = queries.feed_entries(
            Feed(shows_initials=True),
            by,
            since=now - timedelta(days=30),
            until=now + timedelta(days=180),
        )
    told = [one.start for one in entries]
    assert told == sorted(told)
    assert [one.uid for one in entries[-3:]] == [
        f"{one.id}@rdv" for one in (running, elsewhere, coming)
    ]
    assert told[:-3] == sorted(starts)[-queries.LIMIT + 1 :]
    assert people == []


def test_who_left_or_declined_is_told_nothing(as_actor):
    nurse, now = UserFactory(role="nurse"), timezone.now()
    agenda = agenda_of(UserFactory(role="nurse"))
    for rank, part in enumerate(({"answer": "declined"}, {"left_at": now}, {"answer": "accepted"})):
        one = appointment(agenda, start=now + timedelta(hours=rank))
        Participant.objects.create(
            id=uuid7(), appointment=one, grantee_id=nurse.grantee_id, display="x", **part
        )
    with as_actor(actor(nurse)) as by:
        found = queries.appointments_for(
            by.grantees, since=now - timedelta(days=1), until=now + timedelta(days=1)
        )
    assert [one.pk for one in found] == [one.pk]
