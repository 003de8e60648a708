"""Themes and words of needs written by the region: rules, commands, the search, and the pages of the exploitation."""

import pytest
from django.urls import reverse

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.queries import actor_of
from enrs.core.audit.models import AuditLine
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.offer import commands
from enrs.referentials.offer.commands import OfferRefusedError
from enrs.referentials.offer.models import VocabularyChange, VocabularyEntry
from enrs.referentials.offer.queries import vocabulary
from enrs.referentials.offer.queries.search import Criteria, search
from enrs.referentials.offer.rules import vocabulary as rules
from enrs.referentials.offer.tables import packaged, packaged_needs, packaged_themes
from tests.factories import UserFactory
from tests.referentials.offer.factories import make_site, make_unit

SPORT = {"words": ["cheville", "entorse du genou"], "tokens": ["activity:dialyse-centre"]}
THEME = {
    "label": "Sport", "icon": "heart", "summary": "", "tokens": ["activity:dialyse-centre"], "equipment": [],
}  # fmt: skip


def fault(kind, content, key=""):
    return rules.fault_of(
        kind, key, content, themes=packaged_themes(), needs=packaged_needs(),
        finds=lambda table, code: packaged(table).get(code),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        ("need", {}, ""), ("need", {"tokens": []}, "tokens"), ("need", {"tokens": ["activity:inconnue"]}, "tokens"),
        ("need", {"tokens": ["site:x"]}, "tokens"), ("need", {"words": []}, "need_words"),
        ("need", {"words": ["un mot de trop ici"]}, "need_words"), ("need", {"words": ["Réa"]}, "need_taken"),
        ("need", {"words": ["x" * 61]}, "need_words"), ("need", {"words": ["!"]}, "need_words"),
        ("theme", {}, ""), ("theme", {"label": " "}, "theme_words"), ("theme", {"equipment": ["inconnu"]}, "tokens"),
        ("theme", {"label": "x" * 41}, "theme_words"), ("theme", {"tokens": ["kind:city"]}, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_has_its_reason(kind, change, reason):
    assert fault(kind, (SPORT if kind == "need" else THEME) | change) == reason


def test_every_packaged_entry_keeps_its_own_rules():
    for kind, known in (("theme", packaged_themes()), ("need", packaged_needs())):
        for key, one in known.items():
            assert fault(kind, rules.content_of(one), key) == ""


def test_a_row_changes_hides_or_adds_and_the_others_stand():
    rows = [("dialyse", None, True), ("palliatif", THEME, False), ("sport", THEME, False)]
    found = rules.merged_themes(packaged_themes(), rows)
    assert "dialyse" not in found
    assert found["palliatif"].label == "Sport"
    assert list(found)[-1] == "sport"
    assert found["perinatal"] == packaged_themes()["perinatal"]


def test_a_key_that_is_taken_gets_a_number():
    assert rules.new_key("theme", THEME, ["sport", "sport-2"]) == "sport-3"


@pytest.fixture
def unit():
    made = make_unit(make_site())
    commands.index_services([made])
    return made


@pytest.fixture
def operator():
    return UserFactory(role="operator")


def found(text):
    return [hit.service.pk for hit in search(Criteria(text=text)).hits]


@pytest.mark.django_db
def test_a_word_that_the_region_adds_is_found_changed_retired_and_taken_back(unit, operator):
    assert found("entorse du genou") == []
    with acting(actor_of(operator)):
        made = commands.write_vocabulary(kind="need", content=SPORT)
        assert (made.key, found("entorse du genou")) == ("cheville", [unit.pk])
        commands.hide_vocabulary(kind="need", key="cheville", expected_version=1)
        assert found("entorse du genou") == []
        commands.undo_vocabulary(kind="need", key="cheville", expected_version=2)
        assert found("entorse du genou") == [unit.pk]
        other = SPORT | {"words": ["talon"]}
        commands.write_vocabulary(kind="need", key="cheville", content=other, expected_version=3)
        assert (found("entorse du genou"), found("talon")) == ([], [unit.pk])
        commands.undo_vocabulary(kind="need", key="cheville", expected_version=4)
        assert found("entorse du genou") == [unit.pk]
        acts = list(VocabularyChange.objects.order_by("id").values_list("act", flat=True))
        assert acts == ["added", "hidden", "undone", "changed", "undone"]
    assert AuditLine.objects.filter(action="offer.vocabulary.added").count() == 1


@pytest.mark.django_db
def test_the_first_change_taken_back_retires_what_was_added(unit, operator):
    with acting(actor_of(operator)):
        commands.write_vocabulary(kind="need", content=SPORT)
        commands.undo_vocabulary(kind="need", key="cheville", expected_version=1)
        assert found("cheville") == []
        assert vocabulary.line("need", "cheville").is_hidden


@pytest.mark.django_db
def test_a_packaged_one_is_changed_hidden_and_comes_back_as_it_was(operator):
    packaged = vocabulary.packaged().themes["dialyse"]
    with acting(actor_of(operator)):
        commands.write_vocabulary(kind="theme", key="dialyse", content=THEME)
        assert vocabulary.themes()["dialyse"].label == "Sport"
        assert list(vocabulary.themes()) == list(packaged_themes())
        commands.undo_vocabulary(kind="theme", key="dialyse", expected_version=1)
        assert vocabulary.themes()["dialyse"] == packaged
        commands.hide_vocabulary(kind="theme", key="dialyse", expected_version=2)
        assert "dialyse" not in vocabulary.themes()


@pytest.mark.django_db
def test_words_that_another_took_do_not_come_back(operator):
    with acting(actor_of(operator)):
        commands.write_vocabulary(kind="need", content=SPORT)
        commands.hide_vocabulary(kind="need", key="cheville", expected_version=1)
        commands.write_vocabulary(kind="need", content=SPORT | {"words": ["pied", "cheville"]})
        with pytest.raises(OfferRefusedError) as refused:
            commands.hide_vocabulary(
                kind="need", key="cheville", expected_version=2, is_hidden=False
            )
        assert refused.value.reason == "need_taken"
        with pytest.raises(StaleSaveError):
            commands.hide_vocabulary(kind="need", key="pied", expected_version=9)
        with pytest.raises(OfferRefusedError):
            commands.write_vocabulary(kind="need", key="inconnu", content=SPORT)
        with pytest.raises(OfferRefusedError):
            commands.undo_vocabulary(kind="need", key="dialyse", expected_version=0)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["nurse", "auditor"])
def test_nobody_else_writes(role):
    with acting(actor_of(UserFactory(role=role))):
        for does in (
            lambda: commands.write_vocabulary(kind="need", content=SPORT),
            lambda: commands.hide_vocabulary(kind="need", key="dialyse", expected_version=0),
            lambda: commands.undo_vocabulary(kind="need", key="dialyse", expected_version=0),
        ):
            with pytest.raises(AccessRefusedError):
                does()
    assert not VocabularyEntry.objects.exists()


@pytest.mark.django_db
def test_a_process_asks_once_and_then_answers_by_what_it_keeps(django_assert_num_queries):
    vocabulary.forget()
    with django_assert_num_queries(1):
        vocabulary.themes()
        vocabulary.vocabulary()
    with django_assert_num_queries(0):
        vocabulary.themes()


@pytest.mark.django_db
def test_the_exploitation_adds_previews_and_undoes_by_the_pages(unit, operator, signed_in):
    browser = signed_in(operator)
    assert "Forte corpulence" in browser.get(reverse("offer:vocabulary")).content.decode()
    add = reverse("offer:add_vocabulary", args=["besoins"])
    assert browser.get(add).status_code == 200
    data = {
        "words": "cheville, entorse du genou",
        "codes_activity": ["dialyse-centre"],
        "version": "0",
    }
    page = browser.post(add, data | {"acte": "apercu"}).content.decode()
    assert "1&nbsp;offre" in page or "1 offre" in page.replace("\xa0", " ")
    assert not VocabularyEntry.objects.exists()
    saved = browser.post(add, data | {"acte": "garder"}, follow=True)
    assert "Enregistré" in saved.content.decode()
    assert "Ajouté" in saved.content.decode()
    one = ["besoins", "cheville"]
    for name, version in (("hide", 1), ("show", 2), ("undo", 3)):
        answer = browser.post(
            reverse(f"offer:{name}_vocabulary", args=one), {"version": version}, follow=True
        )
        assert answer.status_code == 200
    assert VocabularyEntry.objects.get().is_hidden
    assert "Retiré" in browser.get(reverse("offer:vocabulary_entry", args=one)).content.decode()
    refused = browser.post(add, data | {"words": "réa", "acte": "garder"})
    assert refused.status_code == 422
    assert "autre besoin" in refused.content.decode()


@pytest.mark.django_db
def test_a_packaged_theme_is_changed_by_its_page(operator, signed_in):
    browser = signed_in(operator)
    address = reverse("offer:vocabulary_entry", args=["themes", "dialyse"])
    page = browser.get(address).content.decode()
    assert "Livré avec le produit" in page
    data = {
        "label": "Dialyses",
        "icon": "droplet-half",
        "summary": "",
        "codes_activity": ["dialyse-udm"],
    }
    assert browser.post(address, data | {"version": "0"}).status_code == 302
    assert vocabulary.themes()["dialyse"].label == "Dialyses"
    assert browser.post(address, data | {"version": "0"}).status_code == 422


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["nurse", "physician"])
def test_the_pages_are_the_exploitation_s(role, signed_in):
    browser = signed_in(UserFactory(role=role))
    for name, args in (("vocabulary", []), ("add_vocabulary", ["themes"])):
        assert browser.get(reverse(f"offer:{name}", args=args)).status_code in (403, 404)


@pytest.mark.django_db
def test_what_is_not_there_is_a_404(operator, signed_in):
    browser = signed_in(operator)
    for args in (["themes", "inconnu"], ["autres", "dialyse"]):
        assert browser.get(reverse("offer:vocabulary_entry", args=args)).status_code == 404


def test_the_system_reads_what_is_packaged():
    with acting(SYSTEM):
        assert "rein artificiel" in vocabulary.packaged().phrases
