from django.apps import AppConfig


class RecordConfig(AppConfig):
    name = "enrs.services.record"
    label = "record"

    def ready(self) -> None:
        from enrs.core.access.policies import guard_table
        from enrs.core.audit.words import word_acts_by
        from enrs.services.record import (  # noqa: F401  they declare themselves
            copies,
            fhir_documents,
            fhir_writing,
            following,
            holdings,
            jobs,
            measuring,
            offer,
            sources,
        )
        from enrs.services.record.views.words import sentence_of

        word_acts_by(sentence_of)
        copies.register()
        measuring.register()
        fhir_writing.register()
        fhir_documents.register()

        for table in (
            "note_text",
            "former_entry",
            "record_mark",
            "note_mark",
            "round_entry",
            "document_text",
            "record_prescription_line",
        ):
            guard_table(table)
