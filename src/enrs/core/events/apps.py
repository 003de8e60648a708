from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "enrs.core.events"
    label = "events"
