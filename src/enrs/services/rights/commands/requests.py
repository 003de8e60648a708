"""Requests about somebody's data: asked from one's space or taken at the desk, then answered or refused."""

from datetime import date
from typing import Final
from uuid import UUID

from django.utils import timezone

from enrs.core.access import queries as access
from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.rules import READ, acts_as_person
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.referentials.identity.queries import patient_names
from enrs.services.rights.commands.glasses import RightsError
from enrs.services.rights.commands.officers import demand_officer
from enrs.services.rights.models import RequestAct, RightsRequest
from enrs.services.rights.rules import requests as rules

QUALITIES: Final = {"self": "La personne elle-même", "proxy": "Représentant, par son compte"}
WORDS: Final = {
    "closed": "Cette demande a déjà sa réponse.",
    "identity": "Vérifiez d’abord l’identité de la personne qui demande.",
    "extension": "Ce délai ne se prolonge pas : ni un accès au dossier, ni un délai dépassé ou déjà prolongé.",
    "text": "Écrivez au moins dix caractères.",
    "future": "La date de réception est dans le futur.",
    "kind": "Choisissez ce qui est demandé.",
    "heir": "Dites qui demande et à quel titre : ayant droit, concubin, partenaire de PACS, parent d’un mineur décédé.",
    "motive": "Choisissez le motif : la réponse se limite à ce qu’il rend nécessaire.",
    "wish": "Recherchez d’abord si la personne s’y était opposée de son vivant.",
    "opposed": "La personne s’y était opposée de son vivant : refusez, avec ce motif.",
    "no_wish": "Cette demande ne concerne pas la volonté d’une personne décédée.",
}
State = RightsRequest.State


def ask_right(
    *, patient_id: UUID, kind: str, text: str, is_old: bool = False, address: str = ""
) -> RightsRequest:
    """Ask about one's own data, or those of somebody one represents; the desk is told.

    Raises:
        AccessRefusedError: the actor is neither the person nor somebody who acts in their place.
        RightsError: nothing is said, or the kind is unknown.
    """
    by = current_actor()
    decision = access.may(READ, "identity", patient_id=patient_id, actor=by)
    if by.kind != "person" or not acts_as_person(decision):
        raise AccessRefusedError("person")
    if kind == rules.HEIR:
        raise RightsError(WORDS["kind"])
    made = RightsRequest(
        kind=kind,
        origin=RightsRequest.Origin.SPACE,
        patient_id=patient_id,
        person_name=patient_names([patient_id]).get(patient_id, by.name),
        asked_by_id=by.user_id,
        asker_name=by.name,
        asker_quality=QUALITIES[decision.reason],
        address=address.strip(),
        identity=RightsRequest.Identity.ACCOUNT,
        text=text,
        is_old=is_old,
        received_on=legal_day(timezone.now()),
    )
    return _receive(made, by)


def register_right(
    *,
    kind: str,
    origin: str,
    person_name: str,
    asker_name: str,
    asker_quality: str,
    address: str,
    identity: str,
    text: str,
    received_on: date,
    is_old: bool = False,
    heir_quality: str = "",
    motive: str = "",
) -> RightsRequest:
    """Take at the desk what came by letter, by mail or in person.

    About somebody who died, who asks says as what (`rules.HEIRS`), and why (`rules.MOTIVES`).

    Raises:
        AccessRefusedError: the actor is not the data-protection officer.
        RightsError: nothing is said, it comes from the future, or an heir's quality or motive is missing.
    """
    by = demand_officer()
    is_heir = kind == rules.HEIR
    if is_heir:
        _demand_heir(asker_name, heir_quality, motive)
        asker_quality = asker_quality.strip() or rules.HEIRS[heir_quality]
    if received_on > legal_day(timezone.now()):
        raise RightsError(WORDS["future"])
    is_checked = identity != RightsRequest.Identity.NONE
    made = RightsRequest(
        kind=kind,
        origin=origin,
        person_name=person_name.strip(),
        asker_name=asker_name.strip() or person_name.strip(),
        asker_quality=asker_quality.strip() or QUALITIES["self"],
        address=address.strip(),
        identity=identity,
        identity_by=by.name if is_checked else "",
        heir_quality=heir_quality if is_heir else "",
        motive=motive if is_heir and rules.needs_motive(heir_quality) else "",
        wish=RightsRequest.Wish.UNCHECKED if is_heir and rules.needs_motive(heir_quality) else "",
        text=text,
        is_old=is_old,
        received_on=received_on,
    )
    return _receive(made, by)


def _receive(made: RightsRequest, by: Actor) -> RightsRequest:
    if made.kind not in rules.RIGHTS:
        raise RightsError(WORDS["kind"])
    made.text = made.text.strip()
    _demand_text(made.text)
    made.id = uuid7()
    # The tail of the identifier is drawn at random; the year helps whoever files letters.
    made.number = f"DR-{made.received_on:%Y}-{made.id.hex[-8:].upper()}"
    made.due_on = rules.due_on(kind=made.kind, received_on=made.received_on, is_old=made.is_old)
    with act():
        made.save(force_insert=True)
        say(made, by, RequestAct.Kind.RECEIVED, "")
    return made


