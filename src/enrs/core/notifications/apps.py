from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "enrs.core.notifications"
    label = "notifications"

    def ready(self) -> None:
        from enrs.core.notifications import kinds  # noqa: F401  it declares itself
