"""Registers the app."""

from django.apps import AppConfig


class PlansConfig(AppConfig):
    """One plan of care: problems, goals, actions, evaluation."""

    name = "enrs.core.plans"
    label = "plans"
    verbose_name = "plans"

    def ready(self) -> None:
        from enrs.core.plans import fhir_writing, holdings, offer  # noqa: F401  they declare themselves
