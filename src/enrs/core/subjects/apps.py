from django.apps import AppConfig


class SubjectsConfig(AppConfig):
    name = "enrs.core.subjects"
    label = "subjects"

    def ready(self) -> None:
        from enrs.core.subjects import own_holdings  # noqa: F401  it declares itself
