"""A sender that nobody accepted opens nothing: refused in production, bound to its FINESS everywhere."""

import asyncio
from typing import Any

import pytest
from django.urls import reverse

from enrs.core.access.models import Grant
from enrs.core.audit.models import AuditLine
from enrs.interop.gateway import reading, server, writer
from enrs.interop.gateway.flows import people
from enrs.interop.gateway.models import Inbox, Partner
from enrs.services.record.models import Encounter
from tests.factories import organisation, user_of_role
from tests.interop.gateway import messages

pytestmark = pytest.mark.django_db(transaction=True)
SENDER = "GAM|CHU-ESSAI"


@pytest.fixture
def arrive(emptied_journals: None) -> Any:
    """Messages through the real writer of a region in production; returns each answer's code and words."""
    people.forget()

    def send(*bodies: bytes, certificate: str = "", is_production: bool = True) -> list[Any]:
        async def main() -> list[Any]:
            keeper = writer.Writer(server.conninfo(), "Europe/Paris", is_production=is_production)
            waiting = [
                writer.Waiting(reading.read(body), lambda: None, certificate) for body in bodies
            ]
            for one in waiting:
                keeper.submit(one)
            keeper.close()
            await keeper.run()
            assert all(one.is_kept for one in waiting)
            return [(one.message.ack_code, one.message.error_text) for one in waiting]

        return asyncio.run(main())

    return send


@pytest.fixture(autouse=True)
def nothing_left() -> Any:
    yield
    Inbox.objects.all().delete()


def accept(**fields: Any) -> None:
    """What an operator sets on the partner's screen."""
    Partner.objects.update(is_active=True, version=2, **fields)
    people.forget()


def test_in_production_an_unknown_sender_is_refused_and_kept(arrive, work):
    organisation("CHU d'essai", finess_eg=messages.FINESS)
    assert arrive(messages.adt(), messages.adt("A08", "2")) == [("AR", writer.UNKNOWN)] * 2
    assert arrive(messages.adt("A08", "3")) == [("AR", writer.UNKNOWN)]
    work()
    assert set(Inbox.objects.values_list("state", flat=True)) == {"refused"}
    partner = Partner.objects.get()
    assert (partner.is_active, partner.finess) == (False, "")
    assert not Encounter.objects.exists()
    assert not Grant.objects.exists()


def test_elsewhere_a_new_sender_is_taken_as_before(arrive):
    assert arrive(messages.adt(), is_production=False)[0][0] == "AA"
    partner = Partner.objects.get()
    assert (partner.is_active, partner.finess) == (True, messages.FINESS)


def test_once_accepted_what_was_kept_is_replayed(arrive, work, signed_in):
    organisation("CHU d'essai", finess_eg=messages.FINESS)
    arrive(messages.adt())
    operator, kept = signed_in(user_of_role("operator")), Inbox.objects.get()
    url = reverse("gateway:replay", args=[kept.id])
    assert "émetteur n’est pas actif" in operator.post(url, follow=True).text
    partner = Partner.objects.get()
    form = {
        "name": "CHU d'essai", "finess": messages.FINESS, "zone": "Europe/Paris", "version": "1",
        "trusted_identity_system": "", "environment": "production", "is_active": "on",
    }  # fmt: skip
    assert operator.post(reverse("gateway:partner", args=[partner.id]), form).status_code == 302
    line = AuditLine.objects.get(action="gateway.partner.edited")
    assert messages.FINESS in line.details
    operator.post(url)
    people.forget()
    work()
    kept.refresh_from_db()
    assert (kept.state, kept.error_text) == ("applied", "")
    assert Grant.objects.get().purpose == "stay"
    assert arrive(messages.adt("A08", "2"))[0][0] == "AA"


def test_one_accepted_then_made_inactive_is_told_that_it_is_suspended(arrive):
    arrive(messages.adt())
    Partner.objects.update(is_active=False, version=3)
    assert arrive(messages.adt("A08", "2")) == [("AR", writer.SUSPENDED)]


@pytest.mark.parametrize("finess", ["", "750099992"])
def test_a_stay_in_another_s_name_opens_no_right(arrive, work, finess):
    organisation("CHU d'essai", finess_eg=messages.FINESS)
    arrive(messages.adt(), is_production=False)
    accept(finess=finess)
    work()
    assert Encounter.objects.filter(number="V1").exists()
    assert not Grant.objects.exists()
    assert "aucun droit ouvert" in " ".join(Inbox.objects.get().effects["words"])


def test_a_partner_bound_to_a_certificate_must_show_it(arrive):
    arrive(messages.adt())
    accept(certificate_name="chu.essai.example")
    assert arrive(messages.adt("A08", "2")) == [("AR", writer.FOREIGN)]
    assert arrive(messages.adt("A08", "3"), certificate="labo.example") == [("AR", writer.FOREIGN)]
    assert arrive(messages.adt("A08", "4"), certificate="chu.essai.example")[0][0] == "AA"


@pytest.mark.parametrize(
    ("mode", "host", "has_tls", "without_tls", "is_refused"),
    [
        ("production", "0.0.0.0", False, False, True),  # noqa: S104
        ("production", "10.1.2.3", False, False, True),
        ("production", "10.1.2.3", True, False, False),
        ("production", "10.1.2.3", False, True, False),
        ("production", "127.0.0.1", False, False, False),
        ("production", "localhost", False, False, False),
        ("demo", "0.0.0.0", False, False, False),  # noqa: S104
    ],
)
def test_an_open_port_wants_certificates(mode, host, has_tls, without_tls, is_refused):
    authority = "ca.pem" if has_tls else ""
    certificate = "own.pem" if has_tls else ""
    found = server.exposure_fault(
        mode, host, certificate=certificate, authority=authority, without_tls=without_tls
    )
    assert bool(found) is is_refused
    assert not found or "--without-tls" in found


def test_a_certificate_without_authority_is_not_enough():
    fault = server.exposure_fault("production", "10.1.2.3", certificate="own.pem")
    assert "ENRS_MLLP_CA" in fault


def test_the_name_of_a_certificate_is_its_subject_s():
    shown = {"subject": ((("countryName", "FR"),), (("commonName", "chu.essai.example"),))}
    assert server.name_of_certificate(shown) == "chu.essai.example"
    assert server.name_of_certificate({}) == server.name_of_certificate(None) == ""


def test_the_gateway_does_not_start_in_the_open(settings, monkeypatch):
    settings.MODE = "production"
    monkeypatch.delenv("ENRS_MLLP_CERT", raising=False)
    monkeypatch.setattr(server, "run", lambda *_: "listening")
    monkeypatch.setattr(server.uvloop, "run", pytest.fail)
    with pytest.raises(server.ExposedPortError, match="--without-tls"):
        server.main("0.0.0.0")  # noqa: S104
    seen = []
    monkeypatch.setattr(server.uvloop, "run", seen.append)
    server.main("0.0.0.0", without_tls=True)  # noqa: S104
    assert seen == ["listening"]
