"""Registers the app."""

from django.apps import AppConfig


class CoordinationConfig(AppConfig):
    """Support of complex situations: requests, cases, plan, assessment."""

    name = "enrs.services.coordination"
    label = "coordination"
    verbose_name = "coordination"

    def ready(self) -> None:
        """Declare what coordination offers."""
        from enrs.services.coordination import (  # noqa: F401  they declare themselves
            fhir,
            fhir_writing,
            holdings,
            offer,
            places,
        )
