"""Somebody of the directory, and the stand-in for Pro Santé Connect over a real socket."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from enrs.config.demo.stand_in.identity_provider import Provider, serve
from enrs.config.demo.stand_in.people import NOBODY, claims_of
from enrs.config.federation import STAND_IN, providers
from enrs.core.fhir.commands import insert_resources
from enrs.core.ids import uuid7
from enrs.referentials.directory.fhir import organisation_publication, practitioner_publication
from enrs.referentials.directory.models import Practitioner, PractitionerRole
from tests.factories import organisation


@pytest.fixture
def person(db: None) -> Practitioner:
    """A nurse with two activities, published in the directory."""
    made = Practitioner.objects.create(
        id=uuid7(), idnat="899700366240", rpps="99700366240", family="ROCHE", given="Camille",
        name_key="ROCHE CAMILLE", row_hash="",
    )  # fmt: skip
    places = [
        organisation("CH d’essai de Brie", finess_eg="770000016"),
        organisation("Cabinet de Melun", siret="12345678900011"),
    ]
    for place in places:
        PractitionerRole.objects.create(
            id=uuid7(), practitioner=made, organisation=place, profession_code="60",
            profession_label="Infirmier", row_hash="",
        )  # fmt: skip
    insert_resources(
        [practitioner_publication(made), *(organisation_publication(one) for one in places)]
    )
    return made


@pytest.fixture
def provider(person: Practitioner, settings: Any) -> Iterator[Provider]:
    made = Provider("", [claims_of(person), NOBODY], **STAND_IN)
    server = serve(made, "127.0.0.1", 0)
    made.base = f"http://127.0.0.1:{server.server_port}"
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"APPS": providers({"ENRS_STAND_IN_URL": made.base}, [], "test")}
    }
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()
