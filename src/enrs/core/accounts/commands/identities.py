"""The link between a person's account and their identity at FranceConnect: by its `sub`, and nothing else."""

from allauth.socialaccount.models import SocialAccount

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.models import User
from enrs.core.accounts.queries.federation import has_other_means
from enrs.core.audit.commands import note
from enrs.core.effects import act

PERSONS = (User.Kind.PATIENT, User.Kind.RELATIVE)


class IdentityLinkError(Exception):
    """Why an identity is not linked, or not taken away, in French; `reason` is its code."""

    SENTENCES = {
        "taken": "Cette identité FranceConnect ouvre déjà un autre compte. Connectez-vous avec elle, ou "
        "déliez-la d’abord de cet autre compte.",
        "already": "Ce compte est déjà relié à une autre identité FranceConnect. Déliez-la d’abord.",
        "last": "FranceConnect est votre seule façon d’entrer\u00a0: ajoutez d’abord une clé d’accès.",
        "none": "Ce compte n’est pas relié à FranceConnect.",
    }

    def __init__(self, reason: str) -> None:
        super().__init__(self.SENTENCES[reason])
        self.reason = reason


def link_identity(*, user: User, provider: str, subject: str) -> None:
    """Let `subject` (the provider's `sub`) open one's own account from now on.

    Nothing else of the provider's answer is kept.

    Raises:
        AccessRefusedError: another's account, or a professional's.
        IdentityLinkError: `taken`, `already`.
    """
    _own(user)
    with act():
        _locked(user)
        held = SocialAccount.objects.filter(user_id=user.id, provider=provider).first()
        if held is not None and held.uid == subject:
            return
        if held is not None:
            raise IdentityLinkError("already")
        _, is_new = SocialAccount.objects.get_or_create(
            provider=provider, uid=subject, defaults={"user_id": user.id}
        )
        if not is_new:
            raise IdentityLinkError("taken")
        note(
            "account.identity.linked", object_kind="user", object_id=user.id,
            details={"provider": provider},
        )  # fmt: skip


def unlink_identity(*, user: User, provider: str) -> None:
    """Take the link away: the identity opens this account no more.

    Raises:
        AccessRefusedError: another's account, or a professional's.
        IdentityLinkError: `none`, or `last`: no password and no passkey would open the account.
    """
    _own(user)
    with act():
        held = _locked(user)
        found = SocialAccount.objects.filter(user_id=user.id, provider=provider)
        if not found.exists():
            raise IdentityLinkError("none")
        if not has_other_means(held):
            raise IdentityLinkError("last")
        found.delete()
        note(
            "account.identity.unlinked", object_kind="user", object_id=user.id,
            details={"provider": provider},
        )  # fmt: skip


def _own(user: User) -> None:
    by = current_actor()
    if by.user_id is None or by.user_id != user.id or user.kind not in PERSONS:
        raise AccessRefusedError("profession")


def _locked(user: User) -> User:
    """The row, held: two browsers link one account, or take its last means away, one after the other."""
    return User.objects.select_for_update().get(pk=user.pk)
