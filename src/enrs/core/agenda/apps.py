"""Registers the app."""

from django.apps import AppConfig


class AgendaConfig(AppConfig):
    """Appointments, slots and their iCalendar feeds."""

    name = "enrs.core.agenda"
    label = "agenda"
    verbose_name = "agenda"

    def ready(self) -> None:
        from enrs.core.agenda import fhir_writing, holdings, offer  # noqa: F401  they declare themselves
        from enrs.core.agenda.commands import refresh_due
        from enrs.core.jobs.registry import beside, every

        every("agenda.calendars", minutes=1, run=beside("calendars", refresh_due))
