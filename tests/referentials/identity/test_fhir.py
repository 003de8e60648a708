"""The Patient resource of FR Core and its search keys."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from enrs.core.ids import uuid7
from enrs.formats.ins import INS_NIA_OID, INS_NIR_OID, INS_TEST_OID
from enrs.referentials.identity import fhir
from enrs.referentials.identity.commands import store
from enrs.referentials.identity.models import SourceIdentity
from tests.referentials.identity.factories import AWA, HOSPITAL

DOMAIN = "urn:oid:1.2.250.1.999.1.1"


def resource(attribute="", system=HOSPITAL, **changes):
    now = datetime(2026, 3, 12, tzinfo=UTC)
    identity = SourceIdentity(
        id=uuid7(), system=system, value="100", patient_id=uuid7(), created_at=now, changed_at=now
    )
    store.apply_traits(identity, replace(AWA, **changes), attribute)
    regional = store.regional_values(identity.patient_id, [identity], now)
    return fhir.patient(regional, [identity], domain=DOMAIN)


def by_type(tree):
    return {one["type"]["coding"][0]["code"]: one for one in tree["identifier"]}


@pytest.mark.parametrize(
    ("oid", "code", "use"),
    [
        (INS_NIR_OID, "INS-NIR", "official"),
        (INS_NIA_OID, "INS-NIA", "temp"),
        (INS_TEST_OID, "INS-NIR-TEST", "official"),
    ],
)
def test_a_qualified_patient_has_every_trait_of_the_ins_profile(oid, code, use):
    tree, _ = resource(ins_oid=oid)
    assert tree["meta"]["profile"][0].endswith("/fr-core-patient-ins")
    found = by_type(tree)
    assert found[code] == {
        "use": use,
        "type": {"coding": [{"system": fhir.TYPES, "code": code}]},
        "system": f"urn:oid:{oid}",
        "value": AWA.ins,
    }
    assert found["PI"]["use"] == "usual"
    assert found["RRI"]["system"] == DOMAIN
    official = tree["name"][0]
    assert (official["family"], official["given"]) == ("NDIAYE", ["AWA"])
    assert official["extension"][0]["valueString"] == "AWA MARIE"
    urls = [one["url"] for one in tree["extension"]]
    assert urls == [fhir.CORE + "fr-core-identity-reliability", fhir.BIRTH_PLACE]
    assert tree["extension"][0]["extension"][0]["valueCoding"]["code"] == "QUAL"
    assert (tree["gender"], tree["birthDate"]) == ("female", "1948-03-12")


@pytest.mark.parametrize("status", ["provisional", "retrieved", "validated"])
def test_the_ins_does_not_travel_under_another_status(status):
    tree, keys = resource(status=status)
    assert tree["meta"]["profile"][0].endswith("/fr-core-patient")
    assert AWA.ins not in str(tree) + str(keys)


def test_a_doubtful_identity_says_so_and_keeps_its_ins_at_home():
    tree, keys = resource("doubtful")
    codes = [one["extension"][0]["valueCoding"]["code"] for one in tree["extension"][:2]]
    assert codes == ["PROV", "DOUT"]
    assert AWA.ins not in str(tree) + str(keys)


def test_numbers_made_here_do_not_travel():
    for system in ("urn:local:x", f"urn:oid:{INS_TEST_OID}@hopital"):
        assert set(by_type(resource(system=system)[0])) == {"INS-NIR-TEST", "RRI"}


def test_the_other_traits_are_there_when_known():
    tree, keys = resource(
        used_name="Sow", phone="0160000000", email="a@b.example", address="1 rue du Test",
        postal_code="77000", deceased_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC), birth_date="1948",
    )  # fmt: skip
    assert tree["name"][1] == {"use": "usual", "family": "Sow", "given": ["AWA"]}
    assert [one["system"] for one in tree["telecom"]] == ["phone", "email"]
    assert tree["address"][0]["postalCode"] == "77000"
    assert tree["deceasedDateTime"] == "2026-01-02T03:04:00+00:00"
    assert tree["birthDate"] == "1948"
    assert {("family", "sow"), ("family", "ndiaye"), ("given", "awa"), ("name", "awa")} <= set(keys)
    assert {("identifier", f"{HOSPITAL}|100"), ("identifier", "100"), ("gender", "female")} <= set(
        keys
    )
