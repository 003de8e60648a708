"""Django application of the circles; its tables of patients stand under row security."""

from django.apps import AppConfig


class CirclesConfig(AppConfig):
    name = "enrs.referentials.circles"
    label = "circles"

    def ready(self) -> None:
        from enrs.core.plans.kinds import decide_by
        from enrs.core.subjects.persons import list_followed_by
        from enrs.referentials.circles import (  # noqa: F401  they declare themselves
            holdings,
            jobs,
            notices,
            offer,
        )
        from enrs.referentials.circles.deciding import deciders_of
        from enrs.referentials.circles.queries import followed

        list_followed_by(followed)
        decide_by(deciders_of)
