"""A copy of everything about one person: asked, made in the background, downloaded, erased after a week."""

import logging
from typing import Final
from uuid import UUID

from django.utils import timezone

from enrs.core.access import queries as access
from enrs.core.access.actor import SYSTEM, Actor, acting, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.rules import READ, Decision, acts_as_person
from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from enrs.core.audit.commands import note
from enrs.core.documents import store
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.referentials.identity.queries import patient_names
from enrs.services.rights.commands.glasses import RightsError
from enrs.services.rights.commands.requests import answer_right
from enrs.services.rights.making import write_copy
from enrs.services.rights.models import DataCopy, RightsRequest
from enrs.services.rights.queries import copies as queries
from enrs.services.rights.rules import copies as rules

log = logging.getLogger("enrs.rights")
State = DataCopy.State
ERASED_AT_ONCE: Final = 20
ANSWER: Final = (
    "La copie de vos données est préparée dans votre espace, à la page « Mes droits ». Vous êtes prévenu dès "
    "qu’elle est prête ; elle se télécharge pendant sept jours."
)
WORDS: Final = {
    "preparing": "Une copie est déjà en préparation : un message vous dira quand elle sera prête.",
    "ready": "Une copie est déjà prête : téléchargez-la. Une autre se demande quand elle a expiré.",
    "kind": "Seule une demande de copie reçoit les données.",
    "origin": "Cette demande ne vient pas d’un espace personnel : la copie ne peut y être déposée.",
    "over": "Cette copie a expiré : demandez-en une autre.",
}


def ask_copy(*, patient_id: UUID) -> DataCopy:
    """Ask a copy of one's own data, or of those of somebody one represents.

    Raises:
        AccessRefusedError: the actor is neither the person nor a representative.
        RightsError: one is being prepared, or may be downloaded.
    """
    by = current_actor()
    _demand_person(patient_id, by)
    if by.user_id is None:
        raise AccessRefusedError("person")
    name = patient_names([patient_id]).get(patient_id, by.name)
    made = _new(patient_id, by.user_id, name)
    with act():
        held = queries.living_copy(patient_id, by.user_id)
        # Two taps at the same moment meet in the constraint: the second is told of the first.
        DataCopy.objects.bulk_create([made], ignore_conflicts=True)
        held = held or queries.living_copy(patient_id, by.user_id)
        if held is None or held.pk != made.pk:
            raise RightsError(WORDS[held.state if held else State.PREPARING])
        _line(made, "asked")
    return made


def send_copy(*, asked: RightsRequest) -> None:
    """Answer a request of copy: the archive goes to the space of who asked, and to nobody else.

    Whether they still may read is decided when it is made. A copy that they have already is the answer.

    Raises:
        AccessRefusedError: the actor is not the data-protection officer.
        RightsError: it is closed, asks something else, or did not come from a space.
    """
    if current_actor().role != "auditor":
        raise AccessRefusedError("officer")
    with act():
        if asked.kind != RightsRequest.Kind.COPY:
            raise RightsError(WORDS["kind"])
        if asked.patient_id is None or asked.asked_by_id is None:
            raise RightsError(WORDS["origin"])
        answer_right(asked=asked, text=ANSWER)
        made = _new(asked.patient_id, asked.asked_by_id, asked.person_name)
        made.asked = asked
        DataCopy.objects.bulk_create([made], ignore_conflicts=True)
        _line(made, "granted")


def open_copy(*, made: DataCopy) -> list[bytes]:
    """Where the pieces of one's own copy lie, for its download, which leaves its line.

    Raises:
        AccessRefusedError: somebody else asked it, or the actor represents the person no longer.
        RightsError: it is not ready, or over.
    """
    by = current_actor()
    held = queries.own_copy(made.pk)
    if held is None:
        raise AccessRefusedError("asker")
    _demand_person(held.patient_id, by)
    if not queries.is_open(held):
        raise RightsError(WORDS["preparing" if held.state == State.PREPARING else "over"])
    with act():
        _line(held, "downloaded")
    return queries.addresses_of(held)


def make_copies() -> int:
    """Make every copy that waits, one after the other; returns how many were begun.

    Run by the platform, outside of any transaction: a copy is one transaction of its own, so that one
    which is killed in the middle leaves nothing, and is begun anew after `rules.RETRY`.
    """
    begun = 0
    with acting(SYSTEM):
        while (key := _claim()) is not None:
            begun += 1
            _make(key)
    return begun


