"""Registers the app."""

from django.apps import AppConfig


class ThreadsConfig(AppConfig):
    """Messages on any subject: members, read marks, mentions, attachments."""

    name = "enrs.core.threads"
    label = "threads"
    verbose_name = "messagerie"
