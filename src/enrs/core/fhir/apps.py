from django.apps import AppConfig


class FhirConfig(AppConfig):
    name = "enrs.core.fhir"
    label = "fhir"

    def ready(self) -> None:
        from enrs.core.access.policies import guard_table
        from enrs.core.fhir import holdings  # noqa: F401  it declares itself

        guard_table("fhir_resource", is_public_without_patient=True)
        guard_table("fhir_key", is_public_without_patient=True)