def _demand_heir(asker_name: str, quality: str, motive: str) -> None:
    if not asker_name.strip() or quality not in rules.HEIRS:
        raise RightsError(WORDS["heir"])
    if rules.needs_motive(quality) and motive not in rules.MOTIVES:
        raise RightsError(WORDS["motive"])


def check_wish(*, asked: RightsRequest, wish: str, text: str) -> None:
    """Write whether the person who died had said no, and where that was looked for (L1110-4, V).

    Raises:
        AccessRefusedError: the actor is not the data-protection officer.
        RightsError: the request is closed or is no heir's, or nothing is said of the search.
    """
    by = demand_officer()
    if wish not in {RightsRequest.Wish.NONE, RightsRequest.Wish.OPPOSED}:
        raise RightsError(WORDS["wish"])
    _demand_text(text)
    with act():
        held = _open(asked)
        if not held.wish:
            raise RightsError(WORDS["no_wish"])
        held.wish = wish
        held.save(update_fields=["wish"])
        say(held, by, RequestAct.Kind.WISH, text)


def check_identity(*, asked: RightsRequest, identity: str) -> None:
    """Write how the identity of who asks was checked; who did it is kept.

    Raises:
        AccessRefusedError: the actor is not the data-protection officer.
        RightsError: the request is closed, or nothing was checked.
    """
    by = demand_officer()
    if identity not in RightsRequest.Identity.values or identity in {"none", "account"}:
        raise RightsError(WORDS["identity"])
    with act():
        held = _open(asked)
        held.identity, held.identity_by = identity, by.name
        held.save(update_fields=["identity", "identity_by"])
        say(held, by, RequestAct.Kind.IDENTITY, held.get_identity_display())


def extend_right(*, asked: RightsRequest, text: str) -> None:
    """Take two months more, and say why to who asked (GDPR art. 12(3)).

    Raises:
        AccessRefusedError: the actor is not the data-protection officer.
        RightsError: this term is not extended, or no reason is given.
    """
    by = demand_officer()
    with act():
        held = _open(asked)
        _demand_text(text)
        today = legal_day(timezone.now())
        if not rules.may_extend(kind=held.kind, state=held.state, due=held.due_on, today=today):
            raise RightsError(WORDS["extension"])
        held.state, held.due_on = State.EXTENDED, rules.extended_due_on(held.due_on)
        held.save(update_fields=["state", "due_on"])
        say(held, by, RequestAct.Kind.EXTENDED, text)


def answer_right(*, asked: RightsRequest, text: str) -> None:
    """Answer; who asked from their space reads it there, and the letter may be printed.

    Raises:
        AccessRefusedError: the actor is not the data-protection officer.
        RightsError: it is closed, the identity was not checked, or nothing is said; about somebody who died,
            what they wanted was not looked for, or they had said no.
    """
    by = demand_officer()
    with act():
        held = _open(asked)
        if held.identity == RightsRequest.Identity.NONE:
            raise RightsError(WORDS["identity"])
        if held.wish == RightsRequest.Wish.UNCHECKED:
            raise RightsError(WORDS["wish"])
        if held.wish == RightsRequest.Wish.OPPOSED:
            raise RightsError(WORDS["opposed"])
        _close(held, by, State.ANSWERED, text)


def refuse_right(*, asked: RightsRequest, refusal_code: str, text: str) -> None:
    """Refuse, for a coded reason that the letter says with the remedy (GDPR art. 12(4)).

    Raises:
        AccessRefusedError: the actor is not the data-protection officer.
        RightsError: it is closed, or the reason is missing.
    """
    by = demand_officer()
    if refusal_code not in rules.REFUSALS:
        raise RightsError("Choisissez le motif du refus.")
    with act():
        held = _open(asked)
        held.refusal_code = refusal_code
        _close(held, by, State.REFUSED, text)


def _close(held: RightsRequest, by: Actor, state: State, text: str) -> None:
    _demand_text(text)
    held.state, held.answer = state, text.strip()
    held.closed_at, held.closed_by = timezone.now(), by.name
    held.save(update_fields=["state", "answer", "refusal_code", "closed_at", "closed_by"])
    say(held, by, RequestAct.Kind(state.value), text)


def _open(asked: RightsRequest) -> RightsRequest:
    held = RightsRequest.objects.select_for_update().get(pk=asked.pk)
    if not rules.is_open(held.state):
        raise RightsError(WORDS["closed"])
    return held


def _demand_text(text: str) -> None:
    if len(text.strip()) < 10:
        raise RightsError(WORDS["text"])


def say(held: RightsRequest, by: Actor, kind: RequestAct.Kind, text: str) -> None:
    """Write the act, leave the line, tell."""
    said = RequestAct(asked=held, kind=kind, by_name=by.name, text=text.strip())
    said.save(force_insert=True)
    note(
        f"rights.request.{kind.value}",
        patient_id=held.patient_id,
        object_kind="rights_request",
        object_id=held.id,
        details={"number": held.number, "right": held.kind},
    )
    # Without the patient: a notice about a request is for who asked, whatever their rights since.
    emit(f"rights.request.{kind.value}", payload={"kind": "rights", "ids": [str(held.id)]})
