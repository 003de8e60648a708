"""Components say everything in words and keep what they are given harmless."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.http import Http404
from django.template import Context, Template
from django.template.loader import render_to_string

from enrs.core.ui import views
from enrs.core.ui.icons import icon, shapes
from enrs.core.ui.shapes import IDENTITY_STATUSES, Alert, Banner, Conflict, Frame
from enrs.core.ui.views import SampleForm, gallery, gallery_public, gallery_rows


def draw(source, **context):
    return Template("{% load ui %}" + source).render(Context(context))


def test_pill_has_a_word_an_icon_and_a_tone():
    html = draw('{% pill "sûr" text %}', text="<Publié>")
    assert "tone-sur" in html
    assert "<svg" in html
    assert "&lt;Publié&gt;" in html


@pytest.mark.parametrize("status", IDENTITY_STATUSES)
def test_banner_names_each_identity_status_and_shows_ins_only_when_qualified(status):
    banner = Banner(
        "Lemoine", "Jo", date(1943, 10, 4), "F", identity_status=status, ins="243107511501847"
    )
    html = draw("{% patient_banner banner %}", banner=banner)
    assert IDENTITY_STATUSES[status][0] in html
    assert ("INS" in html) == (status == "qualified")


@pytest.mark.parametrize(
    ("allergies", "words"),
    [
        (None, "Allergies non renseignées"),
        ((), "Aucune allergie connue"),
        (("latex",), "Allergie&nbsp;:</b> latex"),
        (("latex", "arachide"), "Allergies&nbsp;:</b> latex, arachide"),
    ],
)
def test_banner_tells_unknown_from_none(allergies, words):
    html = draw(
        "{% patient_banner banner %}",
        banner={"birth_name": "X", "first_given_name": "Y", "allergies": allergies},
    )
    assert words in html


def test_banner_marks_a_test_ins_and_a_death():
    banner = Banner(
        "Lemoine",
        "Jo",
        date(1943, 10, 4),
        identity_status="qualified",
        ins="243107511501847",
        ins_is_test=True,
        deceased_on=date(2020, 1, 1),
        alerts=[Alert("Homonyme")],
    )
    html = draw("{% patient_banner banner %}", banner=banner)
    assert "NIR de test" in html
    assert "76\u00a0ans" in html
    assert "Homonyme" in html


def test_refused_form_links_its_errors_to_the_fields():
    form = SampleForm({"first_name": "Jo"})
    html = draw("{% form_errors form %}{% fields form %}", form=form)
    assert 'href="#id_birth_name"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_birth_name_error"' in html
    described = html.split('name="birth_name"')[1].split(">")[0]
    assert "id_birth_name_error" in described
    assert "id_birth_name_helptext" in described


def test_fine_form_has_no_summary():
    assert draw("{% form_errors form %}", form=SampleForm()).strip() == ""


def test_conflict_shows_both_texts_and_escapes_them():
    conflict = Conflict(
        mine=[("Note", "<b>a</b>"), ("Date", "x")],
        theirs=[("Note", "b"), ("Date", "x")],
        save_url="/s",
    )
    html = draw("{% conflict c %}", c=conflict)
    assert "&lt;b&gt;a&lt;/b&gt;" in html
    assert html.count("différent") == 1


def test_pager_disappears_at_the_end():
    assert draw('{% pager "" "list" %}').strip() == ""
    assert 'hx-select="#list &gt; *"' in draw('{% pager "?after=1" "list" %}').replace(
        "#list > *", "#list &gt; *"
    )


def test_unknown_icon_draws_a_ring():
    assert "<circle" in icon("no-such-icon")


@pytest.mark.parametrize("template", ["400.html", "403.html", "404.html", "429.html", "500.html"])
def test_error_pages_need_no_context(template):
    html = render_to_string(template)
    assert 'lang="fr"' in html
    assert "style=" not in html


def test_frame_hides_what_it_has_no_address_for():
    html = render_to_string("ui/app.html", {"frame": Frame(), "services": [], "mode": "production"})
    assert "Se déconnecter" not in html
    assert "Démonstration" not in html
    assert 'type="search"' not in html


@pytest.mark.parametrize("view", [gallery, gallery_rows])
def test_gallery_opens_with_no_inline_style_or_script(rf, view):
    html = view(rf.get("/ui/")).content.decode()
    assert " style=" not in html
    assert "<style" not in html
    assert all("src=" in tag for tag in html.split("<script")[1:])


@pytest.mark.parametrize("view", [gallery, gallery_rows, gallery_public])
def test_gallery_is_closed_in_production(rf, settings, view):
    settings.MODE = "production"
    with pytest.raises(Http404):
        view(rf.get("/ui/"))


def test_every_icon_of_the_templates_exists():
    names = {
        name
        for path in Path(views.__file__).parent.glob("templates/**/*.html")
        for name in re.findall(r'{% icon "([^"]+)"', path.read_text())
    }
    assert names <= set(shapes())
