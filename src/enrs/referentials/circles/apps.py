"""Django application of the circles; its tables of patients stand under row security."""

from django.apps import AppConfig


class CirclesConfig(AppConfig):
    name = "enrs.referentials.circles"
    label = "circles"

    def ready(self) -> None:
        from enrs.referentials.circles import (  # noqa: F401  they declare themselves
            holdings,
            jobs,
            notices,
            offer,
        )
