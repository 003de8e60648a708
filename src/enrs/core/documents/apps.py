from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "enrs.core.documents"
    label = "documents"
