"""The registry of third-party applications: opened, changed and retired by the exploitation."""

from dataclasses import asdict, dataclass

from allauth.idp.oidc.models import Client
from django.conf import settings
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.audiences import AUDIENCES
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.commands.tokens import revoke_tokens
from enrs.core.accounts.models import Application
from enrs.core.accounts.rules import applications as rules
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import StaleSaveError

KEEPERS = ("operator",)
"""Roles that keep the registry and the keys."""

GRANTS = (Client.GrantType.AUTHORIZATION_CODE, Client.GrantType.REFRESH_TOKEN)


class ApplicationError(ValueError):
    """The application cannot be kept so; the message says why, in French."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is written of an application. A public one (on a person's device) has no secret."""

    name: str
    description: str
    organisation_name: str
    contact: str
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    post_logout_uris: tuple[str, ...] = ()
    home_url: str = ""
    roles: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""
    is_first_party: bool = False
    is_public: bool = False


def demand_keeper() -> None:
    """Refuse whoever does not keep the registry (AccessRefusedError); the platform itself passes."""
    by = current_actor()
    if by.kind != "system" and by.role not in KEEPERS:
        raise AccessRefusedError("profession")


def register_application(*, sheet: Sheet) -> tuple[Application, str]:
    """Register an application; its secret is told once (empty for a public one).

    Raises:
        ApplicationError: an address or a scope that cannot be given.
        AccessRefusedError: not the exploitation.
    """
    demand_keeper()
    _check(sheet)
    secret = "" if sheet.is_public else rules.new_secret()
    made = Application(
        id=str(uuid7()),
        type=Client.Type.PUBLIC if sheet.is_public else Client.Type.CONFIDENTIAL,
        secret=rules.secret_hash(secret) if secret else "",
        secret_changed_at=timezone.now() if secret else None,
        response_types="code",
    )
    made.set_grant_types(list(GRANTS))
    _write(made, sheet)
    with act():
        made.save(force_insert=True)
        note(
            "application.registered",
            object_kind="application",
            object_id=made.id,
            details=asdict(sheet),
        )
    return made, secret


def change_application(*, application: Application, sheet: Sheet, expected_version: int) -> None:
    """Save what is written of an application; its type never changes.

    Tokens end when a scope is taken away: each of them would go on giving it.

    Raises:
        ApplicationError: an address or a scope that cannot be given, or it is retired.
        StaleSaveError: somebody else saved it meanwhile.
        AccessRefusedError: not the exploitation.
    """
    demand_keeper()
    _check(sheet)
    with act():
        kept = _locked(application.id)
        if kept.version != expected_version:
            raise StaleSaveError(kept)
        lost = [one for one in kept.get_scopes() if not rules.covers(sheet.scopes, one)]
        _write(kept, sheet)
        kept.version += 1
        kept.save()
        ended = revoke_tokens(client_id=kept.id) if lost else 0
        details = asdict(sheet) | {"tokens_ended": ended}
        note(
            "application.changed",
            object_kind="application",
            object_id=kept.id,
            details=details,
        )


def change_secret(*, application: Application) -> str:
    """A new secret, told once; the former one ends now (AccessRefusedError, ApplicationError)."""
    demand_keeper()
    secret = rules.new_secret()
    with act():
        kept = _locked(application.id)
        if kept.type == Client.Type.PUBLIC:
            raise ApplicationError("Une application publique n’a pas de secret.")
        kept.secret = rules.secret_hash(secret)
        kept.secret_changed_at = timezone.now()
        kept.save()
        note("application.secret.changed", object_kind="application", object_id=kept.id)
    return secret


def retire_application(*, application: Application, reason: str) -> None:
    """Take an application out of service: nobody enters it any more, and its tokens end now.

    Raises:
        ApplicationError: retired already.
        AccessRefusedError: not the exploitation.
    """
    demand_keeper()
    with act():
        kept = _locked(application.id)
        kept.retired_at = timezone.now()
        kept.version += 1
        kept.save()
        details = {"tokens_ended": revoke_tokens(client_id=kept.id)}
        note(
            "application.retired",
            object_kind="application",
            object_id=kept.id,
            reason=reason,
            details=details,
        )


def _locked(application_id: str) -> Application:
    """The application in service, locked: a token that is being issued is waited for, then ended too."""
    kept = Application.objects.select_for_update().get(pk=application_id)
    if kept.retired_at:
        raise ApplicationError("Cette application est déjà retirée.")
    return kept


def _write(application: Application, sheet: Sheet) -> None:
    for name in (
        "name",
        "description",
        "organisation_name",
        "contact",
        "home_url",
        "backchannel_logout_uri",
    ):
        setattr(application, name, getattr(sheet, name))
    application.roles, application.departments = list(sheet.roles), list(sheet.departments)
    application.skip_consent = sheet.is_first_party
    application.set_redirect_uris(list(sheet.redirect_uris))
    application.set_post_logout_redirect_uris(list(sheet.post_logout_uris))
    application.set_scopes(list(sheet.scopes))
    application.set_default_scopes([one for one in sheet.scopes if one == "openid"])


def _check(sheet: Sheet) -> None:
    if not sheet.redirect_uris:
        raise ApplicationError("Il faut une adresse de retour au moins.")
    faults = [
        rules.redirect_fault(one, is_public=sheet.is_public)
        for one in (*sheet.redirect_uris, *sheet.post_logout_uris)
    ]
    others = filter(None, (sheet.home_url, sheet.backchannel_logout_uri))
    faults += [rules.redirect_fault(one, is_public=False) for one in others]
    faults += [
        f"« {one} » : cette portée n’existe pas."
        for one in sheet.scopes
        if not rules.is_known_scope(one)
    ]
    if sheet.home_url and settings.MODE == "production" and not rules.is_https(sheet.home_url):
        faults.append("L’adresse d’entrée commence par https://.")
    if any(one not in AUDIENCES for one in sheet.roles):
        faults.append("Ce métier n’existe pas.")
    unknown = [one for one in sheet.departments if one not in settings.REGION.departments]
    if unknown:
        faults.append(f"« {unknown[0]} » : ce département n’est pas de la région.")
    if "openid" not in sheet.scopes:
        faults.append("La portée openid est nécessaire à la connexion.")
    for fault in filter(None, faults):
        raise ApplicationError(fault)
