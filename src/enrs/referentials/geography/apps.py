"""Registers the app."""

from django.apps import AppConfig


class GeographyConfig(AppConfig):
    """The region's places and territories."""

    name = "enrs.referentials.geography"
    label = "geography"
    verbose_name = "géographie"

    def ready(self) -> None:
        from enrs.referentials.geography import offer  # noqa: F401  it declares itself
