"""Reading published nomenclatures: what is taken, what is refused, and what would harm."""

from contextlib import suppress
from datetime import date

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrs.formats.terminology import (
    ConceptMapFile,
    SystemFile,
    TerminologyError,
    ValueSetFile,
    read_terminology,
)

HEAD = '<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008">'
CONCEPT = (
    '<Concept code="{}" codeSystem="1.2.250.1.999.1" displayName="Mot {}" '
    'dateValid="20200101000000" dateFin="{}"/>'
)
BOMB = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008"><ValueSet id="1.2.3" displayName="&b;"/>
</RetrieveValueSetResponse>"""


def svs(
    *codes: str, attributes: str = 'id="1.2.250.1.999.2" displayName="JDV_EssaiCodes_CISIS"'
) -> bytes:
    listed = "".join(CONCEPT.format(code, code, "") for code in codes)
    inner = f"<ValueSet {attributes}><ConceptList>{listed}</ConceptList></ValueSet>"
    return f"{HEAD}{inner}</RetrieveValueSetResponse>".encode()


def tree(**fields: object) -> bytes:
    return orjson.dumps({"url": "urn:essai:1", "status": "active", **fields})


def test_an_svs_file_is_a_value_set_of_oids_with_its_dates():
    attributes = (
        'id="1.2.250.1.999.2" displayName="JDV_J99_EssaiCodes_CISIS.tabs" dateMaj="20241213120000" '
        'urlFichier="https://mos.esante.gouv.fr/NOS/JDV_J99-EssaiCodes-CISIS"'
    )
    (file,) = read_terminology(svs("A", "B", attributes=attributes))
    assert isinstance(file, ValueSetFile)
    assert file.heading.url == (
        "https://mos.esante.gouv.fr/NOS/JDV_J99-EssaiCodes-CISIS/FHIR/JDV-J99-EssaiCodes-CISIS"
    )
    assert (file.heading.title, file.heading.version) == ("Essai codes", "20241213120000")
    first = file.includes[0].items[0]
    assert (first.system, first.code, first.display) == ("urn:oid:1.2.250.1.999.1", "A", "Mot A")
    assert first.valid_from == date(2020, 1, 1)
    assert first.valid_until is None


def test_a_tre_file_is_a_whole_code_system():
    attributes = 'id="1.2.250.1.999.1" displayName="TRE_R99" typeFichier="TRE"'
    (file,) = read_terminology(svs("A", attributes=attributes))
    assert isinstance(file, SystemFile)
    assert file.is_complete


def test_codes_without_code_or_given_twice_are_set_aside_with_the_reason():
    (file,) = read_terminology(svs("A", "", "A"))
    assert len(file.includes[0].items) == 1
    assert [one.place for one in file.rejected] == [2, 3]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"   ", b"du texte", b"<a>", b"<a/>", b"[]", b"{", b"{}", BOMB.encode(), BOMB.encode("utf-16"),
        svs(), svs("A", attributes='id="pas un oid"'), b'{"resourceType":"Patient"}',
        tree(resourceType="CodeSystem"), tree(resourceType="ValueSet"), tree(resourceType="ConceptMap"),
        b'{"resourceType":"CodeSystem","concept":[{"code":"A"}]}',
        tree(resourceType="ValueSet", compose={"include": [{"system": "u", "filter": [{"op": "regex"}]}]}),
        b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}}]}',
        b'{"resourceType":"Bundle","entry":"x"}',
    ],
    ids=lambda content: str(content[:24]),
)  # fmt: skip
def test_what_is_no_nomenclature_is_refused_in_a_sentence(content):
    with pytest.raises(TerminologyError) as refused:
        read_terminology(content)
    assert str(refused.value).endswith((".", ")."))


def test_codes_nested_too_deep_are_refused():
    node: dict[str, object] = {"code": "fond"}
    for rank in range(60):
        node = {"code": str(rank), "concept": [node]}
    with pytest.raises(TerminologyError, match="emboîtés"):
        read_terminology(tree(resourceType="CodeSystem", concept=[node]))


def test_a_code_system_keeps_order_parents_dates_and_french_words():
    properties = [
        {"code": "dateValid", "valueDateTime": "2020-01-01T00:00:00+01:00"},
        {"code": "dateFin", "valueDateTime": "2024-06-01"},
        {"code": "niveau", "valueInteger": 2},
    ]
    child = {
        "code": "B",
        "display": "Heart",
        "designation": [{"language": "fr-FR", "value": "Cœur"}],
    }
    concepts = [{"code": "A", "property": properties, "concept": [child]}, {"code": "C"}]
    (file,) = read_terminology(
        tree(resourceType="CodeSystem", content="fragment", concept=concepts)
    )
    assert [(one.code, one.parent, one.display) for one in file.concepts] == [
        ("A", "", "A"), ("B", "A", "Cœur"), ("C", "", "C"),
    ]  # fmt: skip
    assert (file.concepts[0].valid_until, file.concepts[0].properties) == (
        date(2024, 6, 1),
        {"niveau": "2"},
    )
    assert not file.is_complete


def test_a_concept_map_reads_its_lines_and_sets_aside_the_bad_ones():
    targets = [{"code": "X", "equivalence": "wider"}, {"code": "Y", "equivalence": "presque"}, {}]
    group = {"source": "urn:a", "target": "urn:b", "element": [{"code": "A", "target": targets}]}
    (file,) = read_terminology(tree(resourceType="ConceptMap", group=[group]))
    assert isinstance(file, ConceptMapFile)
    assert [(one.source_code, one.target_code, one.equivalence) for one in file.mappings] == [
        ("A", "X", "wider")
    ]
    assert len(file.rejected) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = (
    "concept",
    "compose",
    "expansion",
    "group",
    "identifier",
    "extension",
    "property",
    "content",
    "name",
)


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(("CodeSystem", "ValueSet", "ConceptMap")),
    fields=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4),
    inner=st.dictionaries(
        st.sampled_from(("include", "contains", "code", "element", "concept", "target")), JSON
    ),
)
def test_any_shape_of_json_is_read_or_refused(kind, fields, inner):
    content = tree(
        resourceType=kind, **{**fields, "compose": inner, "concept": [inner], "group": [inner]}
    )
    with suppress(TerminologyError):
        assert read_terminology(content)
