"""Registers the app, and takes the shipped protocols in after each migration."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class HomeMonitoringConfig(AppConfig):
    """Watching people at home."""

    name = "enrs.services.home_monitoring"
    label = "home_monitoring"
    verbose_name = "surveillance à domicile"

    def ready(self) -> None:
        from enrs.referentials.circles.needs import need_places
        from enrs.services.home_monitoring import copies, queries

        for room in ("holdings", "offer", "notices", "jobs"):
            import_module(f"enrs.services.home_monitoring.{room}")
        copies.register()
        need_places("home_monitoring", queries.is_watched_by)
        post_migrate.connect(_take_protocols_in)


def _take_protocols_in(*, app_config: AppConfig, using: str, **_: Any) -> None:
    """Once per migration run, after the last app: every function and right is in place by then."""
    last = [one for one in apps.get_app_configs() if one.models_module is not None][-1]
    if app_config.label != last.label:
        return
    from enrs.services.home_monitoring.commands.protocols import sync_protocols

    sync_protocols(using=using)
