"""Restricting the processing of a record, and lifting that (GDPR art. 18)."""

from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.subjects.restrictions import forget_restrictions
from enrs.services.rights.commands.glasses import RightsError
from enrs.services.rights.commands.officers import demand_officer
from enrs.services.rights.commands.requests import answer_right, say
from enrs.services.rights.models import RequestAct, Restriction, RightsRequest

WORDS: Final = {
    "kind": "Cette demande ne porte pas sur une limitation.",
    "record": "Cette demande n’est reliée à aucun dossier : seule une demande faite depuis l’espace de la personne "
    "peut limiter son dossier.",
    "standing": "Le traitement de ce dossier est déjà limité.",
    "lifted": "Cette limitation est déjà levée.",
    "text": "Écrivez au moins dix caractères.",
}


def restrict(*, asked: RightsRequest, text: str) -> Restriction:
    """Grant a restriction: the request has its answer, and its record the flag, in one act.

    Raises:
        AccessRefusedError: the actor is not the data-protection officer.
        RightsError: another right is asked, no record is known, it is restricted already, or the answer cannot be
            given (`answer_right`).
    """
    by = demand_officer()
    if asked.kind != RightsRequest.Kind.RESTRICTION:
        raise RightsError(WORDS["kind"])
    if asked.patient_id is None:
        raise RightsError(WORDS["record"])
    made = Restriction(patient_id=asked.patient_id, asked=asked, placed_by=by.name)
    with act():
        try:
            # First, in a savepoint: what cannot be restricted has no answer either.
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError as error:
            raise RightsError(WORDS["standing"]) from error
        answer_right(asked=asked, text=text)
        say(asked, by, RequestAct.Kind.RESTRICTED, "")
        _note("placed", made)
    return made


def lift(*, restriction: Restriction, text: str) -> None:
    """End a restriction, for a reason that the person reads (art. 18(3): they are told).

    Raises:
        AccessRefusedError: the actor is not the data-protection officer.
        RightsError: it was lifted already, or no reason is given.
    """
    by = demand_officer()
    if len(text.strip()) < 10:
        raise RightsError(WORDS["text"])
    with act():
        rows = Restriction.objects.select_for_update(of=("self",)).select_related("asked")
        held = rows.get(pk=restriction.pk)
        if held.lifted_at is not None:
            raise RightsError(WORDS["lifted"])
        held.lifted_at, held.lifted_by, held.lift_reason = timezone.now(), by.name, text.strip()
        held.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
        say(held.asked, by, RequestAct.Kind.LIFTED, text)
        _note("lifted", held)


def _note(what: str, held: Restriction) -> None:
    """Leave the line, with the reason that the person reads in their journal; pages read again."""
    note(
        f"rights.restriction.{what}",
        patient_id=held.patient_id,
        object_kind="restriction",
        object_id=held.pk,
        reason=held.lift_reason,
    )
    forget_restrictions()
    # Again once it is committed: another page may have read the former state in between.
    transaction.on_commit(forget_restrictions)
