"""« Tester un fichier sans créer »: handed in by a person, answered by the worker, erased a day later."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from enrs.core.access.actor import SYSTEM, Actor, acting, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.models import User
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.referentials.identity.models_probe import ProbeFile
from enrs.referentials.identity.probing import Found, Told, candidates, told_of
from enrs.referentials.identity.rules import probe_file as rules

ROLES = ("identity_officer", "secretary")
"""The identity unit, and who keeps the numbers of a place."""

BATCH = 100
"""Lines answered in one transaction."""

KEPT = timedelta(hours=24)
CANDIDATES = 5
State = ProbeFile.State


class NoPlaceError(Exception):
    """Somebody who is not of the identity unit works for no place now."""


class OneAtATimeError(Exception):
    """This person already has a file under way."""


def open_probe(*, content: bytes, file_name: str) -> ProbeFile:
    """Take a file to answer; nobody is created, and its lines are kept until they are answered.

    Raises:
        AccessRefusedError: neither the identity unit nor a place's own team.
        rules.ProbeFileError: no people can be read in it.
        NoPlaceError: not of the unit, and working for no place.
        OneAtATimeError: another one of theirs is under way.
    """
    by = current_actor()
    if by.role not in ROLES or by.user_id is None:
        raise AccessRefusedError("profession")
    if by.role != "identity_officer" and by.organisation_id is None:
        raise NoPlaceError
    lines = rules.read_probe_file(content)
    if ProbeFile.objects.filter(user_id=by.user_id, state=State.RUNNING).exists():
        raise OneAtATimeError
    with act():
        made = ProbeFile.objects.create(
            id=uuid7(), user_id=by.user_id, author_name=by.name[:200], role=by.role,
            grantee_id=by.grantee_id, organisation_id=by.organisation_id, file_name=file_name[:200],
            line_count=len(lines), content=content, created_at=datetime.now(UTC),
        )  # fmt: skip
        note(
            "identity.probe.opened",
            object_kind="probe_file",
            object_id=made.id,
            details={"lines": len(lines)},
        )
    return made


def erase_probe(*, probe: ProbeFile) -> None:
    """Erase a file and its answers at once.

    Raises AccessRefusedError when it is somebody else's.
    """
    by = current_actor()
    if by.user_id is None or probe.user_id != by.user_id:
        raise AccessRefusedError("profession")
    with act():
        _erase(ProbeFile.objects.filter(pk=probe.pk))
        note("identity.probe.erased", object_kind="probe_file", object_id=probe.id)


def run_probes() -> bool:
    """Answer one batch of the oldest file under way, as who handed it in; whether more waits (the job)."""
    with acting(SYSTEM), act():
        running = ProbeFile.objects.filter(state=State.RUNNING).order_by("id")
        probe = running.select_for_update(skip_locked=True).first()
        if probe is None:
            return False
        if not User.objects.filter(pk=probe.user_id, is_active=True).exists():
            _erase(ProbeFile.objects.filter(pk=probe.pk))
            return True
        lines = rules.read_probe_file(bytes(probe.content))
        batch = lines[probe.done_count : probe.done_count + BATCH]
        with acting(_as_handed_in(probe)):
            answers = _answer(batch, probe)
        _keep(probe, answers, is_last=probe.done_count + len(batch) >= len(lines))
    return True


def _as_handed_in(probe: ProbeFile) -> Actor:
    return Actor(
        kind="professional", name=probe.author_name, role=probe.role, user_id=probe.user_id,
        grantee_id=probe.grantee_id, organisation_id=probe.organisation_id, channel="flow",
    )  # fmt: skip


def _answer(batch: Sequence[rules.Line], probe: ProbeFile) -> list[rules.Answer]:
    found = [candidates(one.traits, limit=CANDIDATES) if one.traits else [] for one in batch]
    by = current_actor()
    told = {
        one.found.patient_id: one for one in told_of([each for many in found for each in many], by)
    }
    note(
        "identity.probe.answered",
        patient_ids=sorted(told),
        object_kind="probe_file",
        object_id=probe.id,
        details={"lines": len(batch)},
    )
    return [_answer_line(line, many, told, by) for line, many in zip(batch, found, strict=True)]


def _answer_line(
    line: rules.Line, many: Sequence[Found], told: dict[UUID, Told], by: Actor
) -> rules.Answer:
    if not many:
        return rules.Answer(line)
    best = many[0]
    one = told[best.patient_id]
    is_right = by.role == "identity_officer" or one.is_inside or bool(one.numbers)
    number, remark = "", ""
    if len(many) > 1 and many[1].grade == best.grade:
        remark = "plusieurs personnes à égalité"
    elif is_right:
        number = f"{settings.REGION.identity_domain}|{best.patient_id}"
    else:
        remark = "connue de la région, pas de votre structure"
    return rules.Answer(line, best.grade, best.probability, number, len(many), remark)


def _keep(probe: ProbeFile, answers: Sequence[rules.Answer], *, is_last: bool) -> None:
    head = b"" if probe.done_count else rules.heading().encode()
    probe.result = bytes(probe.result) + head + rules.written(answers).encode()
    probe.done_count += len(answers)
    probe.found_count += sum(bool(one.count) for one in answers)
    if is_last:
        probe.state, probe.finished_at, probe.content = State.DONE, datetime.now(UTC), b""
    probe.save()


def sweep_probes() -> bool:
    """Erase the answers that were kept for a day (the job)."""
    with acting(SYSTEM), act():
        old = ProbeFile.objects.exclude(state=State.ERASED)
        _erase(old.filter(created_at__lt=datetime.now(UTC) - KEPT))
    return False


def _erase(rows: QuerySet[ProbeFile]) -> None:
    """The line that a file was tested stays; who is in it goes."""
    rows.update(state=State.ERASED, content=b"", result=b"", file_name="")
