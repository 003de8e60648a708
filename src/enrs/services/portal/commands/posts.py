"""Shared posts of a ward: registered by a referent, taken over by one's personal code for a shift.

Each act on a post is its person's: the post itself is nobody, and opens nothing.
"""

import hmac
import secrets
from datetime import timedelta
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.services.portal import rules
from enrs.services.portal.commands.access import demand_referent
from enrs.services.portal.keyed import keyed
from enrs.services.portal.models import Post, PostShift
from enrs.services.portal.queries import people


class PostError(Exception):
    """Why a post refuses, in French; `reason` is its code."""

    SENTENCES = {
        "length": "De 4 à 8 chiffres.",
        "figures": "Des chiffres seulement.",
        "plain": "Trop simple : ni chiffres tous pareils, ni suite comme 1234.",
        "wrong": "Ce n’est pas votre code personnel.",
        "over": "Votre service est terminé sur ce poste : connectez-vous avec votre mot de passe.",
    }

    def __init__(self, reason: str) -> None:
        super().__init__(self.SENTENCES[reason])
        self.reason = reason


def register_post(*, organisation_id: UUID, unit: str) -> tuple[Post, str]:
    """Make a post of a unit: returns it, and the secret that its browser keeps, told once.

    Raises:
        AccessRefusedError: the actor does not answer for the structure.
    """
    place = demand_referent(organisation_id)
    secret = secrets.token_urlsafe(32)
    with act():
        post = Post(
            organisation_id=organisation_id,
            organisation_name=place.organisation_name if place else "",
            unit=unit.strip()[:100],
            registered_by=current_actor().name,
        )
        post.secret_hash = keyed("post", post.id, secret)
        post.save(force_insert=True)
        note("portal.post.registered", object_kind="post", object_id=post.id)
    return post, secret


def revoke_post(*, post: Post) -> None:
    """Have a post forgotten: nobody takes it over any more.

    Raises:
        AccessRefusedError: the actor does not answer for its structure.
    """
    demand_referent(post.organisation_id)
    with act():
        now = timezone.now()
        Post.objects.filter(pk=post.pk, revoked_at=None).update(
            revoked_at=now, revoked_by=current_actor().name
        )
        post.shifts.filter(ended_at=None).update(ended_at=now)
        note("portal.post.revoked", object_kind="post", object_id=post.pk)


def open_shift(*, post: Post, pin: str) -> PostShift:
    """Begin one's shift on a post, with a personal code to come back to it; after a whole sign-in.

    Raises:
        AccessRefusedError: nobody signed in, or somebody who does not work at its place.
        PostError: the code is misshapen or too plain.
    """
    by = current_actor()
    if by.user_id is None or post.revoked_at is not None:
        raise AccessRefusedError("place")
    held = people.live_positions().filter(
        user_id=by.user_id, organisation_id=post.organisation_id, user__is_active=True
    )
    position = held.order_by("-is_default", "id").first()
    if position is None:
        raise AccessRefusedError("place")
    if fault := rules.pin_fault(pin):
        raise PostError(fault)
    with act():
        now = timezone.now()
        PostShift.objects.filter(post=post, user_id=by.user_id, ended_at=None).update(ended_at=now)
        shift = PostShift(
            post=post, user_id=by.user_id, name=by.name, position_id=position.id,
            closes_at=now + timedelta(hours=rules.SHIFT_HOURS), opened_at=now,
        )  # fmt: skip
        shift.pin_hash = keyed("pin", shift.id, pin)
        shift.save(force_insert=True)
        note(
            "portal.shift.opened",
            object_kind="post",
            object_id=post.id,
            details={"unit": post.unit},
        )
    return shift


def take_over(*, shift: PostShift, pin: str) -> User:
    """Who takes the post over with their personal code; five wrong ones end the shift.

    The caller holds the secret of the post. Returns the person to sign in.

    Raises:
        PostError: `wrong`, or `over` (time, too many tries, an account or a place that closed since).
    """
    with act():
        held = PostShift.objects.select_for_update().select_related("post").get(pk=shift.pk)
        user = _still_there(held)
        is_right = user is not None and hmac.compare_digest(
            keyed("pin", held.id, pin), held.pin_hash
        )
        rows = PostShift.objects.filter(pk=held.pk)
        if user is None:
            rows.filter(ended_at=None).update(ended_at=timezone.now())
        elif is_right:
            rows.update(tries=0)
        else:
            rows.update(tries=F("tries") + 1)
            note("portal.shift.refused", outcome="refused", object_kind="user", object_id=user.id)
        if user is not None and is_right:
            note(
                "portal.shift.taken_over",
                object_kind="post",
                object_id=held.post_id,
                actor=actor_of(user, str(held.position_id)),
                details={"unit": held.post.unit},
            )
    if user is None:
        raise PostError("over")
    if not is_right:
        raise PostError("wrong")
    return user


def _still_there(shift: PostShift) -> User | None:
    """The person of a shift that still holds."""
    is_over = shift.ended_at is not None or shift.closes_at <= timezone.now()
    if is_over or shift.tries >= rules.PIN_TRIES or shift.post.revoked_at is not None:
        return None
    return people.colleague(shift.post.organisation_id, shift.user_id)


def end_shift(*, shift: PostShift) -> None:
    """End one's own shift: the personal code serves no more.

    Raises:
        AccessRefusedError: somebody else's.
    """
    if current_actor().user_id != shift.user_id:
        raise AccessRefusedError("own")
    with act():
        PostShift.objects.filter(pk=shift.pk, ended_at=None).update(ended_at=timezone.now())
        note("portal.shift.ended", object_kind="post", object_id=shift.post_id)
