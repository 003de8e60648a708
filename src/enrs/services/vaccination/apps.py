"""Registers the app, its guarded table, and the intake of the shipped campaigns after each migration."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class VaccinationConfig(AppConfig):
    """Who may be vaccinated, by whom, with what; and what was done."""

    name = "enrs.services.vaccination"
    label = "vaccination"
    verbose_name = "vaccination"

    def ready(self) -> None:
        from enrs.core.access.policies import guard_table

        for room in ("facts", "holdings", "offer"):
            import_module(f"enrs.services.vaccination.{room}")
        guard_table("vaccination_act_change")
        post_migrate.connect(_take_campaigns_in, sender=self)


def _take_campaigns_in(*, using: str, **_: Any) -> None:
    """Bring the campaigns and vaccines of the release to a database that never had them."""
    from enrs.services.vaccination.commands import take_in_shipped

    take_in_shipped(using=using)
