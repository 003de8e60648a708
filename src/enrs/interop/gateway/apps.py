"""The gateway: messages in, kept before they are acknowledged, then applied to the record."""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as all_apps
from django.db.models.signals import post_migrate


class GatewayConfig(AppConfig):
    name = "enrs.interop.gateway"
    label = "gateway"

    def ready(self) -> None:
        from enrs.interop.gateway import holdings, jobs, offer  # noqa: F401

        # `access` writes rights and SQL functions on its own signal; that of `auth` comes later.
        later = all_apps.get_app_config("auth")
        post_migrate.connect(_make_partitions, sender=later, dispatch_uid="gateway.partitions")


def _make_partitions(**_: Any) -> None:
    """A migration run ends with partitions ready for the days and months to come."""
    from enrs.core.partitions import ensure_all_partitions

    ensure_all_partitions()
