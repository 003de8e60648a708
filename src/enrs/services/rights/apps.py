"""Registers the app."""

from django.apps import AppConfig


class RightsConfig(AppConfig):
    """What is owed to people about their data, and to those who answer for it."""

    name = "enrs.services.rights"
    label = "rights"
    verbose_name = "droits des personnes"

    def ready(self) -> None:
        """Declare what the desk offers, tells and does by itself."""
        from enrs.core.subjects.restrictions import restrictions_by
        from enrs.services.rights import holdings, jobs, notices, offer  # noqa: F401  they declare themselves
        from enrs.services.rights.queries.restrictions import restricted_records

        restrictions_by(restricted_records)
