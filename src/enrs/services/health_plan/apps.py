"""Registers the app."""

from importlib import import_module

from django.apps import AppConfig


class HealthPlanConfig(AppConfig):
    """Plans of health for people of 75 and over."""

    name = "enrs.services.health_plan"
    label = "health_plan"
    verbose_name = "plan personnalisé de santé"

    def ready(self) -> None:
        import_module("enrs.services.health_plan.offer")
