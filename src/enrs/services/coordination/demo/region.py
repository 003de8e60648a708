"""Chooses the desk, the people and what happened to each, then writes everything at once."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.models import Grant
from enrs.core.accounts.models import Position
from enrs.core.demo import Patient, Rows, Someone, by_day, key
from enrs.core.effects import act
from enrs.core.questionnaires.demo import answer_form
from enrs.core.questionnaires.models import Form
from enrs.core.workflow.demo import Move, Teller
from enrs.core.workflow.models import Task
from enrs.referentials.circles.commands.traces import republish
from enrs.referentials.circles.models import Member
from enrs.referentials.directory.models import Organisation
from enrs.referentials.identity.models import RegionalIdentity, SourceIdentity
from enrs.services.coordination.demo import answers, texts
from enrs.services.coordination.demo.cases import CaseTeller
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


DELAYS = (24, 27, 49, 6, 72, 29, 75)
"""Hours before a desk has met somebody."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody whose story is chosen: what becomes of their request (a word of `SCRIPT`), who asks, and when."""

    patient_id: UUID
    fate: str
    asker: Someone
    days: float | None = None


@dataclass
class Scene:
    """The desk of a demo and what is known of the people around it."""

    place: Someone
    team: list[Someone]
    askers: dict[UUID, Someone]
    wishes: dict[UUID, Wish]
    identities: dict[UUID, UUID]
    inside: set[UUID]
    proxies: dict[UUID, str]
    forms: dict[str, Form]
    now: datetime
    rng: random.Random
    rows: Rows = field(default_factory=Rows)

    def patient(self, patient_id: UUID) -> Patient:
        """A person with what carries the facts about them."""
        return Patient(patient_id, self.identities.get(patient_id))


def fill(*, now: datetime | None = None, count: int = 60, wishes: Sequence[Wish] = ()) -> int:
    """Fill the first desk that has a team with `count` requests; returns how many were made.

    `wishes` come first. To be run once, as the owner of the database, after people, circles and accounts.
    Does nothing in a region without a desk.
    """
    moment = now or timezone.now()
    scene = _scene(moment, count, wishes)
    if scene is None:
        return 0
    with acting(SYSTEM), act():
        patients = list(scene.askers)[:count]
        for rank, patient_id in enumerate(patients):
            _request(scene, patient_id, rank)
        joined = [one.patient_id for one in scene.rows.of(Member)]
        scene.rows.write()
        for patient_id in joined:
            republish(patient_id)
    return len(patients)


def _scene(now: datetime, count: int, wishes: Sequence[Wish]) -> Scene | None:
    team = desk_team()
    if not team:
        return None
    place_id, name = team[0].place_id, team[0].place_name
    assert place_id is not None  # noqa: S101  the desk is one
    askers = {one.patient_id: one.asker for one in wishes}
    askers |= dict(_askers(count - len(askers), set(askers)))
    sources = SourceIdentity.objects.filter(patient_id__in=askers).order_by("changed_at", "id")
    here = Member.objects.filter(ended_at=None, patient_id__in=askers)
    inside = here.filter(organisation_id=place_id)
    proxies = here.filter(basis=Member.Basis.PROXY).order_by("since", "id")
    forms = Form.objects.filter(
        status="published", name__in=("aggir", "coordination-assessment", "coordination-request")
    )
    return Scene(
        place=Someone(place_id, name, "Coordination"),
        team=team,
        askers=askers,
        wishes={one.patient_id: one for one in wishes},
        identities=dict(sources.values_list("patient_id", "id")),
        inside=set(inside.values_list("patient_id", flat=True)),
        proxies=dict(proxies.values_list("patient_id", "display")),
        forms={one.name: one for one in forms},
        now=now,
        rng=random.Random("coordination"),  # noqa: S311  invented data, the same each time
    )


def desk_team() -> list[Someone]:
    """Who works at the first desk that has a team: coordinators and social workers, all of one place."""
    desks = Organisation.objects.filter(category_code__in=words.DESK_CATEGORIES)
    held = Position.objects.filter(
        organisation_id__in=desks.values("id"), role__in=("coordinator", "social_worker")
    ).select_related("user")
    found = list(held.order_by("-role", "id"))
    return [
        Someone(
            one.user.grantee_id, one.user.name, one.label, one.user.id, one.organisation_id,
            one.organisation_name,
        )
        for one in found
        if one.organisation_id == found[0].organisation_id
    ]  # fmt: skip


