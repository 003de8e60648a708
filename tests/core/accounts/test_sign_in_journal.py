"""Signing in and out, failing to, changing a password or a second factor: each leaves its line."""

from typing import Any

import pytest
from django.test import Client

from enrs.core.accounts.models import User
from enrs.core.audit.models import AuditLine
from tests.core.accounts.test_sign_in_pages import (  # noqa: F401  the fixture is used by its name
    PASSWORD,
    activate,
    confirm,
    sign_in,
    user,
)

pytestmark = pytest.mark.django_db


def lines() -> list[Any]:
    return list(AuditLine.objects.filter(action__startswith="account.").order_by("id"))


def actions() -> list[str]:
    return [line.action for line in lines()]


def test_one_signs_in_and_out(client: Client, user: User) -> None:  # noqa: F811
    sign_in(client)
    client.post("/compte/logout/")
    assert actions() == ["account.signed_in", "account.signed_out"]
    for line in lines():
        assert (line.actor_id, line.actor_role, line.channel) == (user.id, "nurse", "page")
        assert (line.object_kind, line.object_id) == ("user", str(user.id))


def test_a_failure_names_the_known_account_only(client: Client, user: User) -> None:  # noqa: F811
    assert sign_in(client, "Roche", "mon secret").status_code == 200
    line = lines()[0]
    assert (line.action, line.outcome) == ("account.sign_in.failed", "refused")
    assert (line.actor_id, line.object_id, line.details) == (None, str(user.id), "")


def test_a_failure_on_no_account_keeps_no_word_of_what_was_typed(
    client: Client,
    user: User,  # noqa: F811
) -> None:
    for typed in ("mon secret en clair", "Mon secret en clair", "autre"):
        sign_in(client, typed, "x")
    first, second, third = lines()
    assert first.object_id == second.object_id != third.object_id
    assert len(first.object_id) == 32
    assert "secret" not in str([vars(line) for line in lines()])


def test_the_line_stays_when_the_answer_is_an_error(client: Client, user: User) -> None:  # noqa: F811
    answer = client.post(
        "/compte/login/",
        {"login": "roche", "password": "faux"},
        headers={"x-requested-with": "XMLHttpRequest"},
    )
    assert answer.status_code == 400
    assert actions() == ["account.sign_in.failed"]


def test_a_closed_account_leaves_a_refusal(client: Client, user: User) -> None:  # noqa: F811
    User.objects.filter(pk=user.pk).update(is_active=False)
    sign_in(client)
    assert [(line.action, line.object_id) for line in lines()] == [
        ("account.sign_in.failed", str(user.id))
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("emptied_journals")
def test_changes_of_password_and_second_factor(client: Client, user: User) -> None:  # noqa: F811
    """With real commits: the library tells of a second factor after that of the request."""
    sign_in(client)
    new = "une autre phrase plus longue"
    client.post(
        "/compte/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    client.post("/compte/reauthenticate/", {"password": new})
    activate(client)
    client.post("/compte/securite/recovery-codes/generate/")
    client.post("/compte/securite/totp/deactivate/")
    found = actions()
    assert found[:2] == ["account.signed_in", "account.password.changed"]
    assert set(found[2:]) == {
        "account.second_factor.added",
        "account.second_factor.reset",
        "account.second_factor.removed",
    }
    added = [line for line in lines() if line.action == "account.second_factor.added"]
    assert '{"kind": "totp"}' in {line.details for line in added}
    assert {line.actor_id for line in lines()} == {user.id}


def test_a_wrong_code_leaves_a_line(client: Client, user: User) -> None:  # noqa: F811
    sign_in(client)
    confirm(client)
    activate(client)
    client.post("/compte/logout/")
    sign_in(client)
    client.post("/compte/securite/authenticate/", {"code": "000000"})
    last = lines()[-1]
    assert (last.action, last.object_id) == ("account.second_factor.failed", str(user.id))
