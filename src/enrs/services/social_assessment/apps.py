"""Registers the app."""

from importlib import import_module

from django.apps import AppConfig


class SocialAssessmentConfig(AppConfig):
    """Requests for a social assessment."""

    name = "enrs.services.social_assessment"
    label = "social_assessment"
    verbose_name = "évaluation sociale"

    def ready(self) -> None:
        import_module("enrs.services.social_assessment.offer")
