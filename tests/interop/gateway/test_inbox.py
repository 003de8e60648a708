"""What the inbox keeps, and what a message sent again changes."""

import pytest
from django.db import connection

from enrs.interop.gateway.models import Inbox, Partner
from tests.interop.gateway import messages

pytestmark = pytest.mark.django_db


def test_the_same_message_again_is_acknowledged_and_kept_once(receive):
    raw = messages.adt(control_id="7")
    assert [receive(raw), receive(raw)] == ["AA", "AA"]
    assert Inbox.objects.filter(control_id="7").count() == 1


def test_the_same_id_with_another_body_is_accepted_and_flagged(receive):
    receive(messages.adt(control_id="7"))
    assert receive(messages.adt(control_id="7", visit="V2")) == "AA"
    flags = (
        Inbox.objects.filter(control_id="7").order_by("id").values_list("is_reused_id", flat=True)
    )
    assert list(flags) == [False, True]


@pytest.mark.parametrize(
    ("raw", "code", "words"),
    [
        (b"\x00\xff hello", "AE", "MSH"),
        (b"", "AE", "MSH"),
        (messages.adt()[:40], "AR", ""),
        (messages.adt().replace(b"ADT^A01^ADT_A01", b"QBP^Q11^QBP_Q11"), "AR", "QBP"),
        (messages.adt(birth="19851399"), "AE", "PID-7"),
        (messages.adt().replace(b"UNICODE UTF-8", b"EBCDIC"), "AE", "EBCDIC"),
        (messages.results(lines=(messages.document(b"<!DOCTYPE x><x/>"),)), "AE", "OBX-5"),
    ],
    ids=["noise", "empty", "cut", "other kind", "bad date", "charset", "doctype"],
)
def test_what_cannot_be_read_is_refused_with_a_sentence_and_kept(receive, raw, code, words):
    assert receive(raw) == code
    kept = Inbox.objects.get()
    assert kept.state == "refused"
    assert words in kept.error_text
    assert bytes(kept.body) == raw


def test_a_refused_message_may_be_sent_again_once_it_is_right(receive):
    wrong = messages.adt(control_id="9", birth="19851399")
    receive(wrong)
    receive(wrong)
    assert Inbox.objects.filter(state="refused").count() == 2


def test_a_partner_appears_at_its_first_message(receive):
    receive(messages.adt())
    partner = Partner.objects.get(sender="GAM|CHU-ESSAI")
    assert partner.finess == messages.FINESS
    assert partner.name == "CHU-ESSAI · GAM"


def test_messages_lie_in_the_partition_of_their_day(receive):
    receive(messages.adt())
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from inbox_default")
        assert cursor.fetchone()[0] == 0
