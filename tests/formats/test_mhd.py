"""The submission that a repository is handed: XDS metadata under their MHD names."""

import hashlib
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from enrs.formats import mhd
from enrs.formats.cda.builder_documents import headed
from enrs.formats.cda.model import Code
from tests.formats.cda.test_summaries import META

NOW = datetime(2026, 3, 12, 13, 5, tzinfo=UTC)
KEY = UUID("0198c0de-0000-7000-8000-000000000001")
ENTRY = mhd.Entry(
    meta=headed(META, "vsm"), content=b"<a/>", format_code="urn:asip:ci-sis:vsm:2012",
    class_code=Code("11", mhd.CLASSES, "Synthèse"), contents=Code("07", "1.2.250.1.213.2.2"),
    visibility=("INVISIBLE_PATIENT",),
)  # fmt: skip


def bundle(entry: mhd.Entry = ENTRY) -> dict[str, dict]:
    made = mhd.provide_bundle(entry, source_id="1.2.250.1.999.1.1", submission_id=KEY, at=NOW)
    assert made["type"] == "transaction"
    assert {one["request"]["method"] for one in made["entry"]} == {"POST"}
    return {
        one["resource"]["resourceType"]: one["resource"] | {"_url": one["fullUrl"]}
        for one in made["entry"]
    }


def test_the_entry_has_all_that_xds_requires():
    entry = bundle()["DocumentReference"]
    assert entry["masterIdentifier"]["value"] == "urn:oid:2.25.3401"
    assert entry["type"]["coding"][0]["code"] == "SYNTH"
    assert entry["category"][0]["coding"][0]["code"] == "11"
    assert entry["content"][0]["format"]["code"] == "urn:asip:ci-sis:vsm:2012"
    assert entry["content"][0]["format"]["system"] == mhd.FORMATS
    context = entry["context"]
    assert context["facilityType"]["coding"][0]["code"] == "SA25"
    assert context["practiceSetting"]["coding"][0]["code"] == "AMBULATOIRE"
    assert context["event"][0]["coding"][0] == {
        "system": "http://loinc.org",
        "code": "18719-5",
        "display": "Biochimie",
    }
    assert context["period"]["start"] == "2026-03-12T08:00:00+01:00"
    assert [one["coding"][0]["code"] for one in entry["securityLabel"]] == [
        "N",
        "INVISIBLE_PATIENT",
    ]
    held = {one["id"]: one for one in entry["contained"]}
    assert held["patient"]["identifier"][0] == {
        "use": "official", "system": "urn:oid:1.2.250.1.213.1.4.10", "value": "279035121518989",
    }  # fmt: skip
    assert held["author-0"]["organization"] == {"reference": "#place-0"}
    assert held["doctor-0"]["identifier"][0]["value"] == META.authors[0].idnat
    assert held["custodian"]["identifier"][0]["value"] == META.custodian.idnat
    references = [entry["subject"], *entry["author"], entry["authenticator"], entry["custodian"]]
    assert {one["reference"].lstrip("#") for one in references} <= set(held)


def test_the_attachment_is_the_document_with_its_digest():
    parts = bundle()
    attachment = parts["DocumentReference"]["content"][0]["attachment"]
    assert attachment["url"] == parts["Binary"]["_url"]
    assert b64decode(parts["Binary"]["data"]) == b"<a/>"
    assert b64decode(attachment["hash"]) == hashlib.sha1(b"<a/>", usedforsecurity=False).digest()
    assert attachment["size"] == 4


def test_the_submission_names_its_source_and_its_document():
    parts = bundle()
    item = parts["List"]["entry"][0]["item"]["reference"]
    assert item == parts["DocumentReference"]["_url"]
    urls = [one["url"].rpartition("/")[2] for one in parts["List"]["extension"]]
    assert urls == ["ihe-designationType", "ihe-sourceId"]
    assert bundle() == parts


def test_a_version_replaces_the_one_named_and_no_other():
    assert (
        bundle()["DocumentReference"]["relatesTo"][0]["target"]["identifier"]["value"]
        == "urn:oid:2.25.3399"
    )
    first = replace(ENTRY, meta=mhd.replacing(ENTRY.meta, ""))
    assert "relatesTo" not in bundle(first)["DocumentReference"]
    other = mhd.replacing(ENTRY.meta, "2.25.1^A")
    assert str(other.replaces[0]) == "2.25.1^A"


def test_a_submission_of_a_document_is_always_the_same():
    assert mhd.submission_of(KEY) == mhd.submission_of(KEY)
