"""The value sets that the CI-SIS publishes: each is loaded, expanded whole, and one of its codes validated."""

from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.test import Client

from enrs.config.nomenclatures import load_nomenclatures, load_own
from enrs.core.terminology.models import Load, Member, ValueSet
from enrs.formats.terminology import TerminologyError, ValueSetFile, read_terminology
from tests.conformance.conftest import EXAMPLES
from tests.core.fhir.factories import make_token, make_user

pytestmark = [pytest.mark.proof, pytest.mark.django_db]
FOLDER = "cda-value-sets"


def published() -> dict[str, list[tuple[str, str, str]]]:
    """OID to the (system, code, words) of each readable file, by the reader alone."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for path in sorted((Path(EXAMPLES) / FOLDER).glob("*.xml")):
        try:
            (file,) = read_terminology(path.read_bytes())
        except TerminologyError:
            continue
        assert isinstance(file, ValueSetFile)
        items = file.includes[0].items
        found[file.heading.oid] = [(one.system, one.code, one.display) for one in items]
    return found


def test_every_published_value_set_is_loaded_expanded_and_validated(client: Client):
    assert EXAMPLES, "ENRS_EXAMPLES names no folder: the published value sets were not tried"
    load_own()
    load_nomenclatures(Path(EXAMPLES) / FOLDER)
    given = published()
    token = make_token(make_user("passerelle"))
    refused = sorted(Load.objects.filter(state="failed").values_list("file_name", "error"))
    # Three files are published empty, two with a placeholder for their only code.
    assert [name for name, _ in refused] == [
        "ActPharmacySupplyType.xml", "CoverageRoleType.xml", "JDV_Evaluation_AGGIR_PA_CISIS.xml",
        "JDV_Evaluation_AGGIR_PH_CISIS.xml", "MediaType.xml",
    ]  # fmt: skip
    assert len(given) == 518

    def ask(path: str, **parameters: str) -> dict[str, object]:
        response = client.get(
            f"/fhir/R4/{path}?{urlencode(parameters)}", headers={"Authorization": f"Bearer {token}"}
        )
        assert response.status_code == 200, (path, parameters, response.content)
        return response.json()

    for oid, items in given.items():
        contains = ask("ValueSet/$expand", url=f"urn:oid:{oid}")["expansion"]["contains"]
        assert [(one["code"], one["display"]) for one in contains] == [one[1:] for one in items], (
            oid
        )
        system, code, words = items[-1]
        told = ask(
            "ValueSet/$validate-code", url=f"urn:oid:{oid}", system=system, code=code, display=words
        )
        assert told["parameter"][0] == {"name": "result", "valueBoolean": True}, oid


def test_loading_the_published_folder_again_changes_nothing():
    assert EXAMPLES, "ENRS_EXAMPLES names no folder: the published value sets were not tried"
    folder = Path(EXAMPLES) / FOLDER
    load_nomenclatures(folder)
    before = list(Member.objects.order_by("pk").values_list("pk", "row_hash", "closed_at"))
    assert "518 inchangées" in load_nomenclatures(folder)
    assert list(Member.objects.order_by("pk").values_list("pk", "row_hash", "closed_at")) == before
    assert not ValueSet.objects.filter(needs_publication=True).exists()
