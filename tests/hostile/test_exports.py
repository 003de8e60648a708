"""Lines slipped into what leaves: calendars, mails, headers of files, lists for spreadsheets."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from enrs.core.agenda import commands as agenda
from enrs.core.notifications.channels.contract import Outgoing
from enrs.core.notifications.channels.mail import SmtpChannel
from enrs.core.notifications.commands import send_mail
from enrs.core.notifications.commands.sendings import RecipientError
from enrs.core.notifications.models import Sending
from enrs.core.notifications.registry import KINDS, register_kind
from enrs.core.threads.models import Attachment
from tests.core.agenda.factories import agenda_of, appointment
from tests.core.threads.factories import conversation
from tests.hostile.world import World

pytestmark = pytest.mark.django_db
SLIPPED = "Réunion\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:zqx\r\nATTENDEE:mailto:zqx@example.org"


def test_a_title_adds_no_event_to_a_calendar() -> None:
    world = World("nurse")
    soon = timezone.now() + timedelta(days=1)
    own = agenda_of(world.right)
    appointment(own, start=soon, kind="meeting", title=SLIPPED[:200], place=SLIPPED[:200])
    with world.as_right():
        _, token = agenda.create_feed(label=SLIPPED[:100])
    answer = Client().get(reverse("agenda:feed", args=[token]))
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert len(events) == 1
    assert set(events[0]) <= {
        "UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "SUMMARY", "LOCATION", "STATUS", "CLASS",
    }  # fmt: skip


@pytest.fixture
def kind() -> Iterator[str]:
    """A kind of mail whose subject says what somebody typed."""
    register_kind(
        "essai.mail", label="Essai", text="{time}", mail_subject="RDV : {time}", mail_text="{time}"
    )
    yield "essai.mail"
    KINDS.pop("essai.mail")


def test_a_value_adds_no_header_to_a_mail(kind: str) -> None:
    slipped = "Garde\r\nBcc: zqx@example.org\r\n\r\n<script>zqx()</script>"
    sent = send_mail(kind=kind, to="awa@example.org", key="essai", values={"time": slipped})
    content = Sending.objects.get(pk=sent.pk).content if sent else {}
    outgoing = Outgoing(
        "essai", "awa@example.org", subject=content["subject"], text=content["text"]
    )
    made = SmtpChannel("smtp://localhost", "region@example.org")._message(outgoing)
    read = message_from_bytes(made.as_bytes(), policy=policy.default)
    assert "Bcc" not in read
    assert read["To"] == "awa@example.org"
    page = read.get_body(("html",)).get_content()
    assert "<script>zqx" not in page


@pytest.mark.parametrize(
    "to", ["a@example.org\r\nBcc: b@example.org", "a@example.org, b@example.org", "<a@b>\n"]
)
def test_an_address_is_one_address(kind: str, to: str) -> None:
    with pytest.raises(RecipientError):
        send_mail(kind=kind, to=to, key="essai")
    assert not Sending.objects.exists()


NAMES = (
    'a".html',
    "a\r\nX-ZQX: 1.pdf",
    "../../etc/passwd",
    "a\x00.pdf",
    "é" * 300 + ".pdf",
    "\u202efdp.exe",
)


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_is_only_a_name(name: str) -> None:
    world = World("nurse")
    made = conversation([world.right], world.patient)
    browser = Client(raise_request_exception=False)
    browser.force_login(world.right)
    file = SimpleUploadedFile("a.pdf", b"%PDF-1.7")
    file.name = name
    browser.post(reverse("threads:post", args=[made.pk]), {"text": "Voir", "files": file})
    for one in Attachment.objects.all():
        answer = browser.get(reverse("threads:attachment", args=[one.pk]))
        assert answer.status_code == 200
        header = answer.headers["Content-Disposition"]
        assert header.startswith("attachment")
        assert not set(header) & set("\r\n\x00")
        assert "/" not in one.name
        assert one.name.endswith(".pdf")
