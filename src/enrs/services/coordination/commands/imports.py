"""Cases of older tools: the file is kept while somebody says what its columns are, then taken in once."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note as audit
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.subjects.commands import save_version
from enrs.core.workflow.commands import TaskRefusedError
from enrs.referentials.circles.commands import CircleError
from enrs.referentials.identity.commands import (
    PossibleDuplicateError,
    create_patient_by_hand,
)
from enrs.referentials.identity.commands.by_hand import possible_twins
from enrs.referentials.identity.rules import IdentityRefusedError, Traits, settle
from enrs.services.coordination.commands.cases import CaseRefusedError, close_case, open_case
from enrs.services.coordination.models import Case, Import
from enrs.services.coordination.rules import imports

IMPORT_ROLES = ("coordinator", "social_worker")
BATCH = 50
"""Lines taken in by one request: some seconds; the page asks for the next ones itself."""


class ImportRefusedError(Exception):
    """An import cannot go on: `reason` is its code, `faults` the fields it is about."""

    def __init__(self, reason: str, faults: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason, self.faults = reason, faults


def start_import(*, content: bytes, filename: str, tool: str) -> Import:
    """Keep a file of cases until its columns are named; nothing is taken in yet.

    Raises:
        AccessRefusedError: not a coordinator nor a social worker of an organisation.
        FileRefusedError: not a CSV that can be read.
    """
    by = current_actor()
    if by.role not in IMPORT_ROLES or by.organisation_id is None or by.user_id is None:
        raise AccessRefusedError("profession")
    table = imports.read_csv(content)
    made = Import(
        id=uuid7(), organisation_id=by.organisation_id, organisation_name=by.organisation_name,
        author_id=by.user_id, author_name=by.name, tool=tool if tool in dict(imports.TOOLS) else "other",
        filename=filename[-200:] or "fichier.csv", headings=table.headings, lines=table.lines,
        mapping=imports.guess(table.headings), line_count=len(table.lines),
    )  # fmt: skip
    with act():
        made.save(force_insert=True)
        audit(
            "coordination.import.started", object_kind="coordination_import", object_id=made.id,
            details={"lines": made.line_count, "tool": made.tool},
        )  # fmt: skip
    return made


def map_import(*, job: Import, mapping: Mapping[str, int], expected_version: int) -> Import:
    """Say which column is what.

    Raises:
        ImportRefusedError: `done`, or `mapping` with the fields that are missing or unknown.
    """
    _demand(job)
    faults = imports.mapping_faults(mapping, len(job.headings))
    if faults:
        raise ImportRefusedError("mapping", tuple(faults))
    with act():
        job.mapping = dict(mapping)
        save_version(job, expected=expected_version, fields=["mapping"])
    return job


def preview(job: Import) -> list[imports.Line]:
    """Every line under the mapping, with what is wrong in each."""
    today = legal_day(timezone.now())
    return [
        imports.read_line(rank, cells, job.mapping, today)
        for rank, cells in enumerate(job.lines, 2)
    ]


def run_import(
    *, job: Import, expected_version: int, informed_on: date | None = None, size: int = BATCH
) -> Import:
    """Take in the next `size` lines; each refused one keeps its reason. After the last they are erased.

    `informed_on` is the day by which the people were told that the organisation joins their circle
    (L1110-12 3°); it is asked with the first lines and holds for the next ones.

    Raises:
        ImportRefusedError: `done`, `mapping` or `informed`; StaleSaveError: somebody else runs it.
    """
    _demand(job)
    told_on = job.informed_on or informed_on
    if told_on is None or told_on > legal_day(timezone.now()):
        raise ImportRefusedError("informed")
    faults = imports.mapping_faults(job.mapping, len(job.headings))
    if faults:
        raise ImportRefusedError("mapping", tuple(faults))
    with act():
        done = len(job.outcome)
        job.informed_on = told_on
        save_version(job, expected=expected_version, fields=["informed_on"])
        waiting = preview(job)[done : done + size]
        job.outcome = [*job.outcome, *(_take_line(job, line, told_on) for line in waiting)]
        job.made_count = sum(one["code"] == "made" for one in job.outcome)
        if len(job.outcome) >= job.line_count:
            job.done_at, job.lines = timezone.now(), []
            audit(
                "coordination.import.done",
                object_kind="coordination_import",
                object_id=job.id,
                details={"made": job.made_count, "refused": job.line_count - job.made_count},
            )
        job.save(update_fields=["outcome", "lines", "made_count", "done_at"])
    return job


def _demand(job: Import) -> None:
    by = current_actor()
    if by.role not in IMPORT_ROLES or by.organisation_id != job.organisation_id:
        raise AccessRefusedError("profession")
    if job.done_at is not None:
        raise ImportRefusedError("done")


def _take_line(job: Import, line: imports.Line, informed_on: date) -> dict[str, Any]:
    """One line: what became of it, as a code and the fields concerned, never a name."""
    if line.faults:
        return {"line": line.number, "code": "faults", "faults": [list(one) for one in line.faults]}
    source = _source(job, line)
    if source and Case.objects.filter(organisation_id=job.organisation_id, source=source).exists():
        return {"line": line.number, "code": "known"}
    try:
        with act(savepoint=True):
            patient_id = _person(line.values)
            _open(patient_id, line.values, source, informed_on=informed_on)
    except REFUSED as error:
        return {"line": line.number, "code": _code(error)}
    return {"line": line.number, "code": "made", "patient": str(patient_id)}


REFUSED = (
    PossibleDuplicateError, CircleError, CaseRefusedError, IdentityRefusedError, TaskRefusedError,
    AccessRefusedError,
)  # fmt: skip
"""What may refuse one line and leave the others."""


def _code(error: Exception) -> str:
    """Why a line is refused; the sentences are in `forms.OUTCOMES`."""
    if isinstance(error, PossibleDuplicateError):
        return "several" if len(error.inside) + error.outside_count > 1 else "outside"
    if isinstance(error, CircleError):
        return "opposed" if error.reason == "opposed" else "circle"
    if isinstance(error, CaseRefusedError) and error.reason == "open":
        return "open"
    return "refused"


def _source(job: Import, line: imports.Line) -> str:
    given = str(line.values.get("source_id", "")).strip()
    return f"{job.tool}:{given}"[:120] if given else ""


def _person(values: Mapping[str, object]) -> UUID:
    """The person of a line: the only one of one's circle with these traits, or a new one.

    Who may create nobody still takes in those of their circle.
    """
    born = values["birth_date"]
    traits = Traits(
        birth_name=str(values["birth_name"])[:100],
        first_given_name=str(values["first_given_name"])[:100],
        given_names=str(values["first_given_name"])[:100],
        used_name=str(values.get("used_name", ""))[:100],
        birth_date=born.isoformat() if isinstance(born, date) else "",
        sex=str(values["sex"]),
        status="provisional",
    )
    found = possible_twins(settle(traits, mode=settings.MODE).traits)
    inside = [patient_id for patient_id, is_inside in found if is_inside]
    if len(inside) == len(found) == 1:
        return inside[0]
    if found:
        raise PossibleDuplicateError(inside, len(found) - len(inside))
    return create_patient_by_hand(traits=traits, by=current_actor()).patient_id


def _open(
    patient_id: UUID, values: Mapping[str, object], source: str, *, informed_on: date
) -> None:
    """A case with the moments that the older tool knew; an ended one is closed at once, outside of the circle."""
    opened = _moment(values["opened_on"])
    closed = _moment(values.get("closed_on"))
    case = open_case(
        patient_id=patient_id,
        informed_on=informed_on,
        joins=closed is None,
        requested_at=_moment(values.get("requested_on")) or opened,
        origin="import",
        need=str(values.get("need", ""))[:4000],
        source=source,
        is_quiet=True,
    )
    minutes = values.get("minutes", 0)
    changes: dict[str, Any] = {
        "opened_at": opened,
        "first_contact_at": _moment(values.get("first_contact_on")),
        "first_visit_at": _moment(values.get("first_visit_on")),
        "last_contact_at": _moment(values.get("last_contact_on"))
        or _moment(values.get("first_contact_on")),
        "minutes": minutes if isinstance(minutes, int) else 0,
    }
    if referent := str(values.get("referent_name", ""))[:200]:
        changes |= {"referent_name": referent, "referent_id": None, "referent_label": ""}
    Case.objects.filter(pk=case.pk).update(**changes)
    if closed:
        case.refresh_from_db()
        note = str(values.get("closed_note", "")) or "Clôturée dans l’ancien outil."
        close_case(case=case, code="other", note=note, expected_version=case.version)
        Case.objects.filter(pk=case.pk).update(closed_at=closed)


def _moment(day: object) -> datetime | None:
    """Noon of a day in the region: older tools keep no hour."""
    if not isinstance(day, date):
        return None
    return datetime.combine(day, time(12), tzinfo=timezone.get_default_timezone())
