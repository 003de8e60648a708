"""What an error means for a message: parked for good, or tried again; and in which words."""

import logging
import traceback
from dataclasses import dataclass

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import DataError, IntegrityError, InterfaceError, OperationalError

from enrs.formats.cda.reader import CdaError
from enrs.formats.hl7v2 import Hl7Error
from enrs.interop.gateway.rules import CONFLICT_TRIES
from enrs.referentials.identity.rules import KeptAsideError

logger = logging.getLogger("enrs.worker")


class MessageRefusedError(Exception):
    """A message that cannot be applied as it is; `where` in it, `text_fr` for a person."""

    def __init__(self, where: str, text_fr: str) -> None:
        super().__init__(text_fr)
        self.where = where
        self.text_fr = text_fr


class NotYetError(MessageRefusedError):
    """A message that cannot be applied yet: something that it needs is missing."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error for the screen: code, place in the message, French sentence, whether to try again."""

    code: str
    where: str
    text: str
    is_temporary: bool


WORDS: tuple[tuple[type[Exception], str, str], ...] = (
    (IntegrityError, "conflict", "Le message contredit ce qui est déjà dans le dossier."),
    (DataError, "data", "Une valeur du message est trop longue ou n'a pas la forme attendue."),
    (ObjectDoesNotExist, "missing", "Le message se rapporte à un objet inconnu ici."),
    (OperationalError, "database", "La base était occupée : nouvel essai prévu."),
    (InterfaceError, "database", "La base était occupée : nouvel essai prévu."),
)
"""Errors of the database, in words."""


OVERLAY = (
    "Sous un numéro connu, ce message porte les traits d'une autre personne : rien n'est classé. La cellule"
    " d'identité dit qui c'est, puis le message se rejoue d'ici."
)


def classify(error: Exception, attempts: int) -> Failure:
    """Say what an error means after `attempts` earlier tries. An unknown one is logged without its words."""
    if isinstance(error, Hl7Error | CdaError | MessageRefusedError):
        is_early = isinstance(error, NotYetError)
        return Failure("not_yet" if is_early else "refused", error.where, error.text_fr, is_early)
    if isinstance(error, KeptAsideError):
        return Failure("overlay", "PID-5", OVERLAY, False)
    for kind, code, text in WORDS:
        if isinstance(error, kind):
            is_conflict = code == "conflict" and attempts + 1 < CONFLICT_TRIES
            return Failure(code, "", text, is_conflict or code == "database")
    if isinstance(error, ValidationError):
        return Failure("invalid", "", " ".join(error.messages), False)
    return _unforeseen(error)


def _unforeseen(error: Exception) -> Failure:
    """A rule of another app (its `code`, or its French words), else a fault of ours."""
    if type(error).__name__.endswith("RefusedError"):
        rule = getattr(error, "code", "")
        text = f"Le message est refusé par la règle « {rule} »." if rule else str(error)
        return Failure(str(rule) or "refused", "", text, False)
    name = type(error).__name__
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error("message parked: %s\n%s", name, frames)
    return Failure("internal", "", f"Erreur interne ({name}), notée au journal technique.", False)
