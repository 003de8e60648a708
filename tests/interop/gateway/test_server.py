"""The MLLP server on a real socket, with a writer that the test holds."""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from enrs.formats.hl7v2 import Framer, frame, parse
from enrs.interop.gateway import server
from enrs.interop.gateway.desk import Desk, QuestionRefusedError
from enrs.interop.gateway.writer import Known, Writer
from tests.interop.gateway import messages


class HeldWriter(Writer):
    """Keeps messages in a list; `verdict` None leaves them waiting until `settle`."""

    def __init__(self, verdict: bool | None = True) -> None:
        super().__init__("", "Europe/Paris")
        self.verdict = verdict
        self.kept = []

    def submit(self, waiting):
        self.kept.append(waiting)
        if self.verdict is not None:
            asyncio.get_running_loop().call_soon(self.settle, waiting, self.verdict)

    def settle(self, waiting, verdict):
        waiting.is_kept = verdict
        waiting.settled()

    async def run(self):
        while not self._is_closing:
            await asyncio.sleep(0.01)


class Line:
    """A client's connection."""

    def __init__(self, reader, writer):
        self.reader, self.writer, self.framer, self.answers = reader, writer, Framer(), []

    def send(self, raw: bytes) -> None:
        self.writer.write(raw)

    async def answer(self):
        """The next answer: (code, control id, words of its first error)."""
        while not self.answers:
            data = await asyncio.wait_for(self.reader.read(65536), 10)
            if not data:
                return None
            self.answers += self.framer.feed(data)
        message = parse(self.answers.pop(0))
        return message.get("MSA", "1"), message.get("MSA", "2"), message.get("ERR", "8")


def serve(
    act: Callable[[Line, HeldWriter, server.Gateway], Awaitable[None]],
    *,
    verdict: bool | None = True,
    limit: int = 200_000,
) -> HeldWriter:
    """Run a gateway on a free port and `act` as one client of it."""

    async def main() -> HeldWriter:
        writer = HeldWriter(verdict)
        gateway = server.Gateway(writer, limit)
        started = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(gateway.serve("127.0.0.1", 0, on_ready=started.set_result))
        reader, line = await asyncio.open_connection("127.0.0.1", await started)
        await act(Line(reader, line), writer, gateway)
        line.close()
        gateway.stop()
        await asyncio.wait_for(serving, 10)
        return writer

    return asyncio.run(main())


def test_answers_leave_in_the_order_of_the_messages_and_after_their_commit():
    async def act(line, writer, gateway):
        heavy = messages.adt(control_id="2", extra=("NTE|1||" + "x" * 100_000,))
        for raw in (messages.adt(control_id="1"), heavy, messages.adt(control_id="3")):
            line.send(frame(raw))
        while len(writer.kept) < 3:
            await asyncio.sleep(0.01)
        assert [one.message.control_id for one in writer.kept] == ["1", "2", "3"]
        for one in reversed(writer.kept):
            assert not line.answers
            writer.settle(one, True)
        assert [(await line.answer())[:2] for _ in range(3)] == [
            ("AA", "1"),
            ("AA", "2"),
            ("AA", "3"),
        ]

    serve(act, verdict=None)


def test_nothing_is_acknowledged_when_it_could_not_be_kept():
    async def act(line, writer, gateway):
        line.send(frame(messages.adt()))
        code, _, words = await line.answer()
        assert code == "AE"
        assert "réessayez" in words

    serve(act, verdict=False)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "hors d'un message"),
        (frame(b"MSH|^~\\&|A|B|" + b"x" * 300_000), "dépasse la taille"),
        (b"\x0bMSH|^~\\&|A|B|half\x0bMSH" + messages.adt()[3:] + b"\x1c\r", "incomplet"),
        (frame(b"<xml/>"), "MSH"),
    ],
    ids=["noise", "oversized", "half-sent", "not hl7"],
)
def test_what_is_not_a_message_is_kept_refused_and_the_connection_goes_on(raw, words):
    async def act(line, writer, gateway):
        line.send(raw)
        code, _, text = await line.answer()
        assert code in ("AE", "AR")
        assert words in text
        line.send(frame(messages.adt(control_id="next")))
        answers = [await line.answer()]
        while answers[-1][1] != "next":
            answers.append(await line.answer())
        assert answers[-1][0] == "AA"

    assert serve(act).kept[0].message.state == "refused"


def test_a_message_cut_by_the_end_of_its_connection_is_kept_as_refused():
    async def act(line, writer, gateway):
        line.send(frame(messages.adt())[:60])
        line.writer.write_eof()
        assert (await line.answer())[0] in ("AE", "AR")
        assert await line.answer() is None
        assert gateway.held_bytes == 0

    assert "avant la fin" in serve(act).kept[0].message.error_text


def test_many_pipelined_messages_are_all_answered_and_nothing_stays_held():
    async def act(line, writer, gateway):
        for n in range(500):
            line.send(frame(messages.adt("A08", str(n))))
        assert [(await line.answer())[1] for _ in range(500)] == [str(n) for n in range(500)]
        assert gateway.held_bytes == 0

    serve(act)


def test_a_suspended_partner_is_refused():
    async def act(line, writer, gateway):
        writer._partners["GAM|CHU-ESSAI"] = Known(is_active=False)
        line.send(frame(messages.adt()))
        code, _, words = await line.answer()
        assert code == "AR"
        assert "suspendu" in words

    assert serve(act).kept[0].message.state == "refused"


