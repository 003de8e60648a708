"""Registers the app."""

from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    """Tasks that travel: states, transitions, addressees, deadlines, boards."""

    name = "enrs.core.workflow"
    label = "workflow"
    verbose_name = "demandes"

    def ready(self) -> None:
        from enrs.core.workflow import fhir_writing, holdings, jobs, notices, offer  # noqa: F401  they declare themselves
