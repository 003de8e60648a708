"""Accounts: the registry of applications is the exploitation's; an agreement is the person's own."""

from typing import Any

from allauth.socialaccount.models import SocialAccount

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.accounts import commands
from enrs.core.accounts.commands import Sheet
from enrs.core.accounts.models import Application, Consent
from tests.hostile.table import case, feed, part
from tests.hostile.world import World

ACCOUNTS = "core.accounts"
DESK: dict[str, Any] = {"roles": ("operator",)}
SHEET = Sheet(
    name="Réservation d’essai", description="Réserver du matériel.", organisation_name="GIP d’essai",
    contact="technique@essai.example", redirect_uris=("https://application.example/retour",),
    scopes=("openid", "profile"),
)  # fmt: skip


def registered(w: World) -> Application:
    with acting(SYSTEM):
        return commands.register_application(sheet=SHEET)[0]


@case(f"{ACCOUNTS}.register_application", "operator", **DESK)
def register_application(w: World) -> dict[str, Any]:
    return {"sheet": SHEET}


@case(f"{ACCOUNTS}.change_application", "operator", **DESK)
def change_application(w: World) -> dict[str, Any]:
    made = registered(w)
    return {"application": made, "sheet": SHEET, "expected_version": made.version}


@case(f"{ACCOUNTS}.change_secret", "operator", **DESK)
def change_secret(w: World) -> dict[str, Any]:
    return {"application": registered(w)}


@case(f"{ACCOUNTS}.retire_application", "operator", **DESK)
def retire_application(w: World) -> dict[str, Any]:
    return {"application": registered(w), "reason": "Fin du marché"}


PERSON: dict[str, Any] = {
    "own": True, "in_circle": False, "more": ("role:nurse", "role:operator"),
}  # fmt: skip


@case(f"{ACCOUNTS}.link_identity", "patient", **PERSON)
def link_identity(w: World) -> dict[str, Any]:
    return {"user": w.right, "provider": "franceconnect", "subject": "a" * 64 + "v1"}


@case(f"{ACCOUNTS}.unlink_identity", "patient", **PERSON)
def unlink_identity(w: World) -> dict[str, Any]:
    w.right.set_password("une phrase bien longue")
    w.right.save()
    SocialAccount.objects.create(user=w.right, provider="franceconnect", uid="a" * 64 + "v1")
    return {"user": w.right, "provider": "franceconnect"}


@case(f"{ACCOUNTS}.renew_key", "operator", **DESK)
def renew_key(w: World) -> dict[str, Any]:
    return {}


@case(f"{ACCOUNTS}.give_consent", "nurse")
def give_consent(w: World) -> dict[str, Any]:
    return {"application": registered(w), "scopes": ["openid"]}


@case(f"{ACCOUNTS}.withdraw_consent", "nurse", own=True)
def withdraw_consent(w: World) -> dict[str, Any]:
    made = Consent.objects.create(user=w.right, application=registered(w), scopes="openid")
    return {"consent_id": made.pk}


feed(
    "the provider calls it for whoever it has just recognised, by a code or a token",
    f"{ACCOUNTS}.keep_used", f"{ACCOUNTS}.end_replayed", f"{ACCOUNTS}.ensure_key",
)  # fmt: skip
feed(
    "the end of a session, whoever ends it, and the periodic work that follows",
    *(f"{ACCOUNTS}.{name}" for name in ("end_sessions", "take_notices", "settle_notice", "purge_ended", "ended")),
)  # fmt: skip
feed(
    "another provider's signed token, or the session that it opened; tried in tests/core/accounts",
    f"{ACCOUNTS}.hear_logout", f"{ACCOUNTS}.keep_provider_session",
)  # fmt: skip
feed(
    "called by the provider for the signed-in person, once they agreed",
    f"{ACCOUNTS}.open_to_application",
)
part(
    "end what an application or a person held, for commands that decided it",
    f"{ACCOUNTS}.revoke_tokens", f"{ACCOUNTS}.demand_keeper",
)  # fmt: skip
