"""How large a body may be: by what it announces, by what comes, and by what its view declares."""

import io
from urllib.parse import urlencode

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from enrs.core.fhir.rules.bodies import MOST_BYTES_WITH_DOCUMENT
from enrs.core.threads.rules import MAX_FILE, MAX_FILES
from enrs.core.ui.bodies import BodyLimitMiddleware, limit_of, match_at
from enrs.core.ui.sizes import USUAL_BYTES
from tests.factories import UserFactory

HUNDRED = 100 * 1024 * 1024
THREAD = "0190b000-0000-7000-8000-000000000001"
"""Nobody's: the names of tests do not change from one process to the other."""


class Counted(io.RawIOBase):
    """An endless body that counts what is read of it."""

    def __init__(self) -> None:
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "the whole body was asked for"
        self.taken += size
        return b"x" * size


def most_at(path: str) -> int:
    limit, parts = limit_of(match_at(path))
    return limit.bytes_for(parts)


def asked(request: HttpRequest) -> tuple[HttpResponse, list[HttpRequest]]:
    """What the middleware answers, and what it let through."""
    passed: list[HttpRequest] = []

    def view(given: HttpRequest) -> HttpResponse:
        passed.append(given)
        return HttpResponse("ok")

    return BodyLimitMiddleware(view)(request), passed


def a_post(path: str, **more: object) -> HttpRequest:
    kind = "application/x-www-form-urlencoded"
    request = RequestFactory().generic("POST", path, b"x", content_type=kind)
    request.META.pop("CONTENT_LENGTH", None)
    request.META.update(more)
    return request


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/", USUAL_BYTES), ("/nulle/part/", USUAL_BYTES), ("/compte/login/", USUAL_BYTES),
        ("/fhir/R4/Observation", 2 * 1024 * 1024), ("/fhir/R4/nulle/part/du/tout", 2 * 1024 * 1024),
        ("/fhir/R4/DocumentReference", MOST_BYTES_WITH_DOCUMENT), ("/fhir/R4/", MOST_BYTES_WITH_DOCUMENT),
        ("/fhir/R4", MOST_BYTES_WITH_DOCUMENT), ("/notifications/api/v1/sms", 16 * 1024),
        (f"/messagerie/{THREAD}/ecrire/", MAX_FILE * MAX_FILES + USUAL_BYTES),
    ],
)  # fmt: skip
def test_a_view_says_how_large_a_body_it_takes(path, most):
    assert most_at(path) == most


@pytest.mark.parametrize(
    "announced",
    [str(USUAL_BYTES + 1), str(HUNDRED), "0" * 15 + str(HUNDRED), "9" * 40, "-1", "1e3", "²", "100 MB"],
)  # fmt: skip
def test_a_length_that_is_too_large_or_no_number_is_refused_unread(announced):
    body = Counted()
    request = a_post("/", CONTENT_LENGTH=announced)
    request.environ["wsgi.input"] = body
    response, passed = asked(request)
    assert (response.status_code, passed, body.taken) == (413, [], 0)


def test_the_page_says_how_much_it_takes_and_keeps_its_headers():
    response, _ = asked(a_post("/", CONTENT_LENGTH=str(HUNDRED)))
    text = response.content.decode()
    assert "Cette page accepte 2&nbsp;Mo au plus" in text
    assert "script-src 'self';" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "no-store"


def test_the_apis_say_no_in_their_own_words():
    response, _ = asked(a_post("/fhir/R4/Observation", CONTENT_LENGTH=str(HUNDRED)))
    assert response.status_code == 413
    assert b'"resourceType":"OperationOutcome"' in response.content
    response, _ = asked(a_post("/notifications/api/v1/sms", CONTENT_LENGTH=str(HUNDRED)))
    assert response.status_code == 413
    assert b'"error": "too_large"' in response.content


@pytest.mark.parametrize("path", ["/", "/fhir/R4/", f"/messagerie/{THREAD}/ecrire/"])
def test_a_body_without_length_is_read_to_the_usual_limit_and_no_further(path):
    body = Counted()
    request = a_post(path, HTTP_TRANSFER_ENCODING="chunked")
    request.environ["wsgi.input"] = body
    response, passed = asked(request)
    assert (response.status_code, passed) == (413, [])
    assert body.taken == USUAL_BYTES + 1


def test_a_short_body_without_length_is_read_as_any_other():
    text = urlencode({"texte": "é" * 1000}).encode()
    request = a_post("/", HTTP_TRANSFER_ENCODING="chunked")
    request.environ["wsgi.input"] = io.BytesIO(text)
    _, passed = asked(request)
    assert passed[0].POST["texte"] == "é" * 1000


def test_what_has_no_body_passes():
    for given in ({}, {"CONTENT_LENGTH": ""}, {"CONTENT_LENGTH": "0"}):
        _, passed = asked(a_post("/nulle/part/", **given))
        assert len(passed) == 1


@pytest.mark.django_db
def test_a_strangers_body_is_not_read(monkeypatch):
    """The gate turns them away before the check of forged posts, which reads the form."""
    browser = Client(enforce_csrf_checks=True)
    body = Counted()
    response = browser.generic(
        "POST", reverse("threads:post", args=[THREAD]), b"",
        content_type="multipart/form-data; boundary=x", CONTENT_LENGTH="9000000", **{"wsgi.input": body},
    )  # fmt: skip
    assert response.status_code == 302
    assert body.taken == 0


@pytest.mark.django_db
def test_a_forged_post_is_still_refused():
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(UserFactory(role="nurse"))
    assert browser.post(reverse("notifications:read_all")).status_code == 403
