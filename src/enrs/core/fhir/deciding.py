"""May this caller write this resource? Scope, circle, profession, version: the same decision as the pages."""

from collections.abc import Sequence
from uuid import UUID

from enrs.core.access import rules
from enrs.core.fhir.answers import RefusedError
from enrs.core.fhir.queries import callers
from enrs.core.fhir.rules.bundles import LETTERS, Entry
from enrs.core.fhir.rules.validation import Issue
from enrs.core.fhir.writing import Writer, patient_of

BLIND = {"patient": 2, "proxy": 6}
"""The marks that hide a document from a role (see `fhir_blind`); 1 from professionals."""


class EntryRefusedError(RefusedError):
    """The refusal of one entry: `reason` and `patient_id` are what its line in the journal says."""

    def __init__(
        self,
        entry: Entry,
        status: int,
        message: str = "",
        code: str = "",
        *,
        path: str = "",
        reason: str = "",
        patient_id: UUID | None = None,
    ) -> None:
        super().__init__(status, message, code)
        self.entry, self.reason, self.patient_id = entry, reason, patient_id
        _, _, inner = path.partition(".")
        place = ".".join(part for part in (entry.path, inner) if part) if entry.path else path
        self.issues = [Issue(self.code, place, self.message)]


class Judge:
    """The decisions of one request; what several entries need is read once, in two queries."""

    def __init__(self, caller: callers.Caller, scopes: dict[tuple[str, str], str]) -> None:
        self.caller, self.scopes = caller, scopes
        self.patients: set[UUID] = set()
        self.rights: dict[UUID, list[rules.Right]] = {}
        self._rows: dict[callers.Name, callers.Current] = {}

    def check_scope(self, entry: Entry) -> None:
        """Refuse (403) what the token's scopes do not give."""
        if not self.scopes[entry.kind, LETTERS[entry.method]]:
            raise EntryRefusedError(entry, 403, reason="scope")

    def prepare(self, entries: Sequence[Entry]) -> None:
        """Lock the present versions of what is changed, and read the rights on every patient named."""
        changed = {(one.kind, one.identifier) for one in entries if one.identifier}
        self._rows = callers.current(changed, is_locked=True)
        # Whoever waited for another write finds no current version in the moment they began: a second
        # statement sees the version that was written meanwhile.
        self._rows |= callers.current(changed - self._rows.keys(), is_locked=True)
        wanted = {row.patient_id for row in self._rows.values()}
        wanted |= {patient_of(one.resource) for one in entries if one.resource}
        self.rights = callers.rights_of({one for one in wanted if one})

    def check_current(self, entry: Entry, writer: Writer) -> callers.Current:
        """The version that an update or a deletion replaces; refuses one unseen, gone, or not the one said."""
        if entry.identifier is None:
            raise LookupError(entry.kind)
        row = self._rows.get((entry.kind, entry.identifier))
        if row is None:
            raise EntryRefusedError(entry, 404, reason="unknown")
        if row.patient_id:
            self._check_patient(entry, row.patient_id)
            seen = self._decide(row.patient_id, row.category, rules.READ)
            if not seen.allowed or row.marks & BLIND.get(seen.role, 1):
                reason = "marks" if seen.allowed else seen.reason
                raise EntryRefusedError(entry, 404, reason=reason, patient_id=row.patient_id)
            # A category read off the resource is the client's word: the published one counts.
            named = writer.category if isinstance(writer.category, str) else row.category
            self._check_category(entry, row.patient_id, named)
        if row.is_deleted:
            raise EntryRefusedError(entry, 410)
        if entry.if_match is None and entry.method == "PUT":
            raise EntryRefusedError(entry, 428)
        if entry.if_match not in (None, row.version):
            raise EntryRefusedError(entry, 412)
        return row

    def check_write(self, entry: Entry, writer: Writer, row: callers.Current | None) -> None:
        """The decision on the patient that the resource names, and that it is the same as before."""
        if entry.resource is None:
            raise LookupError(entry.kind)
        patient_id = patient_of(entry.resource)
        if row is not None and patient_id != row.patient_id:
            message = "Une ressource ne change pas de patient."
            raise EntryRefusedError(entry, 422, message, "business-rule", reason="patient")
        if patient_id is None:
            if writer.needs_patient:
                message = "Le patient manque : une référence « Patient/… » est attendue."
                raise EntryRefusedError(entry, 422, message, "required")
            if self.scopes[entry.kind, LETTERS[entry.method]] == "patient":
                raise EntryRefusedError(entry, 403, reason="scope")
            return
        self._check_patient(entry, patient_id)
        self._check_category(entry, patient_id, writer.category_of(entry.resource))

    def _check_patient(self, entry: Entry, patient_id: UUID) -> None:
        self.patients.add(patient_id)
        is_narrow = self.scopes[entry.kind, LETTERS[entry.method]] == "patient"
        if is_narrow and patient_id != self.caller.launch_patient:
            raise EntryRefusedError(entry, 404, reason="scope", patient_id=patient_id)

    def _check_category(self, entry: Entry, patient_id: UUID, category: str) -> None:
        """A refusal says 403 to who may read there, 404 to who may not know."""
        decision = self._decide(patient_id, category, rules.WRITE)
        if decision.allowed:
            return
        status, message = 404, ""
        if self._decide(patient_id, category, rules.READ).allowed:
            status, message = 403, "Vous pouvez lire ces données, non les écrire."
        raise EntryRefusedError(
            entry, status, message, reason=decision.reason, patient_id=patient_id
        )

    def _decide(self, patient_id: UUID, category: str, action: str) -> rules.Decision:
        if patient_id not in self.rights:
            self.rights |= callers.rights_of([patient_id])
        return rules.decide(
            role=self.caller.actor.role,
            category=category,
            action=action,
            rights=self.rights[patient_id],
        )
