"""Pages of the directory that take a post."""

from enrs.referentials.directory.models import LegalEntity, Practitioner
from enrs.referentials.directory.rules import legal_uuid, practitioner_uuid
from tests.hostile.pages.shared import page

D = "referentials.directory"


def professional() -> Practitioner:
    """Somebody of the national directory."""
    number = "899700000001"
    return Practitioner.objects.create(
        id=practitioner_uuid(number), idnat=number, rpps=number[1:], family="IMBERT", given="Paul",
        name_key="IMBERT PAUL", row_hash="",
    )  # fmt: skip


def answerable() -> LegalEntity:
    """A legal entity of FINESS."""
    number = "750090011"
    return LegalEntity.objects.create(
        id=legal_uuid(number), finess=number, name="Hôpitaux de Brie", name_key="HOPITAUX DE BRIE",
        row_hash="",
    )  # fmt: skip


page(
    "directory:tell_practitioner", f"{D}.tell_mistake",
    lambda w, k: {"object_id": k["person"].id},
    lambda w, k: {"about": "name", "words": "S’écrit avec deux N"},
    scene=lambda w: {"person": professional()},
)  # fmt: skip
page(
    "directory:tell_organisation", f"{D}.tell_mistake",
    lambda w, k: {"object_id": k["subject"].id},
    lambda w, k: {"about": "place", "words": k["words"]},
)  # fmt: skip
page(
    "directory:tell_legal_entity", f"{D}.tell_mistake",
    lambda w, k: {"object_id": k["entity"].id},
    lambda w, k: {"about": "place", "words": "A déménagé"},
    scene=lambda w: {"entity": answerable()},
)  # fmt: skip
page(
    "directory:settle", f"{D}.settle_mistake",
    lambda w, k: {"mistake_id": k["mistake"].pk},
    lambda w, k: {"etat": "sent", "reponse": "Transmis", "version": k["expected_version"]},
)  # fmt: skip
