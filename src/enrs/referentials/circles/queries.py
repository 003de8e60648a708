"""Who stands around a patient, who can see them, whose patients I am allowed to see, what waits."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from enrs.core.access import queries as access
from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.models import BreakGlass, Grant
from enrs.core.access.rules import PAST_DENIALS, READ, Right, decide
from enrs.core.accounts.models import User
from enrs.core.subjects.persons import Followed
from enrs.core.ui.shapes import SEXES
from enrs.referentials.circles import rules
from enrs.referentials.circles.measures import MEASURES, Measure
from enrs.referentials.circles.models import (
    AccessRequest,
    Consent,
    Mandate,
    Member,
    Opposition,
    Outcome,
)
from enrs.referentials.directory.rules import name_key
from enrs.referentials.identity.models import RegionalIdentity
from enrs.referentials.identity.queries import patient_names

PAGE = 50
After = tuple[str, str, UUID]
"""A keyset of « mes patients »: name key, given-name key, patient."""


@dataclass(frozen=True, slots=True)
class Circle:
    """The three blocks of a circle; a structure with several open stays is shown once."""

    relatives: list[Member] = field(default_factory=list)
    care_team: list[Member] = field(default_factory=list)
    organisations: list[Member] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.relatives) + len(self.care_team) + len(self.organisations)


@dataclass(frozen=True, slots=True)
class PatientLine:
    """One of « mes patients », and on what ground."""

    identity: RegionalIdentity
    purpose: str
    level: int

    @property
    def patient_id(self) -> UUID:
        return self.identity.patient_id


@dataclass(frozen=True, slots=True)
class Seer:
    """Somebody who can open the record now. `until` is None when no end is planned."""

    display: str
    role_label: str
    purpose: str
    level: int
    since: datetime
    until: datetime | None


def current(patient_id: UUID) -> QuerySet[Member]:
    """The members whose place neither ended nor expired, the oldest first."""
    now = timezone.now()
    rows = Member.objects.filter(patient_id=patient_id, ended_at=None, withdrawn_at=None)
    return rows.filter(Q(until=None) | Q(until__gt=now)).order_by("since", "id")


def members(patient_id: UUID) -> Circle:
    """The circle by block; one statement."""
    circle = Circle()
    stays: set[UUID | None] = set()
    blocks = {
        rules.RELATIVES: circle.relatives,
        rules.CARE_TEAM: circle.care_team,
        rules.ORGANISATIONS: circle.organisations,
    }
    for member in current(patient_id).select_related("consent"):
        if member.basis == Member.Basis.STAY:
            if member.organisation_id in stays:
                continue
            stays.add(member.organisation_id)
        blocks[member.block].append(member)
    return circle


def member(patient_id: UUID, member_id: UUID) -> Member | None:
    """One current member of a circle."""
    return current(patient_id).filter(pk=member_id).first()


@dataclass(frozen=True, slots=True)
class Representative:
    """Somebody who represents, assists or helps the person; `mandate` is None where no decision was entered."""

    member: Member
    measure: Measure | None
    mandate: Mandate | None


def representatives(patient_id: UUID) -> list[Representative]:
    """Who stands by the person now, the oldest first, each with the decision in force; two statements."""
    rows = list(current(patient_id).filter(basis=Member.Basis.PROXY))
    held = Mandate.objects.filter(member__in=rows, replaced_at=None, withdrawn_at=None)
    decisions = {one.member_id: one for one in held}
    return [Representative(one, MEASURES.get(one.ground), decisions.get(one.id)) for one in rows]


def representative(patient_id: UUID, member_id: UUID) -> Representative | None:
    """One of them."""
    return next((one for one in representatives(patient_id) if one.member.id == member_id), None)


def consents(patient_id: UUID) -> list[Consent]:
    """Every consent of a person, the newest first."""
    return list(Consent.objects.filter(patient_id=patient_id).order_by("-given_on", "-id"))


def oppositions(patient_id: UUID) -> list[Opposition]:
    """Every opposition of a person, the newest first."""
    return list(Opposition.objects.filter(patient_id=patient_id).order_by("-opposed_at", "-id"))


def my_patients(
    actor: Actor | None = None,
    *,
    prefix: str = "",
    grantees: Sequence[UUID] | None = None,
    after: After | None = None,
    size: int = PAGE,
) -> tuple[list[PatientLine], After | None]:
    """« Mes patients » in order of name, one page and the key of the next; two statements.

    `prefix` begins a birth or used name, as a name key (upper case, no accents). `grantees` cuts to
    some of the actor's own (their person, or their place of work); all of them by default.
    """
    by = actor or current_actor()
    asked = list(by.grantees if grantees is None else grantees)
    name, given, last = after or ("", "", None)
    with connection.cursor() as cursor:
        cursor.execute(
            "select patient_id, purpose, level, name_key, given_key "
            "from circle_patients(%s::uuid[], %s, %s, %s, %s::uuid, %s)",
            [asked, prefix, name, given, last, size + 1],
        )
        found = cursor.fetchall()
    shown = found[:size]
    people = RegionalIdentity.objects.in_bulk([row[0] for row in shown])
    lines = [PatientLine(people[row[0]], row[1], row[2]) for row in shown if row[0] in people]
    end = shown[-1] if len(found) > size else None
    return lines, (end[3], end[4], end[0]) if end else None


def followed(text: str, size: int) -> list[Followed]:
    """The first of « Mes patients », as another room's list says them; `text` begins a name."""
    lines, _ = my_patients(prefix=name_key(text), size=size)
    names = patient_names([one.patient_id for one in lines])
    return [
        Followed(
            one.patient_id,
            names.get(one.patient_id, str(one.identity)),
            one.identity.birth_date,
            SEXES.get(one.identity.sex, ""),
        )
        for one in lines
    ]


