from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "enrs.core.audit"
    label = "audit"
