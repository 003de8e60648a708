"""Other identity providers: which are offered, whom they recognise, where that person works."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import connection

from enrs.core.accounts.models import Position, User
from enrs.core.accounts.queries.applications import IDNST, grantee_of_national_id


@dataclass(frozen=True, slots=True)
class Offered:
    """A provider that the sign-in page offers."""

    id: str
    name: str
    note: str
    audience: str = "professional"


def identity_providers(audience: str = "") -> list[Offered]:
    """The providers of this installation, in their order; those of one audience when it is named."""
    found = [
        Offered(
            one["provider_id"], one["name"], one["settings"].get("note", ""),
            one["settings"].get("audience", "professional"),
        )
        for one in settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    ]  # fmt: skip
    return [one for one in found if audience in ("", one.audience)]


@dataclass(frozen=True, slots=True)
class Linkable:
    """A provider of persons, as the page of one's account shows it."""

    provider: Offered
    linked_at: datetime | None


def linkable_providers(user: User) -> list[Linkable]:
    """The providers that may open a person's account, and since when they do; none for a professional."""
    offered = identity_providers("person")
    if not offered or user.kind not in (User.Kind.PATIENT, User.Kind.RELATIVE):
        return []
    rows = SocialAccount.objects.filter(user_id=user.id)
    since = dict(rows.values_list("provider", "date_joined"))
    return [Linkable(one, since.get(one.id)) for one in offered]


def user_of_subject(provider: str, subject: str) -> User | None:
    """The account that this identity opens; open or closed."""
    held = SocialAccount.objects.filter(provider=provider, uid=subject).select_related("user")
    found = held.first()
    return found.user if found else None


def linked_subject(user: User, provider: str) -> str:
    """The identity that opens an account by this provider; empty when there is none."""
    held = SocialAccount.objects.filter(user_id=user.id, provider=provider).first()
    return held.uid if held else ""


def has_other_means(user: User) -> bool:
    """Whether a password or a passkey opens an account too; a code on a telephone opens none alone."""
    keys = Authenticator.objects.filter(user_id=user.id, type=Authenticator.Type.WEBAUTHN)
    return user.has_usable_password() or keys.exists()


def user_of_national_id(number: str) -> User | None:
    """The account of the professional whom the directory knows by this number; open or closed."""
    grantee = grantee_of_national_id(number)
    if grantee is None:
        return None
    found = User.objects.filter(grantee_id=grantee, kind=User.Kind.PROFESSIONAL)
    return found.order_by("-is_active", "created_at").first()


@dataclass(frozen=True, slots=True)
class Place:
    """A position that may be chosen, and whether the provider declares it too."""

    position: Position
    is_declared: bool


def places_declared(
    held: Sequence[Position], activities: Sequence[dict[str, Any]]
) -> tuple[list[Place], list[str]]:
    """The positions held, those that the provider declares first; and the places that we do not know.

    Rights come from the directory alone: an activity that it does not have gives none.
    """
    numbers = [number for one in activities for number in one["structure_ids"]]
    known = _organisations(numbers)
    declared = {known[number] for number in numbers if number in known}
    rows = [Place(one, one.organisation_id in declared) for one in held]
    rows.sort(key=lambda one: not one.is_declared)
    ours = {one.organisation_id for one in held}
    unknown = [
        one["place"]
        for one in activities
        if one["place"] and not any(known.get(number) in ours for number in one["structure_ids"])
    ]
    return rows, list(dict.fromkeys(unknown))


def _organisations(numbers: Sequence[str]) -> dict[str, Any]:
    if not numbers:
        return {}
    values = [f"{IDNST}|{one}" for one in numbers]
    with connection.cursor() as cursor:
        cursor.execute(
            "select value, id from fhir_key where type = 'Organization' and param = 'identifier'"
            " and value = any(%s) and patient_id is null",
            [values],
        )
        return {value.partition("|")[2]: identifier for value, identifier in cursor.fetchall()}
