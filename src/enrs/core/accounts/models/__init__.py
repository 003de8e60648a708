"""Users and where they work; third-party applications and what was opened to them; other identity providers."""

from enrs.core.accounts.models.applications import (
    Application,
    ApplicationSession,
    Consent,
    LogoutNotice,
    SigningKey,
    UsedGrant,
)
from enrs.core.accounts.models.federation import HeardLogout, ProviderSession
from enrs.core.accounts.models.people import Position, User, UserManager

__all__ = [
    "Application",
    "ApplicationSession",
    "Consent",
    "HeardLogout",
    "LogoutNotice",
    "Position",
    "ProviderSession",
    "SigningKey",
    "UsedGrant",
    "User",
    "UserManager",
]
