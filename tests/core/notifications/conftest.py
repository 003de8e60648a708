"""Kinds declared for tests, servers, and a sending ready to leave."""

from collections.abc import Iterator
from typing import Any

import pytest

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.ids import uuid7
from enrs.core.notifications.commands.members import open_account
from enrs.core.notifications.models import SmsAccount
from enrs.core.notifications.registry import KINDS, register_kind
from tests.core.notifications.servers import HttpGateway, SmtpServer, served


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    """One kind of each urgency."""
    for urgency in ("urgent", "normal", "low"):
        register_kind(
            f"essai.{urgency}",
            label=f"Essai {urgency}",
            text="{by} vous a confié « {title} ».",
            urgency=urgency,
            link=lambda details: details.get("url", ""),
            mail_text="Une demande vous attend depuis {at}.",
            sms="{region} : rendez-vous à {time}. {link}",
        )
    yield
    for urgency in ("urgent", "normal", "low"):
        KINDS.pop(f"essai.{urgency}")


@pytest.fixture(autouse=True)
def platform() -> Iterator[None]:
    """Outside of pages and of the API the platform itself acts."""
    with acting(SYSTEM):
        yield


@pytest.fixture
def account(db: Any) -> SmsAccount:
    return open_account(
        organisation_id=uuid7(),
        organisation_name="Centre hospitalier d'essai",
        sender_name="CHEssai",
    )


@pytest.fixture
def smtp(settings: Any) -> Iterator[SmtpServer]:
    with served(SmtpServer()) as server:
        settings.MAIL_URL = f"smtp://127.0.0.1:{server.server_address[1]}"
        yield server


@pytest.fixture
def gateway(settings: Any) -> Iterator[HttpGateway]:
    with served(HttpGateway()) as server:
        settings.SMS_URL = f"http://127.0.0.1:{server.server_address[1]}/v1"
        settings.SMS_TOKEN = "jeton-d-essai"
        yield server
