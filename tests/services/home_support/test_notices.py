"""Who is told what: gaps to whoever prepares, what becomes of their visits to agencies, the week to the person."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from enrs.core.access.actor import acting
from enrs.core.accounts.queries import actor_of
from enrs.core.events.models import Event
from enrs.core.events.outbox import OutboxEvent
from enrs.core.notifications.commands import tell
from enrs.core.notifications.models import Notice
from enrs.core.notifications.registry import TOLD
from enrs.core.workflow.models import Task
from enrs.services.home_support import commands
from tests.factories import person_of
from tests.services.home_support.factories import (
    MEAL,
    accepted,
    asked,
    facts,
    fresh,
    leaving,
    opened,
)

pytestmark = pytest.mark.django_db


def relayed() -> list[tuple[Any, str]]:
    """Every event of the room told, as the worker does; who was told of what."""
    told = [kind for kind in TOLD if kind.startswith("home_support.")]
    for one in Event.objects.filter(kind__in=told).order_by("at", "id"):
        tell(OutboxEvent(one.id, 0, 0, one.at, one.kind, one.patient_id, one.topics, one.payload))
    rows = Notice.objects.filter(kind__startswith="home_support.").order_by("created_at", "id")
    return list(rows.values_list("user_id", "kind"))


def test_a_week_that_is_being_written_is_no_news(patient: Any, social: Any) -> None:
    opened(patient.pk, social, MEAL)
    assert relayed() == []


def test_a_refusal_tells_the_gap_to_whoever_prepares(
    patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    ask = asked(opened(patient.pk, social, MEAL), social, saad)[0]
    task = Task.objects.get(pk=ask.task_id)
    with acting(actor_of(helper)):
        commands.refuse_ask(task=task, code="full", expected_version=task.version)
    assert relayed() == [(social.pk, "home_support.gap")]
    said = Notice.objects.get().details["said"]
    assert said.startswith("Repas, 12 h")
    assert "aucune structure ne l’a pris" in said


def test_a_confirmation_tells_the_agency_and_the_person_and_names_nobody(
    client: Client, patient: Any, social: Any, saad: Any, helper: Any
) -> None:
    own = person_of(patient)
    one = opened(patient.pk, social, MEAL)
    ask = asked(one, social, saad)[0]
    accepted(ask, helper)
    with acting(actor_of(social)):
        commands.retain(home_return=one, ask_id=ask.id)
    assert sorted(relayed()) == sorted(
        [(helper.pk, "home_support.retained"), (own.pk, "home_support.week")]
    )
    told = Notice.objects.get(user_id=helper.pk)
    assert told.patient_id is None
    assert patient.regional_identity.birth_name not in str(told.details)
    client.force_login(helper)
    page = client.get(reverse("notifications:list")).content.decode()
    assert "Les passages que vous avez pris sont confirmés" in page


def test_another_discharge_is_told_to_those_who_are_still_concerned(
    patient: Any, *, social: Any, saad: Any, ssiad: Any, helper: Any, carer: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    first, second = asked(one, social, saad, ssiad)
    task = Task.objects.get(pk=first.task_id)
    with acting(actor_of(helper)):
        commands.refuse_ask(task=task, code="area", expected_version=task.version)
    with acting(actor_of(social)):
        commands.change_return(
            home_return=one, facts=facts(leaving_at=leaving(8)), expected_version=one.version
        )
    assert (carer.pk, "home_support.moved") in relayed()
    assert not Notice.objects.filter(user_id=helper.pk).exists()
    assert fresh(second.task).state == "sent"


def test_a_release_is_told_to_its_agency_alone(
    patient: Any, *, social: Any, saad: Any, ssiad: Any, helper: Any, carer: Any
) -> None:
    one = opened(patient.pk, social, MEAL)
    first, _ = asked(one, social, saad, ssiad)
    accepted(first, helper)
    with acting(actor_of(social)):
        commands.release(home_return=one, ask_id=first.id)
    found = relayed()
    assert (helper.pk, "home_support.released") in found
    assert carer.pk not in {user for user, _ in found}