def _askers(count: int, known: set[UUID]) -> Iterator[tuple[UUID, Someone]]:
    """Old people of the region who have a practitioner in their circle, with who would ask for them."""
    old = RegionalIdentity.objects.filter(birth_date__lt=OLD, replaced_by=None, deceased_at=None)
    ids = list(
        old.order_by("patient_id").values_list("patient_id", flat=True)[: count * 4 + len(known)]
    )
    rows = Member.objects.filter(
        patient_id__in=ids, block="care_team", ended_at=None, practitioner_id__isnull=False
    )
    seen: set[UUID] = set()
    for one in rows.order_by("patient_id", "since", "id"):
        if one.patient_id in known | seen or one.practitioner_id is None or len(seen) >= count:
            continue
        seen.add(one.patient_id)
        yield one.patient_id, Someone(one.practitioner_id, one.display, one.role_label)


def _request(scene: Scene, patient_id: UUID, rank: int) -> None:
    """One request with its past, and its case when it became one."""
    wish = scene.wishes.get(patient_id)
    fate = wish.fate if wish else SCRIPT[rank % len(SCRIPT)]
    days = (wish.days if wish else None) or _age(scene, fate)
    opened = by_day(scene.now - timedelta(days=days), scene.now, closes=13)
    by = scene.team[rank % len(scene.team)]
    asker = scene.askers[patient_id]
    is_call = rank % 5 == 3 and wish is None
    opener = by if is_call else asker
    task = _task(scene, patient_id, rank, opener, opened, is_call=is_call)
    teller = Teller(scene.rows, task, scene.now)
    teller.send(scene.place, opened)
    met = opened + timedelta(hours=DELAYS[rank % len(DELAYS)])
    moves = _moves(fate, opened, met, by, opener)
    teller.tell(opener, moves)
    if fate in ("active", "overdue", "closed"):
        included = moves[-1].at
        _join(scene, patient_id, included, by)
        CaseTeller(
            scene.rows, scene.rng, scene.now, scene.place, scene.forms, scene.proxies,
            scene.patient(patient_id), asker,
        ).tell(task, by, (met, included), fate, rank)  # fmt: skip


def _task(
    scene: Scene, patient_id: UUID, rank: int, opener: Someone, opened: datetime, *, is_call: bool
) -> Task:
    """The request itself, with the form that its asker filled."""
    number = rank % len(texts.NEEDS)
    caller = scene.rng.choice(texts.CALLERS)
    given = None
    if not is_call:
        given = answer_form(
            scene.rows, form=scene.forms["coordination-request"], by=opener, at=opened,
            values=answers.request(number, texts.NEEDS[number]), patient=scene.patient(patient_id),
        )  # fmt: skip
    return Task(
        id=key(opened), patient_id=patient_id, identity_id=scene.identities.get(patient_id),
        workflow=REQUEST, priority="urgent" if rank % 7 == 0 else "routine",
        title=f"Demande de {caller}"[:200] if is_call else texts.TITLES[number],
        reason=texts.NEEDS[number], requester_id=opener.user_id, requester_grantee_id=opener.grantee_id,
        requester_name=opener.name, requester_label=opener.label,
        requester_organisation_id=opener.place_id, requester_organisation_name=opener.place_name,
        opened_at=opened, changed_at=opened, answer_id=given.id if given else None,
        details={"origin": "phone", "caller": caller} if is_call else {"origin": "form"},
    )  # fmt: skip


def _age(scene: Scene, fate: str) -> float:
    """How many days ago a request came, so that the right ones are late."""
    spans = {
        "received": (0, 1), "late": (4, 8), "qualified": (1, 3), "contacted": (3, 8), "incomplete": (2, 6),
        "active": (20, 200), "overdue": (70, 260), "closed": (120, 340),
    }  # fmt: skip
    first, last = spans.get(fate, (10, 120))
    return scene.rng.uniform(first, last)


def _moves(fate: str, opened: datetime, met: datetime, by: Someone, opener: Someone) -> list[Move]:
    """The transitions of a request that ends as `fate` says."""
    qualified = Move("qualify", opened + timedelta(hours=5), by)
    contacted = Move("contact", met, by)
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
    included = Move("include", met + timedelta(days=2, hours=2), by, "", texts.INCLUDED)
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
