from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "enrs.core.events"
    label = "events"

    def ready(self) -> None:
        from enrs.core.events import holdings  # noqa: F401  it declares itself
