from django.apps import AppConfig


class FhirConfig(AppConfig):
    name = "enrs.core.fhir"
    label = "fhir"

    def ready(self) -> None:
        from enrs.core.access.policies import guard_table

        guard_table("fhir_resource", is_public_without_patient=True)
        guard_table("fhir_key", is_public_without_patient=True)
