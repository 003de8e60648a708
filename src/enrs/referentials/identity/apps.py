"""Django application of patient identity; its tables of patients stand under row security."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "enrs.referentials.identity"
    label = "identity"

    def ready(self) -> None:
        from enrs.core.access.policies import guard_table
        from enrs.core.events.subscribers import subscribe
        from enrs.core.notifications.registry import name_patients_by
        from enrs.core.subjects.persons import carry_facts_by, show_banners_by
        from enrs.referentials.identity import (  # noqa: F401  they declare themselves
            fhir_operations,
            holdings,
            jobs,
            notices,
            notices_incidents,
            offer,
        )
        from enrs.referentials.identity.commands.emergency import MOVED, follow_moves
        from enrs.referentials.identity.commands.receive import EVIDENCE, settle_evidence
        from enrs.referentials.identity.queries import banner, latest_identity, patient_names

        for table in ("source_identity", "identity_version", "identity_link", "regional_identity"):
            guard_table(table, "patient_id")
        subscribe("identity", {EVIDENCE}, settle_evidence)
        subscribe("identity.emergency", {MOVED}, follow_moves)
        fhir_operations.register()
        name_patients_by(patient_names)
        carry_facts_by(latest_identity)
        show_banners_by(banner)
