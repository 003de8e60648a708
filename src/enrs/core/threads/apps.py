"""Registers the app."""

from django.apps import AppConfig


class ThreadsConfig(AppConfig):
    """Messages on any subject: members, read marks, mentions, attachments."""

    name = "enrs.core.threads"
    label = "threads"
    verbose_name = "messagerie"

    def ready(self) -> None:
        from enrs.core.threads import fhir_writing, holdings, notices, offer  # noqa: F401  they declare themselves
