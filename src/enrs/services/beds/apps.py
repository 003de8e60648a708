"""Registers the app."""

from importlib import import_module

from django.apps import AppConfig


class BedsConfig(AppConfig):
    """Who has free beds, how old the figure is, and who gives one."""

    name = "enrs.services.beds"
    label = "beds"
    verbose_name = "disponibilité en lits"

    def ready(self) -> None:
        for room in ("offer", "notices", "jobs", "fhir", "fhir_writing"):
            import_module(f"enrs.services.beds.{room}")
