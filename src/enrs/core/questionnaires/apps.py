"""Registers the app."""

from django.apps import AppConfig


class QuestionnairesConfig(AppConfig):
    """Forms as FHIR R4 Questionnaires: rendered, checked, kept, printed."""

    name = "enrs.core.questionnaires"
    label = "questionnaires"
    verbose_name = "questionnaires"
