"""The named operations (`$populate`…) that engines and services offer on a type, registered when they load."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.fhir.answers import RefusedError
from enrs.core.fhir.rules.parameters import SERVED

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation.

    `body` is the resource that was sent (a `Parameters`, or the one resource that the operation takes),
    None without one; `identifier` is that of the address. `launch_patient` is the one patient that a token
    of `patient/…` scopes means, None for the others.
    """

    actor: Actor
    body: Tree | None
    identifier: UUID | None
    launch_patient: UUID | None

    def parameter(self, name: str) -> Tree:
        """The first parameter of this name; empty without one."""
        given = (self.body or {}).get("parameter", ())
        return next((one for one in given if one.get("name") == name), {})

    def resource(self, name: str, kind: str) -> Tree | None:
        """The resource of this type: that of the parameter, or the body itself."""
        if self.body is not None and self.body["resourceType"] == kind:
            return self.body
        found: Tree | None = self.parameter(name).get("resource")
        return found if found is not None and found["resourceType"] == kind else None

    def check_patient(self, patient_id: UUID) -> None:
        """Refuse (404) another patient than the one that the token means."""
        if self.launch_patient is not None and patient_id != self.launch_patient:
            raise RefusedError(404)


Run = Callable[[Call], Tree]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: `wants` are the (type, letter) of the scopes that it asks for, all of them.

    `is_public` when it tells nothing of anybody: what it does not find is no identifier tried in vain.
    """

    kind: str
    name: str
    definition: str
    run: Run
    wants: tuple[tuple[str, str], ...]
    is_public: bool = False


_operations: dict[tuple[str, str], Operation] = {}


def register_operation(
    kind: str,
    name: str,
    run: Run,
    *,
    definition: str,
    wants: tuple[tuple[str, str], ...],
    is_public: bool = False,
) -> None:
    """Offer `$name` on a type and on its resources.

    `run` is called inside one act, as the caller, under row security; it asks access itself (the queries
    and commands do), leaves its own line, and gives back a resource. It refuses by `writing.WriteError`,
    `Http404` or `AccessRefusedError`. `definition` is the canonical address of its OperationDefinition.
    """
    if kind not in SERVED:
        raise LookupError(f"{kind} is not served: see core.fhir.rules.parameters.SERVED")
    _operations[kind, name] = Operation(kind, name, definition, run, wants, is_public)


def operation_of(kind: str, name: str) -> Operation | None:
    """An operation by its type and its name, without the `$`."""
    return _operations.get((kind, name))


def operations_on(kind: str) -> list[Operation]:
    """What may be asked on a type, by name."""
    return [one for key, one in sorted(_operations.items()) if key[0] == kind]
