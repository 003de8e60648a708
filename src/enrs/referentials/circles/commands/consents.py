"""Consents outside the équipe de soins, oppositions inside it."""

from datetime import date
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.commands import AccessRefusedError, deny, end_denial, end_merged_grants
from enrs.core.access.queries import valid_grants
from enrs.core.access.rules import Decision
from enrs.core.effects import act
from enrs.core.moments import legal_day
from enrs.referentials.circles import measures, rules
from enrs.referentials.circles.commands.members import CircleError, current_members, end_member
from enrs.referentials.circles.commands.traces import demand_write, leave_traces
from enrs.referentials.circles.models import Consent, Member, Opposition


def record_consent(
    *,
    patient_id: UUID,
    grantee_id: UUID,
    grantee_display: str,
    given_on: date,
    means: str,
    leaflet_version: str,
) -> Consent:
    """Keep a person's consent to share with one person or structure, collected by the current actor.

    A consent given after an opposition to the same grantee lifts it; another than the one opposed
    collects it.

    Raises:
        CircleError: the day is to come (`consent_date`), the means or the leaflet is missing, or the
            person opposed the collector (`opposed`).
        AccessRefusedError: the current actor may not change this circle.
    """
    demand_write(patient_id)
    if given_on > legal_day(timezone.now()):
        raise CircleError("consent_date")
    if means not in rules.MEANS or not leaflet_version.strip():
        raise CircleError("consent_missing")
    by = current_actor()
    if _is_against(by, patient_id, grantee_id):
        raise CircleError("opposed")
    standing = Opposition.objects.filter(
        patient_id=patient_id, grantee_id=grantee_id, lifted_at=None
    )
    if standing.exists():
        _demand_person(patient_id)
    with act():
        consent = Consent.objects.create(
            patient_id=patient_id,
            grantee_id=grantee_id,
            grantee_display=grantee_display[:200],
            given_on=given_on,
            means=means,
            collector_id=by.user_id,
            collected_by=by.name[:200],
            leaflet_version=leaflet_version.strip()[:40],
        )
        standing.update(lifted_at=timezone.now())
        end_denial(patient_id=patient_id, grantee_id=grantee_id)
        leave_traces(
            "circle.consent.recorded",
            patient_id=patient_id,
            object_kind="circle_consent",
            object_id=consent.id,
            details={"display": consent.grantee_display, "means": means},
        )
    return consent


def withdraw_consent(*, consent: Consent, reason: str = "") -> None:
    """Withdraw a consent: every place in the circle that stood on it ends at once.

    Raises:
        AccessRefusedError: the current actor may not speak for the person (`person`), or not change
            this circle.
    """
    _demand_person(consent.patient_id)
    with act():
        withdrawn = Consent.objects.filter(pk=consent.pk, withdrawn_at=None).update(
            withdrawn_at=timezone.now(), withdrawn_reason=reason[:200]
        )
        if not withdrawn:
            return
        for member in Member.objects.filter(
            patient_id=consent.patient_id, consent=consent, ended_at=None
        ):
            end_member(member=member, reason="consentement retiré", kind="circle.member.removed")
        leave_traces(
            "circle.consent.withdrawn",
            patient_id=consent.patient_id,
            object_kind="circle_consent",
            object_id=consent.id,
            reason=reason,
        )


def oppose(
    *,
    patient_id: UUID,
    grantee_id: UUID,
    grantee_display: str,
    informed_on: date,
    means: str,
    reason: str = "",
) -> Opposition:
    """Keep a person's opposition to sharing with somebody of the équipe de soins (L1110-4 IV).

    Every place of theirs in the circle ends at once, stays included, and what they hold by another
    door, their place of work's grant, opens nothing more; while the opposition stands nobody brings
    them back without the person's consent. Opposing twice changes nothing.

    Raises:
        CircleError: the means is not one of `rules.MEANS`, or it aims at the person (`basis`), or at
            somebody in charge of a measure of protection (`measure_ends`).
        AccessRefusedError: the current actor may not speak for the person (`person`), not end a legal
            proxy's place (`level`), or not change this circle.
    """
    decision = _demand_person(patient_id)
    _spare_person(decision, patient_id, grantee_id)
    if means not in rules.MEANS:
        raise CircleError("means")
    by = current_actor()
    with act():
        standing = Opposition.objects.filter(
            patient_id=patient_id, grantee_id=grantee_id, lifted_at=None
        ).first()
        if standing:
            return standing
        opposition = Opposition.objects.create(
            patient_id=patient_id,
            grantee_id=grantee_id,
            grantee_display=grantee_display[:200],
            informed_on=informed_on,
            means=means,
            collected_by=by.name[:200],
            reason=reason[:400],
        )
        for member in current_members(patient_id, grantee_id):
            end_member(member=member, reason="opposition", kind="circle.member.removed")
        end_merged_grants(patient_id=patient_id, grantee_id=grantee_id, keeps=("self",))
        deny(patient_id=patient_id, grantee_id=grantee_id, source_id=opposition.id)
        leave_traces(
            "circle.opposition.recorded",
            patient_id=patient_id,
            object_kind="circle_opposition",
            object_id=opposition.id,
            reason=reason,
            details={"display": opposition.grantee_display},
        )
    return opposition


def lift_opposition(*, opposition: Opposition) -> None:
    """End an opposition; nobody comes back into the circle by it.

    Raises:
        CircleError: the current actor is the one opposed (`opposed`).
        AccessRefusedError: the current actor may not speak for the person (`person`), or not change
            this circle.
    """
    _demand_person(opposition.patient_id)
    if _is_against(current_actor(), opposition.patient_id, opposition.grantee_id):
        raise CircleError("opposed")
    with act():
        lifted = Opposition.objects.filter(pk=opposition.pk, lifted_at=None).update(
            lifted_at=timezone.now()
        )
        if lifted:
            end_denial(patient_id=opposition.patient_id, grantee_id=opposition.grantee_id)
            leave_traces(
                "circle.opposition.lifted",
                patient_id=opposition.patient_id,
                object_kind="circle_opposition",
                object_id=opposition.id,
            )


def _demand_person(patient_id: UUID) -> Decision | None:
    """The decision that lets the current actor do what is the person's own act; None for the platform."""
    decision = demand_write(patient_id)
    if decision is not None and not rules.may_speak_for_person(decision.role):
        raise AccessRefusedError("person")
    return decision


def _spare_person(decision: Decision | None, patient_id: UUID, grantee_id: UUID) -> None:
    """Nobody opposes the person to themselves; a professional does not end who represents them."""
    rights = valid_grants([grantee_id]).filter(patient_id=patient_id)
    held = set(rights.values_list("purpose", flat=True))
    if "self" in held or grantee_id == patient_id:
        raise CircleError("basis")
    level = decision.right.level if decision and decision.right else rules.MANAGE
    if "proxy" in held and level < rules.MANAGE:
        raise AccessRefusedError("level")
    if any(measures.is_measure(one.ground) for one in current_members(patient_id, grantee_id)):
        raise CircleError("measure_ends")


def _is_against(by: Actor, patient_id: UUID, grantee_id: UUID) -> bool:
    """Whether an opposition to this grantee stands, and the actor is that grantee or works there."""
    if by.kind == "system" or grantee_id not in by.grantees:
        return False
    rows = Opposition.objects.filter(patient_id=patient_id, grantee_id=grantee_id, lifted_at=None)
    return rows.exists()
