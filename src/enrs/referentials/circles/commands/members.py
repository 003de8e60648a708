"""Joining and leaving a circle."""

from datetime import date, datetime, time
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import (
    AccessRefusedError,
    end_grants,
    end_merged_grants,
    give_grant,
)
from enrs.core.effects import act
from enrs.core.moments import legal_day
from enrs.referentials.circles import measures, rules
from enrs.referentials.circles.commands.traces import demand_write, leave_traces, republish
from enrs.referentials.circles.measures import Decided
from enrs.referentials.circles.models import Consent, Mandate, Member, Opposition
from enrs.referentials.identity.models import RegionalIdentity

GRANTEE_FIELDS = {
    rules.RELATIVES: "user_id",
    rules.CARE_TEAM: "practitioner_id",
    rules.ORGANISATIONS: "organisation_id",
}


class CircleError(Exception):
    """A rule of the circle was broken; `reason` is its code in `rules.refusal`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def add_member(
    *,
    patient_id: UUID,
    block: str,
    grantee_id: UUID | None,
    display: str,
    role_label: str,
    basis: str,
    consent: Consent | None = None,
    ground: str = "recognised",
    role: str = "physician",
    informed_on: date | None = None,
    proxy_kind: str = "",
    phone: str = "",
    until: datetime | None = None,
    decided: Decided | None = None,
) -> Member:
    """Bring somebody into a circle, with the grant that their basis opens.

    `basis` is one that `rules` allows to the block; `ground` and `informed_on` (today by default for the platform)
    count inside the équipe de soins, `consent` outside of it; `role` is the joiner's in the matrix.
    `proxy_kind` is one of `rules.PROXY_KINDS`, parental authority ending at majority, or a measure of protection
    (`measures.MEASURES`) with what was `decided`, which says its end. Somebody who is already there stays as they are;
    a representation that would say something else of them is refused, for nothing of it would be kept.

    Raises:
        CircleError: a rule refuses, see `rules.refusal`, `measures.refusal` and `_demand_same`.
        AccessRefusedError: the current actor may not change this circle.
    """
    demand_write(patient_id)
    if informed_on is None and current_actor().kind == "system":
        informed_on = legal_day(timezone.now())
    joining = rules.Joining(
        block=block,
        basis=basis,
        ground=ground,
        role=role if block == rules.CARE_TEAM else "",
        is_informed=informed_on is not None,
        is_opposed=_is_opposed(patient_id, grantee_id),
        has_consent=_is_for(consent, patient_id, grantee_id),
        consent_given_on=consent.given_on if consent else None,
        consent_is_withdrawn=bool(consent and consent.withdrawn_at),
    )
    if broken := rules.refusal(joining, today=legal_day(timezone.now())):
        raise CircleError(broken)
    if basis == "proxy":
        until = _proxy_until(patient_id, proxy_kind, until, decided)
    with act():
        present = _present(patient_id, grantee_id)
        if present:
            if basis == "proxy":
                _demand_same(present, proxy_kind, until, decided)
            return present
        member = Member(
            patient_id=patient_id,
            block=block,
            basis=basis,
            ground=(proxy_kind if basis == "proxy" else ground if basis == "care_team" else ""),
            display=display[:200],
            role_label=role_label[:200],
            phone=phone[:40],
            in_care_team=basis == "care_team",
            informed_on=informed_on if basis == "care_team" else None,
            consent=consent if basis == "consent" else None,
            until=until,
            added_by=current_actor().name[:200],
        )
        setattr(member, GRANTEE_FIELDS[block], grantee_id)
        member.save(force_insert=True)
        if decided is not None and measures.is_measure(member.ground):
            keep_mandate(member, decided)
        open_member(member)
        leave_traces(
            "circle.member.added",
            patient_id=patient_id,
            object_kind="circle_member",
            object_id=member.id,
            topics=_topics(member),
            details={"basis": basis, "ground": member.ground, "display": member.display},
        )
        republish(patient_id)
    return member


def remove_member(*, member: Member, reason: str = "") -> None:
    """End somebody's place in a circle and, at once, what it opened.

    Raises:
        AccessRefusedError: the current actor may not remove this member (`level`).
        CircleError: the person, a stay (`basis`), or a measure that a judge decided (`measure_ends`), which
            `end_mandate` ends.
    """
    by = current_actor()
    is_self = False
    if by.kind != "system":
        is_self = member.grantee_id is not None and member.grantee_id == by.grantee_id
        decision = demand_write(member.patient_id) if not is_self else None
        role, level = by.role, rules.READ
        if decision is not None:
            role, level = decision.role, decision.right.level if decision.right else rules.READ
        if not rules.may_remove(role=role, level=level, is_self=is_self, basis=member.basis):
            raise AccessRefusedError("level")
    if member.basis in (Member.Basis.SELF, Member.Basis.STAY):
        raise CircleError("basis")
    if measures.is_measure(member.ground) and by.kind != "system" and not is_self:
        raise CircleError("measure_ends")
    end_member(member=member, reason=reason, kind="circle.member.removed")


def end_member(*, member: Member, reason: str, kind: str) -> None:
    """End a place and its grants for a reason that another act already checked; once only."""
    with act():
        ended = Member.objects.filter(pk=member.pk, ended_at=None).update(
            ended_at=timezone.now(), ended_reason=reason[:200]
        )
        if not ended:
            return
        end_grants(patient_id=member.patient_id, source_id=member.id)
        if member.grantee_id:
            end_merged_grants(
                patient_id=member.patient_id,
                grantee_id=member.grantee_id,
                keeps=("self",) if member.basis == Member.Basis.STAY else ("self", "stay"),
            )
        leave_traces(
            kind,
            patient_id=member.patient_id,
            object_kind="circle_member",
            object_id=member.id,
            topics=_topics(member),
            reason=reason,
            details={"display": member.display},
        )
        republish(member.patient_id)


def current_members(patient_id: UUID, grantee_id: UUID) -> list[Member]:
    """Every place that somebody holds now in a circle, stays included."""
    rows = Member.objects.filter(patient_id=patient_id, ended_at=None)
    return [row for row in rows if row.grantee_id == grantee_id]


def _is_opposed(patient_id: UUID, grantee_id: UUID | None) -> bool:
    if grantee_id is None:
        return False
    rows = Opposition.objects.filter(patient_id=patient_id, grantee_id=grantee_id, lifted_at=None)
    return rows.exists()


def _is_for(consent: Consent | None, patient_id: UUID, grantee_id: UUID | None) -> bool:
    """A consent holds for the one person or structure that it names, on one patient."""
    if consent is None:
        return False
    return consent.patient_id == patient_id and consent.grantee_id == grantee_id


def _present(patient_id: UUID, grantee_id: UUID | None) -> Member | None:
    """The place that is still held; one whose planned end has passed is ended here."""
    if grantee_id is None:
        return None
    now = timezone.now()
    for row in current_members(patient_id, grantee_id):
        if row.basis == Member.Basis.STAY:
            continue
        if row.until is None or row.until > now:
            return row
        Member.objects.filter(pk=row.pk).update(ended_at=row.until, ended_reason="échéance")
    return None


def _demand_same(
    present: Member, kind: str, until: datetime | None, decided: Decided | None
) -> None:
    """Refuse to say a representation done when the place already held does not say it.

    Raises:
        CircleError: `present_measure`, `renew_mandate` enters the decision on the place that they hold;
            `present`, they are there on another ground or until another day.
    """
    is_same = present.basis == Member.Basis.PROXY and present.ground == kind
    is_entered = kind in {one.code for one in measures.entered_for(present.ground)}
    if present.basis == Member.Basis.PROXY and measures.is_measure(kind):
        is_other = measures.is_measure(present.ground) and not is_same
        raise CircleError("present" if is_other or not is_entered else "present_measure")
    if not is_same or decided is not None or present.until != until:
        raise CircleError("present")


def keep_mandate(member: Member, decided: Decided, *, opened_at: datetime | None = None) -> Mandate:
    """The decision on which a member stands, checked by the caller (`measures.refusal`)."""
    if decided.ends_on is None:
        raise CircleError("measure_end")
    return Mandate.objects.create(
        patient_id=member.patient_id,
        member=member,
        kind=member.ground,
        authority=decided.authority.strip()[:200],
        decided_on=decided.decided_on,
        ends_on=decided.ends_on,
        term=decided.term,
        opened_at=opened_at,
        recorded_by=current_actor().name[:200],
    )


def open_member(member: Member) -> None:
    """Give the right of a member's basis; a measure that leaves the person to decide opens nothing by itself."""
    given = rules.opening(basis=member.basis, block=member.block)
    measure = measures.MEASURES.get(member.ground) if member.basis == "proxy" else None
    if given is None or member.grantee_id is None or (measure and not measure.opens_at_once):
        return
    give_grant(
        patient_id=member.patient_id,
        grantee_id=member.grantee_id,
        source_kind="circle",
        source_id=member.id,
        purpose=given.purpose,
        level=given.level,
        valid_until=member.until,
    )


def _topics(member: Member) -> list[str]:
    return [f"user:{member.user_id}"] if member.user_id else []


def _proxy_until(
    patient_id: UUID, kind: str, until: datetime | None, decided: Decided | None
) -> datetime | None:
    """When the place of a representative ends: at the term of the measure, on the day given, or at majority."""
    if measures.is_measure(kind):
        if broken := measures.refusal(kind, decided, today=legal_day(timezone.now())):
            raise CircleError(broken)
        return measures.last_moment(decided.ends_on) if decided and decided.ends_on else None
    if kind not in rules.PROXY_KINDS:
        raise CircleError("proxy_kind")
    identity = RegionalIdentity.objects.filter(patient_id=patient_id).only("birth_date").first()
    day = rules.proxy_ends_on(kind=kind, birth_date=identity.birth_date if identity else "")
    if day is None:
        return until
    if day <= legal_day(timezone.now()):
        raise CircleError("majority")
    majority = datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())
    return min(until, majority) if until else majority
