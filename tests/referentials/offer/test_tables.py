"""The tables of the offer follow the loaded versions of the published nomenclatures."""

import pytest

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.terminology import carried
from enrs.core.terminology.commands import load_terminology
from enrs.referentials.offer import forms, tables
from enrs.referentials.offer.queries.checking import known_codes

pytestmark = pytest.mark.django_db
OID = "1.2.250.1.213.3.3.13"
FILE = """<?xml version="1.0" encoding="UTF-8"?>
<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008">
  <ValueSet id="1.2.250.1.213.3.4.1" displayName="JDV_J19_ModePriseEnCharge_ROR.tabs" typeFichier="JDV"
      dateMaj="20270127120000" dateValid="20160901000000" description="Mode de la prise en charge - ROR"
      urlFichier="https://mos.esante.gouv.fr/NOS/JDV_J19-ModePriseEnCharge-ROR">
    <ConceptList>
      <Concept code="28" codeSystem="{oid}" displayName="Hospitalisation à temps complet"/>
      <Concept code="77" codeSystem="{oid}" displayName="Téléréadaptation"/>
    </ConceptList>
  </ValueSet>
</RetrieveValueSetResponse>"""


@pytest.fixture(autouse=True)
def _nothing_kept():
    carried.forget()
    yield
    carried.forget()


def load():
    with acting(SYSTEM):
        (done,) = load_terminology(FILE.format(oid=OID).encode(), file_name="JDV_J19.xml")
    assert not done.error
    carried.forget()


def test_without_a_loaded_version_the_packaged_table_serves():
    assert tables.table("mode") == tables.packaged("mode")
    assert "29" in known_codes()["mode"]


def test_the_loaded_version_names_brings_and_leaves_codes():
    ours = [code for code, one in tables.packaged("mode").items() if "enrs.fr" in one.system]
    load()
    found = tables.table("mode")
    assert list(found) == [*ours, "28", "77"]
    assert found["28"].label == "Hospitalisation à temps complet"
    assert found["77"].system == tables.SYSTEMS["TRE_R213"]
    assert "29" not in known_codes()["mode"]
    assert tables.table("public") == tables.packaged("public")


def test_a_code_that_the_version_left_is_still_named():
    load()
    assert tables.label("mode", "29") == tables.packaged("mode")["29"].label


def test_the_form_offers_the_loaded_codes():
    load()
    offered = dict(forms.UnitForm().fields["mode_codes"].choices)  # type: ignore[attr-defined]
    assert offered["77"] == "Téléréadaptation"
    assert "29" not in offered
