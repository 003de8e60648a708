from django.apps import AppConfig


class RecordConfig(AppConfig):
    name = "enrs.services.record"
    label = "record"

    def ready(self) -> None:
        from enrs.core.access.policies import guard_table
        from enrs.services.record import offer  # noqa: F401

        guard_table("note_text")
