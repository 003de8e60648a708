from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "enrs.referentials.directory"
    label = "directory"

    def ready(self) -> None:
        from enrs.referentials.directory import offer  # noqa: F401  it declares itself
