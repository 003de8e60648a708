"""The document shown: readable, whole, and unable to run or fetch anything."""

import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from enrs.formats.cda.reader import MAX_DEPTH
from enrs.formats.cda.viewer import attachments, plain_text, render, render_header
from tests.formats.cda.examples import NAMES, document, section_document

TAGS = {
    "div", "section", "h1", "h2", "h3", "h4", "h5", "h6", "p", "span", "ul", "ol", "li", "table",
    "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "br", "sub", "sup", "strong", "em",
    "a", "img", "del", "ins", "pre", "dl", "dt", "dd",
}  # fmt: skip
ATTRIBUTES = {
    "class", "id", "href", "src", "alt", "loading", "colspan", "rowspan", "scope", "tabindex",
    "role", "aria-label", "start",
}  # fmt: skip


def address(index):
    return f"/pieces/{index}?a=1&b=2"


def assert_harmless(fragment):
    for node in html.fragment_fromstring(fragment, create_parent="main").iter():
        if node.tag == "main":
            continue
        assert node.tag in TAGS, node.tag
        assert set(node.attrib) <= ATTRIBUTES, dict(node.attrib)
        target = node.get("href") or node.get("src") or "#"
        assert target.startswith(("#cda-", "/pieces/")) or target == "#"


@pytest.mark.parametrize("name", NAMES)
def test_every_fixture_renders_to_a_harmless_fragment(name):
    fragment = render(document(name), address)
    assert_harmless(fragment)
    assert_harmless(render_header(document(name)))
    assert len(html.fromstring(fragment).text_content().strip()) > 10


def test_hostile_markup_leaves_only_its_words():
    shown = render(document("hostile"), address)
    assert_harmless(shown)
    words = html.fromstring(shown).text_content()
    for kept in ("Avant", "Texte utile", "Gras", "clic", "dehors", "case", "texte perdu", "Après"):
        assert kept in words
    for gone in ("marqueur", "xhtml", "passwd", "background", "cible"):
        assert gone not in shown
    assert "<script" not in shown
    assert "&lt;script&gt;alert(&#x27;titre&#x27;)" in shown
    assert "<b>" not in render_header(document("hostile"))


def test_an_svg_is_never_served_as_an_image():
    piece = attachments(document("hostile"))[0]
    assert piece.mime == "application/octet-stream"
    assert not piece.is_image
    assert "image/svg+xml" in piece.problem


def test_the_stylesheet_of_a_self_rendering_document_is_ignored():
    shown = render(document("self_rendering"), address)
    assert "Glycémie à jeun" in shown
    assert "evil" not in shown


def test_headings_follow_the_depth_of_sections():
    shown = render(document("laboratory"), address)
    assert "<h2>Biochimie</h2>" in shown
    assert "<h3>Sang</h3>" in shown
    assert "<h4>Biochimie</h4>" in render(document("laboratory"), address, heading=4)


def test_a_section_without_narrative_shows_its_entries():
    shown = html.fromstring(render(document("laboratory"), address))
    table = shown.xpath("//section[h2='Sérologie']//table")[0]
    rows = [[cell.text_content() for cell in row] for row in table.xpath(".//tr")]
    assert rows[0] == ["Élément", "Valeur", "Date"]
    assert ["Antigène HBs", "négatif", "12 mars 2026 à 10 h 15"] in rows


def test_images_lists_links_and_notes():
    shown = render(document("image"), address)
    assert '<img class="cda-media" src="/pieces/0?a=1&amp;b=2" alt="Profil des protéines"' in shown
    assert '<ol class="cda-list"><li>contrôle</li><li>avis</li></ol>' in shown
    assert '<a href="#cda-trace-lien">tracé</a>' in shown
    assert 'class="cda-address">(https://images.example/etude/1)' in shown
    assert 'class="cda-italics cda-underline"' in shown
    assert "Bad" not in shown
    assert '<a href="#cda-n1">1</a>' in shown
    assert '<li id="cda-n1">Gel' in shown


def test_the_bytes_of_an_image_decide_of_its_type():
    piece = attachments(document("image"))[0]
    assert (piece.declared_mime, piece.mime, piece.name) == ("image/jpeg", "image/png", "trace.png")


def test_without_addresses_attachments_are_only_named():
    shown = render(document("image"))
    assert "<img" not in shown
    assert "Pièce jointe : trace.png" in shown


def test_a_level_1_document_gives_its_file():
    piece = attachments(document("level_1"))[0]
    assert piece.mime == "application/pdf"
    assert piece.data.startswith(b"%PDF-")
    shown = render(document("level_1"), address)
    assert "Document PDF, 1 Ko" in shown


