"""Keeping a minor's act from those who hold parental authority, and lifting it when the minor asks.

No line that these commands leave, nor what the hidden things leave since, is in the journal that a proxy reads
(`audit_secrets`); what is emitted has no topic, so that no open page of a proxy moves.
"""

from collections.abc import Collection, Iterable
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
from enrs.referentials.identity.queries import latest_identity
from enrs.services.record.commands.together import set_mark, told_together
from enrs.services.record.models import Report, Secret, SecretItem
from enrs.services.record.queries import secrets as queries
from enrs.services.record.rules import secrets as rules

Kind = SecretItem.Kind
MARK: Final = "hidden_from_proxies"
WORDS: Final = {
    "adult": "Cette personne a 18 ans ou plus : les parents n’ont plus accès à son dossier, et l’acte au secret "
    "d’un mineur ne s’applique pas. Pour masquer un document, passez par le masquage habituel à sa source.",
    "ground": "Choisissez un fondement que votre profession permet.",
    "what": "Dites de quel acte il s’agit.",
    "asked": "L’acte au secret ne s’enregistre que si la personne mineure le demande.",
    "tried": "Il faut avoir cherché à obtenir son accord pour consulter ses parents.",
    "companion": "Indiquez l’adulte choisi qui accompagne la personne mineure.",
    "items": "Choisissez au moins un document ou un résultat à garder secret.",
    "gone": "Un des éléments choisis n’est plus dans la liste : rechargez la page.",
    "lifted": "Ce secret est déjà levé.",
    "wish": "Le secret ne se lève que si la personne elle-même le demande.",
}


class SecretRefusedError(Exception):
    """The secret cannot be recorded or lifted; the message says why, in French."""


def keep_secret(
    *,
    patient_id: UUID,
    ground: str,
    what: str,
    items: Collection[UUID],
    is_asked: bool,
    is_consent_tried: bool,
    companion_name: str = "",
    companion_link: str = "",
) -> Secret:
    """Record that a minor asked for the secret of an act, and hide from proxies what tells it.

    Results that were taken out of a chosen document are hidden with it.

    Raises:
        AccessRefusedError: another profession, or somebody outside of the circle.
        SecretRefusedError: an adult, a ground of another profession, or something the law asks that is missing.
    """
    by, role = _demand(patient_id)
    held = rules.grounds_of(role).get(ground)
    if queries.is_adult_now(patient_id):
        raise SecretRefusedError(WORDS["adult"])
    wanted = set(items)
    for is_missing, word in (
        (held is None, "ground"),
        (not what.strip(), "what"),
        (not is_asked, "asked"),
        (not is_consent_tried, "tried"),
        (held is not None and held.needs_companion and not companion_name.strip(), "companion"),
        (not wanted, "items"),
    ):
        if is_missing:
            raise SecretRefusedError(WORDS[word])
    with act():
        documents, reports = _chosen(patient_id, role, wanted)
        kept = Secret(
            id=uuid7(),
            identity_id=latest_identity(patient_id),
            patient_id=patient_id,
            ground=ground,
            what=what.strip()[:200],
            companion_name=companion_name.strip()[:200],
            companion_link=companion_link.strip()[:100],
            author_id=by.user_id or UUID(int=0),
            author_name=by.name,
            author_label=by.label,
            kept_at=timezone.now(),
        )
        kept.save(force_insert=True)
        for document in documents:
            put_under(kept, Kind.DOCUMENT, document)
        for report in reports:
            put_under(kept, Kind.REPORT, report)
        _say(kept, "kept")
        emit("record.secret.kept", patient_id=patient_id, payload={"ids": [str(kept.id)]})
    return kept


def lift_secret(*, kept: Secret, is_asked: bool) -> None:
    """Lift a secret, when the person themselves asks the professional who recorded it.

    Raises:
        AccessRefusedError: somebody else, or its author who left the circle.
        SecretRefusedError: the person did not ask for it, or it is lifted already.
    """
    by, _ = _demand(kept.patient_id)
    if kept.author_id != by.user_id:
        raise AccessRefusedError("author")
    if not is_asked:
        raise SecretRefusedError(WORDS["wish"])
    with act():
        held = Secret.objects.select_for_update().get(pk=kept.pk)
        if held.withdrawn_at is not None:
            raise SecretRefusedError(WORDS["lifted"])
        held.withdrawn_at, held.withdrawn_reason = timezone.now(), "À la demande de la personne"
        held.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        keys = list(held.items.order_by("id").values_list("object_id", flat=True))
        documents = Document.objects.select_for_update().filter(pk__in=keys).order_by("id")
        reports = Report.objects.select_for_update().filter(pk__in=keys).order_by("id")
        rows: list[Document | Report] = [*documents, *reports]
        # Read once the rows are held: their source may have sent its own mark a moment ago.
        items = list(held.items.order_by("id"))
        still = {
            item.object_id
            for item in items
            if item.was_hidden or queries.secrets_over([item.object_id])
        }
        for row in rows:
            if row.pk not in still:
                set_mark(row, MARK, is_set=False)
        _say(held, "lifted")


def put_under(kept: Secret, kind: str, row: Document | Report) -> None:
    """Hide one thing under a secret: chosen by its author, or come since as another version of what was."""
    # Under two secrets, what it was before either is what counts.
    over = SecretItem.objects.filter(object_id=row.pk, secret__withdrawn_at=None).order_by("id")
    other = over.first()
    was_hidden = other.was_hidden if other else row.hidden_from_proxies
    SecretItem(secret=kept, kind=kind, object_id=row.pk, was_hidden=was_hidden).save(
        force_insert=True
    )
    set_mark(row, MARK, is_set=True)


def source_says(object_ids: Collection[UUID], *, is_hidden: bool) -> None:
    """Keep what a source says of its own mark on what is secret: it holds again once the secret is lifted."""
    items = SecretItem.objects.filter(object_id__in=object_ids, secret__withdrawn_at=None)
    items.update(was_hidden=is_hidden)


def _chosen(
    patient_id: UUID, role: str, wanted: set[UUID]
) -> tuple[Iterable[Document], Iterable[Report]]:
    """What is chosen, and all that tells the same."""
    if not wanted <= {one.id for one in queries.offered(patient_id, role=role, among=wanted)}:
        raise SecretRefusedError(WORDS["gone"])
    return told_together(patient_id, wanted)


def _demand(patient_id: UUID) -> tuple[Actor, str]:
    by = current_actor()
    decision = may(access_rules.WRITE, "documents", patient_id=patient_id)
    if not decision.allowed or decision.role not in rules.ROLES or by.user_id is None:
        raise AccessRefusedError(decision.reason if not decision.allowed else "profession")
    return by, decision.role


def _say(kept: Secret, what: str) -> None:
    note(
        f"record.secret.{what}",
        patient_id=kept.patient_id,
        object_kind="record_secret",
        object_id=kept.id,
        reason=kept.ground,
    )
