"""Writing by FHIR: entries are decided, done by their writers in one act, and read back as published."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, DataError, IntegrityError, transaction
from django.http import Http404

from enrs.core.access.actor import acting_as_told, is_aborted
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import rights_known
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.fhir.answers import RefusedError
from enrs.core.fhir.commands import Written, watching
from enrs.core.fhir.conditions import matching, the_one
from enrs.core.fhir.deciding import EntryRefusedError, Judge
from enrs.core.fhir.queries import callers, calls
from enrs.core.fhir.rules.bodies import is_same
from enrs.core.fhir.rules.bundles import LETTERS, METHODS, Entry, EntryError, dangling, levels
from enrs.core.fhir.rules.references import replace_references
from enrs.core.fhir.writing import Patch, Tree, WriteError, Writer, writer_of
from enrs.core.prepared import Statement, foreseeing

CONFLICTS = {"40001", "40P01", "55P03", "23505", "23P01"}
"""SQLSTATEs of two writings that cannot both be: the client reads again and tries again."""
FORBIDDEN = "42501"
"""Row security refused what a writer tried."""

Load = Callable[[], Sequence[Entry]]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an entry: HTTP status, and the resource as it is published now (version 0: it is not)."""

    entry: Entry
    status: int
    id: UUID
    version: int
    updated_at: datetime
    body: str


def is_known(token: str) -> bool:
    """Whether a token is somebody's; asked before a large body is read."""
    with transaction.atomic():
        return callers.enter(token) is not None


def accept(
    token: str,
    load: Load,
    *,
    action: str,
    ahead: Sequence[Statement] = (),
) -> list[Done]:
    """Do what the entries of `load()` ask, all or nothing, as the holder of the token.

    `load` reads and validates the body; it is called once the token is known. `action` names the line
    in the journal, which a refusal leaves too; `ahead` is what it will probably ask (see
    `creation_ahead`). Raises RefusedError.
    """
    caller: callers.Caller | None = None
    entries: Sequence[Entry] = ()
    try:
        with as_application(), foreseeing(ahead):
            caller = callers.enter(token)
            if caller is None:
                raise RefusedError(401)
            with acting_as_told(caller.actor):
                entries = load()
                return _Acceptance(token, caller, entries).run(action)
    except RefusedError as error:
        if caller is not None:
            _note_refusal(caller, entries, error, action)
        raise
    except DatabaseError as error:
        refused = _refused_by_database(error)
        if refused is None or caller is None:
            raise
        _note_refusal(caller, entries, refused, action)
        raise refused from error


def patch(
    token: str, entry: Entry, does: Patch, load: Callable[[], Tree], condition: str = ""
) -> None:
    """Do what a patch of one resource asks, as the holder of the token. Raises RefusedError.

    `load` reads the body, and the version that the caller says (`If-Match`) into the entry; it is called
    once the token and its scope are known. An entry without identifier is the one resource of `condition`:
    what follows is decided on it as if it had been named.
    """
    kind = entry.kind
    caller: callers.Caller | None = None
    try:
        with as_application():
            caller = callers.enter(token)
            if caller is None:
                raise RefusedError(401)
            with acting_as_told(caller.actor), act(ends_all=True):
                if not callers.scopes_of(caller, [(kind, "u")])[kind, "u"]:
                    raise EntryRefusedError(entry, 403, reason="scope")
                with _refusals((), entry):
                    tree = load()
                    if entry.identifier is None:
                        entry.identifier = the_one(token, entry, condition)
                    _check_version(entry, entry.identifier)
                    does(entry.identifier, tree, caller.actor)
                note("fhir.patch", object_kind=kind, object_id=entry.identifier)
    except RefusedError as error:
        if caller is not None:
            _note_refusal(caller, [entry], error, "fhir.patch")
        raise


def _check_version(entry: Entry, identifier: UUID) -> None:
    """Refuse another version than the one that `If-Match` says; the published row is then held to the end."""
    if entry.if_match is None:
        return
    name = (entry.kind, identifier)
    # Whoever waited for another write finds no current version in the moment they began: see `Judge.prepare`.
    row = (callers.current([name], is_locked=True) or callers.current([name], is_locked=True)).get(
        name
    )
    if row is None or row.is_deleted:
        raise EntryRefusedError(entry, 410 if row else 404, reason="unknown")
    if entry.if_match != row.version:
        raise EntryRefusedError(entry, 412)


@contextmanager
def as_application() -> Iterator[None]:
    """A transaction under the application's role (tests connect as the owner)."""
    with transaction.atomic():
        calls.lower()
        try:
            yield
        finally:
            if not is_aborted():
                calls.lower("none")


