"""The private keys that sign our tokens: encrypted in the database, opened here."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache

from allauth.core.internal.jwkkit import load_jwk_from_pem
from allauth.idp.oidc.models import PrivateKey
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

KEY_BITS = 2048


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: its public name, and its private part as the database keeps it."""

    kid: str
    private_pem: str


def make_key() -> NewKey:
    """A new RSA key (RS256 is what every client library knows)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    jwk, _ = load_jwk_from_pem(pem)
    return NewKey(jwk["kid"], _cipher().encrypt(pem.encode()).decode())


def opened(
    private_pem: str, issued_at: datetime, not_before: datetime, expires_at: datetime | None
) -> PrivateKey:
    """A kept key, as the library takes it."""
    return PrivateKey(
        pem=_plain(private_pem), issued_at=issued_at, not_before=not_before, expires_at=expires_at
    )


@lru_cache(maxsize=8)
def _plain(private_pem: str) -> str:
    return _cipher().decrypt(private_pem.encode()).decode()


@cache
def _cipher() -> Fernet:
    """Its key derives from the one of the second factor: the secrets' file of an installation does not change."""
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"enrs signing keys")
    return Fernet(urlsafe_b64encode(derived.derive(settings.SECRETS.mfa_key)))
