from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "enrs.referentials.directory"
    label = "directory"

    def ready(self) -> None:
        from enrs.referentials.directory import fhir_search, jobs, offer  # noqa: F401  they declare themselves
