"""What partners are told of their patients' numbers: by a real MLLP line, in order, again when it failed."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.audit.models import AuditLine
from enrs.core.events.subscribers import deliver
from enrs.core.ids import uuid7
from enrs.formats.hl7v2 import Framer, Message, acknowledge, frame, parse
from enrs.formats.hl7v2.datatypes import read_identifiers
from enrs.interop.gateway import outgoing, telling
from enrs.interop.gateway.models import Partner
from enrs.interop.gateway.models_out import Delivery, Recipient
from enrs.referentials.identity.commands import (
    merge_local,
    receive_identity,
    unmerge_local,
)
from enrs.referentials.identity.models import SourceIdentity
from enrs.referentials.identity.rules import Traits
from tests.factories import user_of_role
from tests.interop.gateway import messages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("by_ins_only")]

OWN, OTHER = f"urn:finess:{messages.FINESS}", "urn:oid:1.2.250.1.999.7.2"
REGION = "urn:oid:1.2.250.1.999.1.1"


class Receiver:
    """A partner's MLLP listener: keeps what it gets and answers with the codes it is told."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.codes: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            with line:
                self._answer(line)

    def _answer(self, line: socket.socket) -> None:
        framer = Framer()
        while data := line.recv(65536):
            for piece in framer.feed(data):
                assert isinstance(piece, bytes)
                self.got.append(parse(piece))
                code: Any = self.codes.pop(0) if self.codes else "AA"
                if code == "cut":
                    return
                answer = acknowledge(self.got[-1], code, control_id="A", at=timezone.now())
                line.sendall(frame(answer))

    def told(self) -> list[tuple[str, list[set[tuple[str, str]]]]]:
        """Each message: its event, and the numbers of each of its PIDs, then of its MRG."""
        return [
            (
                one.get("MSH", "9.2"),
                [set(pairs(pid, 3)) for pid in one.segments("PID")]
                + [set(pairs(mrg, 1)) for mrg in one.segments("MRG")],
            )
            for one in self.got
        ]

    def close(self) -> None:
        # The thread waits inside `accept`, which keeps the port open until it is shut down.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def pairs(segment: Any, place: int) -> list[tuple[str, str]]:
    return [(one.system, one.value) for one in read_identifiers(segment, place)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    with suppress(OSError):
        made.close()


@pytest.fixture
def recipient(receiver: Receiver, db: None) -> Iterator[Recipient]:
    telling.forget()
    partner = Partner.objects.create(
        sender="GAM|CHU-ESSAI", application="GAM", facility="CHU-ESSAI", name="CHU d'essai",
        finess=messages.FINESS,
    )  # fmt: skip
    yield Recipient.objects.create(
        partner=partner, host="127.0.0.1", port=receiver.port, is_encrypted=False, domain=OWN,
        wants_links=True,
    )  # fmt: skip
    telling.forget()


@pytest.fixture
def pass_on(emptied_journals: None) -> Any:
    """Hand the events of what was done to the subscriber, then send; returns how many were answered."""

    def run() -> int:
        deliver("gateway.numbers")
        return outgoing.run_round(5)

    return run


def keep(value: str, system: str = OWN, **traits: Any) -> SourceIdentity:
    known = {
        "birth_name": "DUBREUIL",
        "first_given_name": "MARIE",
        "birth_date": "1985-07-12",
        "sex": "F",
    }
    with acting(SYSTEM):
        return receive_identity(
            system=system, value=value, traits=Traits(**known | traits), sender="essai"
        )


QUALIFIED = {"ins": messages.INS, "ins_oid": messages.TEST_OID, "status": "qualified"}


def add(recipient: Recipient, patient_id: Any, kind: str = "A31", **more: Any) -> Delivery:
    return Delivery.objects.create(
        id=uuid7(), recipient=recipient, kind=kind, patient_id=patient_id, created_at=timezone.now(), **more
    )  # fmt: skip


def test_a_new_patient_is_told_to_its_hospital_by_numbers_alone(recipient, receiver):
    made = keep("P1", **QUALIFIED)
    add(recipient, made.patient_id)
    assert outgoing.run_round(5) == 1
    [(event, [numbers])] = receiver.told()
    assert event == "A31"
    assert numbers == {
        (OWN, "P1"), (REGION, str(made.patient_id)), (f"urn:oid:{messages.TEST_OID}", messages.INS),
    }  # fmt: skip
    [message] = receiver.got
    assert message.get("MSH", "5") == "GAM"
    assert message.get("PV1", "2") == "N"
    assert "DUBREUIL" not in "\r".join(message.lines)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("sent", 1)
    line = AuditLine.objects.get(action="gateway.numbers.told")
    assert line.patient_ids == [made.patient_id]


def test_one_patient_s_messages_keep_their_order_and_do_not_hold_the_others(recipient, receiver):
    first, second = keep("P1"), keep("P2")
    receiver.codes = ["AE", "AA", "AA", "AA"]
    slow = add(recipient, first.patient_id)
    after = add(recipient, first.patient_id, "A40", former_id=uuid7())
    free = add(recipient, second.patient_id)
    assert outgoing.run_round(5) == 2
    states = dict(Delivery.objects.order_by("id").values_list("id", "state"))
    assert states == {slow.id: "waiting", after.id: "waiting", free.id: "sent"}
    Delivery.objects.update(next_try_at=None)
    outgoing.run_round(5)
    assert [one.get("MSH", "9.2") for one in receiver.got] == ["A31", "A31", "A31", "A40"]
    assert receiver.got[0].get("MSH", "10") == receiver.got[2].get("MSH", "10")
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_a_refused_message_is_put_aside_and_can_be_sent_again(recipient, receiver, client):
    receiver.codes = ["AR"]
    add(recipient, keep("P1").patient_id)
    outgoing.run_round(5)
    refused = Delivery.objects.get()
    assert (refused.state, refused.error) == ("refused", "Refusé sans motif")
    client.force_login(user_of_role("operator"))
    page = client.get(reverse("gateway:deliveries")).content.decode()
    assert "Refusé sans motif" in page
    client.post(reverse("gateway:resend", args=[refused.id]))
    outgoing.run_round(5)
    assert Delivery.objects.get().state == "sent"


def test_too_many_answers_in_error_put_it_aside(recipient, receiver):
    receiver.codes = ["AE"] * outgoing.TRIES
    add(recipient, keep("P1").patient_id)
    for _ in range(outgoing.TRIES):
        Delivery.objects.update(next_try_at=None)
        outgoing.run_round(5)
    assert Delivery.objects.get().state == "refused"


def test_an_address_that_does_not_answer_is_tried_again_later_and_said(recipient, receiver, client):
    receiver.close()
    add(recipient, keep("P1").patient_id)
    assert outgoing.run_round(5) == 0
    recipient.refresh_from_db()
    assert recipient.failures == 1
    assert recipient.next_try_at is not None
    assert outgoing.run_round(5) == 0
    assert Recipient.objects.get().failures == 1
    client.force_login(user_of_role("operator"))
    assert "ne répond pas" in client.get(reverse("gateway:deliveries")).content.decode()


def test_a_line_cut_before_the_answer_sends_the_same_again(recipient, receiver):
    receiver.codes = ["cut"]
    add(recipient, keep("P1").patient_id)
    outgoing.run_round(5)
    assert Delivery.objects.get().state == "waiting"
    Recipient.objects.update(next_try_at=None)
    outgoing.run_round(5)
    assert Delivery.objects.get().state == "sent"
    assert receiver.got[0].get("MSH", "10") == receiver.got[1].get("MSH", "10")


def test_what_is_void_by_now_is_not_sent(recipient, receiver):
    add(recipient, keep("X9", OTHER).patient_id)
    add(recipient, uuid7())
    assert outgoing.run_round(5) == 0
    assert set(Delivery.objects.values_list("state", flat=True)) == {"void"}
    assert receiver.got == []


def test_what_was_true_when_it_happened_is_looked_at_again_before_it_leaves(recipient, receiver):
    first, second = keep("P1"), keep("P2")
    pair = [[OWN, "P1"], [OWN, "P2"]]
    add(recipient, first.patient_id, "A24", numbers=pair)
    add(recipient, second.patient_id, "A37", numbers=pair)
    assert outgoing.run_round(5) == 1
    assert [event for event, _ in receiver.told()] == ["A37"]
    assert Delivery.objects.get(kind="A24").state == "void"


def test_a_message_that_is_refused_was_told_all_the_same(recipient, receiver):
    made = keep("P1")
    receiver.codes = ["AE", "AR"]
    add(recipient, made.patient_id)
    for _ in range(2):
        outgoing.run_round(5)
        Delivery.objects.update(next_try_at=None)
    lines = AuditLine.objects.filter(action="gateway.numbers.told")
    assert [(one.outcome, one.patient_ids) for one in lines] == [("refused", [made.patient_id])] * 2


def test_an_inactive_recipient_waits(recipient, receiver):
    add(recipient, keep("P1").patient_id)
    Recipient.objects.update(is_active=False)
    assert outgoing.run_round(5) == 0
    assert Delivery.objects.get().state == "waiting"


@pytest.mark.parametrize(
    ("host", "is_encrypted", "is_refused"),
    [("192.0.2.1", False, False), ("10.1.2.3", False, False), ("chu.exemple.test", False, True),
     ("8.8.8.8", False, True), ("8.8.8.8", True, False), ("localhost", False, False)],
)  # fmt: skip
def test_numbers_leave_in_the_open_for_private_networks_alone(
    settings, host, is_encrypted, is_refused
):
    assert not outgoing.exposure(host, is_encrypted=is_encrypted)
    settings.MODE = "production"
    assert bool(outgoing.exposure(host, is_encrypted=is_encrypted)) == is_refused


def test_the_page_of_a_recipient_saves_and_refuses(recipient, client):
    client.force_login(user_of_role("operator"))
    url = reverse("gateway:recipient", args=[recipient.partner_id])
    assert "127.0.0.1" in client.get(url).content.decode()
    given = {"host": "10.0.0.9", "port": 2576, "domain": OWN, "is_active": "on", "version": 1}
    assert client.post(url, given).status_code == 302
    changed = Recipient.objects.get()
    assert (changed.host, changed.port, changed.wants_numbers) == ("10.0.0.9", 2576, False)
    stale = client.post(url, given).content.decode()
    assert "Quelqu’un a modifié" in stale
    everybody = client.post(url, {**given, "version": 2, "domain": ""}).content.decode()
    assert "Le domaine de ses numéros" in everybody


# --- from events ----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
class TestFromEvents:
    """Events are read once they are committed."""

    def test_linked_merged_and_parted_patients_are_told(self, recipient, receiver, pass_on):
        keep("X9", OTHER, **QUALIFIED)
        pass_on()
        assert receiver.got == []
        mine = keep("P1", **QUALIFIED)
        keep("P2")
        pass_on()
        assert [event for event, _ in receiver.told()] == ["A31", "A31"]
        was = SourceIdentity.objects.get(value="P2").patient_id
        with acting(SYSTEM):
            merge_local(system=OWN, kept="P1", absorbed="P2", sender="essai")
        pass_on()
        merged = [numbers for event, numbers in receiver.told() if event == "A40"]
        assert merged[0][1] == {(REGION, str(was))}
        assert (REGION, str(mine.patient_id)) in merged[0][0]
        receiver.got.clear()
        with acting(SYSTEM):
            unmerge_local(system=OWN, absorbed="P2", sender="essai")
        pass_on()
        told = receiver.told()
        assert ("A37", [{(OWN, "P2")}, {(OWN, "P1")}]) in told
        assert ("A31", [{(OWN, "P2"), (REGION, str(was))}]) in told

    def test_two_numbers_that_the_region_finds_to_be_one_person_are_linked(
        self, recipient, receiver, pass_on
    ):
        keep("P1", **QUALIFIED)
        keep("P2")
        pass_on()
        receiver.got.clear()
        keep("P2", **QUALIFIED)
        pass_on()
        assert ("A24", [{(OWN, "P2")}, {(OWN, "P1")}]) in receiver.told()

    def test_events_cost_nothing_while_nobody_is_told(self, recipient, receiver, pass_on):
        Recipient.objects.update(is_active=False)
        telling.forget()
        keep("P1")
        pass_on()
        with connection.cursor() as cursor:
            cursor.execute(
                "select count(*) from event_receipt where subscriber = 'gateway.numbers'"
            )
            assert cursor.fetchone()[0] == 0
        assert not Delivery.objects.exists()
