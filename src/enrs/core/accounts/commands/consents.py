"""What people agree to give an application, and take back."""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.commands.tokens import revoke_tokens
from enrs.core.accounts.models import Application, Consent
from enrs.core.audit.commands import note
from enrs.core.effects import act


def give_consent(*, application: Application, scopes: Sequence[str]) -> Consent:
    """Keep that the current person agrees to these scopes, beside those they agreed to before."""
    by = current_actor()
    if by.user_id is None:
        raise AccessRefusedError("anonymous")
    with act():
        Application.objects.select_for_update().get(pk=application.pk)
        kept = Consent.objects.filter(
            user_id=by.user_id, application=application, withdrawn_at=None
        ).first()
        known = kept.scopes.split() if kept else []
        kept = kept or Consent(user_id=by.user_id, application=application)
        kept.scopes = " ".join(dict.fromkeys([*known, *scopes]))
        kept.save()
        note(
            "application.consent.given",
            object_kind="application",
            object_id=application.pk,
            details={"scopes": list(scopes)},
        )
    return kept


def withdraw_consent(*, consent_id: UUID) -> None:
    """Take back one's agreement: the application's tokens for this person end now.

    Raises:
        Consent.DoesNotExist: it is another person's, or withdrawn already.
    """
    by = current_actor()
    if by.user_id is None:
        raise AccessRefusedError("anonymous")
    with act():
        kept = Consent.objects.select_for_update().get(
            pk=consent_id, user_id=by.user_id, withdrawn_at=None
        )
        kept.withdrawn_at = timezone.now()
        kept.save(update_fields=["withdrawn_at"])
        ended = revoke_tokens(client_id=kept.application_id, user_id=kept.user_id)
        note(
            "application.consent.withdrawn",
            object_kind="application",
            object_id=kept.application_id,
            details={"tokens_ended": ended},
        )
