"""The pages of the nomenclatures: who opens them, what they find, what they export."""

import pytest
from django.urls import reverse

from enrs.core.terminology.models import CodeSystem, ConceptMap, ValueSet
from tests.core.fhir.factories import make_user
from tests.core.terminology.factories import code_system, concept_map, load, value_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded() -> None:
    load(code_system())
    load(value_set())
    load(concept_map(("COE", "THO", "wider")))


def page_of(kind: str) -> str:
    model = {"nomenclature": CodeSystem, "jeu": ValueSet, "correspondance": ConceptMap}[kind]
    return reverse("terminology:nomenclature", args=[kind, model.objects.get().id])


@pytest.mark.parametrize("role", ["nurse", "operator", "secretary"])
def test_professionals_open_them_and_see_them_in_their_rail(loaded, signed_in, role):
    browser = signed_in(make_user("essai", role=role))
    page = browser.get(reverse("terminology:catalogue"))
    assert page.status_code == 200
    assert "Jeu d’essai" in page.content.decode() or "Jeu d&#x27;essai" in page.content.decode()
    assert reverse("terminology:catalogue") in browser.get("/").content.decode()


@pytest.mark.parametrize("name", ["catalogue", "codes"])
def test_patients_and_strangers_do_not(loaded, signed_in, client, name):
    assert client.get(reverse(f"terminology:{name}")).status_code == 302
    patient = make_user("patiente", kind="patient")
    assert signed_in(patient).get(reverse(f"terminology:{name}")).status_code in (403, 404)


@pytest.mark.parametrize(
    ("text", "is_found"), [("coeur", True), ("COE", True), ("zzz", False), ("", False)]
)
def test_a_code_or_words_are_searched_through_all(loaded, signed_in, text, is_found):
    page = signed_in(make_user("essai")).get(reverse("terminology:codes"), {"q": text})
    assert ("Cœur" in page.content.decode()) is is_found


@pytest.mark.parametrize("kind", ["nomenclature", "jeu", "correspondance"])
def test_one_is_shown_with_its_codes_and_exported(loaded, signed_in, kind):
    browser = signed_in(make_user("essai"))
    page = browser.get(page_of(kind))
    assert "COE" in page.content.decode()
    assert "COE" not in browser.get(page_of(kind), {"q": "zzz"}).content.decode()
    export = browser.get(page_of(kind) + "codes.csv")
    assert export["Content-Type"] == "text/csv; charset=utf-8"
    assert '"COE"' in export.content.decode()


def test_the_history_shows_what_a_new_version_changed(loaded, signed_in):
    load(
        code_system({"COE": "Cœur entier", "FOI": "Foie", "REI": "Rein droit", "PEA": "Peau d'été"})
    )
    page = signed_in(make_user("essai")).get(page_of("nomenclature")).content.decode()
    assert "<del>Cœur</del>" in page
    assert "<ins>Cœur entier</ins>" in page


def test_a_cell_is_never_a_formula(signed_in):
    load(code_system({"=1+1": "=HYPERLINK(1)"}))
    export = signed_in(make_user("essai")).get(page_of("nomenclature") + "codes.csv")
    assert "'=1+1" in export.content.decode()


@pytest.mark.parametrize("count", [1, 50])
def test_lists_ask_as_much_with_one_row_as_with_fifty(
    signed_in, django_assert_max_num_queries, count
):
    load(code_system({f"C{rank:02}": f"Mot {rank}" for rank in range(count)}))
    load(value_set([f"C{rank:02}" for rank in range(count)]))
    browser = signed_in(make_user("essai"))
    addresses = (page_of("jeu"), page_of("nomenclature"), reverse("terminology:codes") + "?q=mot")
    for address in addresses:
        with django_assert_max_num_queries(20):
            browser.get(address)


def test_a_long_list_is_followed_page_after_page(signed_in):
    load(code_system({f"C{rank:03}": f"Mot {rank}" for rank in range(120)}))
    browser = signed_in(make_user("essai"))
    address, seen = page_of("nomenclature"), []
    while address:
        page = browser.get(address)
        seen += [row["concept"].code for row in page.context["rows"]]
        address = page.context["next_url"] and page_of("nomenclature") + page.context["next_url"]
    assert seen == [f"C{rank:03}" for rank in range(120)]
