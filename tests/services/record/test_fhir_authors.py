"""Who wrote what is filed by FHIR, and that its author reads it past its marks by FHIR too."""

from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from enrs.core.documents.models import Document
from enrs.referentials.directory.models import Practitioner
from tests.core.fhir.conftest import Ask, World
from tests.core.fhir.conftest import ask as ask  # noqa: PLC0414  a fixture
from tests.core.fhir.conftest import world as world  # noqa: PLC0414  a fixture
from tests.core.fhir.conftest import writing_token as writing_token  # noqa: PLC0414  a fixture
from tests.core.fhir.writing import sender
from tests.factories import GrantFactory
from tests.services.record.test_fhir_writing import document, labels

pytestmark = pytest.mark.django_db
IDNPS, RPPS = "urn:oid:1.2.250.1.71.4.2.1", "https://rpps.esante.gouv.fr"
MASKED = labels("MASQUE_PS")
migration = import_module("enrs.services.record.migrations.0007_authors_of_filed_documents")


def professional(user: Any, number: str) -> Practitioner:
    """The directory's line of an account."""
    return Practitioner.objects.create(
        pk=user.grantee_id, idnat=f"8{number}", rpps=number, family="LE GOFF", given="Yann",
        name_key="LE GOFF",
    )  # fmt: skip


@pytest.fixture
def own(world: World) -> Practitioner:
    """Who files."""
    return professional(world.inside, "99700000771")


@pytest.fixture
def colleague(world: World) -> Practitioner:
    """Somebody else, who joins the circle."""
    GrantFactory(patient=world.patient, grantee_id=world.outside.grantee_id)
    return professional(world.outside, "99700000772")


@pytest.fixture
def filed(client: Client, world: World, writing_token: str) -> Any:
    def file(**fields: Any) -> Document:
        answer = sender(client)(
            "post", "DocumentReference", writing_token, document(world, **fields)
        )
        assert answer.status_code == 201, answer.content
        return Document.objects.get()

    return file


def seen(ask: Ask, row: Document, token: str) -> dict[str, bool]:
    """Whether each way of reading by FHIR shows a document."""
    number = f"urn:oid:{row.unique_id}"
    searches = {
        "patient": f"DocumentReference?patient={row.patient_id}",
        "identifier": f"DocumentReference?identifier={number}",
    }
    found = {
        name: str(row.id).encode() in ask(path, token).content for name, path in searches.items()
    }
    return found | {
        "read": ask(f"DocumentReference/{row.id}", token).status_code == 200,
        "history": ask(f"DocumentReference/{row.id}/_history", token).status_code == 200,
        "file": ask(f"Binary/{row.id}", token).status_code == 200,
    }


def test_without_an_author_it_is_whose_account_files(own: Practitioner, filed: Any) -> None:
    assert filed().author_idnat == own.idnat


@pytest.mark.parametrize(
    "author",
    [
        {"identifier": {"system": IDNPS, "value": "899700000772"}},
        {"identifier": {"system": RPPS, "value": "99700000772"}},
        {"reference": "Practitioner/{id}"},
    ],
)
def test_an_author_is_known_by_a_national_number(
    own: Practitioner, colleague: Practitioner, filed: Any, author: dict[str, Any]
) -> None:
    if "reference" in author:
        author = {"reference": author["reference"].format(id=colleague.pk)}
    row = filed(author=[{"display": "Un nom écrit"}, author])
    assert (row.author_idnat, row.author_name) == (colleague.idnat, colleague.display)


@pytest.mark.parametrize(
    "author",
    [
        {"display": "Dr ROSE"},
        {"display": "Dr ROSE", "identifier": {"system": "urn:oid:1.2.3", "value": "99700000772"}},
        {"display": "Dr ROSE", "identifier": {"system": RPPS, "value": "12"}},
    ],
)
def test_a_name_alone_is_nobody_s_account(
    own: Practitioner, filed: Any, author: dict[str, Any]
) -> None:
    row = filed(author=[author])
    assert (row.author_idnat, row.author_name) == ("", "Dr ROSE")


def test_its_author_reads_what_is_masked_and_no_colleague_does(
    world: World, ask: Ask, own: Practitioner, colleague: Practitioner, filed: Any
) -> None:
    row = filed(securityLabel=MASKED)
    for way, is_seen in seen(ask, row, world.token).items():
        assert is_seen, way
    for way, is_seen in seen(ask, row, world.outside_token).items():
        assert not is_seen, way


def test_who_left_the_circle_reads_their_own_document_no_more(
    world: World, ask: Ask, own: Practitioner, colleague: Practitioner, filed: Any
) -> None:
    row = filed(securityLabel=MASKED, author=[{"reference": f"Practitioner/{colleague.pk}"}])
    assert all(seen(ask, row, world.outside_token).values())
    assert not any(seen(ask, row, world.token).values())
    with connection.cursor() as cursor:
        cursor.execute(
            "update access_grant set valid_until = now() where grantee_id = %s",
            [world.outside.grantee_id],
        )
    assert not any(seen(ask, row, world.outside_token).values())


def test_what_was_filed_before_gets_the_number_of_who_filed_it(
    own: Practitioner, filed: Any
) -> None:
    row = filed()
    Document.objects.filter(pk=row.pk).update(author_idnat="")
    with connection.cursor() as cursor:
        cursor.execute(migration.NAME)
    row.refresh_from_db()
    assert row.author_idnat == own.idnat
    Document.objects.filter(pk=row.pk).update(author_idnat="", author_name="Dr ROSE")
    with connection.cursor() as cursor:
        cursor.execute(migration.NAME)
    row.refresh_from_db()
    assert row.author_idnat == ""