def _claim() -> UUID | None:
    """The next copy to make; its next time and its try are written first."""
    now = timezone.now()
    with act():
        due = DataCopy.objects.select_for_update(skip_locked=True)
        row = due.filter(state=State.PREPARING, next_at__lte=now).order_by("next_at", "id").first()
        if row is None:
            return None
        row.next_at, row.tries = now + rules.RETRY, row.tries + 1
        row.save(update_fields=["next_at", "tries"])
        if row.tries > rules.TRIES:
            _fail(row, "tries")
        return row.pk


def _make(key: UUID) -> None:
    try:
        with act(), acting(SYSTEM):
            rows = DataCopy.objects.select_for_update(skip_locked=True)
            made = rows.filter(pk=key, state=State.PREPARING).first()
            if made is not None:
                _fill(made)
    except Exception:
        # The next try is set already; what the journal of errors says must name nobody.
        log.exception("a copy of data was not made: %s", key)


def _fill(made: DataCopy) -> None:
    """Write the archive as who asked would read, if they still may, and tell them."""
    user = User.objects.filter(pk=made.asked_by_id, is_active=True).first()
    size, role = 0, ""
    if user is not None:
        with acting(actor_of(user)) as reader:
            decision = _decision(made.patient_id, reader)
            if acts_as_person(decision):
                role = decision.role
                size = write_copy(made, role=role)
    if not role:
        _fail(made, "right")
        return
    made.state, made.size, made.ready_at = State.READY, size, timezone.now()
    made.expires_at = made.ready_at + rules.KEPT
    made.save(update_fields=["state", "size", "ready_at", "expires_at"])
    _line(made, "made")
    emit("rights.copy.made", payload={"kind": "rights", "ids": [str(made.pk)]})


def _fail(made: DataCopy, reason: str) -> None:
    made.state = State.FAILED
    made.save(update_fields=["state"])
    _line(made, "failed", reason=reason)
    emit("rights.copy.failed", payload={"kind": "rights", "ids": [str(made.pk)]})


def expire_copies() -> int:
    """Erase some of the copies whose week is over: keys and bytes; how many (the job)."""
    over = queries.copies_over().select_for_update(skip_locked=True)
    with act():
        rows = list(over.order_by("expires_at", "id")[:ERASED_AT_ONCE])
        for made in rows:
            _expire(made)
    return len(rows)


def _expire(made: DataCopy) -> None:
    store.erase(queries.addresses_of(made))
    made.state = State.EXPIRED
    made.save(update_fields=["state"])
    _line(made, "expired")


def end_copies_of_others(*, patient_id: UUID, own_too: bool = False) -> int:
    """End at once, and erase, the copies that others than the person may download; how many.

    A secret act was recorded, and they hold what it hides; with `own_too`, a document waits for an announcement,
    and the person's own hold it as well. One that is being made is waited for: it may have
    read the record before.
    """
    living = DataCopy.objects.filter(patient_id=patient_id, state__in=queries.LIVING)
    with act():
        rows = list(living.select_for_update().order_by("id"))
        users = User.objects.filter(pk__in=[one.asked_by_id for one in rows]).order_by("id")
        own = {
            one.pk
            for one in users
            if not own_too and _decision(patient_id, actor_of(one)).reason == "self"
        }
        over = [one for one in rows if one.state == State.READY and one.asked_by_id not in own]
        for made in over:
            _expire(made)
    return len(over)


def _new(patient_id: UUID, asked_by_id: UUID, person_name: str) -> DataCopy:
    now = timezone.now()
    return DataCopy(
        patient_id=patient_id,
        asked_by_id=asked_by_id,
        person_name=person_name,
        asked_at=now,
        next_at=now,
    )


def _decision(patient_id: UUID, by: Actor) -> Decision:
    return access.may(READ, "identity", patient_id=patient_id, actor=by)


def _demand_person(patient_id: UUID, by: Actor) -> None:
    decision = _decision(patient_id, by)
    if by.kind != "person" or not acts_as_person(decision):
        raise AccessRefusedError("person")


def _line(made: DataCopy, what: str, *, reason: str = "") -> None:
    note(
        f"rights.copy.{what}",
        patient_id=made.patient_id,
        object_kind="rights_copy",
        object_id=made.pk,
        reason=reason,
    )
