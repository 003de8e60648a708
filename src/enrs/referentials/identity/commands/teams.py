"""The sources of identities and the people who answer for each."""

from datetime import UTC, datetime
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.accounts.models import User
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.referentials.directory.queries import organisation_by_finess
from enrs.referentials.identity.commands.desk import demand_officer
from enrs.referentials.identity.models import IdentityContact, IdentitySource


class UnknownAccountError(ValueError):
    """No professional signs in by this name."""


def add_contact(
    *,
    source_id: UUID,
    name: str,
    by: Actor,
    duty: str = "",
    phone: str = "",
    email: str = "",
    login: str = "",
) -> IdentityContact:
    """Add somebody to a source's identity team; with a `login` they may answer its questions here.

    Sent twice, they are there once.

    Raises:
        AccessRefusedError: `profession`.
        UnknownAccountError: nobody signs in as `login`.
    """
    demand_officer(by)
    user = User.objects.filter(login=login, kind="professional", is_active=True).first()
    if login and user is None:
        raise UnknownAccountError(login)
    with act():
        source = IdentitySource.objects.select_for_update().get(pk=source_id)
        told = {
            "source": source, "name": name.strip(), "duty": duty.strip(), "phone": phone.strip(),
            "email": email.strip(), "user_id": user.pk if user else None,
        }  # fmt: skip
        if same := IdentityContact.objects.filter(**told, until=None).first():
            return same
        contact = IdentityContact.objects.create(**told, added_at=datetime.now(UTC))
        note("identity.contact.added", object_kind="identity_contact", object_id=contact.id,
             details={"system": source.system, "user": str(contact.user_id or "")})  # fmt: skip
    return contact


def end_contact(*, contact_id: UUID, by: Actor) -> IdentityContact:
    """Take somebody off a source's identity team: they answer for it no more. Sent twice, the first time counts.

    Raises:
        AccessRefusedError: `profession`.
    """
    demand_officer(by)
    with act():
        contact = IdentityContact.objects.select_for_update().get(pk=contact_id)
        if contact.until is not None:
            return contact
        contact.until = datetime.now(UTC)
        contact.save(update_fields=["until"])
        note("identity.contact.ended", object_kind="identity_contact", object_id=contact.id)
    return contact


def know_sources(systems: dict[str, str]) -> None:
    """Make the rows of sources not known yet, by the name that the directory gives their number.

    `systems` maps each system to what its sender is called, for numbers that the directory does not know.
    """
    known = set(IdentitySource.objects.filter(system__in=systems).values_list("system", flat=True))
    made = []
    for system, words in sorted(systems.items()):
        if system in known:
            continue
        place = organisation_by_finess(system.removeprefix("urn:finess:"))
        made.append(
            IdentitySource(
                id=uuid7(), system=system, name=(place.name if place else words or system)[:200],
                organisation_id=place.id if place else None,
            )
        )  # fmt: skip
    IdentitySource.objects.bulk_create(made, ignore_conflicts=True)