def test_a_stop_answers_what_was_received():
    async def act(line, writer, gateway):
        line.send(frame(messages.adt()))
        while not writer.kept:
            await asyncio.sleep(0.01)
        gateway.stop()
        await asyncio.sleep(0.05)
        writer.settle(writer.kept[0], True)
        assert (await line.answer())[0] == "AA"
        assert await line.answer() is None

    serve(act, verdict=None)


def test_a_message_that_drips_is_cut_by_the_moment_it_began(monkeypatch):
    monkeypatch.setattr(server, "SWEEP_SECONDS", 0.05)
    monkeypatch.setattr(server, "HALF_SENT_SECONDS", 0.4)

    async def act(line, writer, gateway):
        for byte in frame(messages.adt())[:40]:
            line.send(bytes([byte]))
            await asyncio.sleep(0.05)
            if not gateway.connections:
                break
        assert not gateway.connections
        assert gateway.held_bytes == 0

    assert "avant la fin" in serve(act).kept[0].message.error_text


def test_a_partner_that_waits_between_whole_messages_is_not_cut(monkeypatch):
    monkeypatch.setattr(server, "SWEEP_SECONDS", 0.05)
    monkeypatch.setattr(server, "HALF_SENT_SECONDS", 0.2)

    async def act(line, writer, gateway):
        for n in range(3):
            line.send(frame(messages.adt("A08", str(n))))
            assert (await line.answer())[0] == "AA"
            await asyncio.sleep(0.3)

    serve(act)


def test_one_address_does_not_take_every_place(monkeypatch):
    monkeypatch.setattr(server, "CONNECTIONS_PER_ADDRESS", 3)

    async def act(line, writer, gateway):
        host, port = line.writer.get_extra_info("peername")[:2]
        others = [await asyncio.open_connection(host, port) for _ in range(3)]
        assert await asyncio.wait_for(others[2][0].read(1), 5) == b""
        assert len(gateway.connections) == 3
        others[0][1].close()
        while len(gateway.connections) == 3:
            await asyncio.sleep(0.01)
        again = await asyncio.open_connection(host, port)
        again[1].write(frame(messages.adt()))
        assert await asyncio.wait_for(again[0].read(1), 5) == b"\x0b"
        for _, one in [*others[1:], again]:
            one.close()

    serve(act)


def certificate(folder, name):
    """A self-signed certificate (it is its own authority) with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return str(path)


@pytest.mark.parametrize(("bound", "code"), [("chu.example", "AA"), ("labo.example", "AR")])
def test_the_certificate_shown_is_the_one_that_is_checked(tmp_path, bound, code):
    own, theirs = certificate(tmp_path, "region.example"), certificate(tmp_path, "chu.example")
    client = ssl.create_default_context(cafile=own)
    client.check_hostname = False
    client.load_cert_chain(theirs)

    async def main():
        writer = HeldWriter()
        writer._partners["GAM|CHU-ESSAI"] = Known(is_active=True, certificate_name=bound)
        gateway = server.Gateway(writer)
        started = asyncio.get_running_loop().create_future()
        tls = server.tls_context(own, "", theirs)
        serving = asyncio.create_task(gateway.serve("127.0.0.1", 0, tls, started.set_result))
        reader, stream = await asyncio.open_connection("127.0.0.1", await started, ssl=client)
        line = Line(reader, stream)
        line.send(frame(messages.adt()))
        answer = await line.answer()
        stream.close()
        gateway.stop()
        await asyncio.wait_for(serving, 10)
        return answer

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(main())[0] == code


def test_a_question_is_answered_in_its_turn_without_being_kept():
    asked = []

    def ask(incoming, certificate):
        asked.append(incoming.control_id)
        if incoming.control_id == "no":
            raise QuestionRefusedError("pas autorisé")
        if incoming.control_id == "broken":
            raise RuntimeError
        return (
            parse(incoming.body).lines[0].replace("QBP^Q23", "RSP^K23").encode() + b"\rMSA|AA|q\r"
        )

    async def act(line, writer, gateway):
        gateway.desk = Desk(ask)
        for raw in (
            messages.adt(control_id="1"),
            messages.pix("P1", control_id="q"),
            messages.pix("P1", control_id="no"),
            messages.pix("P1", control_id="broken"),
            messages.adt("A08", control_id="2"),
        ):
            line.send(frame(raw))
        answers = [await line.answer() for _ in range(5)]
        assert [one[:2] for one in answers] == [
            ("AA", "1"), ("AA", "q"), ("AR", "no"), ("AE", "broken"), ("AA", "2"),
        ]  # fmt: skip
        assert answers[2][2] == "pas autorisé"
        assert gateway.held_bytes == 0

    kept = [one.message.control_id for one in serve(act).kept]
    assert sorted(kept) == ["1", "2", "no"]
    assert sorted(asked) == ["broken", "no", "q"]


def test_a_slow_question_holds_no_other_connection():
    held = threading.Event()

    def ask(incoming, certificate):
        held.wait(5)
        return incoming.body + b"MSA|AA|slow\r"

    async def act(line, writer, gateway):
        gateway.desk = Desk(ask)
        port = line.writer.get_extra_info("peername")[1]
        line.send(frame(messages.pix("P1", control_id="slow")))
        reader, other = await asyncio.open_connection("127.0.0.1", port)
        second = Line(reader, other)
        second.send(frame(messages.adt(control_id="quick")))
        assert (await second.answer())[:2] == ("AA", "quick")
        held.set()
        assert (await line.answer())[1] == "slow"
        other.close()

    serve(act)
