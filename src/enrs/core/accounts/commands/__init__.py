"""Writes on accounts: tokens, third-party applications, agreements, sessions opened to applications, keys."""

from enrs.core.accounts.commands.applications import (
    ApplicationError,
    Sheet,
    change_application,
    change_secret,
    register_application,
    retire_application,
)
from enrs.core.accounts.commands.consents import give_consent, withdraw_consent
from enrs.core.accounts.commands.federation import (
    hear_logout,
    keep_provider_session,
)
from enrs.core.accounts.commands.identities import (
    IdentityLinkError,
    link_identity,
    unlink_identity,
)
from enrs.core.accounts.commands.keys import ensure_key, renew_key
from enrs.core.accounts.commands.sessions import (
    end_sessions,
    ended,
    open_to_application,
    purge_ended,
    settle_notice,
    take_notices,
)
from enrs.core.accounts.commands.tokens import (
    UnknownAccountError,
    end_replayed,
    issue_token,
    keep_used,
    revoke_tokens,
)

__all__ = [
    "ApplicationError",
    "IdentityLinkError",
    "Sheet",
    "UnknownAccountError",
    "change_application",
    "change_secret",
    "end_replayed",
    "end_sessions",
    "ended",
    "ensure_key",
    "give_consent",
    "hear_logout",
    "issue_token",
    "keep_provider_session",
    "keep_used",
    "link_identity",
    "open_to_application",
    "purge_ended",
    "register_application",
    "renew_key",
    "retire_application",
    "revoke_tokens",
    "settle_notice",
    "take_notices",
    "unlink_identity",
    "withdraw_consent",
]
