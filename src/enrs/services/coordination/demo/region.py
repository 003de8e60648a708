"""Chooses the desk, the people and what happened to each, then writes everything at once."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.models import Grant
from enrs.core.accounts.models import Position
from enrs.core.effects import act
from enrs.core.workflow.models import Task
from enrs.referentials.circles.commands.traces import republish
from enrs.referentials.circles.models import Member
from enrs.referentials.directory.models import Organisation
from enrs.referentials.identity.models import RegionalIdentity, SourceIdentity
from enrs.services.coordination.demo import texts
from enrs.services.coordination.demo.cases import CaseTeller
from enrs.services.coordination.demo.rows import Move, Rows, Someone, Teller, key
from enrs.services.coordination.flows import REQUEST
from enrs.services.coordination.rules import words

OLD = "1966"
"""Born before: those whom desks mostly follow."""

SCRIPT = (
    "received", "active", "qualified", "active", "oriented", "overdue", "contacted", "active", "closed",
    "late", "active", "incomplete", "active", "refused", "closed", "overdue", "active", "cancelled",
    "received", "closed",
)  # fmt: skip
"""What becomes of the requests, in turn; half of them become cases."""


@dataclass
class Scene:
    """The desk of a demo and what is known of the people around it."""

    place: Someone
    team: list[Someone]
    askers: dict[UUID, Someone]
    identities: dict[UUID, UUID]
    inside: set[UUID]
    now: datetime
    rng: random.Random
    rows: Rows = field(default_factory=Rows)


def fill(*, now: datetime | None = None, count: int = 60) -> int:
    """Fill the first desk that has a team with `count` requests; returns how many were made.

    To be run once, as the owner of the database, after people, circles and accounts. Does nothing in a
    region without a desk.
    """
    moment = now or timezone.now()
    scene = _scene(moment, count)
    if scene is None:
        return 0
    with acting(SYSTEM), act():
        patients = list(scene.askers)[:count]
        for rank, patient_id in enumerate(patients):
            _request(scene, patient_id, rank)
        scene.rows.write()
        for member in scene.rows.waiting.get(Member, []):
            republish(member.patient_id)
    return len(patients)


def _scene(now: datetime, count: int) -> Scene | None:
    desks = Organisation.objects.filter(category_code__in=words.DESK_CATEGORIES)
    held = Position.objects.filter(
        organisation_id__in=desks.values("id"), role__in=("coordinator", "social_worker")
    ).select_related("user")
    found = list(held.order_by("-role", "id"))
    if not found:
        return None
    name, place_id = found[0].organisation_name, found[0].organisation_id
    assert place_id is not None  # noqa: S101  the filter asks for it
    people = [one for one in found if one.organisation_id == place_id]
    team = [
        Someone(one.user.grantee_id, one.user.name, one.label, one.user.id, place_id, name)
        for one in people
    ]
    askers = dict(_askers(count))
    sources = SourceIdentity.objects.filter(patient_id__in=askers).order_by("changed_at", "id")
    inside = Member.objects.filter(organisation_id=place_id, ended_at=None, patient_id__in=askers)
    return Scene(
        place=Someone(place_id, name, "Coordination"),
        team=team,
        askers=askers,
        identities=dict(sources.values_list("patient_id", "id")),
        inside=set(inside.values_list("patient_id", flat=True)),
        now=now,
        rng=random.Random("coordination"),  # noqa: S311  invented data, the same each time
    )


def _askers(count: int) -> Iterator[tuple[UUID, Someone]]:
    """Old people of the region who have a practitioner in their circle, with who would ask for them."""
    old = RegionalIdentity.objects.filter(birth_date__lt=OLD, replaced_by=None, deceased_at=None)
    ids = list(old.order_by("patient_id").values_list("patient_id", flat=True)[: count * 4])
    rows = Member.objects.filter(
        patient_id__in=ids, block="care_team", ended_at=None, practitioner_id__isnull=False
    )
    seen: set[UUID] = set()
    for one in rows.order_by("patient_id", "since", "id"):
        if one.patient_id not in seen and one.practitioner_id and len(seen) < count:
            seen.add(one.patient_id)
            yield one.patient_id, Someone(one.practitioner_id, one.display, one.role_label)


def _request(scene: Scene, patient_id: UUID, rank: int) -> None:
    """One request with its past, and its case when it became one."""
    fate = SCRIPT[rank % len(SCRIPT)]
    is_case = fate in ("active", "overdue", "closed")
    days = _age(scene, fate)
    opened = scene.now - timedelta(days=days, hours=scene.rng.randint(0, 6))
    by = scene.team[rank % len(scene.team)]
    asker = scene.askers[patient_id]
    is_call = rank % 5 == 3
    opener = by if is_call else asker
    number = rank % len(texts.NEEDS)
    caller = scene.rng.choice(texts.CALLERS)
    task = Task(
        id=key(opened), patient_id=patient_id, identity_id=scene.identities.get(patient_id),
        workflow=REQUEST, priority="urgent" if rank % 7 == 0 else "routine",
        title=f"Demande de {caller}"[:200] if is_call else texts.TITLES[number],
        reason=texts.NEEDS[number], requester_id=opener.user_id, requester_grantee_id=opener.grantee_id,
        requester_name=opener.name, requester_label=opener.label,
        requester_organisation_id=opener.place_id, requester_organisation_name=opener.place_name,
        opened_at=opened, changed_at=opened,
        details={"origin": "phone", "caller": caller} if is_call else {"origin": "form"},
    )  # fmt: skip
    teller = Teller(scene.rows, task)
    teller.send(scene.place, opened)
    moves = _moves(fate, opened, by, opener)
    teller.tell(opener, moves)
    if is_case:
        included = moves[-1].at
        _join(scene, patient_id, included, by)
        CaseTeller(scene.rows, scene.rng, scene.now, scene.place).tell(
            task, by, included, fate, rank
        )


def _age(scene: Scene, fate: str) -> float:
    """How many days ago a request came, so that the right ones are late."""
    spans = {
        "received": (0, 1), "late": (4, 8), "qualified": (1, 3), "contacted": (3, 8), "incomplete": (2, 6),
        "active": (20, 200), "overdue": (70, 260), "closed": (120, 340),
    }  # fmt: skip
    first, last = spans.get(fate, (10, 120))
    return scene.rng.uniform(first, last)


def _moves(fate: str, opened: datetime, by: Someone, opener: Someone) -> list[Move]:
    """The transitions of a request that ends as `fate` says."""
    qualified = Move("qualify", opened + timedelta(hours=5), by)
    contacted = Move("contact", opened + timedelta(days=1, hours=3), by)
    after = opened + timedelta(days=2)
    ends: dict[str, list[Move]] = {
        "received": [],
        "late": [],
        "qualified": [qualified],
        "contacted": [qualified, contacted],
        "incomplete": [Move("ask", opened + timedelta(hours=7), by, "contact", texts.ASKED)],
        "oriented": [qualified, Move("orient", after, by, "home_help", texts.ORIENTED)],
        "refused": [qualified, Move("refuse", after, by, "outside", texts.REFUSED)],
        "cancelled": [Move("cancel", opened + timedelta(hours=9), opener, "", texts.CANCELLED)],
    }
    included = Move("include", after + timedelta(days=1, hours=2), by, "", texts.INCLUDED)
    return ends.get(fate, [qualified, contacted, included])


def _join(scene: Scene, patient_id: UUID, at: datetime, by: Someone) -> None:
    """The desk's place in the circle, unless it had one."""
    if patient_id in scene.inside:
        return
    scene.inside.add(patient_id)
    member = Member(
        id=key(at), patient_id=patient_id, identity_id=scene.identities.get(patient_id),
        block="organisations", basis="care_team", ground="coordinated", display=scene.place.name,
        role_label="Coordination", organisation_id=scene.place.grantee_id, in_care_team=True,
        informed_on=timezone.localdate(at), since=at, added_by=by.name,
    )  # fmt: skip
    scene.rows.add(member)
    scene.rows.add(
        Grant(
            patient_id=patient_id, grantee_id=scene.place.grantee_id, source_id=member.id,
            source_kind="circle", purpose="organisation", level=2, valid_from=at,
        )
    )  # fmt: skip
