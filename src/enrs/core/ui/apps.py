"""Django application of the interface: frame, components, charts, gallery."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "enrs.core.ui"
    label = "ui"
