"""Registers the app."""

from importlib import import_module

from django.apps import AppConfig


class HomeSupportConfig(AppConfig):
    """The return home prepared from the hospital (LISA)."""

    name = "enrs.services.home_support"
    label = "home_support"
    verbose_name = "retour à domicile"

    def ready(self) -> None:
        from enrs.services.home_support import copies

        for room in ("holdings", "flows", "offer", "notices", "jobs"):
            import_module(f"enrs.services.home_support.{room}")
        copies.register()
