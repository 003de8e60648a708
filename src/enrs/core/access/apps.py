from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccessConfig(AppConfig):
    name = "enrs.core.access"
    label = "access"

    def ready(self) -> None:
        from enrs.core.access import holdings, jobs, offer  # noqa: F401  they declare themselves

        post_migrate.connect(apply_after_migrate, sender=self)


def apply_after_migrate(*, using: str, **_: Any) -> None:
    """Every migration run ends with the rights of the three database roles, written anew."""
    from enrs.core.access.policies import apply_policies

    apply_policies(using=using)
