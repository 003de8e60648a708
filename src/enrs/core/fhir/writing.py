"""How an engine or a service accepts the resources of its own: a writer per type, registered when it loads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.fhir.rules.parameters import SERVED
from enrs.core.fhir.rules.requests import read_uuid
from enrs.core.prepared import Statement

Tree = dict[str, Any]
Create = Callable[[Tree, Actor], UUID]
CreateMany = Callable[[Sequence[Tree], Actor], Sequence[UUID]]
Update = Callable[[Tree, Actor], None]
Delete = Callable[[UUID, Actor], None]
Patch = Callable[[UUID, Tree, Actor], None]
Ahead = Callable[[UUID], Sequence[Statement]]


class WriteError(Exception):
    """A writer's refusal: a French sentence, an OperationOutcome code, and the FHIRPath of the fault.

    `status` is 422 for a rule of ours, 400 for a form, 409 for a conflict of states, 403 for a right.
    """

    def __init__(
        self, message: str, *, status: int = 422, code: str = "business-rule", path: str = ""
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.code, self.path = message, status, code, path


@dataclass(frozen=True, slots=True)
class Writer:
    """What one type accepts; see `register_writer`."""

    kind: str
    category: str | Callable[[Tree], str]
    create: Create | None
    update: Update | None
    delete: Delete | None
    create_many: CreateMany | None
    needs_patient: bool
    refusals: tuple[type[Exception], ...]
    ahead: Ahead | None = None

    def category_of(self, resource: Tree) -> str:
        """The matrix category that writing this resource asks for."""
        return self.category if isinstance(self.category, str) else self.category(resource)


_writers: dict[str, Writer] = {}


def register_writer(
    kind: str,
    *,
    category: str | Callable[[Tree], str],
    create: Create | None = None,
    update: Update | None = None,
    delete: Delete | None = None,
    create_many: CreateMany | None = None,
    needs_patient: bool = True,
    refusals: tuple[type[Exception], ...] = (),
    ahead: Ahead | None = None,
) -> None:
    """Accept a type by HTTP and in bundles; called in the engine's `fhir.py`, imported in `apps.ready()`.

    Every callable runs inside one act, under the application's role and row security, as the caller,
    after the resource was validated, the scope checked, and the write decision on `category` of the
    resource's patient asked. It calls the commands of the pages and publishes as they do.

    Args:
        create: (resource, actor) -> the id of what was made; a resource known already gives its id.
        update: (resource, actor) -> None; `resource["id"]` says which. `If-Match` was checked and the
            published row is locked until the end; another patient than before was refused.
        delete: (id, actor) -> None, a withdrawal; the resource is published as deleted.
        create_many: the same as `create` for a list, for bundles; ids in the order given.
        needs_patient: whether a resource without a patient is refused (422) before the writer; when it
            is not, the command alone decides on one without a patient.
        refusals: exceptions of the commands whose message is a French sentence for the caller (422).
        ahead: (patient) -> what `create` will ask about the patient: it goes along with the token, in one
            round trip (`prepared.foreseeing`).
    """
    if kind not in SERVED:
        raise LookupError(f"{kind} is not served: see core.fhir.rules.parameters.SERVED")
    _writers[kind] = Writer(
        kind=kind,
        category=category,
        create=create,
        update=update,
        delete=delete,
        create_many=create_many,
        needs_patient=needs_patient,
        refusals=refusals,
        ahead=ahead,
    )


_patchers: dict[str, Patch] = {}


def register_patcher(kind: str, patch: Patch) -> None:
    """Accept `PATCH kind/id` with a `Parameters` of operations (FHIRPath Patch); called as writers are.

    `patch(id, parameters, actor)` runs inside one act, under the application's role, once the scope to
    update the type was checked: it reads the operations that it knows, refuses the others (WriteError), and
    calls the command of the pages, which decides.
    """
    _patchers[kind] = patch


def patcher_of(kind: str) -> Patch | None:
    """What patches a type, if something does."""
    return _patchers.get(kind)


def writer_of(kind: str) -> Writer | None:
    """The writer of a type, if one was registered."""
    return _writers.get(kind)


def interactions(kind: str) -> tuple[str, ...]:
    """The writing interactions of a type, by their names in a CapabilityStatement."""
    writer = _writers.get(kind)
    offered: dict[str, object] = {"patch": _patchers.get(kind)}
    if writer is not None:
        offered |= {"create": writer.create, "update": writer.update, "delete": writer.delete}
    return tuple(name for name, does in offered.items() if does)


PATIENT_ELEMENTS = {"Task": "for"}
"""Where a type names its patient, when it is neither `subject` nor `patient`."""


def patient_of(resource: Tree) -> UUID | None:
    """The patient that a resource is about, from a literal reference `Patient/<uuid>`; None without one."""
    if resource["resourceType"] == "Appointment":
        actors = [one.get("actor", {}) for one in resource.get("participant", ())]
        found = [known for one in actors if (known := _patient(one))]
        return found[0] if found else None
    name = PATIENT_ELEMENTS.get(resource["resourceType"])
    for one in (name,) if name else ("subject", "patient"):
        if one in resource and (known := _patient(resource[one])):
            return known
    return None


def _patient(reference: Tree) -> UUID | None:
    kind, _, identifier = reference.get("reference", "").rpartition("/")
    known = read_uuid(identifier) if kind == "Patient" else None
    return UUID(known) if known else None
