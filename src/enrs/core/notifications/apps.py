from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "enrs.core.notifications"
    label = "notifications"

    def ready(self) -> None:
        from django.conf import settings

        from enrs.core.jobs.registry import beside, every
        from enrs.core.notifications import holdings, jobs, kinds, offer  # noqa: F401  they declare themselves

        if settings.MODE != "test":  # A test sends by itself, on its own connection.
            every("notifications.sending", minutes=0.1, run=beside("sender", jobs.run_sender))
