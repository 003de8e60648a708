from django.apps import AppConfig


class OfferConfig(AppConfig):
    name = "enrs.referentials.offer"
    label = "offer"

    def ready(self) -> None:
        from enrs.referentials.offer import fhir_search, jobs, offer  # noqa: F401  they declare themselves
