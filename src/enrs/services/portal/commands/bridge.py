"""From the local register to RPPS+: a number that the directory brings is proposed, and people answer.

The machine never decides: a number is proposed for the same whole name, the same structure and the same part
in the matrix of rights; the referent says whether it is the same person, for they know them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.rules import role_for
from enrs.core.accounts.models import User
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.notifications.commands import notify
from enrs.referentials.directory.models import PractitionerRole
from enrs.referentials.directory.rules import name_key
from enrs.services.portal.commands.access import demand_referent, demand_somebody_else
from enrs.services.portal.commands.locals import LocalError, merge_local
from enrs.services.portal.models import LocalPerson, NumberMatch
from enrs.services.portal.queries.people import account_of, referents_of

BATCH = 500
"""People of the register whose names are looked for at once."""


def propose_numbers() -> int:
    """Look in the directory for the people of the register; returns how many numbers are newly proposed.

    Runs after each load, as the platform. A number that somebody answered, or that waits, is left alone.
    """
    made, last = 0, None
    while True:
        rows = LocalPerson.objects.filter(merged_into=None).order_by("id")
        people = list((rows.filter(id__gt=last) if last else rows)[:BATCH])
        if not people:
            return made
        last = people[-1].id
        made += _propose(people)


def _propose(people: Sequence[LocalPerson]) -> int:
    roles = _roles_like(people)
    found = [
        (one, role) for one in people for role in roles.get(_key(one), ()) if _is_like(one, role)
    ]
    known = set(
        NumberMatch.objects.filter(person__in=people).values_list("person_id", "practitioner_id")
    )
    taken = _taken(people)
    new = {
        (person.id, role.practitioner_id): _match(person, role)
        for person, role in found
        if (person.id, role.practitioner_id) not in known
        and (person.organisation_id, role.practitioner_id) not in taken
    }
    with act():
        NumberMatch.objects.bulk_create(new.values(), ignore_conflicts=True)
        for one in new.values():
            note(
                "portal.number.proposed", object_kind="local_person", object_id=one.person_id,
                details={"practitioner": str(one.practitioner_id)},
            )  # fmt: skip
            _tell(one)
    return len(new)


def _taken(people: Iterable[LocalPerson]) -> set[tuple[UUID, UUID | None]]:
    """The numbers that somebody of the same register has received already: a homonym is offered them no more."""
    places = {one.organisation_id for one in people}
    rows = LocalPerson.objects.filter(organisation_id__in=places).exclude(merged_into=None)
    return set(rows.values_list("organisation_id", "merged_into"))


def _roles_like(people: Iterable[LocalPerson]) -> dict[str, list[PractitionerRole]]:
    """The activities, at the structures of these people, of whoever has the name of one of them."""
    places = {one.organisation_id for one in people}
    rows = PractitionerRole.objects.filter(
        is_active=True, practitioner__is_active=True, organisation_id__in=places,
        practitioner__name_key__in={_key(one) for one in people},
    )  # fmt: skip
    found = defaultdict(list)
    for role in rows.select_related("practitioner").defer("practitioner__search").order_by("id"):
        found[role.practitioner.name_key].append(role)
    return found


def _key(person: LocalPerson) -> str:
    return name_key(f"{person.family} {person.given}")


def _is_like(person: LocalPerson, role: PractitionerRole) -> bool:
    """Whether an activity of somebody of the same name is at the same place, with the same part in the matrix."""
    played = role_for(role.profession_code, role.function_code, role.speciality_code)
    return role.organisation_id == person.organisation_id and played == role_for(
        "", person.function_code
    )


def _match(person: LocalPerson, role: PractitionerRole) -> NumberMatch:
    found = role.practitioner
    return NumberMatch(
        person=person, practitioner_id=found.id, number=found.rpps or found.idnat,
        name=found.display[:250], label=role.label[:200],
    )  # fmt: skip


def _tell(match: NumberMatch) -> None:
    """Who answers for the structure, and the person if they have an account."""
    person = match.person
    told: dict[str, Any] = {"patient_id": None, "event_id": match.id}
    referents = {one.user_id for one in referents_of(person.organisation_id)}
    notify(users=referents, kind="portal.number.proposed", details={"name": str(person)}, **told)
    user = account_of(person.id)
    if user is not None and user.is_active:
        notify(users={user.id}, kind="portal.number.asked", details={}, **told)


def accept_number(*, match: NumberMatch) -> User | None:
    """The referent says that it is the same person: `merge_local`, and the account that remains.

    Raises:
        AccessRefusedError: the actor does not answer for the structure, or it is about themselves (`own`).
        LocalError: `answered`, or why the two are not brought together.
    """
    demand_referent(match.person.organisation_id)
    demand_somebody_else(match.person_id)
    with act():
        held = _held(match)
        kept = merge_local(person=held.person, number=held.number)
        _answer(held, NumberMatch.Answer.ACCEPTED)
    return kept


def refuse_number(*, match: NumberMatch) -> None:
    """It is somebody else: said by the referent, or by the person; it is not proposed again.

    Raises:
        AccessRefusedError: anybody else.
        LocalError: `answered`.
    """
    if not _is_oneself(match.person_id):
        demand_referent(match.person.organisation_id)
    with act():
        _answer(_held(match), NumberMatch.Answer.REFUSED)


def claim_number(*, match: NumberMatch) -> None:
    """The person says that it is their number: the referent reads so, and still decides.

    Nobody takes a national number by themselves: somebody who only shares the name would get its rights.

    Raises:
        AccessRefusedError: anybody else than the person.
        LocalError: `answered`.
    """
    if not _is_oneself(match.person_id):
        raise AccessRefusedError("own")
    with act():
        held = _held(match)
        held.claimed_at = held.claimed_at or timezone.now()
        held.save(update_fields=["claimed_at"])
        note("portal.number.claimed", object_kind="local_person", object_id=held.person_id)


def _is_oneself(person_id: UUID) -> bool:
    by = current_actor()
    return by.kind == "professional" and by.grantee_id == person_id


def _held(match: NumberMatch) -> NumberMatch:
    """The row, held, as long as nobody answered."""
    rows = NumberMatch.objects.select_for_update(of=("self",)).select_related("person")
    held = rows.get(pk=match.pk)
    if held.answer or held.person.merged_into is not None:
        raise LocalError("answered")
    return held


def _answer(held: NumberMatch, answer: str) -> None:
    held.answer, held.answered_at = answer, timezone.now()
    held.answered_by = current_actor().name
    held.save(update_fields=["answer", "answered_at", "answered_by"])
    note(
        f"portal.number.{answer}", object_kind="local_person", object_id=held.person_id,
        details={"practitioner": str(held.practitioner_id)},
    )  # fmt: skip
