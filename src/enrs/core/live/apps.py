from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "enrs.core.live"
    label = "live"
