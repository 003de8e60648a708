"""Registers the app and its operations."""

from django.apps import AppConfig


class TerminologyConfig(AppConfig):
    """Code systems, value sets and correspondences, served as FHIR terminology."""

    name = "enrs.core.terminology"
    label = "terminology"
    verbose_name = "nomenclatures"

    def ready(self) -> None:
        from enrs.core.terminology import fhir_operations, offer  # noqa: F401  offer declares itself

        fhir_operations.register()
