"""Registers the app."""

from django.apps import AppConfig


class RostersConfig(AppConfig):
    """Who is on call where and when, replacements and escalation order."""

    name = "enrs.core.rosters"
    label = "rosters"
    verbose_name = "astreintes"

    def ready(self) -> None:
        from enrs.core.rosters import offer  # noqa: F401  it declares itself
