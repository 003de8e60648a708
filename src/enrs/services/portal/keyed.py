"""Codes and secrets as they are kept."""

import hmac
from uuid import UUID

from django.conf import settings


def keyed(use: str, subject_id: UUID, secret: str) -> str:
    """An HMAC of a secret, tied to its use and to whose it is, by a key that the database does not have."""
    text = f"enrs.portal:{use}:{subject_id}:{secret}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), "sha256").hexdigest()