def who_sees(patient_id: UUID) -> list[Seer]:
    """Everybody who holds a valid grant on a patient, with words for each; three statements."""
    now = timezone.now()
    rows = Grant.objects.filter(patient_id=patient_id, valid_from__lte=now, valid_until__gt=now)
    denied = access.valid_denials().filter(
        patient_id=OuterRef("patient_id"), grantee_id=OuterRef("grantee_id")
    )
    rows = rows.filter(Q(purpose__in=PAST_DENIALS) | ~Exists(denied))
    grants = list(rows.order_by("-level", "valid_from", "source_id"))
    shown = {row.id: row for row in Member.objects.filter(patient_id=patient_id)}
    openings = {
        one.id: one.user_id
        for one in BreakGlass.objects.filter(patient_id=patient_id, closes_at__gt=now)
    }
    names = dict(User.objects.filter(pk__in=openings.values()).values_list("pk", "name"))
    seers = []
    for grant in grants:
        place = shown.get(grant.source_id)
        user = openings.get(grant.source_id)
        display = place.display if place else names.get(user, "") if user else ""
        seers.append(
            Seer(
                display=display or "Accès technique",
                role_label=place.role_label if place else "",
                purpose=grant.purpose,
                level=grant.level,
                since=grant.valid_from,
                until=grant.valid_until if grant.valid_until.year < 9999 else None,
            )
        )
    return seers


def why(patient_id: UUID, rights: Sequence[Right] | None = None) -> list[rules.Explanation]:
    """On what grounds the current actor reads (or not) a record, the strongest first.

    `rights` are those that the gate read, when it did.
    """
    by = current_actor()
    held = access.rights_on(patient_id, by) if rights is None else list(rights)
    if not held:
        return [rules.explain(decide(role=by.role, category="identity", action=READ, rights=[]))]
    explanations: list[rules.Explanation] = []
    for right in sorted(held, key=lambda one: -one.level):
        decision = decide(role=by.role, category="identity", action=READ, rights=[right])
        explanation = rules.explain(decision)
        if explanation not in explanations:
            explanations.append(explanation)
    return explanations


def waiting_requests(size: int = PAGE) -> list[tuple[AccessRequest, RegionalIdentity | None]]:
    """The requests of access that the current actor may answer, the oldest first, with their patient."""
    by = current_actor()
    reached = access.valid_grants(by.grantees).filter(level__gte=rules.CONTRIBUTE)
    rows = AccessRequest.objects.filter(
        outcome=Outcome.OPEN, patient_id__in=reached.values("patient_id")
    )
    found = list(rows.order_by("asked_at", "id")[:size])
    people = RegionalIdentity.objects.in_bulk([one.patient_id for one in found])
    return [(one, people.get(one.patient_id)) for one in found]


def requests_on(patient_id: UUID) -> list[AccessRequest]:
    """The requests that wait on one patient, the oldest first."""
    rows = AccessRequest.objects.filter(patient_id=patient_id, outcome=Outcome.OPEN)
    return list(rows.order_by("asked_at", "id"))


def my_requests(size: int = 20) -> list[AccessRequest]:
    """What the current actor asked, the newest first."""
    by = current_actor()
    if by.grantee_id is None:
        return []
    rows = AccessRequest.objects.filter(grantee_id=by.grantee_id)
    return list(rows.order_by("-asked_at", "-id")[:size])


def request_on(patient_id: UUID, request_id: UUID) -> AccessRequest | None:
    """One request that waits on a patient."""
    rows = AccessRequest.objects.filter(patient_id=patient_id, pk=request_id)
    return rows.filter(outcome=Outcome.OPEN).first()
