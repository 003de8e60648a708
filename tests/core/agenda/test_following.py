"""Calendars of outside followed at their address: which may be asked, what is kept, what a failure leaves."""

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.utils import timezone

from enrs.core.access.commands import AccessRefusedError
from enrs.core.agenda import commands
from enrs.core.agenda.commands import AgendaRefusedError
from enrs.core.agenda.fetching import AddressError, Fetched, checked, fetch
from enrs.core.agenda.models import Appointment, Followed
from enrs.core.agenda.rules.calendars import MAX_BYTES
from tests.core.agenda.factories import agenda_of
from tests.factories import UserFactory, actor


class Calendars:
    """A server of calendars: `answers` gives status, headers and body of each path."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        ours = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                ours.asked.append((self.path, dict(self.headers)))
                status, headers, body = ours.answers.get(self.path, (404, {}, b""))
                if headers.get("ETag") and headers["ETag"] == self.headers.get("If-None-Match"):
                    status, body = 304, b""
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def give(self, path: str, body: bytes, status: int = 200, **headers: str) -> str:
        """Answer at a path; returns its address."""
        self.answers[path] = (status, headers, body)
        return f"http://{self.host}{path}"


@pytest.fixture
def calendars(settings: Any) -> Iterator[Calendars]:
    running = Calendars()
    settings.CALENDAR_HOSTS = {running.host}
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def nurse(db: None) -> Any:
    return UserFactory(role="nurse")


@pytest.fixture
def agenda(nurse: Any) -> Any:
    return agenda_of(nurse)


def ics(*days: int) -> bytes:
    """One hour on each of some days from now."""
    soon = timezone.now().replace(minute=0, second=0, microsecond=0)
    events = [
        f"BEGIN:VEVENT\r\nUID:{day}\r\nSUMMARY:Chimio de Mme Dupont\r\n"
        f"DTSTART:{soon + timedelta(days=day):%Y%m%dT%H%M%SZ}\r\nDURATION:PT1H\r\nEND:VEVENT\r\n"
        for day in days
    ]
    return ("BEGIN:VCALENDAR\r\n" + "".join(events) + "END:VCALENDAR\r\n").encode()


def busy() -> list[str]:
    rows = Appointment.objects.filter(is_busy_only=True, status="booked")
    return sorted(rows.values_list("external_uid", flat=True))


def come_due() -> None:
    Followed.objects.update(next_at=timezone.now())


@pytest.mark.parametrize(
    "address",
    [
        "", "agenda", "file:///etc/passwd", "ftp://exemple.fr/a.ics", "http://exemple.fr/a.ics",
        "https://", "https://moi@exemple.fr/a.ics", "https://exemple.fr/a b.ics", "https://exemple.fr:0/",
        "https://exemple.fr/a\r\nHost: autre", "https://exemplé.fr/a.ics", "https://exemple.fr:99999/",
        "https://[::1/a.ics", "//exemple.fr/a.ics", "javascript:alert(1)", "https://exemple.fr/" + "a" * 1000,
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_calendar_is_refused(address):
    with pytest.raises(AddressError, match="address"):
        checked(address)


def test_subscription_addresses_are_asked_in_https():
    assert checked(" webcal://Exemple.fr/a.ics?cle=1#x ") == "https://exemple.fr/a.ics?cle=1"


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "127.0.0.1", "2130706433", "0x7f.1", "0.0.0.0", "10.0.0.1", "192.168.1.1", "172.16.0.1",  # noqa: S104
        "169.254.169.254", "100.64.0.1", "224.0.0.1", "[::1]", "[::]", "[::ffff:10.0.0.1]", "[fe80::1]",
        "[fd00::1]", "[64:ff9b::a00:1]", "[2002:a00:1::]",
    ],
)  # fmt: skip
def test_network_of_the_program_is_never_reached(host, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("connected"))
    with pytest.raises(AddressError, match=r"private|silent"):
        fetch(f"https://{host}/a.ics")


def test_name_of_a_private_machine_is_refused_and_the_checked_address_is_the_one_asked(monkeypatch):
    answers = iter([["10.0.0.7"], ["10.0.0.7", "93.184.215.14"]])
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (one, 443)) for one in next(answers)]
    )
    with pytest.raises(AddressError, match="private"):
        fetch("https://piege.exemple/a.ics")
    asked = []

    def refused(address: tuple[str, int], **_: Any) -> None:
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refused)
    with pytest.raises(AddressError, match="silent"):
        fetch("https://exemple.fr/a.ics")
    assert asked == [("93.184.215.14", 443)]


def test_calendar_is_fetched_and_its_mark_sent_back(calendars):
    address = calendars.give("/a.ics?cle=1", ics(1), ETag='"un"')
    found = fetch(address)
    assert found == Fetched(ics(1), '"un"')
    assert fetch(address, found.tag).content is None
    assert calendars.asked[0][1]["Host"] == calendars.host


def test_redirection_is_followed_and_checked_again(calendars):
    calendars.give("/a.ics", ics(1))
    assert fetch(calendars.give("/b.ics", b"", 302, Location="/a.ics")).content == ics(1)
    with pytest.raises(AddressError, match="private"):
        fetch(calendars.give("/c.ics", b"", 302, Location="https://127.0.0.1/secret"))
    with pytest.raises(AddressError, match="address"):
        fetch(calendars.give("/d.ics", b"", 302, Location="file:///etc/passwd"))
    with pytest.raises(AddressError, match="answer"):
        fetch(calendars.give("/e.ics", b"", 302, Location="/e.ics"))
    with pytest.raises(AddressError, match="answer"):
        fetch(calendars.give("/f.ics", b"", 302, Location="https://[::1/f.ics"))


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (404, b"", "gone"),
        (403, b"", "gone"),
        (500, b"", "answer"),
        (302, b"", "answer"),
        (200, b"a" * (MAX_BYTES + 1), "size"),
    ],
)
def test_answer_without_a_calendar_says_why(calendars, status, body, fault):
    with pytest.raises(AddressError, match=fault):
        fetch(calendars.give("/a.ics", body, status))


def test_followed_calendar_keeps_hours_alone_and_what_changed(calendars, nurse, agenda, as_actor):
    address = calendars.give("/a.ics", ics(2, 3))
    with as_actor(actor(nurse)):
        commands.follow(agenda=agenda, source="hôpital", address=address)
        assert busy() == []
    assert commands.refresh_due() == 1
    assert commands.refresh_due() == 0
    with as_actor(actor(nurse)):
        assert busy() == ["2", "3"]
        assert not Appointment.objects.exclude(title="").exists()
        first = Appointment.objects.get(external_uid="3").pk
    calendars.give("/a.ics", ics(3, 4))
    come_due()
    assert commands.refresh_due() == 1
    with as_actor(actor(nurse)):
        assert busy() == ["3", "4"]
        assert Appointment.objects.get(external_uid="3").pk == first
        row = Followed.objects.get()
        assert (row.count, row.failures, row.fault, bool(row.read_at)) == (2, 0, "", True)


def test_unchanged_calendar_is_not_read_again(calendars, nurse, agenda, as_actor):
    address = calendars.give("/a.ics", ics(2), ETag='"un"')
    with as_actor(actor(nurse)):
        commands.follow(agenda=agenda, source="hôpital", address=address)
    commands.refresh_due()
    come_due()
    commands.refresh_due()
    assert calendars.asked[1][1]["If-None-Match"] == '"un"'
    with as_actor(actor(nurse)):
        assert busy() == ["2"]
        assert Followed.objects.get().count == 1


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [(500, b"", "answer"), (200, b"<html>", "shape"), (410, b"", "gone")],
)
def test_failure_keeps_what_was_known_and_asks_later_and_later(  # noqa: PLR0917  a table of cases
    calendars, nurse, agenda, as_actor, status, body, fault
):
    address = calendars.give("/a.ics", ics(2))
    with as_actor(actor(nurse)):
        commands.follow(agenda=agenda, source="hôpital", address=address)
    commands.refresh_due()
    calendars.give("/a.ics", body, status)
    waits = []
    for _ in range(6):
        come_due()
        assert commands.refresh_due() == 1
        row = Followed.objects.get()
        waits.append(round((row.next_at - timezone.now()) / timedelta(hours=1)))
    assert row.fault == fault
    assert waits == [2, 4, 8, 16, 24, 24]
    with as_actor(actor(nurse)):
        assert busy() == ["2"]
    calendars.give("/a.ics", ics(2))
    come_due()
    commands.refresh_due()
    row.refresh_from_db()
    assert (row.fault, row.failures) == ("", 0)


def test_calendar_no_longer_followed_frees_its_hours_and_is_asked_no_more(
    calendars, nurse, agenda, as_actor
):
    address = calendars.give("/a.ics", ics(2))
    with as_actor(actor(nurse)):
        row = commands.follow(agenda=agenda, source="hôpital", address=address)
    commands.refresh_due()
    with as_actor(actor(nurse)):
        commands.unfollow(followed=row)
        assert busy() == []
    come_due()
    assert commands.refresh_due() == 0
    with as_actor(actor(nurse)):
        commands.follow(agenda=agenda, source="hôpital", address=address)


def test_an_agenda_s_calendars_are_its_holders(nurse, agenda, as_actor):
    with as_actor(actor(UserFactory(role="nurse"))), pytest.raises(AccessRefusedError):
        commands.follow(agenda=agenda, source="x", address="https://exemple.fr/a.ics")
    with as_actor(actor(nurse)):
        row = commands.follow(agenda=agenda, source="x", address="https://exemple.fr/a.ics")
        with pytest.raises(AgendaRefusedError, match=r"calendar\.name"):
            commands.follow(agenda=agenda, source=" x ", address="https://exemple.fr/b.ics")
        with pytest.raises(AgendaRefusedError, match=r"calendar\.address"):
            commands.follow(agenda=agenda, source="y", address="file:///etc/passwd")
        for rank in range(4):
            commands.follow(agenda=agenda, source=f"y{rank}", address="https://exemple.fr/")
        with pytest.raises(AgendaRefusedError, match=r"calendar\.many"):
            commands.follow(agenda=agenda, source="z", address="https://exemple.fr/a.ics")
    with as_actor(actor(UserFactory(role="nurse"))), pytest.raises(AccessRefusedError):
        commands.unfollow(followed=row)


def test_settings_page_follows_shows_and_leaves(calendars, nurse, agenda, client):
    client.force_login(nurse)
    page = f"/agenda/{agenda.id}/reglages/"
    wrong = {"acte": "suivre", "source": "hôpital", "address": "ici"}
    answer = client.post(page, wrong)
    assert answer.status_code == 422
    assert "Donnez une adresse complète" in answer.text
    address = calendars.give("/secret.ics", ics(2))
    answer = client.post(page, wrong | {"address": address}, follow=True)
    assert "il sera lu dans la minute" in answer.text
    commands.refresh_due()
    shown = client.get(page).text
    assert "1 période occupée" in shown
    assert "secret" not in shown
    calendars.give("/secret.ics", b"", 404)
    come_due()
    commands.refresh_due()
    assert "n’est plus à cette adresse" in client.get(page).text
    row = Followed.objects.get()
    answer = client.post(page, {"acte": "fermer", "quoi": row.id}, follow=True)
    assert "plus suivi" in answer.text
    other = UserFactory(role="nurse")
    client.force_login(other)
    assert client.post(page, {"acte": "fermer", "quoi": row.id}).status_code == 404
