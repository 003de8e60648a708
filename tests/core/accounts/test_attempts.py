"""How many sign-ins one address and one account may try: a hospital at the change of shift, and who guesses."""

import pytest

from enrs.config import settings as product
from enrs.core.accounts.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "une phrase assez longue"


@pytest.fixture(autouse=True)
def limits(settings):
    settings.ACCOUNT_RATE_LIMITS = product.ACCOUNT_RATE_LIMITS


def people(count: int) -> list[str]:
    logins = [f"soignant{rank}" for rank in range(count)]
    for login in logins:
        User.objects.create_user(login, PASSWORD, name=login, kind="professional")
    return logins


def try_in(client, login: str, password: str = PASSWORD):
    client.cookies.clear()
    return client.post("/compte/login/", {"login": login, "password": password})


def test_a_shift_that_arrives_at_one_address_signs_in_though_some_mistype(client):
    logins = people(90)
    mistyped = [try_in(client, login, "raté").status_code for login in logins[:30]]
    assert set(mistyped) == {200}
    assert {try_in(client, login).status_code for login in logins} == {302}


def test_who_guesses_one_account_waits_even_with_the_right_password(client):
    login, other = people(2)
    for _ in range(5):
        try_in(client, login, "raté")
    held = try_in(client, login)
    assert held.status_code == 200
    assert "Trop d’essais à la suite" in held.content.decode()
    assert try_in(client, other).status_code == 302


def test_who_guesses_many_accounts_from_one_address_waits(client):
    for rank in range(60):
        assert "Trop d’essais à la suite" not in try_in(client, f"inconnu{rank}").content.decode()
    assert "Trop d’essais à la suite" in try_in(client, people(1)[0]).content.decode()


def test_a_flood_is_answered_by_a_page_that_says_what_to_do(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip"}
    (login,) = people(1)
    for _ in range(3):
        assert try_in(client, login).status_code == 302
    flooded = try_in(client, login)
    assert flooded.status_code == 429
    assert "Attendez une minute" in flooded.content.decode()
