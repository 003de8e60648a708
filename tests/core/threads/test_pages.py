"""The pages and fragments of the conversations, for each kind of reader."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrs.core.access.actor import acting
from enrs.core.access.commands import deny
from enrs.core.audit.models import AuditLine
from enrs.core.events.models import Event
from enrs.core.ids import uuid7
from enrs.core.notifications.registry import TOLD
from enrs.core.threads import commands
from enrs.core.threads.models import Attachment, Message, ReadMark, Thread
from enrs.core.threads.rules import NewFile
from tests.core.threads.factories import conversation
from tests.factories import (
    GrantFactory,
    PositionFactory,
    UserFactory,
    actor,
    known_patient,
    member,
    person_of,
)

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def patient():
    return known_patient()


@pytest.fixture
def nurse(patient):
    return member(patient, "nurse")


def said(user, thread, text="Bonjour", **fields):
    with acting(actor(user)):
        return commands.post(thread=thread, text=text, **fields)


def test_the_inbox_tells_who_what_and_how_many(nurse, patient, signed_in):
    other = member(patient, "physician")
    made = conversation([nurse, other], patient)
    said(other, made, f"Le pansement {SCRIPT}")
    page = signed_in(nurse).get(reverse("threads:inbox")).content.decode()
    assert "1 non lu" in page
    assert "DUBREUIL MARIE-BERNADETTE" in page
    assert SCRIPT not in page


def test_an_empty_inbox_says_what_will_be_there(nurse, signed_in):
    assert "Aucune conversation" in signed_in(nurse).get(reverse("threads:inbox")).content.decode()


def test_a_post_by_the_page_escapes_and_joins(nurse, patient, signed_in):
    made = conversation([nurse], patient)
    browser = signed_in(nurse)
    file = SimpleUploadedFile("radio.png", b"\x89PNG\r\n\x1a\n" + b"0" * 10)
    answer = browser.post(
        reverse("threads:post", args=[made.pk]), {"text": SCRIPT, "files": file}, headers=HTMX
    )
    assert answer.status_code == 200
    page = answer.content.decode()
    assert SCRIPT not in page
    assert "radio.png" in page
    kept = browser.get(reverse("threads:attachment", args=[Attachment.objects.get().pk]))
    assert kept.headers["Content-Type"] == "image/png"
    assert "sandbox" in kept.headers["Content-Security-Policy"]
    assert kept.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["page.html", "note.pdf", "macro.docm"])
def test_a_hostile_file_is_refused_in_words(name, nurse, patient, signed_in):
    made = conversation([nurse], patient)
    file = SimpleUploadedFile(name, b"<html><script>alert(1)</script></html>")
    answer = signed_in(nurse).post(
        reverse("threads:post", args=[made.pk]), {"text": "Voir", "files": file}, headers=HTMX
    )
    assert answer.status_code == 422
    assert "ne peut pas être joint" in answer.content.decode()
    assert Message.objects.count() == 0


def test_a_file_that_is_no_image_is_saved_and_never_shown(nurse, patient, signed_in):
    made = conversation([nurse], patient)
    said(nurse, made, attachments=[NewFile("a.pdf", b"%PDF-1.7")])
    kept = signed_in(nurse).get(reverse("threads:attachment", args=[Attachment.objects.get().pk]))
    assert kept.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("name", ["thread", "post", "members", "leave", "read", "close"])
@pytest.mark.parametrize("who", ["outside", "not a member", "opposed", "nobody"])
def test_who_is_not_of_it_finds_nothing(  # noqa: PLR0917  a table of cases
    name, who, nurse, patient, client, signed_in
):
    made = conversation([nurse], patient)
    said(nurse, made)
    if who == "nobody":
        assert client.post(reverse(f"threads:{name}", args=[made.pk])).status_code == 302
        return
    user = UserFactory(role="physician") if who == "outside" else member(patient, "physician")
    if who == "opposed":
        user = nurse
        deny(patient_id=patient.pk, grantee_id=nurse.grantee_id, source_id=uuid7())
    browser = signed_in(user)
    for method in (browser.get, browser.post):
        answer = method(reverse(f"threads:{name}", args=[made.pk]), {"text": "Je passais"})
        assert answer.status_code in (404, 405)
    assert Message.objects.count() == 1


def test_the_message_and_the_file_of_another_are_not_found(nurse, patient, signed_in):
    made = conversation([nurse], patient)
    mine = said(nurse, made, attachments=[NewFile("a.txt", b"un texte")])
    other = signed_in(member(patient, "physician"))
    file = Attachment.objects.get()
    assert other.get(reverse("threads:attachment", args=[file.pk])).status_code == 404
    for name in ("edit", "withdraw"):
        assert other.post(reverse(f"threads:{name}", args=[mine.pk])).status_code == 404


def test_editing_and_a_stale_edit(nurse, patient, signed_in):
    made = conversation([nurse], patient)
    mine = said(nurse, made, "Demain 9 h")
    browser, address = signed_in(nurse), reverse("threads:edit", args=[mine.pk])
    assert "Demain 9 h" in browser.get(address).content.decode()
    assert browser.post(address, {"text": "Demain 10 h", "version": 1}).status_code == 302
    answer = browser.post(address, {"text": "Demain 11 h", "version": 1}, headers=HTMX)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Demain 10 h" in page
    assert "Demain 11 h" in page
    page = browser.get(reverse("threads:thread", args=[made.pk])).content.decode()
    assert "modifié" in page
    assert "Demain 9 h" in page


def test_a_withdrawn_message_says_so(nurse, patient, signed_in):
    made = conversation([nurse], patient)
    mine = said(nurse, made, "Une erreur")
    browser = signed_in(nurse)
    browser.post(reverse("threads:withdraw", args=[mine.pk]))
    page = browser.get(reverse("threads:thread", args=[made.pk])).content.decode()
    assert "Message retiré" in page
    assert "Une erreur" not in page


def test_what_was_shown_is_read(nurse, patient, signed_in):
    other = member(patient, "physician")
    made = conversation([nurse, other], patient)
    said(other, made)
    browser = signed_in(nurse)
    browser.post(reverse("threads:read", args=[made.pk]), {"numero": "999999"})
    assert ReadMark.objects.get(user_id=nurse.pk).number == 1
    for hostile in ("-1", "x", "9" * 30, ""):
        answer = browser.post(reverse("threads:read", args=[made.pk]), {"numero": hostile})
        assert answer.status_code == 204
    page = signed_in(other).get(reverse("threads:thread", args=[made.pk])).content.decode()
    assert f"Lu par {nurse.name}".replace("'", "&#x27;") in page


def test_a_conversation_with_colleagues(signed_in):
    one, two = UserFactory(), UserFactory()
    place = PositionFactory(user=one, role="nurse").organisation_id
    PositionFactory(user=two, role="nurse", organisation_id=place)
    browser = signed_in(one)
    given = {"title": "Planning", "text": "Qui prend dimanche ?", "members": [str(two.grantee_id)]}
    answer = browser.post(reverse("threads:start"), given)
    made = Thread.objects.get()
    assert answer.url == reverse("threads:thread", args=[made.pk])
    assert signed_in(two).get(answer.url).status_code == 200
    forged = given | {"members": [str(UserFactory().grantee_id)]}
    assert browser.post(reverse("threads:start"), forged).status_code == 422


def test_a_conversation_about_a_person_and_the_tab_of_the_record(nurse, patient, signed_in):
    browser = signed_in(nurse)
    given = {"title": "Sortie", "text": "Retour à domicile jeudi", "audience": "all"}
    answer = browser.post(reverse("threads:start_about", args=[patient.pk]), given)
    assert answer.status_code == 302
    page = signed_in(person_of(patient)).get(reverse("threads:panel", args=[patient.pk]))
    assert "Retour à domicile jeudi" in page.content.decode()
    lines = AuditLine.objects.filter(action="threads.list.read", patient_id=patient.pk)
    assert lines.count() == 1


def test_the_list_of_who_talks_about_a_person_leaves_its_line(nurse, patient, signed_in):
    made = conversation([nurse], patient)
    assert signed_in(nurse).get(reverse("threads:members", args=[made.pk])).status_code == 200
    line = AuditLine.objects.get(action="threads.thread.read")
    assert (line.patient_id, line.object_id) == (patient.pk, str(made.pk))


@pytest.mark.parametrize("forged", [{"audience": "everybody"}, {"title": ""}, {"text": " "}])
def test_forged_openings(forged, nurse, patient, signed_in):
    given = {"title": "Sortie", "text": "Jeudi", "audience": "all"} | forged
    answer = signed_in(nurse).post(reverse("threads:start_about", args=[patient.pk]), given)
    assert answer.status_code == 422
    assert Thread.objects.count() == 0


def test_a_mention_tells_the_one_named(nurse, patient, signed_in):
    other = member(patient, "physician")
    made = conversation([nurse, other], patient)
    said(nurse, made, f"@{other.name} votre avis ?")
    event = Event.objects.get(kind="threads.mentioned")
    telling = TOLD["threads.mentioned"].tell(event)
    assert telling.users == {other.pk}
    link = TOLD["threads.mentioned"].link(telling.details)
    assert signed_in(other).get(link).status_code == 200


def test_members_come_and_go(nurse, patient, signed_in):
    other = member(patient, "physician")
    made = conversation([nurse], patient, author_id=nurse.pk)
    browser, address = signed_in(nurse), reverse("threads:members", args=[made.pk])
    assert other.name.replace("'", "&#x27;") in browser.get(address).content.decode()
    browser.post(address, {"members": [str(other.grantee_id)]})
    assert signed_in(other).get(reverse("threads:thread", args=[made.pk])).status_code == 200
    browser.post(reverse("threads:leave", args=[made.pk]), {"membre": str(other.grantee_id)})
    assert signed_in(other).get(reverse("threads:thread", args=[made.pk])).status_code == 404
    stranger = str(UserFactory().grantee_id)
    assert browser.post(address, {"members": [stranger]}).status_code == 200
    leave = reverse("threads:leave", args=[made.pk])
    assert browser.post(leave, {"membre": "x"}).status_code == 404
    assert made.memberships.filter(left_at=None).count() == 1
    browser.post(leave)
    assert made.memberships.filter(left_at=None).count() == 0


def test_older_messages_are_one_page_away(nurse, patient, signed_in):
    made = conversation([nurse], patient)
    for rank in range(55):
        said(nurse, made, f"Message {rank:03}")
    browser, address = signed_in(nurse), reverse("threads:thread", args=[made.pk])
    page = browser.get(address).content.decode()
    assert "Message 054" in page
    assert "Message 004" not in page
    assert "Message 004" in browser.get(f"{address}?avant=6").content.decode()
    assert browser.get(f"{address}?avant=abc").status_code == 200


@pytest.mark.parametrize("page", ["inbox", "thread"])
def test_the_number_of_queries_is_constant(page, nurse, signed_in):
    browser, counts, shown = signed_in(nurse), [], None
    for size in (1, 50):
        while Thread.objects.count() < size:
            about = known_patient()
            GrantFactory(patient=about, grantee_id=nurse.grantee_id, level=2)
            shown = conversation([nurse], about)
            said(nurse, shown, attachments=[NewFile("a.txt", b"un texte")])
            said(nurse, Thread.objects.order_by("id").first())
        first = Thread.objects.order_by("id").first()
        names = {"inbox": [], "thread": [first.pk]}
        address = reverse(f"threads:{page}", args=names[page])
        browser.get(address)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert browser.get(address).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
