"""What people say is wrong in the directory: kept, passed on to the register, answered."""

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.directory.models import LegalEntity, Mistake, Organisation, Practitioner

SETTLERS = ("operator",)


Subject = Practitioner | Organisation | LegalEntity


def tell_mistake(*, subject: Subject, about: str, words: str) -> Mistake:
    """Keep what a professional says is wrong about a professional, a structure or a legal entity.

    Raises:
        AccessRefusedError: the actor is not a professional who is signed in.
    """
    actor = current_actor()
    if actor.kind not in ("professional", "operator") or actor.user_id is None:
        raise AccessRefusedError("role")
    now = timezone.now()
    with act():
        told = Mistake.objects.create(
            kind=_kind(subject),
            object_id=subject.id,
            object_name=str(subject)[:300],
            number=_number(subject),
            about=about,
            words=words,
            told_by=actor.user_id,
            told_by_name=actor.name,
            told_at=now,
            changed_at=now,
        )
        note("directory.mistake.told", object_kind="mistake", object_id=told.id)
    return told


def _kind(subject: Subject) -> str:
    if isinstance(subject, Practitioner):
        return "Practitioner"
    return "LegalEntity" if isinstance(subject, LegalEntity) else "Organization"


def _number(subject: Subject) -> str:
    if isinstance(subject, Practitioner):
        return subject.idnat
    if isinstance(subject, LegalEntity):
        return subject.finess
    return subject.finess_eg or subject.siret


def settle_mistake(*, mistake: Mistake, state: str, answer: str, expected_version: int) -> Mistake:
    """Say what became of it: passed on, mended, nothing to mend.

    Raises:
        AccessRefusedError: the actor does not run the region.
        StaleSaveError: somebody changed it meanwhile.
    """
    if current_actor().role not in SETTLERS:
        raise AccessRefusedError("role")
    with act():
        changed = Mistake.objects.filter(pk=mistake.pk, version=expected_version).update(
            state=state, answer=answer, changed_at=timezone.now(), version=expected_version + 1
        )
        mistake.refresh_from_db()
        if not changed:
            raise StaleSaveError(mistake)
        note(
            "directory.mistake.settled",
            object_kind="mistake",
            object_id=mistake.id,
            details={"state": state},
        )
    return mistake
