"""Masking a document from professionals, hiding it from the person until they are told of it, and showing it again.

No line of these acts is in a journal of those from whom the document is hidden (`audit_unsaid`), and what is
emitted has no topic, so that no open page of theirs moves.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.audit.commands import note
from enrs.core.documents.models import Document
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.services.record.commands.together import set_mark, told_together
from enrs.services.record.models import Masking, Report
from enrs.services.record.queries import document as document_seen
from enrs.services.record.queries import marks as queries
from enrs.services.record.rules import DocumentMeta, NewReport
from enrs.services.record.rules import marks as rules

Mark = Masking.Mark
ACTIONS: Final = {
    (Mark.FROM_PROFESSIONALS, True): "record.mask.kept",
    (Mark.FROM_PROFESSIONALS, False): "record.mask.lifted",
    (Mark.FROM_PATIENT, True): "record.disclosure.awaited",
    (Mark.FROM_PATIENT, False): "record.disclosure.made",
}
OTHER: Final = {
    Mark.FROM_PROFESSIONALS: Mark.FROM_PATIENT.value,
    Mark.FROM_PATIENT: Mark.FROM_PROFESSIONALS.value,
}
WORDS: Final = {
    "marked": "Ce document est déjà masqué : rechargez la page.",
    "shown": "Ce document n’est plus masqué : rechargez la page.",
    "masked": "La personne a masqué ce document : elle le lit déjà, et vos collègues ne le verraient plus.",
    "reason": "Dites pourquoi en quelques mots : vos collègues liront ce motif.",
    "withdrawn": "Ce document a été retiré du dossier : il n’y a plus rien à masquer.",
}


class MaskRefusedError(Exception):
    """The document cannot be hidden or shown; the message says why, in French."""


def mask_document(*, document: Document) -> None:
    """Mask a document from professionals, by the person or who acts for them; its author still reads it.

    Its other versions, and results taken out of it, are masked with it.

    Raises:
        AccessRefusedError: somebody else, or a document that they do not see.
        MaskRefusedError: masked already, or withdrawn.
    """
    by = _demand_person(document)
    _hide(document, Mark.FROM_PROFESSIONALS, by)


def show_document(*, document: Document) -> None:
    """Show professionals again what the person, or who acts for them, masked.

    Raises:
        AccessRefusedError: somebody else, or a document that they do not see.
        MaskRefusedError: no act masks it.
    """
    by = _demand_person(document)
    _lift(document, Mark.FROM_PROFESSIONALS, by)


def withhold_document(*, document: Document, reason: str) -> None:
    """Hide a document from the person and their proxies until a professional has told them of it.

    Its other versions, and results taken out of it, are hidden with it.

    Raises:
        AccessRefusedError: who may not write documents in this record, or does not see this one.
        MaskRefusedError: no reason, hidden already, masked by the person, or withdrawn.
    """
    by = _demand_writer(document)
    if document.masked_from_professionals:
        raise MaskRefusedError(WORDS["masked"])
    if not rules.is_reason(reason):
        raise MaskRefusedError(WORDS["reason"])
    _hide(document, Mark.FROM_PATIENT, by, reason)


def disclose_document(*, document: Document) -> None:
    """The person was told: show them the document. Any writer of the circle may, not only who hid it.

    Raises:
        AccessRefusedError: who may not write documents in this record, or does not see this one.
        MaskRefusedError: no act hides it.
    """
    by = _demand_writer(document)
    _lift(document, Mark.FROM_PATIENT, by)


def put_under_marks(row: Document | Report, over: list[Masking]) -> None:
    """Hide what comes in place of something hidden, or tells the same, under the same acts."""
    for one in {(one.act_id, one.mark): one for one in over}.values():
        _put(row, one)


def source_marks(
    rows: Sequence[Document | Report], said: DocumentMeta | NewReport, *, may_loosen: bool = False
) -> set[str]:
    """Keep what a source says of its own marks on what an act hides; gives the marks that it cannot lift.

    Its mark holds again once the thing is shown; without `may_loosen` an old copy loosens none.
    """
    keys = [one.pk for one in rows if one.masked_from_professionals or one.hidden_from_patient]
    if not keys:
        return set()
    held = Masking.objects.filter(object_id__in=keys, withdrawn_at=None)
    for name in (Mark.FROM_PROFESSIONALS, Mark.FROM_PATIENT):
        if getattr(said, name):
            held.filter(mark=name).update(was_marked=True)
        elif may_loosen:
            held.filter(mark=name).update(was_marked=False)
    return set(held.values_list("mark", flat=True))


def _hide(document: Document, mark: str, by: Actor, reason: str = "") -> None:
    with act():
        documents, reports = told_together(document.patient_id, [document.pk])
        held = next(one for one in documents if one.pk == document.pk)
        if held.status == Document.Status.WITHDRAWN:
            raise MaskRefusedError(WORDS["withdrawn"])
        if getattr(held, mark):
            raise MaskRefusedError(WORDS["marked"])
        made = Masking(
            mark=mark,
            act_id=uuid7(),
            reason=reason.strip()[:500],
            author_id=by.user_id or UUID(int=0),
            author_name=by.name,
            author_label=by.label[:200],
            masked_at=timezone.now(),
        )
        for paper in documents:
            _put(paper, made)
        for report in reports:
            _put(report, made)
        _say(document, mark, is_set=True, reason=made.reason)


def _put(row: Document | Report, like: Masking) -> None:
    """Hide one thing by an act's mark, unless another act hides it by the same one already.

    What one mark hides is not hidden by the other too: nobody would read it, nor show it again.
    """
    if getattr(row, OTHER[Mark(like.mark)]):
        return
    if Masking.objects.filter(object_id=row.pk, mark=like.mark, withdrawn_at=None).exists():
        return
    kind = Masking.Kind.DOCUMENT if isinstance(row, Document) else Masking.Kind.REPORT
    Masking(
        identity_id=row.identity_id,
        patient_id=row.patient_id,
        kind=kind,
        object_id=row.pk,
        was_marked=getattr(row, like.mark),
        mark=like.mark,
        act_id=like.act_id,
        reason=like.reason,
        author_id=like.author_id,
        author_name=like.author_name,
        author_label=like.author_label,
        masked_at=like.masked_at,
    ).save(force_insert=True)
    set_mark(row, like.mark, is_set=True)


def _lift(document: Document, mark: str, by: Actor) -> None:
    with act():
        standing = queries.standing(document, mark)
        if standing is None:
            raise MaskRefusedError(WORDS["shown"])
        under = Masking.objects.filter(act_id=standing.act_id, withdrawn_at=None)
        keys = list(under.order_by("id").values_list("object_id", flat=True))
        documents = Document.objects.select_for_update().filter(pk__in=keys).order_by("id")
        reports = Report.objects.select_for_update().filter(pk__in=keys).order_by("id")
        rows: list[Document | Report] = [*documents, *reports]
        # Read once the rows are held: their source may have sent its own mark a moment ago.
        marked = dict(under.order_by("id").values_list("object_id", "was_marked"))
        if document.pk not in marked:
            raise MaskRefusedError(WORDS["shown"])
        under.update(withdrawn_at=timezone.now(), lifted_by_id=by.user_id, lifted_by=by.name[:200])
        for row in rows:
            if not marked[row.pk]:
                set_mark(row, mark, is_set=False)
        _say(document, mark, is_set=False)


def _demand_person(document: Document) -> Actor:
    decision = may(access_rules.READ, "documents", patient_id=document.patient_id)
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)
    level = decision.right.level if decision.right else 0
    if not rules.may_mask(decision.role, level):
        raise AccessRefusedError("profession" if decision.role not in rules.PERSONS else "level")
    _demand_seen(document, decision.role)
    return current_actor()


def _demand_writer(document: Document) -> Actor:
    decision = may(access_rules.WRITE, "documents", patient_id=document.patient_id)
    if not rules.may_hide(decision.role, may_write=decision.allowed):
        raise AccessRefusedError(decision.reason if not decision.allowed else "profession")
    _demand_seen(document, decision.role)
    return current_actor()


def _demand_seen(document: Document, role: str) -> None:
    if document_seen(document.patient_id, document.pk, role=role) is None:
        raise AccessRefusedError("marks")


def _say(document: Document, mark: str, *, is_set: bool, reason: str = "") -> None:
    action = ACTIONS[Mark(mark), is_set]
    note(
        action,
        patient_id=document.patient_id,
        object_kind="document",
        object_id=document.id,
        reason=reason,
    )
    emit(
        action,
        patient_id=document.patient_id,
        payload={"kind": "documents", "ids": [str(document.id)]},
    )
