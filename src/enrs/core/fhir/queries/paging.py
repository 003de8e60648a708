"""The opaque `next` link: what was asked and where the page ended, encrypted and authenticated.

A search by POST keeps names out of addresses and logs; its next page must do so too.
"""

import base64
import binascii
import hmac
import os

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from enrs.core.fhir.rules.requests import SearchError

NONCE = 12
Pairs = list[tuple[str, str]]


def _cipher() -> AESGCM:
    return AESGCM(hmac.digest(settings.SECRET_KEY.encode(), b"enrs.fhir.page", "sha256"))


def write_link(kind: str, pairs: Pairs, after: tuple[str, str]) -> str:
    """The value of `_page` for the page that follows `after` of this search."""
    nonce = os.urandom(NONCE)
    sealed = _cipher().encrypt(nonce, orjson.dumps([pairs, after]), kind.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def read_link(kind: str, text: str) -> tuple[Pairs, tuple[str, str]]:
    """The search and the place that `write_link` kept; raises SearchError on a link that is not ours."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        pairs, after = orjson.loads(_cipher().decrypt(data[:NONCE], data[NONCE:], kind.encode()))
    except (binascii.Error, ValueError, InvalidTag) as error:
        raise SearchError("Ce lien de page n'est pas valable : refaites la recherche.") from error
    return [(name, value) for name, value in pairs], (after[0], after[1])
