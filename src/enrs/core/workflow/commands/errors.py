"""Why a command on a task is refused, in a French sentence that says what to do."""

from datetime import datetime

from enrs.core.workflow.models import Task


class TaskRefusedError(Exception):
    """The rule broken (`code`) and its sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class StaleMoveError(TaskRefusedError):
    """Somebody moved the task since it was read: `current` is the task as it now stands, `by` who moved it."""

    def __init__(self, current: Task, by: str) -> None:
        state = current.place.label.lower()
        super().__init__(
            "stale",
            f"{by or 'Quelqu’un'} a modifié cette demande avant vous (elle est « {state} »)\u00a0: "
            "relisez-la, puis recommencez.",
        )
        self.current, self.by = current, by


class TakenError(TaskRefusedError):
    """Somebody else took the task: `by` is their name, `at` when."""

    def __init__(self, by: str, at: datetime | None) -> None:
        super().__init__("taken", f"{by} a pris cette demande avant vous.")
        self.by, self.at = by, at
