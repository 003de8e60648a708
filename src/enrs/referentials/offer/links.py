"""Signed links « toujours exact ? »: they say whose they are, hold for a month, and open nothing else.

What a link may confirm is asked when it is used: the units that wait for that person's word at that
moment, of those asked about by then: one that is due later waits for its own link.
One that is confirmed waits no more, so a link confirms each unit once.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.core import signing
from django.urls import reverse

from enrs.core.accounts.models import User

SALT = "enrs.offer.exact"
LASTS = timedelta(days=30)


def write(user_id: UUID) -> str:
    """The signed part of the address that somebody is sent."""
    return signing.TimestampSigner(salt=SALT).sign(user_id.hex)


def address(user_id: UUID) -> str:
    """The path of the page of somebody's link."""
    return reverse("offer:verify_link", args=[write(user_id)])


def read(token: str) -> tuple[User, datetime] | None:
    """Whose a link is, and when it was made; None when it is forged or too old, or the account is closed."""
    try:
        key = UUID(hex=signing.TimestampSigner(salt=SALT).unsign(token, max_age=LASTS))
        made_at = datetime.fromtimestamp(signing.b62_decode(token.rsplit(":", 2)[1]), tz=UTC)
    except (signing.BadSignature, ValueError):
        return None
    user = User.objects.filter(pk=key, kind=User.Kind.PROFESSIONAL, is_active=True).first()
    return (user, made_at) if user else None
