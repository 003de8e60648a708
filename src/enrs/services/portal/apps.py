"""Registers the app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Enrolment and the life of accounts."""

    name = "enrs.services.portal"
    label = "portal"
    verbose_name = "portail"

    def ready(self) -> None:
        """Declare what the portal offers, tells and does by itself."""
        from enrs.services.portal import holdings, jobs, kiosk, notices, offer  # noqa: F401  they declare themselves
