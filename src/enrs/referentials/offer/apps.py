from django.apps import AppConfig


class OfferConfig(AppConfig):
    name = "enrs.referentials.offer"
    label = "offer"

    def ready(self) -> None:
        from enrs.referentials.offer import (  # noqa: F401  they declare themselves
            fhir_search,
            fhir_writing,
            jobs,
            notices,
            offer,
        )
