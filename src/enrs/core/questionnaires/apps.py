"""Registers the app, its guarded tables, and the intake of forms after each migration."""

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class QuestionnairesConfig(AppConfig):
    """Forms as FHIR R4 Questionnaires: rendered, checked, kept, printed."""

    name = "enrs.core.questionnaires"
    label = "questionnaires"
    verbose_name = "questionnaires"

    def ready(self) -> None:
        from enrs.core.access.policies import guard_table
        from enrs.core.questionnaires import (  # noqa: F401  offer declares itself
            fhir_operations,
            fhir_writing,
            holdings,
            offer,
        )

        guard_table("form_answer_version")
        fhir_writing.register()
        fhir_operations.register()
        post_migrate.connect(_take_forms_in)


def _take_forms_in(*, app_config: AppConfig, using: str, **_: Any) -> None:
    """Once per migration run, after the last app: every function and right is in place by then."""
    last = [one for one in apps.get_app_configs() if one.models_module is not None][-1]
    if app_config.label != last.label:
        return
    from enrs.core.questionnaires.commands import sync_forms

    sync_forms(using=using)
