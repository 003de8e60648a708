"""The local register: people of the social field for whom their structure answers until RPPS+ knows them."""

import secrets
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.accounts.models import User
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.referentials.directory.commands.accounts import sync_positions
from enrs.referentials.directory.models import Practitioner
from enrs.referentials.directory.rules import name_key
from enrs.services.portal import rules
from enrs.services.portal.commands.access import demand_referent, demand_somebody_else
from enrs.services.portal.commands.closing import end_sessions
from enrs.services.portal.commands.codes import issue_code
from enrs.services.portal.models import LocalPerson, OneTimeCode, Referent
from enrs.services.portal.queries import enrolment as queries
from enrs.services.portal.queries.people import account_of


class LocalError(Exception):
    """Why the local register refuses; `reason` is its code."""

    SENTENCES = {
        "function": "Cette fonction ne s’enregistre pas ici : elle a un numéro national.",
        "unknown": "L’annuaire national ne connaît pas ce numéro, ou ne lui connaît pas d’activité.",
        "name": "Ce numéro est celui de quelqu’un d’autre : ni le nom ni le prénom ne vont ensemble.",
        "answered": "Ce rapprochement a déjà reçu une réponse.",
        "merged": "Cette personne a déjà reçu son numéro national.",
        "taken": "Ce numéro est déjà celui d’une autre personne de votre registre : vérifiez de qui il est.",
        "own": "C’est votre propre numéro : quelqu’un d’autre qui répond pour la structure le vérifie.",
    }

    def __init__(self, reason: str) -> None:
        super().__init__(self.SENTENCES[reason])
        self.reason = reason


def register_local(
    *, organisation_id: UUID, given: str, family: str, function_code: str, proof: str
) -> tuple[LocalPerson, str]:
    """Write somebody in the register of a structure: returns them, and the code that opens their account.

    Raises:
        AccessRefusedError: the actor does not answer for the structure.
        LocalError: `function`.
    """
    place = demand_referent(organisation_id)
    by = current_actor()
    if function_code not in queries.FUNCTIONS:
        raise LocalError("function")
    with act():
        person = LocalPerson.objects.create(
            number=_free_number(),
            given=given.strip()[:100],
            family=family.strip()[:100],
            function_code=function_code,
            organisation_id=organisation_id,
            organisation_name=place.organisation_name if place else "",
            registered_by_id=by.user_id or organisation_id,
            registered_by=by.name,
            proof=proof.strip()[:100],
        )
        note("portal.local.registered", object_kind="local_person", object_id=person.id)
        return person, _code(person)


def _code(person: LocalPerson) -> str:
    return issue_code(
        use=OneTimeCode.Use.LETTER, subject_id=person.id, good_for=rules.LETTER_GOOD_FOR
    )


def _free_number() -> str:
    """« L » and seven signs: no national number begins so."""
    while True:
        number = "L" + "".join(secrets.choice(rules.ALPHABET) for _ in range(7))
        if not LocalPerson.objects.filter(number=number).exists():
            return number


def merge_local(*, person: LocalPerson, number: str) -> User | None:
    """The national number of somebody of the register has come: their accounts become one.

    Rights given to the local person go to the national one; the local account is closed when the
    person opened another by their number, else it becomes theirs. Returns the account that remains.

    Raises:
        AccessRefusedError: the actor does not answer for the structure, or one of the two is themselves (`own`).
        LocalError: `unknown`, `name`, `merged`, `taken`.
    """
    demand_referent(person.organisation_id)
    demand_somebody_else(person.id)
    national = queries.subject(number)
    if national is None or national.id == person.id:
        raise LocalError("unknown")
    practitioner = Practitioner.objects.defer("search").filter(pk=national.id).first()
    if practitioner is None:
        raise LocalError("unknown")
    demand_somebody_else(practitioner.id)
    same = {name_key(practitioner.family), name_key(practitioner.given)}
    if not same & {name_key(person.family), name_key(person.given)}:
        raise LocalError("name")
    with act():
        # The whole register of the structure is held: two of its people never take one number at once.
        register = LocalPerson.objects.filter(organisation_id=person.organisation_id)
        rows = {one.id: one for one in register.select_for_update().order_by("id")}
        held = rows[person.id]
        if held.merged_into is not None:
            raise LocalError("merged")
        if any(one.merged_into == practitioner.id for one in rows.values()):
            raise LocalError("taken")
        held.merged_into, held.merged_at = practitioner.id, timezone.now()
        held.merged_by = current_actor().name
        held.save(update_fields=["merged_into", "merged_at", "merged_by"])
        moved = _follow_rights(held)
        kept = _one_account(held, practitioner)
        note(
            "portal.local.merged",
            object_kind="local_person",
            object_id=held.id,
            details={"practitioner": str(practitioner.id), "rights": moved},
        )
        emit("portal.local.merged", payload={"ids": [str(held.id)]})
    return kept


def _follow_rights(person: LocalPerson) -> int:
    """Open rights of the local person, and their places in circles, become the national one's."""
    with connection.cursor() as cursor:
        cursor.execute("select portal_follow_rights(%s, %s)", [person.id, person.merged_into])
        return int(cursor.fetchone()[0])


def _one_account(person: LocalPerson, practitioner: Practitioner) -> User | None:
    local, national = account_of(person.id), account_of(practitioner.id)
    if local is None:
        return national
    now = timezone.now()
    local.positions.filter(valid_until=None).update(valid_until=now, is_default=False)
    end_sessions(local)
    if national is not None:
        User.objects.filter(pk=local.pk).update(is_active=False)
        _move_referents(local, national)
        return national
    local.grantee_id, local.name = practitioner.id, practitioner.display
    local.save(update_fields=["grantee_id", "name"])
    sync_positions(practitioner)
    return local


def _move_referents(local: User, national: User) -> None:
    """The structures for which somebody answered by the account that closes: they answer by the other."""
    named = Referent.objects.filter(user_id=national.pk, valid_until=None)
    held = Referent.objects.filter(user_id=local.pk)
    places = set(named.values_list("organisation_id", flat=True))
    held.filter(organisation_id__in=places, valid_until=None).update(valid_until=timezone.now())
    live = held.filter(Q(valid_until=None) | Q(valid_until__gt=timezone.now()))
    live.update(user_id=national.pk, name=national.name)
