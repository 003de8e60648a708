from django.apps import AppConfig


class SubjectsConfig(AppConfig):
    name = "enrs.core.subjects"
    label = "subjects"