def _note_refusal(
    caller: callers.Caller, entries: Sequence[Entry], error: RefusedError, action: str
) -> None:
    """The line of a refusal, in a transaction of its own; too many misses turn it into a 429."""
    at = error if isinstance(error, EntryRefusedError) else None
    first = at.entry if at else (entries[0] if len(entries) == 1 else None)
    with as_application(), act(ends_all=True):
        note(
            action,
            patient_id=at.patient_id if at else None,
            object_kind=first.kind if first else "Bundle",
            object_id=str((first and first.identifier) or ""),
            outcome="refused",
            reason=(at.reason if at else "") or error.code,
            actor=caller.actor,
        )
        user_id = caller.actor.user_id
        if error.status == 404 and user_id and callers.count_miss(user_id):
            error.status = 429
            error.headers["Retry-After"] = "60"


def _refused_by_database(error: DatabaseError) -> RefusedError | None:
    """A refusal that the database made for a command: a conflict, a right, a value it cannot keep."""
    state = getattr(error.__cause__, "sqlstate", "") or ""
    if state in CONFLICTS:
        return RefusedError(409)
    if state == FORBIDDEN:
        return RefusedError(403, "Vos droits ne permettent pas cette écriture.")
    if isinstance(error, (IntegrityError, DataError)):
        return RefusedError(422, "Une valeur ne peut pas être gardée.", "value")
    return None


@contextmanager
def _refusals(refusals: tuple[type[Exception], ...], entry: Entry) -> Iterator[None]:
    """What a writer or its command refuses, as the refusal of this entry."""
    try:
        yield
    except WriteError as error:
        raise EntryRefusedError(
            entry, error.status, error.message, error.code, path=error.path
        ) from error
    except refusals as error:
        raise EntryRefusedError(entry, 422, str(error), "business-rule") from error
    except (AccessRefusedError, PermissionDenied) as error:
        message = "Vos droits ne permettent pas cette écriture."
        raise EntryRefusedError(entry, 403, message, reason="command") from error
    except Http404 as error:
        raise EntryRefusedError(entry, 404, reason="command") from error
    except DatabaseError as error:
        refused = _refused_by_database(error)
        if refused is None:
            raise
        raise EntryRefusedError(entry, refused.status, refused.message, refused.code) from error


