"""The first time by FranceConnect: whose record opens, by which code, and what is never said."""

import time
from dataclasses import asdict, replace
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.core.access.models import Grant
from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from enrs.core.accounts.rules.civil_status import CivilStatus
from enrs.core.audit.models import AuditLine
from enrs.core.notifications.models import Sending
from enrs.referentials.identity import queries as identity
from enrs.referentials.identity.models import RegionalIdentity
from enrs.referentials.identity.rules import plain
from enrs.services.portal import commands
from enrs.services.portal.models import OneTimeCode
from tests.factories import known_patient, person_of
from tests.services.portal.factories import CIVIL, PASSWORD, QUALIFIED, invited

pytestmark = pytest.mark.django_db
FC = {"provider": "franceconnect", "subject": "s" * 64 + "v1"}
HERSELF = {"kind": "patient", "given": "Marie-Bernadette", "family": "Dubreuil", "proxy_kind": ""}
FATOU = CivilStatus("DIALLO", "FATOU AMINATA", "1975-05-02", "F", "99341")


@pytest.fixture(autouse=True)
def empty_counts() -> None:
    cache.clear()


def arrives(civil: CivilStatus = CIVIL, subject: str = FC["subject"]) -> Client:
    """A browser that comes back from FranceConnect."""
    browser = Client()
    session = browser.session
    session["arrival"] = {
        "provider": FC["provider"], "name": "FranceConnect", "subject": subject, "civil": asdict(civil),
        "id_token": "jeton", "end_session": "https://fc.example/fin", "at": time.time(),
    }  # fmt: skip
    session.save()
    return browser


def asks(browser: Client) -> Any:
    return browser.post(reverse("portal:arrival"), {"acte": "ouvrir"})


def gives(browser: Client, made: Any) -> Any:
    number, code = made[0].number, made[1]
    return browser.post(reverse("portal:arrival"), {"number": number, "code": code})


def test_the_five_traits_of_one_qualified_identity_open_one_s_own_record() -> None:
    patient = known_patient(**QUALIFIED, email="marie@courriel.example")
    browser = arrives()
    assert CIVIL.given in browser.get(reverse("portal:arrival")).content.decode()
    assert asks(browser).headers["Location"] == "/"
    user = User.objects.get(grantee_id=patient.pk)
    assert (user.kind, user.name, user.has_usable_password()) == (
        "patient",
        "Marie-Bernadette DUBREUIL",
        False,
    )
    grant = Grant.objects.get(grantee_id=patient.pk)
    assert (grant.purpose, grant.source_kind) == ("self", "franceconnect")
    assert SocialAccount.objects.get(user=user).uid == FC["subject"]
    assert browser.get(f"/dossier/{patient.pk}/").status_code == 200
    assert browser.session["federation"]["end_session"] == "https://fc.example/fin"
    assert "arrival" not in browser.session
    assert AuditLine.objects.filter(action="portal.access.opened", patient_id=patient.pk).exists()
    assert [one.recipient for one in Sending.objects.all()] == ["marie@courriel.example"]


@pytest.mark.parametrize("address", ["", "pas une adresse"])
def test_a_record_without_an_address_opens_too(address: str) -> None:
    known_patient(**QUALIFIED, email=address)
    assert asks(arrives()).status_code == 302
    assert not Sending.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"family": "DUBREUILLE"}, {"given": "MARIE-BERNADETTE"}, {"given": "ANNE MARIE-BERNADETTE"},
        {"birth_date": "1944-03-13"}, {"birth_date": ""}, {"sex": "M"}, {"sex": ""},
        {"birth_place": "75113"}, {"birth_place": ""}, {"family": "AUTRE", "used": "DUBREUIL"},
    ],
    ids=str,
)  # fmt: skip
def test_one_trait_less_opens_nothing(changed: dict[str, str]) -> None:
    known_patient(**QUALIFIED)
    page = asks(arrives(replace(CIVIL, **changed)))
    assert page.status_code == 403
    assert not User.objects.exists()
    assert not SocialAccount.objects.exists()


def somebody_else(case: str) -> None:
    """A region where no access may be opened, in each of the ways that it may be so."""
    if case in ("validated", "provisional"):
        known_patient(status=case)
    if case in ("doubtful", "deceased", "namesake", "account"):
        patient = known_patient(**QUALIFIED)
        row = RegionalIdentity.objects.filter(pk=patient.pk)
        if case == "doubtful":
            row.update(attribute="doubtful")
        if case == "deceased":
            row.update(deceased_at=timezone.now())
        if case == "namesake":
            known_patient(status="validated", birth_name="DUBREUIL")
        if case == "account":
            person_of(patient)


CASES = ("nobody", "provisional", "validated", "doubtful", "deceased", "namesake", "account")


def test_every_refusal_says_the_same() -> None:
    pages = set()
    for case in CASES:
        point = transaction.savepoint()
        somebody_else(case)
        count = User.objects.count()
        page = asks(arrives())
        assert page.status_code == 403, case
        assert User.objects.count() == count
        text = page.content.decode()
        pages.add(text[text.index("<main") : text.index("</main")])
        transaction.savepoint_rollback(point)
        cache.clear()
    assert len(pages) == 1
    assert "à un professionnel qui vous suit" in pages.pop()


def test_the_database_reads_names_as_the_rules_do() -> None:
    names = [
        "MARIE-BERNADETTE ANNE",
        "Éloïse  Œnone",
        "Jean–Noël d’Arc",
        "æthel Łukasz Øyvind",
        "ÇA ñ",
    ]
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute("select identity_plain(%s)", [name])
            assert cursor.fetchone() == (plain(name),)


