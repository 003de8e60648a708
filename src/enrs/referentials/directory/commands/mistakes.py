"""What people say is wrong in the directory: kept, passed on to the register, answered."""

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.directory.models import Mistake, Organisation, Practitioner

SETTLERS = ("operator",)


def tell_mistake(*, subject: Practitioner | Organisation, about: str, words: str) -> Mistake:
    """Keep what a professional says is wrong about a professional or a structure.

    Raises:
        AccessRefusedError: the actor is not a professional who is signed in.
    """
    actor = current_actor()
    if actor.kind not in ("professional", "operator") or actor.user_id is None:
        raise AccessRefusedError("role")
    is_person = isinstance(subject, Practitioner)
    now = timezone.now()
    with act():
        told = Mistake.objects.create(
            kind="Practitioner" if is_person else "Organization",
            object_id=subject.id,
            object_name=str(subject)[:300],
            number=subject.idnat
            if isinstance(subject, Practitioner)
            else subject.finess_eg or subject.siret,
            about=about,
            words=words,
            told_by=actor.user_id,
            told_by_name=actor.name,
            told_at=now,
            changed_at=now,
        )
        note("directory.mistake.told", object_kind="mistake", object_id=told.id)
    return told


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
