from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "enrs.core.audit"
    label = "audit"

    def ready(self) -> None:
        from enrs.core.audit import holdings  # noqa: F401  it declares itself
