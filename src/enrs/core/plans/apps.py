"""Registers the app, and takes the shipped templates in after each migration."""

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class PlansConfig(AppConfig):
    """One plan of care: problems, goals, actions, evaluation."""

    name = "enrs.core.plans"
    label = "plans"
    verbose_name = "plans"

    def ready(self) -> None:
        from enrs.core.plans import (  # noqa: F401  they declare themselves
            fhir_writing,
            flows,
            holdings,
            offer,
        )

        post_migrate.connect(_take_templates_in)


def _take_templates_in(*, app_config: AppConfig, using: str, **_: Any) -> None:
    """Once per migration run, after the last app: every table and kind is in place by then."""
    last = [one for one in apps.get_app_configs() if one.models_module is not None][-1]
    if app_config.label != last.label:
        return
    from enrs.core.plans.commands import sync_templates
    from enrs.core.plans.kinds import shipped_templates

    sync_templates(shipped_templates(), using=using)