class _Acceptance:
    """One act: the entries of a request, their order, their references."""

    def __init__(self, token: str, caller: callers.Caller, entries: Sequence[Entry]) -> None:
        self.token, self.caller, self.entries = token, caller, entries
        self.began = datetime.now(UTC)
        self.known = {
            one.full_url: f"{one.kind}/{one.identifier}"
            for one in entries
            if one.full_url and one.identifier
        }
        self.ids: dict[int, UUID] = {}
        self.conditions: dict[tuple[str, str], UUID] = {}

    def run(self, action: str) -> list[Done]:
        """Everything, in the order of FHIR: deletions, creations, updates."""
        writers = {one.kind: self._writer(one) for one in self.entries}
        wants = sorted({(one.kind, LETTERS[one.method]) for one in self.entries})
        self.judge = Judge(self.caller, callers.scopes_of(self.caller, wants))
        for entry in self.entries:
            self.judge.check_scope(entry)
        self.judge.prepare(self.entries)
        ordered = {
            method: [one for one in self.entries if one.method == method] for method in METHODS
        }
        rights = rights_known(self.caller.actor, self.judge.rights)
        with rights, watching() as written, act(ends_all=True):
            for entry in ordered["DELETE"]:
                self._delete(entry, writers[entry.kind])
            self._create_all(ordered["POST"], writers)
            for entry in ordered["PUT"]:
                self._update(entry, writers[entry.kind])
            self._note(action)
        return self._read_back(written)

    @staticmethod
    def _writer(entry: Entry) -> Writer:
        writer = writer_of(entry.kind)
        does = {"POST": "create", "PUT": "update", "DELETE": "delete"}[entry.method]
        if writer is None or getattr(writer, does) is None:
            message = f"« {does} » n'est pas pris en charge pour {entry.kind[:40]}."
            raise EntryRefusedError(entry, 405, message)
        return writer

    def _delete(self, entry: Entry, writer: Writer) -> None:
        self.judge.check_current(entry, writer)
        if entry.identifier is None or writer.delete is None:
            raise LookupError(entry.kind)
        with _refusals(writer.refusals, entry):
            writer.delete(entry.identifier, self.caller.actor)
        self.ids[id(entry)] = entry.identifier

    def _update(self, entry: Entry, writer: Writer) -> None:
        row = self.judge.check_current(entry, writer)
        self._resolve(entry)
        if entry.identifier is None or entry.resource is None or writer.update is None:
            raise LookupError(entry.kind)
        self.judge.check_write(entry, writer, row)
        self.ids[id(entry)] = entry.identifier
        if is_same(entry.resource, row.body):
            return
        with _refusals(writer.refusals, entry):
            writer.update(entry.resource, self.caller.actor)

    def _create_all(self, entries: Sequence[Entry], writers: dict[str, Writer]) -> None:
        try:
            ordered = levels(entries)
        except EntryError as error:
            raise RefusedError(error.status, error.message, error.code) from error
        for level in ordered:
            fresh: dict[str, list[Entry]] = {}
            twins: list[Entry] = []
            asked: set[tuple[str, str]] = set()
            for entry in level:
                self._resolve(entry)
                self.judge.check_write(entry, writers[entry.kind], None)
                condition = (entry.kind, entry.if_none_exist)
                if condition in asked:
                    twins.append(entry)
                elif not entry.if_none_exist or not self._exists(entry):
                    fresh.setdefault(entry.kind, []).append(entry)
                    asked |= {condition} if entry.if_none_exist else set()
            for kind, several in fresh.items():
                self._create(writers[kind], several)
            for entry in twins:
                self._settle(entry, self.conditions[entry.kind, entry.if_none_exist])

    def _create(self, writer: Writer, entries: Sequence[Entry]) -> None:
        actor = self.caller.actor
        resources = [one.resource for one in entries if one.resource is not None]
        if writer.create_many is not None and len(entries) > 1:
            with _refusals(writer.refusals, entries[0]):
                made = list(writer.create_many(resources, actor))
        else:
            made = []
            for entry, resource in zip(entries, resources, strict=True):
                with _refusals(writer.refusals, entry):
                    made.append(writer.create(resource, actor))  # type: ignore[misc]
        for entry, identifier in zip(entries, made, strict=True):
            self._settle(entry, identifier)
            if entry.if_none_exist:
                self.conditions[entry.kind, entry.if_none_exist] = identifier

    def _settle(self, entry: Entry, identifier: UUID) -> None:
        self.ids[id(entry)] = identifier
        if entry.full_url:
            self.known[entry.full_url] = f"{entry.kind}/{identifier}"

    def _resolve(self, entry: Entry) -> None:
        """Put the resources of this server in place of what the bundle calls them."""
        if not any(one in self.known or one.startswith("urn:uuid:") for one in entry.references):
            return
        replace_references(entry.resource, self.known)
        if text := dangling(entry, self.known):
            message = f"« {text} » ne désigne aucune entrée du bundle."
            raise EntryRefusedError(entry, 422, message, "not-found")

    def _exists(self, entry: Entry) -> bool:
        """Whether a conditional creation finds its resource; waits for a creation under the same condition."""
        condition = (entry.kind, entry.if_none_exist)
        if condition in self.conditions:
            self._settle(entry, self.conditions[condition])
            return True
        callers.lock_condition(*condition)
        found = matching(self.token, entry, entry.if_none_exist, "If-None-Exist")
        if len(found) > 1:
            message = "Plusieurs ressources répondent à « If-None-Exist »."
            raise EntryRefusedError(entry, 412, message, "multiple-matches")
        if not found:
            return False
        self._settle(entry, found[0])
        self.conditions[condition] = found[0]
        return True

    def _note(self, action: str) -> None:
        """One line for the request; the commands leave their own besides."""
        if not self.entries:
            return
        one = self.entries[0] if len(self.entries) == 1 else None
        patients = sorted(self.judge.patients)
        note(
            action,
            patient_id=patients[0] if len(patients) == 1 else None,
            patient_ids=patients if len(patients) > 1 else (),
            object_kind=one.kind if one else "Bundle",
            object_id=self.ids[id(one)] if one else "",
            details=None if one else {"entries": len(self.entries)},
        )

    def _read_back(self, written: dict[callers.Name, Written]) -> list[Done]:
        """Each entry's resource as it is published: what was made now is known, the rest is read."""
        names = {(one.kind, self.ids[id(one)]) for one in self.entries}
        made = {name for name in names if name in written and _is_made_since(name[1], self.began)}
        rows = callers.current(names - made)
        done = []
        for entry in self.entries:
            name = (entry.kind, self.ids[id(entry)])
            if name in made:
                own = written[name]
                done.append(Done(entry, 201, name[1], 1, own.updated_at, own.body(1)))
                continue
            row = rows.get(name)
            version, updated_at = (row.version, row.updated_at) if row else (0, self.began)
            status = 204 if entry.method == "DELETE" else 200
            if entry.method == "POST" and (row is None or (name in written and version == 1)):
                status = 201
            body = row.body if row and entry.method != "DELETE" else ""
            done.append(Done(entry, status, name[1], version, updated_at, body))
        return done


def _is_made_since(identifier: UUID, moment: datetime) -> bool:
    """Whether one of our ids (UUIDv7: it begins with its moment) was made in this act: it is new."""
    return identifier.version == 7 and identifier.int >> 80 >= int(moment.timestamp() * 1000)
