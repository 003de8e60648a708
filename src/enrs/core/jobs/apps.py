"""Registers the app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Periodic work, claimed by one worker at a time."""

    name = "enrs.core.jobs"
    label = "jobs"
    verbose_name = "travaux périodiques"