def test_a_merged_person_s_account_counts() -> None:
    patient = known_patient(**QUALIFIED)
    former = known_patient(birth_name="ANCIEN")
    person_of(former)
    RegionalIdentity.objects.filter(pk=former.pk).update(replaced_by_id=patient.pk)
    assert asks(arrives()).status_code == 403


def test_an_identity_opens_one_account() -> None:
    known_patient(**QUALIFIED)
    asks(arrives())
    page = asks(arrives())
    assert page.status_code == 422
    assert "Connectez-vous" in page.content.decode()
    assert User.objects.count() == 1


def test_nobody_asks_without_end() -> None:
    browser = arrives()
    codes = [asks(browser).status_code for _ in range(12)]
    assert codes[0] == 403
    assert codes[-1] == 429


def test_an_arrival_of_long_ago_begins_again() -> None:
    browser = arrives()
    session = browser.session
    session["arrival"] |= {"at": time.time() - 3600}
    session.save()
    assert asks(browser).headers["Location"] == reverse("account_login")
    assert asks(Client()).headers["Location"] == reverse("account_login")


def test_a_relative_enters_by_the_code_of_the_desk_and_reads_what_they_were_given() -> None:
    patient = known_patient()
    made = invited(patient)
    browser = arrives(FATOU)
    assert gives(browser, made).headers["Location"] == "/"
    user = User.objects.get(kind="relative")
    assert (user.name, user.has_usable_password()) == ("Fatou DIALLO", False)
    assert browser.get(f"/dossier/{patient.pk}/").status_code == 200
    with acting(actor_of(user)):
        assert identity.regional_identity(patient.pk).birth_name == "DUBREUIL"


def test_a_patient_enters_by_the_code_of_the_desk() -> None:
    patient = known_patient()  # validated only: the desk saw the paper
    made = invited(patient, **HERSELF)
    assert gives(arrives(), made).status_code == 302
    assert User.objects.get(kind="patient").grantee_id == patient.pk


@pytest.mark.parametrize(
    "changed",
    [
        {"family": "DIALLO-SOW"}, {"given": "AMINATA"}, {"given": "FATOUMATA"},
    ],
    ids=str,
)  # fmt: skip
def test_the_code_of_another_is_not_taken_and_still_serves(changed: dict[str, str]) -> None:
    made = invited(known_patient())
    page = gives(arrives(replace(FATOU, **changed)), made)
    assert page.status_code == 422
    assert OneTimeCode.objects.get(subject_id=made[0].grantee_id).used_at is None
    assert gives(arrives(FATOU), made).status_code == 302


def test_the_code_of_a_patient_is_not_taken_by_a_namesake() -> None:
    patient = known_patient()
    made = invited(patient, **HERSELF)
    page = gives(arrives(replace(CIVIL, birth_date="1970-01-01")), made)
    assert page.status_code == 422
    assert not User.objects.filter(kind="patient").exists()


def test_a_wrong_code_opens_nothing() -> None:
    made = invited(known_patient())
    page = gives(arrives(FATOU), (made[0], "ABCDEFGHJKLM"))
    assert page.status_code == 422
    assert "pas le bon code" in page.content.decode()
    unknown = arrives(FATOU).post(
        reverse("portal:arrival"), {"number": "PAAAAAAA", "code": made[1]}
    )
    assert unknown.status_code == 422
    assert not SocialAccount.objects.exists()


def test_a_second_sheet_links_the_account_that_the_first_opened() -> None:
    patient = known_patient()
    made = invited(patient, **HERSELF)
    browser = Client()
    given = {"number": made[0].number, "family": "Dubreuil", "code": made[1]}
    browser.post(reverse("portal:resume"), given)
    choice = {"login": "m.dubreuil", "email": "", "password": PASSWORD, "again": PASSWORD}
    browser.post(reverse("portal:password"), choice)
    user = User.objects.get(login="m.dubreuil")
    again = invited(patient, **HERSELF)
    came = arrives()
    assert gives(came, again).status_code == 302
    assert came.session["_auth_user_id"] == str(user.pk)
    third = invited(patient, **HERSELF)
    with pytest.raises(commands.ArrivalError, match="déjà reliée"):
        commands.open_by_invitation(
            number=third[0].number,
            code=third[1],
            provider=FC["provider"],
            subject="autre",
            civil=CIVIL,
        )


def test_a_closed_account_is_not_reopened_by_a_sheet() -> None:
    patient = known_patient()
    user = person_of(patient)
    User.objects.filter(pk=user.pk).update(is_active=False)
    made = invited(patient, **HERSELF)
    page = gives(arrives(), made)
    assert page.status_code == 422
    assert "fermé" in page.content.decode()


def test_somebody_else_s_arrival_is_left_at_franceconnect_too() -> None:
    browser = arrives()
    page = browser.post(reverse("portal:arrival"), {"acte": "autre"})
    assert page.context["onward"].startswith("https://fc.example/fin?id_token_hint=jeton")
    assert not {"arrival", "federation"} & set(browser.session.keys())


def test_an_arrival_does_not_outlive_another_s_sign_in() -> None:
    known_patient(**QUALIFIED)
    browser = arrives()
    user = person_of(known_patient(birth_name="MARTIN"))
    user.set_password(PASSWORD)
    user.save()
    browser.post("/compte/login/", {"login": user.login, "password": PASSWORD})
    assert asks(browser).headers["Location"] == reverse("account_login")


def test_franceconnect_is_one_factor(settings: Any) -> None:
    settings.DEMANDS_SECOND_FACTOR = True
    known_patient(**QUALIFIED)
    browser = arrives()
    asks(browser)
    page = browser.get("/")
    assert page.headers["Location"] == reverse("mfa_activate_totp")
    assert browser.get(page.headers["Location"]).status_code == 200
