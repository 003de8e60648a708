"""One JSON POST to another machine: short, bounded, never redirected."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from enrs.core.notifications.channels.contract import (
    PermanentError,
    TemporaryError,
    UncertainError,
)

SECONDS = 20
MOST_BYTES = 64 * 1024
BUSY = {401, 403, 408, 425, 429, 503}
"""Refusals that a change of key, or some time, may end."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any, **_names: Any) -> None:
        """Go nowhere else: an answer may not choose whom we speak to."""


_opener = urllib.request.build_opener(_NoRedirect)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """The JSON object answered to a POST; {} when the answer is none.

    Raises:
        TemporaryError: no connection, or busy.
        PermanentError: refused.
        UncertainError: the body may have left and no good answer came.
    """
    if not url.startswith(("http://", "https://")):
        raise PermanentError("Adresse qui n’est pas http(s).")
    given = {"Content-Type": "application/json", "User-Agent": "enrs"} | dict(headers)
    request = urllib.request.Request(url, data=body, headers=given, method="POST")  # noqa: S310  checked above
    try:
        with _opener.open(request, timeout=SECONDS) as answer:
            return _object(answer.read(MOST_BYTES))
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in BUSY:
            raise TemporaryError(f"Réponse {error.code}") from error
        if error.code >= 500:
            raise UncertainError(f"Réponse {error.code}") from error
        raise PermanentError(f"Réponse {error.code}") from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, ConnectionRefusedError | socket.gaierror):
            raise TemporaryError("Pas de connexion") from error
        raise UncertainError("Pas de réponse") from error
    except Exception as error:
        raise UncertainError("Réponse coupée") from error


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
