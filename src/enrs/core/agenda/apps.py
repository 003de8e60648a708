"""Registers the app."""

from django.apps import AppConfig


class AgendaConfig(AppConfig):
    """Appointments, slots and their iCalendar feeds."""

    name = "enrs.core.agenda"
    label = "agenda"
    verbose_name = "agenda"