def test_tables_keep_spans_scopes_and_captions():
    shown = render(
        section_document(
            "<text><table ID='t'><caption>Titre</caption><thead><tr><th colspan='2'>A</th>"
            "<th>B</th></tr></thead><tfoot><tr><td>fin</td></tr></tfoot><tbody><tr>"
            "<th>x</th><td rowspan='3' align='right'>1</td></tr></tbody></table></text>"
        )
    )
    assert '<table id="cda-t" class="cda-table"><caption>Titre</caption>' in shown
    assert '<th colspan="2" scope="colgroup">A</th><th scope="col">B</th>' in shown
    assert '<th scope="row">x</th>' in shown
    assert '<td class="cda-align-right" rowspan="3">1</td>' in shown
    assert "<tfoot>" in shown


def test_an_empty_section_says_so():
    assert "Aucune information" in render(section_document("<text/>"))


def test_medicines_without_narrative_show_name_dose_and_period():
    shown = render(
        section_document(
            "",
            "<entry><substanceAdministration><effectiveTime><low value='20260301'/>"
            "<high value='20260315'/></effectiveTime><routeCode displayName='Voie orale'/>"
            "<doseQuantity value='1.5' unit='mg'/><consumable><manufacturedProduct>"
            "<manufacturedMaterial><name>Produit fictif</name></manufacturedMaterial>"
            "</manufacturedProduct></consumable></substanceAdministration></entry>",
        )
    )
    words = html.fromstring(shown).text_content()
    assert "Produit fictif1,5 mg ; Voie oraledu 1er mars 2026 au 15 mars 2026" in words


def test_the_header_speaks_french():
    words = html.fromstring(render_header(document("laboratory"))).text_content()
    for expected in (
        "LEROUX-TESTE CAMILLE, nom utilisé N'DIAYE",
        "née le 23 mai 1984",
        "12 mars 2026 à 14 h 05, version 2",
        "Dr Solène ABRIVARD, Médecin - Biologie médicale (SM), Laboratoire des Salines",
        "Dr Hugo PELISSARD",
        "le 12 mars 2026 de 08 h 00 à 14 h 00",
    ):
        assert expected in words


def test_the_plain_text_holds_every_word_and_no_markup():
    text = plain_text(document("laboratory"))
    for expected in ("Kaliémie", "5,8 mmol/L", "Contrôle conseillé", "Antigène HBs négatif"):
        assert expected in text
    assert "<" not in text.replace("< 1 mg/L", "")
    assert "marqueur" not in plain_text(document("hostile"))


def test_the_work_grows_as_the_rows():
    def calls(count):
        rows = "<tr><td ID='r'>a</td><td><content styleCode='Bold'>b</content></td></tr>" * count
        big = section_document(f"<text><table><tbody>{rows}</tbody></table></text>")
        made = 0

        def counting(frame, event, argument):
            nonlocal made
            made += 1

        sys.setprofile(counting)
        try:
            shown = render(big)
        finally:
            sys.setprofile(None)
        assert shown.count("<tr>") == count
        return made

    assert calls(4_000) < 4.2 * calls(1_000)


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("<content>", "</content>"),
        ("<paragraph>", "</paragraph>"),
        ("<list><item>", "</item></list>"),
        ("<table><tr><td>", "</td></tr></table>"),
    ],
)
def test_the_deepest_nesting_that_is_read_is_also_shown(opening, closing):
    levels = (MAX_DEPTH - 8) // opening.count("<")
    deep = section_document(f"<text>{opening * levels}fond{closing * levels}</text>")
    assert "fond" in render(deep)
    assert "fond" in plain_text(deep)


names = st.sampled_from(
    ["paragraph", "content", "table", "tr", "td", "th", "list", "item", "script", "linkHtml",
     "footnote", "renderMultiMedia", "br", "sup", "caption", "thead", "style", "a", "svg"]
)  # fmt: skip
values = st.sampled_from(
    ["javascript:alert(1)", "#x", "http://e.example/", '"><script>', "' onload='", "2", "Bold"]
)
keys = st.sampled_from(["href", "ID", "styleCode", "colspan", "onclick", "style", "src", "align"])


def build(tree):
    name, attributes, children = tree
    inner = "".join(build(child) if isinstance(child, tuple) else child for child in children)
    listed = "".join(
        f' {key}="{re.sub("[<&]", "", value).replace(chr(34), "&quot;")}"'
        for key, value in attributes.items()
    )
    return f"<{name}{listed}>{inner}</{name}>"


trees = st.recursive(
    st.tuples(names, st.dictionaries(keys, values, max_size=3), st.just(["mot"])),
    lambda inner: st.tuples(
        names, st.dictionaries(keys, values, max_size=3), st.lists(inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=120, deadline=None)
@given(trees)
def test_no_tree_of_markup_gets_past_the_allow_list(tree):
    assert_harmless(render(section_document(f"<text>{build(tree)}</text>"), address))
