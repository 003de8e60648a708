"""Every address as every role: none without a permission, none that breaks, none outside the circle."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from enrs.core.access import rules
from tests.codebase.addresses import addresses
from tests.factories import (
    DocumentFactory,
    EncounterFactory,
    NoteFactory,
    ObservationFactory,
    known_patient,
    user_of_role,
)

HTTP = ("get", "post")

# The identity unit works on the identities of people whom it does not treat: name, birth, numbers, never a fact.
BY_ROLE = {"identity:unit_patient": "identity_officer"}


def test_every_view_of_ours_declares_its_permission():
    missing = [one.route for one in addresses() if one.is_ours and one.permission is None]
    assert missing == []


def test_permissions_of_libraries_name_addresses_that_exist():
    assert set(settings.LIBRARY_PERMISSIONS) <= {one.name for one in addresses()}


def test_no_address_of_ours_escapes_the_walk():
    """A regular expression cannot be filled: ours are routes."""
    assert [one.route for one in addresses() if one.is_ours and not one.is_plain] == []


def test_patient_permission_takes_a_patient():
    odd = [
        one.route
        for one in addresses()
        if one.permission
        and one.permission.audience == "patient"
        and "patient_id" not in one.converters
    ]
    assert odd == []


@pytest.fixture
def given(db: None) -> dict[str, Any]:
    """A patient with one fact of each kind."""
    patient = known_patient()
    report = ObservationFactory(patient=patient).report
    return {
        "patient": patient,
        "patient_id": patient.pk,
        "document_id": DocumentFactory(patient=patient).pk,
        "note_id": NoteFactory(patient=patient).pk,
        "encounter_id": EncounterFactory(patient=patient).pk,
        "report_id": report.pk,
        "code": "2823-3",
    }


def walk(
    browser: Client, given: dict[str, Any], *, is_outside: bool, role: str | None = None
) -> list[str]:
    """What goes wrong, one line each: an error, or a patient's page that opens outside the circle."""
    faults = []
    for one in addresses():
        if not one.is_plain or one.name == "account_logout":
            continue
        path = one.path(given)
        for method in HTTP:
            response = getattr(browser, method)(path)
            status = response.status_code
            if status >= 500:
                faults.append(f"{method} {path}: {status}")
            elif (
                is_outside
                and one.is_of_a_patient
                and status == 200
                and (role is None or BY_ROLE.get(one.name) != role)
            ):
                faults.append(f"{method} {path}: opens outside the circle")
            elif (
                not one.is_ours
                and one.name not in settings.LIBRARY_PERMISSIONS
                and status not in (302, 404)
            ):
                faults.append(f"{method} {path}: a library's page without a permission opens")
    return faults


@pytest.fixture
def browser() -> Client:
    return Client(raise_request_exception=False)


def test_nobody_is_let_into_a_record(given, browser):
    assert walk(browser, given, is_outside=True) == []


@pytest.mark.parametrize("role", rules.ROLES)
def test_every_role_outside_the_circle(role, given, browser):
    browser.force_login(user_of_role(role))
    assert walk(browser, given, is_outside=True, role=role) == []


@pytest.mark.parametrize("role", rules.ROLES)
def test_every_role_inside_the_circle(role, given, browser):
    browser.force_login(user_of_role(role, given["patient"]))
    assert walk(browser, given, is_outside=False) == []
