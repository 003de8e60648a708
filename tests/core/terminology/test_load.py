"""Loading nomenclatures: versions, closures, history; the same file again, a part of a file, a refused one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enrs.core.audit.models import AuditLine
from enrs.core.fhir.models import Resource
from enrs.core.terminology import queries
from enrs.core.terminology.models import Change, CodeSystem, Concept, Load, Member, ValueSet
from tests.core.terminology.factories import (
    ORGANES,
    SET,
    SYSTEM,
    code_system,
    concept_map,
    load,
    value_set,
)

pytestmark = pytest.mark.django_db


def versions(kind: str, key: object) -> int:
    return Resource.objects.filter(type=kind, id=key).count()


def listed(url: str = SET) -> list[str]:
    source = queries.source_of(address=url)
    assert source
    return [one.code for one in queries.expand(source).entries]


def test_the_same_file_again_writes_nothing():
    first = load(code_system())
    assert (first.state, first.added_count) == ("done", 4)
    system = CodeSystem.objects.get()
    again = load(code_system())
    assert again.state == "same"
    assert Load.objects.count() == 1
    assert versions("CodeSystem", system.id) == 1
    assert Change.objects.count() == 0


def test_a_new_version_adds_changes_closes_and_keeps_the_history():
    load(code_system())
    renamed = {"COE": "Cœur entier", "FOI": "Foie", "REI": "Rein droit", "RAT": "Rate"}
    done = load(code_system(renamed, version="2"))
    assert (done.added_count, done.changed_count, done.closed_count) == (1, 1, 1)
    assert set(done.changes.values_list("action", "code", "before", "after")) == {
        ("added", "RAT", "", "Rate"),
        ("changed", "COE", "Cœur", "Cœur entier"),
        ("closed", "PEA", "Peau d'été", ""),
    }
    assert Concept.objects.get(code="PEA").closed_at
    system = CodeSystem.objects.get()
    assert (system.version, system.count) == ("2", 4)
    assert versions("CodeSystem", system.id) == 2
    assert AuditLine.objects.filter(action="terminology.loaded").count() == 2


def test_what_comes_back_is_opened_again():
    load(code_system())
    load(code_system({key: words for key, words in ORGANES.items() if key != "FOI"}))
    done = load(code_system())
    assert list(done.changes.values_list("action", "code")) == [("reopened", "FOI")]
    assert Concept.objects.get(code="FOI").closed_at is None


def test_the_place_of_a_code_in_its_file_is_no_change():
    load(code_system())
    done = load(code_system(dict(reversed(ORGANES.items()))))
    assert (done.added_count, done.changed_count, done.closed_count) == (0, 0, 0)
    assert listed(f"{SYSTEM}?fhir_vs") == list(reversed(ORGANES))


def test_a_part_of_a_file_does_not_pass_for_a_new_version():
    many = {f"C{rank:03}": f"Code {rank}" for rank in range(100)}
    load(code_system(many))
    few = dict(list(many.items())[:30])
    done = load(code_system(few))
    assert (done.state, done.closed_count) == ("kept", 0)
    done = load(code_system(few, version="3"), closes_many=True)
    assert (done.state, done.closed_count) == ("done", 70)


def test_a_refused_file_changes_nothing_and_says_why():
    load(code_system())
    done = load(b'{"resourceType": "CodeSystem"}')
    assert (done.state, done.added_count) == ("failed", 0)
    assert "canonique" in done.error
    assert Concept.objects.filter(closed_at=None).count() == 4


def test_a_set_that_stands_on_nothing_is_refused_until_its_system_comes():
    whole = value_set(compose={"include": [{"system": SYSTEM}]})
    assert load(whole).error == f"Le système « {SYSTEM} » n'est pas chargé en entier."
    load(code_system())
    assert load(whole).state == "done"
    assert listed() == list(ORGANES)
    load(code_system(ORGANES | {"RAT": "Rate"}))
    assert listed() == [*ORGANES, "RAT"]


def test_a_set_takes_the_words_of_its_system_and_teaches_it_codes_that_it_did_not_know():
    load(code_system(content="fragment"))
    include = {"system": SYSTEM, "concept": [{"code": "COE"}, {"code": "OS", "display": "Os"}]}
    load(value_set(compose={"include": [include]}))
    assert dict(Member.objects.values_list("code", "display")) == {"COE": "Cœur", "OS": "Os"}
    assert Concept.objects.get(code="OS").display == "Os"
    assert CodeSystem.objects.get().count == 5


def test_a_part_of_a_system_says_nothing_against_the_whole():
    load(code_system())
    done = load(code_system({"COE": "Autre"}, content="fragment"))
    assert done.state == "same"
    assert Concept.objects.get(code="COE").display == "Cœur"


def test_a_hierarchy_is_filtered_and_an_exclusion_taken_off():
    nested = [
        {"code": "A", "concept": [{"code": "A1", "concept": [{"code": "A11"}]}, {"code": "A2"}]},
        {"code": "B"},
    ]
    load(code_system(concept=nested))
    under = {"system": SYSTEM, "filter": [{"property": "concept", "op": "is-a", "value": "A"}]}
    without = {"system": SYSTEM, "concept": [{"code": "A2"}]}
    load(value_set(compose={"include": [under], "exclude": [without]}))
    assert listed() == ["A", "A1", "A11"]
    nested[0]["concept"].append({"code": "A3"})
    load(code_system(concept=nested, version="2"))
    assert listed() == ["A", "A1", "A11", "A3"]


def test_a_set_made_of_other_sets_follows_them():
    load(code_system())
    load(value_set(("COE", "REI")))
    both = value_set(url="urn:essai:autre", compose={"include": [{"valueSet": [SET]}]})
    load(both)
    assert listed("urn:essai:autre") == ["COE", "REI"]
    load(value_set(("COE", "FOI"), version="2"))
    assert listed("urn:essai:autre") == ["COE", "FOI"]


def test_an_address_that_comes_later_takes_over_the_oid():
    oid = "urn:oid:1.2.250.1.999.77"
    load(code_system({"COE": "Cœur"}, url=oid))
    key = CodeSystem.objects.get().id
    identifier = [{"system": "urn:ietf:rfc:3986", "value": oid}]
    load(code_system({"COE": "Cœur"}, url="https://exemple.fr/organes", identifier=identifier))
    row = CodeSystem.objects.get()
    assert (row.id, row.url) == (key, "https://exemple.fr/organes")
    assert queries.system_of(oid) == row


def test_lines_of_a_correspondence_are_closed_like_codes():
    load(concept_map(("COE", "T", "wider"), ("FOI", "A", "equivalent")))
    done = load(concept_map(("COE", "T", "equivalent")))
    assert (done.changed_count, done.closed_count) == (1, 1)
    assert queries.translations(system=SYSTEM, code="FOI") == []


def test_a_code_ends_on_its_day():
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    ended = {"code": "FIN", "property": [{"code": "dateFin", "valueDateTime": yesterday}]}
    load(code_system(concept=[ended, {"code": "COE"}]))
    assert (CodeSystem.objects.get().count, CodeSystem.objects.get().active_count) == (2, 1)
    assert not queries.is_active(Concept.objects.get(code="FIN"))


def test_two_kinds_at_one_address_do_not_mix():
    load(code_system(url="urn:essai:double"))
    load(value_set(("COE",), url="urn:essai:double"))
    assert ValueSet.objects.get().id != CodeSystem.objects.first().id
