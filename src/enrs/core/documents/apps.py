from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "enrs.core.documents"
    label = "documents"

    def ready(self) -> None:
        from enrs.core.documents import holdings  # noqa: F401  it declares itself
