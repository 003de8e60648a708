"""What a conditional interaction designates: a search made with the caller's own scopes and rights."""

from collections.abc import Sequence
from urllib.parse import parse_qsl
from uuid import UUID

from enrs.core.fhir.answers import base_address
from enrs.core.fhir.deciding import EntryRefusedError
from enrs.core.fhir.queries import calls
from enrs.core.fhir.queries.search import compose
from enrs.core.fhir.rules.bundles import Entry
from enrs.core.fhir.rules.parameters import SERVED
from enrs.core.fhir.rules.requests import Request, SearchError, read_request, split

BY_IDENTIFIER = "Une écriture sans identifiant technique se dit par « ?identifier=système|valeur »."


def matching(token: str, entry: Entry, condition: str, words: str) -> Sequence[UUID]:
    """The resources that answer a condition, two at most when they are several.

    `words` names the condition in a refusal. Raises EntryRefusedError.
    """
    request = _read(entry, condition)
    if not request.filters:
        raise EntryRefusedError(entry, 400, f"« {words} » demande un critère de recherche.")
    return _found(token, entry, request)


def the_one(token: str, entry: Entry, condition: str) -> UUID:
    """The one resource of an exact business identifier (`identifier=system|value`, and nothing else).

    Refused with 404 when nothing has it, 412 when several do (FHIR R4, conditional patch): an act that
    changes something is never done on one of several. Raises EntryRefusedError.
    """
    request = _read(entry, condition)
    values = [value for one in request.filters for value in one.values]
    parts = split(values[0], "|") if len(values) == 1 else []
    is_alone = [name for name, _ in request.used] == ["identifier"]
    if not is_alone or len(parts) != 2 or not all(parts):
        raise EntryRefusedError(entry, 400, BY_IDENTIFIER)
    found = _found(token, entry, request)
    if not found:
        raise EntryRefusedError(entry, 404, reason="unknown")
    if len(found) > 1:
        message = "Plusieurs ressources portent cet identifiant : désignez-en une seule."
        raise EntryRefusedError(entry, 412, message, "multiple-matches")
    return found[0]


def _read(entry: Entry, condition: str) -> Request:
    try:
        pairs = parse_qsl(condition, keep_blank_values=True, max_num_fields=20)
        return read_request(entry.kind, SERVED[entry.kind], pairs, is_lenient=False)
    except SearchError as error:
        raise EntryRefusedError(entry, 400, str(error), error.code) from error
    except ValueError as error:
        raise EntryRefusedError(entry, 400, "La condition a trop de critères.") from error


def _found(token: str, entry: Entry, request: Request) -> Sequence[UUID]:
    try:
        statement = compose(request, base=base_address())
    except SearchError as error:
        raise EntryRefusedError(entry, 400, str(error), error.code) from error
    found = calls.search(token, entry.kind, statement, "")
    calls.lower()
    if found.status != 200:
        raise EntryRefusedError(entry, found.status, reason="scope")
    return found.ids
