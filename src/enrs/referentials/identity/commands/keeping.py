"""What the acts on one identity share: who may, what it stands at, and a new version of it."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.moments import legal_day
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.directory.queries import organisation
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands import store
from enrs.referentials.identity.commands.receive import follow_change
from enrs.referentials.identity.models import IdentityVersion, SourceIdentity
from enrs.referentials.identity.rules.emergencies import is_made_up

FULL_DATE = 10
LOCAL, FINESS = "urn:local:", "urn:finess:"


def own_systems(by: Actor) -> frozenset[str]:
    """The numbering systems for which a professional's place answers: what it typed here, what it sends."""
    found = {f"{LOCAL}{one}" for one in by.grantees}
    place = organisation(by.organisation_id) if by.organisation_id else None
    if place:
        found |= {f"{FINESS}{one}" for one in (place.finess_eg, place.finess_ej) if one}
    return frozenset(found)


def own_identity(identity: SourceIdentity, by: Actor, expected_version: int) -> SourceIdentity:
    """The identity of a person whose record `by` may write, its row locked, as it stands now.

    Raises:
        AccessRefusedError: `profession`, `level`, `outside_circle`, or `place` for an identity of another place.
        StaleSaveError: somebody changed it meanwhile.
    """
    if not access_rules.permits(by.role, "identity", access_rules.WRITE):
        raise AccessRefusedError("profession")
    decision = may(access_rules.WRITE, "identity", patient_id=identity.patient_id, actor=by)
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)
    if identity.system not in own_systems(by):
        raise AccessRefusedError("place")
    now = SourceIdentity.objects.select_for_update().get(pk=identity.pk)
    if now.version != expected_version:
        raise StaleSaveError(now)
    return now


def standing_of(identity: SourceIdentity) -> rules.Standing:
    """Where an identity stands in the table of moves."""
    return rules.Standing(
        status=identity.status,
        attribute=identity.attribute,
        has_ins=bool(identity.ins),
        proof=identity.proof,
    )


def facts_of(identity: SourceIdentity, *, is_ours: bool) -> rules.Facts:
    """What an act on an identity is judged by, but for what a form or the service brings."""
    return rules.Facts(
        is_complete=bool(
            identity.birth_name and identity.first_given_name and identity.sex in ("M", "F")
            and len(identity.birth_date) == FULL_DATE
        ),
        is_ours=is_ours,
        is_by_hand=identity.system.startswith(LOCAL),
        is_minor=rules.may_be_minor(identity.birth_date, legal_day(timezone.now())),
    )  # fmt: skip


def keep(identity: SourceIdentity, traits: rules.Traits, after: rules.Standing, *, by: str) -> None:
    """A new version of an identity that stays where it is, and its patient's best traits anew.

    For what lowers, marks or corrects. What may qualify goes through `receive_identity`, which links.
    """
    before, before_attribute, shown = identity.traits, identity.standing, identity.attribute
    store.apply_traits(identity, traits, after.attribute)
    if after.attribute != shown:
        # A person's mark, or its end; what the region itself found is left to what it finds.
        identity.marked = after.attribute
        identity.own_attribute = identity.own_attribute if after.attribute else ""
    if not identity.ins:
        identity.stamps.pop(rules.BY_SERVICE, None)
    identity.version, identity.changed_at = identity.version + 1, datetime.now(UTC)
    store.write(
        store.update_identity(identity),
        store.insert("identity_version", store.version_values(identity, by)),
    )
    follow_change(identity, before, before_attribute, by=by)


def by_its_clock(identity: SourceIdentity) -> dict[str, Any]:
    """Sender and moment under which the region speaks of an identity that a source sends: the source's last ones.

    By the region's clock, a source that is ahead would hide it, and what the source said meanwhile would be late.
    """
    if identity.system.startswith(LOCAL) or not identity.told_by or identity.told_at is None:
        return {"sender": identity.sender}
    return {"sender": identity.told_by, "told_at": identity.told_at}


def sign(before: SourceIdentity, kept: SourceIdentity, by: str) -> None:
    """Put a person's name on the version that their act has just written, if it wrote one."""
    if kept.version > before.version:
        own = IdentityVersion.objects.filter(identity_id=kept.id, version=kept.version)
        own.update(by=by[:200])


def demand_real_name(traits: rules.Traits) -> None:
    """Raise IdentityRefusedError when a person types a name that is made up for an emergency."""
    if is_made_up(traits.birth_name) or is_made_up(traits.used_name):
        raise rules.IdentityRefusedError("emergency.name")


def settled(traits: rules.Traits) -> rules.Traits:
    """Traits as they may be kept."""
    return rules.settle(traits, mode=settings.MODE).traits
