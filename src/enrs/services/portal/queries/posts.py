"""Which post a browser is, and who is on shift there."""

import hmac
from uuid import UUID

from django.utils import timezone

from enrs.services.portal import rules
from enrs.services.portal.keyed import keyed
from enrs.services.portal.models import Post, PostShift


def post_of(cookie: str) -> Post | None:
    """The post whose secret a browser holds (« identifier.secret »), unless it was revoked."""
    key, _, secret = cookie.partition(".")
    try:
        post = Post.objects.filter(pk=UUID(key), revoked_at=None).first()
    except ValueError:
        return None
    if post is None or not hmac.compare_digest(keyed("post", post.id, secret), post.secret_hash):
        return None
    return post


def on_shift(post: Post) -> list[PostShift]:
    """Who may take a post over, by name."""
    rows = post.shifts.filter(
        ended_at=None, closes_at__gt=timezone.now(), tries__lt=rules.PIN_TRIES
    )
    return list(rows.order_by("name", "id"))


def posts_of(organisation_id: UUID) -> list[Post]:
    """The posts of a structure."""
    rows = Post.objects.filter(organisation_id=organisation_id, revoked_at=None)
    return list(rows.order_by("unit", "id"))


def shift(shift_id: str) -> PostShift | None:
    """A shift by the identifier that a session holds."""
    try:
        return PostShift.objects.filter(pk=UUID(shift_id), ended_at=None).first()
    except ValueError:
        return None
